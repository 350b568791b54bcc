"""The mask VQ-VAE on JAX: jitted, in a few fixed batch shapes, full float32 precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any, TypeVar, cast

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from pali_dataprep.errors import UsageError
from pali_dataprep.vqvae.base import Encoded
from pali_dataprep.vqvae.checkpoint import CODEBOOK_SIZE, CODEWORDS_PER_MASK, Checkpoint
from pali_dataprep.vqvae.head import Head, fold_head
from pali_dataprep.vqvae.model import Decoder, Params, Stem, Trunk, decoder_params, encoder_params, look_up

F = TypeVar("F", bound=Callable[..., Any])

BATCH_SIZES: dict[str, tuple[int, ...]] = {"cpu": (1, 8, 32, 128), "gpu": (128, 4096)}
"""A batch is padded to one of a few sizes, since XLA compiles a function anew for each; see `_Sizes`."""

MASKS_PER_COMPILATION = {"cpu": 1_000, "gpu": 1_000_000}
"""How many masks can be encoded in the time that compiling for another size takes, roughly."""

BATCHES_AHEAD = {"cpu": 1, "gpu": 2}
"""The one that is computed while the host prepares the next, and on an accelerator one that is on its way there."""

TAKEN_AT_ONCE = 64
"""How many masks' features are fetched in one transfer."""

PRECISION = "highest"
"""bfloat16 changes about 6 % of codewords and TF32 about 0.1 %, so neither is used."""


