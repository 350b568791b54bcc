"""The mask VQ-VAE's encoder and decoder in Flax, as big_vision defines them.

Encoder: `pp/proj/paligemma/segmentation.py` (TensorFlow there). Decoder:
`evaluators/proj/paligemma/transfers/segmentation.py`. Architecture of arXiv 2301.02229.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from pali_dataprep.vqvae.checkpoint import CODEWORDS_PER_MASK, EMBEDDING_DIM

Params = dict[str, Any]


class ResBlock(nn.Module):
    """Two 3x3 convolutions and a 1x1, added to the input; `features` channels throughout."""

    features: int = 128

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        y = nn.relu(nn.Conv(self.features, (3, 3))(x))
        y = nn.relu(nn.Conv(self.features, (3, 3))(y))
        return x + nn.Conv(self.features, (1, 1))(y)


class Encoder(nn.Module):
    """mask64, float32 (n, 64, 64, 1) in [0, 1] -> vectors (n, 4, 4, 512), not yet quantised."""

    @nn.compact
    def __call__(self, mask64: jax.Array) -> jax.Array:
        x = 2.0 * (mask64 - 0.5)
        for features in (16, 32, 64, 128):
            x = nn.relu(nn.Conv(features, (4, 4), strides=2, padding="SAME")(x))
        for _ in range(2):
            x = ResBlock()(x)
        return nn.Conv(EMBEDDING_DIM, (1, 1))(x)


class Upsample(nn.Module):
    """A 4x4 transposed convolution of stride 2: (n, h, w, c) -> (n, 2h, 2w, features).

    Written as four 2x2 convolutions, one for each parity of the output's row and column:
    2 to 3 times as fast on CPUs, where XLA multiplies the zeros a transposed convolution inserts.
    """

    features: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        n, height, width, channels = x.shape
        kernel = self.param("kernel", nn.initializers.lecun_normal(), (4, 4, self.features, channels))
        bias = self.param("bias", nn.initializers.zeros, (self.features,))
        parities = [self._parity(x, kernel, row, column) for row in (0, 1) for column in (0, 1)]
        grid = jnp.stack(parities, axis=3).reshape(n, height, width, 2, 2, self.features)
        return grid.transpose(0, 1, 3, 2, 4, 5).reshape(n, 2 * height, 2 * width, self.features) + bias

    @staticmethod
    def _parity(x: jax.Array, kernel: jax.Array, row: int, column: int) -> jax.Array:
        """Output pixels (2i + row, 2j + column): every second tap, from the last, of input (i, j) and a neighbour."""
        taps = kernel[3 - row :: -2, 3 - column :: -2]
        padding = ((1 - row, row), (1 - column, column))
        return jax.lax.conv_general_dilated(x, taps, (1, 1), padding, dimension_numbers=("NHWC", "HWOI", "NHWC"))


class Decoder(nn.Module):
    """Codebook vectors (n, 4, 4, 512) -> map (n, 64, 64, 1), about -1..1, not clipped."""

    @nn.compact
    def __call__(self, vectors: jax.Array) -> jax.Array:
        x = nn.relu(nn.Conv(128, (1, 1))(vectors))
        for _ in range(2):
            x = ResBlock()(x)
        for features in (128, 64, 32, 16):
            x = nn.relu(Upsample(features)(x))
        return nn.Conv(1, (1, 1))(x)


def squared_distances(vectors: jax.Array, codebook: jax.Array) -> jax.Array:
    """Squared distances (m, 128) of vectors (m, 512) to the codebook (128, 512).

    Expanded as |v|^2 + |c|^2 - 2 v.c, the form whose rounding big_vision's argmin sees.
    """
    own = jnp.sum(vectors**2, axis=1, keepdims=True)
    return own + jnp.sum(codebook**2, axis=1) - 2 * vectors @ codebook.T


def look_up(codebook_indices: jax.Array, codebook: jax.Array) -> jax.Array:
    """Codebook indices (n, 16) to vectors (n, 4, 4, 512)."""
    flat = jnp.take(codebook, codebook_indices.reshape(-1), axis=0)
    return flat.reshape(codebook_indices.shape[0], 4, CODEWORDS_PER_MASK // 4, EMBEDDING_DIM)


def encoder_params(arrays: Mapping[str, np.ndarray]) -> Params:
    """Flax parameters of `Encoder` from a checkpoint's arrays."""
    convs = {f"Conv_{n}": _conv(arrays, f"encoder.{2 * n}") for n in range(4)}
    blocks = {f"ResBlock_{n}": _resblock(arrays, f"encoder.{8 + n}.net") for n in range(2)}
    return {**convs, **blocks, "Conv_4": _conv(arrays, "encoder.10")}


def decoder_params(arrays: Mapping[str, np.ndarray]) -> Params:
    """Flax parameters of `Decoder` from a checkpoint's arrays."""
    blocks = {f"ResBlock_{n}": _resblock(arrays, f"decoder.{2 + n}.net") for n in range(2)}
    ups = {f"Upsample_{n}": _conv(arrays, f"decoder.{4 + 2 * n}") for n in range(4)}
    return {"Conv_0": _conv(arrays, "decoder.0"), **blocks, **ups, "Conv_1": _conv(arrays, "decoder.12")}


def _conv(arrays: Mapping[str, np.ndarray], name: str) -> Params:
    kernel = np.transpose(arrays[f"{name}.weight"], (2, 3, 1, 0))
    return {"kernel": kernel, "bias": arrays[f"{name}.bias"]}


def _resblock(arrays: Mapping[str, np.ndarray], name: str) -> Params:
    return {f"Conv_{n}": _conv(arrays, f"{name}.{2 * n}") for n in range(3)}
