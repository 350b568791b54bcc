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
from pali_dataprep.vqvae.corners import corner_kernel

Params = dict[str, Any]


class ResBlock(nn.Module):
    """Two 3x3 convolutions and a 1x1, added to the input; `features` channels throughout."""

    features: int = 128

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        y = nn.relu(nn.Conv(self.features, (3, 3))(x))
        y = nn.relu(nn.Conv(self.features, (3, 3))(y))
        return x + nn.Conv(self.features, (1, 1))(y)


class Stem(nn.Module):
    """The first 4x4 convolution of stride 2, of a mask in [0, 1]: (n, 64, 64, 1) -> (n, 32, 32, features).

    Written as a sum over the kernel's 16 taps: of one channel there is little to multiply and much to move,
    and XLA makes one pass of the sum, on CPUs in a quarter of its convolution's time.
    """

    features: int = 16

    @nn.compact
    def __call__(self, mask64: jax.Array) -> jax.Array:
        kernel = self.param("kernel", nn.initializers.lecun_normal(), (4, 4, 1, self.features))
        x = self.param("bias", nn.initializers.zeros, (self.features,))
        image = jnp.pad(2.0 * (mask64 - 0.5), ((0, 0), (1, 1), (1, 1), (0, 0)))
        for row, column in np.ndindex(4, 4):
            x = x + image[:, row : row + 63 : 2, column : column + 63 : 2] * kernel[row, column]
        return nn.relu(x)


class Trunk(nn.Module):
    """The rest of the encoder up to its last nonlinearity: (n, 32, 32, 16) -> features (n, 4, 4, 128)."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for features in (32, 64, 128):
            x = nn.relu(nn.Conv(features, (4, 4), strides=2, padding="SAME")(x))
        for _ in range(2):
            x = ResBlock()(x)
        return x


class Encoder(nn.Module):
    """mask64, float32 (n, 64, 64, 1) in [0, 1] -> features (n, 4, 4, 128), from which `head.py` tells the codewords."""

    def setup(self) -> None:
        self.stem = Stem()
        self.trunk = Trunk()

    def __call__(self, mask64: jax.Array) -> jax.Array:
        features: jax.Array = self.trunk(self.stem(mask64))
        return features


class Upsample(nn.Module):
    """A 4x4 transposed convolution of stride 2, (n, h, w, c) -> (n, 2h, 2w, features), as `corners.py` writes it.

    XLA would multiply the zeros that a transposed convolution inserts.
    """

    features: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        n, height, width, _ = x.shape
        corners = nn.Conv(4 * self.features, (2, 2), padding=1)(x).reshape(n, height + 1, width + 1, 2, 2, -1)
        grid = corners.transpose(0, 1, 3, 2, 4, 5).reshape(n, 2 * height + 2, 2 * width + 2, self.features)
        return grid[:, 1:-1, 1:-1]


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


def look_up(codebook_indices: jax.Array, codebook: jax.Array) -> jax.Array:
    """Codebook indices (n, 16) to vectors (n, 4, 4, 512)."""
    flat = jnp.take(codebook, codebook_indices.reshape(-1), axis=0)
    return flat.reshape(codebook_indices.shape[0], 4, CODEWORDS_PER_MASK // 4, EMBEDDING_DIM)


def encoder_params(arrays: Mapping[str, np.ndarray]) -> Params:
    """Flax parameters of `Encoder` from a checkpoint's arrays."""
    convs = {f"Conv_{n}": _conv(arrays, f"encoder.{2 + 2 * n}") for n in range(3)}
    blocks = {f"ResBlock_{n}": _resblock(arrays, f"encoder.{8 + n}.net") for n in range(2)}
    return {"stem": _conv(arrays, "encoder.0"), "trunk": {**convs, **blocks}}


def decoder_params(arrays: Mapping[str, np.ndarray]) -> Params:
    """Flax parameters of `Decoder` from a checkpoint's arrays."""
    blocks = {f"ResBlock_{n}": _resblock(arrays, f"decoder.{2 + n}.net") for n in range(2)}
    ups = {f"Upsample_{n}": {"Conv_0": _corners(arrays, f"decoder.{4 + 2 * n}")} for n in range(4)}
    return {"Conv_0": _conv(arrays, "decoder.0"), **blocks, **ups, "Conv_1": _conv(arrays, "decoder.12")}


def _conv(arrays: Mapping[str, np.ndarray], name: str) -> Params:
    kernel = np.transpose(arrays[f"{name}.weight"], (2, 3, 1, 0))
    return {"kernel": kernel, "bias": arrays[f"{name}.bias"]}


def _resblock(arrays: Mapping[str, np.ndarray], name: str) -> Params:
    return {f"Conv_{n}": _conv(arrays, f"{name}.{2 * n}") for n in range(3)}


def _corners(arrays: Mapping[str, np.ndarray], name: str) -> Params:
    return {"kernel": corner_kernel(arrays[f"{name}.weight"]), "bias": np.tile(arrays[f"{name}.bias"], 4)}