FUSION = {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_ELTWISE"}
"""Lets XLA hand a convolution to YNNPACK together with its bias and ReLU: a quarter more masks a second on CPUs."""


class JaxBackend:
    """Encodes and decodes with one checkpoint on one device; see `base.Backend`."""

    def __init__(self, checkpoint: Checkpoint, device: str = "auto") -> None:
        self._device = _find_device(device)
        self.device = f"{self._device.platform} ({self._device.device_kind})"
        kind = "cpu" if self._device.platform == "cpu" else "gpu"
        self.batch_size = BATCH_SIZES[kind][-1]
        self.batches_ahead = BATCHES_AHEAD[kind]
        self._encoder_sizes, self._decoder_sizes = (
            _Sizes(BATCH_SIZES[kind], MASKS_PER_COMPILATION[kind]) for _ in range(2)
        )
        put = partial(jax.device_put, device=self._device)
        self._encoder = put(encoder_params(checkpoint.arrays))
        self._decoder = put(decoder_params(checkpoint.arrays))
        self._fuses = kind == "cpu" and _fuses_elementwise(self._device)
        self._head = put(_head_params(fold_head(checkpoint.arrays)))
        self._codebook = put(checkpoint.arrays["_vq_vae._embedding"])

    def begin(self, mask64: npt.NDArray[np.float32]) -> Callable[[], Encoded]:
        """See `base.Backend.begin`."""
        # JAX dispatches transfers and computations and returns before they are done.
        parts = [self._encode(batch) for batch in self._batches(mask64, self._encoder_sizes)]

        def encoded() -> Encoded:
            *decided, features = zip(*parts, strict=True)
            indices, best, gap, norm = (np.concatenate(p)[: len(mask64)] for p in decided)
            return Encoded(indices, best, gap, norm, partial(self._fetch, features))

        return encoded

    def _encode(self, mask64: jax.Array) -> tuple[jax.Array, ...]:
        codes = _jitted_codes(fuses=self._fuses)
        return codes(self._encoder["trunk"], self._head, _stem(self._encoder["stem"], mask64))

    def _fetch(self, parts: Sequence[jax.Array], rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
        """The features of few of the masks, by their numbers."""
        found = np.empty((len(rows), *parts[0].shape[1:]), np.float32)
        for number in np.unique(rows // self.batch_size):
            inside = rows // self.batch_size == number
            found[inside] = _take(parts[number], rows[inside] - number * self.batch_size)
        return found

    def decode(self, codebook_indices: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        """See `base.Backend.decode`."""
        parts = [
            _decode(self._decoder, self._codebook, batch)
            for batch in self._batches(codebook_indices, self._decoder_sizes)
        ]
        return np.concatenate(parts)[: len(codebook_indices)]

    def _batches(self, rows: npt.NDArray[np.generic], sizes: _Sizes) -> Iterator[jax.Array]:
        """Rows in slices of a fixed size; the last is padded with zeros."""
        for start in range(0, len(rows), self.batch_size):
            part = rows[start : start + self.batch_size]
            size = sizes.choose(len(part))
            if len(part) < size:
                part = np.pad(part, [(0, size - len(part))] + [(0, 0)] * (rows.ndim - 1))
            yield jax.device_put(part, self._device)


class _Sizes:
    """The size each batch of a function is padded to: the smallest compiled one that holds it, until padding has
    cost as much as compiling for a closer one takes. The tail of a run is padded; one mask after another is not."""

    def __init__(self, sizes: tuple[int, ...], masks_per_compilation: int) -> None:
        self._sizes = sizes
        self._masks_per_compilation = masks_per_compilation
        self._compiled: set[int] = set()
        self._padding = dict.fromkeys(sizes, 0)  # computed in vain so far for want of each size

    def choose(self, number: int) -> int:
        """For `number` rows, from 1 to the greatest size."""
        closest = min(size for size in self._sizes if size >= number)
        at_hand = min((size for size in self._compiled if size >= number), default=closest)
        self._padding[closest] += at_hand - closest
        size = at_hand if self._padding[closest] <= self._masks_per_compilation else closest
        self._compiled.add(size)
        return size


def _full_precision(function: F, **options: Any) -> F:
    """Jit a function with all its products in full float32."""

    def traced(*args: Any) -> Any:
        with jax.default_matmul_precision(PRECISION):
            return function(*args)

    return cast(F, jax.jit(traced, **options))


@cache
def _fuses_elementwise(device: jax.Device) -> bool:
    """Whether XLA knows `FUSION` and can do it; one that does not know an option refuses it."""
    image, kernel = (jax.device_put(np.ones((1, 1, n, n), np.float32), device) for n in (4, 3))
    layer = jax.jit(lambda x, k: jax.nn.relu(jax.lax.conv(x, k, (1, 1), "SAME") + 1), compiler_options=FUSION)
    try:
        layer(image, kernel).block_until_ready()
    except RuntimeError:
        return False
    return True


@_full_precision
def _stem(params: Params, mask64: jax.Array) -> jax.Array:
    """What the trunk takes. Compiled apart from it: as a YNNPACK graph the sum over taps takes ten times as long."""
    return cast(jax.Array, Stem().apply({"params": params}, mask64))


@cache
def _jitted_codes(*, fuses: bool) -> Callable[..., tuple[jax.Array, ...]]:
    """`_codes`, compiled with `FUSION` or without."""
    return _full_precision(_codes, **({"compiler_options": FUSION} if fuses else {}))


def _codes(params: Params, head: Params, x: jax.Array) -> tuple[jax.Array, ...]:
    """Codebook indices, best squared distance, gap to the second best, squared length, each (n, 16), and features."""
    features = cast(jax.Array, Trunk().apply({"params": params}, x)).reshape(-1, len(head["weight"]))
    products = features @ head["weight"] + head["bias"]
    scores, factors = products[:, :CODEBOOK_SIZE], products[:, CODEBOOK_SIZE:]
    norm = jnp.sum(features * factors, axis=1) + head["constant"]
    best = jnp.min(scores, axis=1)
    # The first that is best, and the best of the others: jax.lax.top_k sorts, and argmin takes longer than the product.
    places = jnp.arange(CODEBOOK_SIZE, dtype=jnp.int32)
    indices = jnp.min(jnp.where(scores == best[:, None], places, CODEBOOK_SIZE), axis=1)
    second = jnp.min(jnp.where(places == indices[:, None], jnp.inf, scores), axis=1)
    found = (indices, best + norm, second - best, norm, features)
    return tuple(a.reshape(-1, CODEWORDS_PER_MASK, *a.shape[1:]) for a in found)


@jax.jit
def _rows(array: jax.Array, numbers: npt.NDArray[np.int32]) -> jax.Array:
    return array[numbers]


def _take(array: jax.Array, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
    """Rows of an array on the device, some at a time, so that one shape is compiled and no more is fetched."""
    padded = np.resize(rows.astype(np.int32), (-(-len(rows) // TAKEN_AT_ONCE), TAKEN_AT_ONCE))
    return np.concatenate([np.asarray(_rows(array, some)) for some in padded])[: len(rows)]


def _head_params(head: Head) -> Params:
    """In float32, the weight as JAX multiplies from the right: (128, 256)."""
    named = {"weight": head.weight.T, "bias": head.bias, "constant": np.array(head.constant)}
    return {name: array.astype(np.float32) for name, array in named.items()}


@_full_precision
def _decode(params: Params, codebook: jax.Array, codebook_indices: jax.Array) -> jax.Array:
    """Maps (n, 64, 64)."""
    maps = Decoder().apply({"params": params}, look_up(codebook_indices, codebook))
    return cast(jax.Array, maps)[..., 0]


def _find_device(name: str) -> jax.Device:
    if name == "auto":
        return jax.devices()[0]
    try:
        return jax.devices(name)[0]
    except RuntimeError as error:
        raise UsageError(
            f"JAX sees no {name} here; it sees {', '.join(sorted({d.platform for d in jax.devices()}))}",
            hint='for NVIDIA GPUs install the extra: pip install "pali-dataprep[cuda]"' if name == "gpu" else "",
        ) from error
