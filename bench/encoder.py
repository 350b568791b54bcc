"""The mask encoder and decoder by backend and batch, beside what the machine can multiply.

    python bench/encoder.py
    python bench/encoder.py --device gpu --masks 65536

A machine's speed drifts within a run, so that ways take turns in slices of a fraction of a second: a round is a slice
of each. The floor is the faster of two float32 products, for as many multiplications as the network has: a square one
and that of the network's largest layer, by NumPy on a CPU and by JAX in full precision on an accelerator. A way's share
of it is the median of its rounds' shares, with the quarter below and above, and that of the fastest rounds, which other
work on the machine disturbs least: it holds up a product's threads, which wait for each other, more than a network's.
Masks are those of a file as COCO's own.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from kernel import polygons
from measure import Measured, Table

from pali_dataprep.masks.preparation import prepare_mask64
from pali_dataprep.vqvae.backends import BACKENDS
from pali_dataprep.vqvae.checkpoint import Checkpoint, load_checkpoint
from pali_dataprep.vqvae.codec import MaskCodec
from pali_dataprep.vqvae.exact import ExactEncoder
from pali_dataprep.vqvae.near_ties import TieBreaker
from pali_dataprep.vqvae.weights import find_stand_in

ENCODER_MFLOP = 37.2
"""Of one mask, the search in the codebook included; counted from the shapes in `checkpoint.py`."""

PRODUCTS = ((1024, 1024, 1024), (2048, 1152, 128))
"""(n, k, m) of a product (n, k) by (k, m): a square one, and a 3 x 3 layer of 128 features for 128 masks."""

ACCELERATED = 64
"""How many times as large products are on an accelerator, in n."""

SLICE = {1: 8, 32: 64}
"""Masks in a slice of small batches; of full batches it is one, on an accelerator eight."""


@dataclass(frozen=True, slots=True)
class Way:
    """A slice of something measured, and how many masks it stands for."""

    masks: float
    run: Callable[[], object]


def tables(masks: int, rounds: int, device: str = "cpu") -> list[Table]:
    """Encoder and decoder of every backend that is installed; `masks` different ones are there to be encoded."""
    checkpoint = load_checkpoint(find_stand_in())
    names = sorted(name for name, backend in BACKENDS.items() if backend.is_installed)
    names = ["jax"] if device == "gpu" else names
    codecs = {name: MaskCodec(checkpoint, name, device=device, backend=name) for name in names}
    ready = prepare_mask64(polygons(640, 480, masks)[2])
    encoder = Table("Encoder alone", "masks", masks, "python bench/encoder.py")
    products = _products(device)
    encoder.ways = take_slices({**_encoders(codecs, ready), **products}, rounds, masks)
    encoder.notes += [_shares(encoder.ways, list(products)), *_near_ties(checkpoint, codecs, ready), _threads()]
    decoder = Table("Decoder alone", "masks", masks, "python bench/encoder.py")
    decoder.ways = take_slices(_decoders(codecs), rounds, masks)
    return [encoder, decoder]


def take_slices(ways: Mapping[str, Way], rounds: int, masks: int) -> dict[str, Measured]:
    """Two slices of each unmeasured, then `rounds` times one, from another beginning each time; seconds for `masks`."""
    for way in ways.values():
        way.run()
        way.run()
    order = deque(ways)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name in order:
            started = time.perf_counter()
            ways[name].run()
            seconds[name].append((time.perf_counter() - started) / ways[name].masks * masks)
        order.rotate(1)
    return {name: Measured(tuple(taken)) for name, taken in seconds.items()}


def _encoders(codecs: Mapping[str, MaskCodec], ready: np.ndarray) -> dict[str, Way]:
    ways = {}
    for name, codec in codecs.items():
        full = codec.batch_size * (1 + 3 * codec.batches_ahead)
        for batch, masks in {**SLICE, codec.batch_size: full}.items():
            some = np.resize(ready, (masks, *ready.shape[1:]))
            ways[f"{name}, batches of {batch:,}"] = Way(masks, partial(encode_in_batches, codec, some, batch))
    return ways


def encode_in_batches(codec: MaskCodec, masks: np.ndarray, size: int) -> None:
    """As a conversion does: as many batches begun ahead as the codec's backend finds worth it."""
    begun: deque[Callable[[], np.ndarray]] = deque()
    for start in range(0, len(masks), size):
        begun.append(codec.begin(masks[start : start + size]))
        if len(begun) > codec.batches_ahead:
            begun.popleft()()
    for wait in begun:
        wait()


