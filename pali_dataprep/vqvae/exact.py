"""The mask encoder in plain NumPy and float64, one mask at a time.

Its answer depends neither on the batch a mask came in nor on the machine. It decides the
codewords whose two best distances are too close for float32, and serves the tests as a
second opinion on the Flax model.

A convolution is a sum of one product a tap. They are small enough for BLAS to compute each in
the calling thread: larger ones would be shared out between threads that wait for each other in
loops, which takes several times as long, most of all where the backend's threads are at work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pali_dataprep.vqvae.checkpoint import CODEWORDS_PER_MASK

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.bool_]

ALL_PLACES: Places = np.ones(CODEWORDS_PER_MASK, dtype=np.bool_)


class ExactEncoder:
    """float64 weights of the encoder and the codebook of one checkpoint."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[np.float32]]) -> None:
        self._codebook = np.asarray(arrays["_vq_vae._embedding"], dtype=np.float64)
        layers = (name.removesuffix(".weight") for name in arrays if name.endswith(".weight"))
        self._layers = {name: _Layer.of(arrays, name) for name in layers if name.startswith("encoder.")}

    def encode(self, mask64: npt.NDArray[np.float32], places: Places = ALL_PLACES) -> npt.NDArray[np.int32]:
        """One mask, float32 (64, 64) in [0, 1], to the codebook indices int32 (n,) of `places`, bool (16,)."""
        indices: npt.NDArray[np.int32] = self.squared_distances(mask64, places).argmin(axis=1).astype(np.int32)
        return indices

    def squared_distances(self, mask64: npt.NDArray[np.float32], places: Places = ALL_PLACES) -> Array:
        """Squared distances (n, 128) to the codebook of those of the mask's 16 vectors."""
        last = self._layers["encoder.10"]
        vectors = self.features(mask64)[places] @ last.kernel[0, 0] + last.bias
        difference = vectors[:, None, :] - self._codebook
        squared: Array = np.square(difference).sum(axis=2)
        return squared

    def features(self, mask64: npt.NDArray[np.float32]) -> Array:
        """What the last layer makes the mask's vectors from, (16, 128)."""
        x = np.maximum(self._first(2.0 * (mask64.astype(np.float64) - 0.5)), 0.0)
        for n in (2, 4, 6):
            x = np.maximum(self._conv(x, f"encoder.{n}", stride=2), 0.0)
        for n in (8, 9):
            y = np.maximum(self._conv(x, f"encoder.{n}.net.0"), 0.0)
            y = np.maximum(self._conv(y, f"encoder.{n}.net.2"), 0.0)
            x = x + self._conv(y, f"encoder.{n}.net.4")
        return x.reshape(CODEWORDS_PER_MASK, -1)

    def _first(self, x: Array) -> Array:
        """The first convolution, (64, 64) to (32, 32, 16), in one product: taps of one channel are not worth more."""
        layer = self._layers["encoder.0"]
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, 1), layer.kernel.shape[:2])[::2, ::2]
        pixels, features = windows[0, 0].size, len(layer.bias)
        out: Array = windows.reshape(-1, pixels) @ layer.kernel.reshape(pixels, features) + layer.bias
        return out.reshape(*windows.shape[:2], features)

    def _conv(self, x: Array, name: str, stride: int = 1) -> Array:
        """A SAME convolution of (h, w, in)."""
        layer = self._layers[name]
        height, width, channels = x.shape
        side = len(layer.kernel)
        margin = (side - 1) // 2  # SAME pads one pixel on each side, for 3x3/1 as for 4x4/2
        padded = np.pad(x, ((margin, margin), (margin, margin), (0, 0)))
        out = np.tile(layer.bias, (height // stride * (width // stride), 1))
        for row, column in np.ndindex(side, side):
            seen = padded[row : row + height : stride, column : column + width : stride]
            out += seen.reshape(-1, channels) @ layer.kernel[row, column]
        return out.reshape(height // stride, width // stride, -1)


@dataclass(frozen=True, slots=True)
class _Layer:
    """A convolution: `kernel` (side, side, in, out) and `bias` (out,)."""

    kernel: Array
    bias: Array

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[np.float32]], name: str) -> _Layer:
        """From PyTorch's kernel (out, in, side, side)."""
        kernel = np.ascontiguousarray(arrays[f"{name}.weight"].transpose(2, 3, 1, 0), dtype=np.float64)
        return cls(kernel, np.asarray(arrays[f"{name}.bias"], dtype=np.float64))
