"""A small random mask VQ-VAE and what it makes of eight masks: writes golden.npz.

    PYTHONPATH=. python tests/data/vqvae/make_golden.py

The 8 MB of weights are not stored: `weights()` is their recipe, and the file keeps a checksum of
them to tell a changed recipe from a changed network. The expected values come from the float64
NumPy network below, written from the definitions of convolution and transposed convolution in the
checkpoint's own (PyTorch) kernel order. big_vision's TensorFlow encoder and Flax decoder were run
once on the same weights and masks: every codebook index was equal, and the decoded maps differed by
less than 1e-5.

The file holds `mask64`, float32 (8, 64, 64); `codebook_indices`, int32 (8, 16); `decoded`, float32
(8, 64, 64); `relative_margin`, the smallest gap between the two best squared distances over the
best; `weights_sha256`.
"""

from __future__ import annotations

import hashlib
import math
import zlib
from pathlib import Path

import numpy as np

from pali_dataprep.vqvae.checkpoint import REQUIRED_SHAPES

Arrays = dict[str, np.ndarray]

OUTPUT = Path(__file__).with_name("golden.npz")
SEED = 163
"""Chosen among the first thousand for many different codewords without a near-tie."""

TRANSPOSED = ("decoder.4.", "decoder.6.", "decoder.8.", "decoder.10.")


def weights() -> Arrays:
    """Every array of a checkpoint, float32: uniform, scaled so that activations neither fade nor blow up.

    Each array has a generator of its own, seeded by its name, so that their order does not matter.
    """
    return {name: _uniform(name, shape) for name, shape in REQUIRED_SHAPES.items()}


def _uniform(name: str, shape: tuple[int, ...]) -> np.ndarray:
    rng = np.random.default_rng([SEED, zlib.crc32(name.encode())])
    array = _scale(name, shape) * (2 * rng.random(shape) - 1)
    if name.startswith("encoder.") and name.endswith(".weight") and name != "encoder.0.weight":
        # Inputs after a ReLU have a large mean; let through, it would give every patch the same few codewords.
        half = shape[1] // 2
        array[:, half:] = -array[:, :half]
    return array.astype(np.float32)


def _scale(name: str, shape: tuple[int, ...]) -> float:
    if name.endswith(".bias"):
        return 0.1
    if name == "_vq_vae._embedding":
        return 1.0
    # An output pixel of a 4 x 4 transposed convolution of stride 2 is reached by 2 x 2 of its kernel.
    fan_in = 4 * shape[0] if name.startswith(TRANSPOSED) else math.prod(shape[1:])
    return math.sqrt(6 / fan_in)


def weights_sha256(arrays: Arrays) -> str:
    """One checksum over all arrays, in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()


def masks() -> np.ndarray:
    """Eight masks as they may come from the resize, float32 (8, 64, 64), in steps of 1/64."""
    y, x = np.mgrid[:64, :64] / 64
    rng = np.random.default_rng(SEED)
    radius = np.hypot(x - 0.5, y - 0.5)
    drawings = (
        20 * (0.35 - radius),  # disc
        20 * np.minimum(radius - 0.2, 0.45 - radius),  # ring
        rng.random((64, 64)) < 0.5,  # noise
        (x + y) / 2,  # ramp
        np.sin(20 * x * (1 + y)) > 0,  # waves
        10 * (y - x * x),  # half plane with a curved edge
        np.zeros((64, 64)),  # nothing
        np.kron(rng.random((8, 8)) < 0.5, np.ones((8, 8))),  # blocks
    )
    return (np.round(64 * np.clip(np.stack(drawings), 0, 1)) / 64).astype(np.float32)


def reference_distances(arrays: Arrays, mask64: np.ndarray) -> np.ndarray:
    """Squared distances (n, 16, 128) of the encoder's vectors to the codebook, float64."""
    x = 2 * (mask64[..., None].astype(np.float64) - 0.5)
    for layer in (0, 2, 4, 6):
        x = _relu(_convolve(arrays, f"encoder.{layer}", x, stride=2, padding=1))
    for layer in (8, 9):
        x = _residual(arrays, f"encoder.{layer}.net", x)
    vectors = _convolve(arrays, "encoder.10", x).reshape(len(mask64), 16, 1, -1)
    return ((vectors - arrays["_vq_vae._embedding"]) ** 2).sum(axis=-1)


def reference_decoded(arrays: Arrays, codebook_indices: np.ndarray) -> np.ndarray:
    """The decoder's maps (n, 64, 64) of codebook indices (n, 16), float64."""
    vectors = arrays["_vq_vae._embedding"][codebook_indices].astype(np.float64)
    x = _relu(_convolve(arrays, "decoder.0", vectors.reshape(-1, 4, 4, vectors.shape[-1])))
    for layer in (2, 3):
        x = _residual(arrays, f"decoder.{layer}.net", x)
    for layer in (4, 6, 8, 10):
        x = _relu(_convolve_transposed(arrays, f"decoder.{layer}", x))
    return _convolve(arrays, "decoder.12", x)[..., 0]


def _relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


def _residual(arrays: Arrays, name: str, x: np.ndarray) -> np.ndarray:
    y = _relu(_convolve(arrays, f"{name}.0", x, padding=1))
    y = _relu(_convolve(arrays, f"{name}.2", y, padding=1))
    return x + _convolve(arrays, f"{name}.4", y)


def _convolve(arrays: Arrays, name: str, x: np.ndarray, *, stride: int = 1, padding: int = 0) -> np.ndarray:
    kernel = arrays[f"{name}.weight"]
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    patches = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[2:], axis=(1, 2))
    return np.tensordot(patches[:, ::stride, ::stride], kernel, ((3, 4, 5), (1, 2, 3))) + arrays[f"{name}.bias"]


def _convolve_transposed(arrays: Arrays, name: str, x: np.ndarray) -> np.ndarray:
    """Stride 2, padding 1: input pixel i adds to the output pixels 2i - 1 ... 2i + 2."""
    kernel = arrays[f"{name}.weight"]
    n, height, width, _ = x.shape
    out = np.zeros((n, 2 * height + 2, 2 * width + 2, kernel.shape[1]))
    for row, column in np.ndindex(4, 4):
        out[:, row : row + 2 * height : 2, column : column + 2 * width : 2] += x @ kernel[:, :, row, column]
    return out[:, 1:-1, 1:-1] + arrays[f"{name}.bias"]


def main() -> None:
    arrays, mask64 = weights(), masks()
    distances = reference_distances(arrays, mask64)
    best, second = np.moveaxis(np.sort(distances, axis=-1)[..., :2], -1, 0)
    indices = distances.argmin(axis=-1)
    np.savez_compressed(
        OUTPUT,
        mask64=mask64,
        codebook_indices=indices.astype(np.int32),
        decoded=reference_decoded(arrays, indices).astype(np.float32),
        relative_margin=((second - best) / best).min(),
        weights_sha256=weights_sha256(arrays),
    )
    print(f"{OUTPUT.name}: {len(np.unique(indices))} codewords, margin {((second - best) / best).min():.1e}")


if __name__ == "__main__":
    main()