def _decoders(codecs: Mapping[str, MaskCodec]) -> dict[str, Way]:
    ways = {}
    for name, codec in codecs.items():
        codes = np.random.default_rng(0).integers(0, 128, (codec.batch_size, 16)).astype(np.int32)
        ways[name] = Way(codec.batch_size, partial(codec.decode, codes))
    return ways


def _products(device: str) -> dict[str, Way]:
    """What the floor is chosen from."""
    shapes = PRODUCTS if device == "cpu" else [(n * ACCELERATED, k, m) for n, k, m in PRODUCTS]
    multiply = _multiply_on_host if device == "cpu" else _multiply_on_accelerator
    return {
        f"product {n:,} × {k:,} × {m:,}": Way(2 * n * k * m / (ENCODER_MFLOP * 1e6), multiply(n, k, m))
        for n, k, m in shapes
    }


def _multiply_on_host(n: int, k: int, m: int) -> Callable[[], object]:
    return partial(np.matmul, np.ones((n, k), np.float32), np.ones((k, m), np.float32))


def _multiply_on_accelerator(n: int, k: int, m: int) -> Callable[[], object]:
    import jax
    import jax.numpy as jnp

    product = jax.jit(partial(jnp.matmul, precision="highest"))
    left, right = jnp.ones((n, k), jnp.float32), jnp.ones((k, m), jnp.float32)
    return lambda: product(left, right).block_until_ready()


def _shares(ways: Mapping[str, Measured], products: list[str]) -> str:
    """Of the floor, round by round."""
    floor = min(products, key=lambda name: ways[name].median)
    found = []
    for name in (name for name in ways if name not in products):
        shares = np.array(ways[floor].seconds) / np.array(ways[name].seconds)
        low, middle, high = np.quantile(shares, (0.25, 0.5, 0.75))
        fastest = min(ways[floor].seconds) / min(ways[name].seconds)
        found.append(f"{name} {middle:.0%} ({low:.0%} to {high:.0%}; fastest {fastest:.0%})")
    return f"Share of the floor, {floor}: {', '.join(found)}."


def _near_ties(checkpoint: Checkpoint, codecs: Mapping[str, MaskCodec], ready: np.ndarray) -> list[str]:
    """How many codewords are decided in float64, and what finding and deciding them takes."""
    found = []
    for name, codec in codecs.items():
        encoded = codec._backend.begin(ready)()
        look = _seconds(partial(getattr, encoded, "near_ties")) / len(ready)
        ties = encoded.near_ties
        rows = np.flatnonzero(ties.any(axis=1))
        breaker = TieBreaker(checkpoint.arrays)
        decide = partial(breaker.decide, ready[rows, ..., 0], encoded.features_of(rows), ties[rows])
        decide()
        found.append(
            f"Near-ties, {name}: {ties.sum():,} codewords in {len(rows):,} of {len(ready):,} masks, of which"
            f" {breaker.recomputed:,} took the whole network in float64; looking for them {look * 1e6:.2f} µs a mask,"
            f" deciding them {_seconds(decide) / len(ready) * 1e6:.2f} µs a mask of all."
        )
    exact = partial(ExactEncoder(checkpoint.arrays).encode, ready[0, ..., 0], np.arange(16) == 0)
    found.append(f"A mask through the whole network in float64: {_seconds(exact) * 1e3:.1f} ms.")
    return found


def _seconds(function: Callable[[], object]) -> float:
    """The median of five."""
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        function()
        taken.append(time.perf_counter() - started)
    return float(np.median(taken))


def _threads() -> str:
    limits = [f"{name}={value}" for name, value in os.environ.items() if name.endswith("_NUM_THREADS")]
    return f"Threads: each library's default on {os.cpu_count()} cores{', but ' + ', '.join(limits) if limits else ''}."


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--masks", type=int, default=2048, help="how many different masks near-ties are sought in")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    arguments = parser.parse_args()
    for made in tables(arguments.masks, arguments.rounds, arguments.device):
        print(made.to_markdown())
