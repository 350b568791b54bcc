"""The 2x2 convolution against the transposed one, computed pixel by pixel."""

from __future__ import annotations

import numpy as np

from pali_dataprep.vqvae.corners import corner_kernel


def test_it_is_the_transposed_convolution() -> None:
    rng = np.random.default_rng(0)
    kernel = rng.standard_normal((3, 2, 4, 4)).astype(np.float32)
    image = rng.standard_normal((5, 4, 3))
    np.testing.assert_allclose(by_corners(image, corner_kernel(kernel)), transposed(image, kernel), atol=1e-12)


def transposed(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Each input pixel adds the kernel at twice its place; PyTorch's padding of 1 cuts the margin off."""
    height, width, _ = image.shape
    out = np.zeros((2 * height + 2, 2 * width + 2, kernel.shape[1]))
    for row, column in np.ndindex(height, width):
        out[2 * row : 2 * row + 4, 2 * column : 2 * column + 4] += np.einsum("i,ioyx->yxo", image[row, column], kernel)
    return out[1:-1, 1:-1]


def by_corners(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The 2x2 convolution of the padded image, its features laid out around the corners, the margin cut off."""
    height, width, _ = image.shape
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(image, ((1, 1), (1, 1), (0, 0))), (2, 2), axis=(0, 1))
    corners = np.einsum("hwiyx,yxiq->hwq", windows, kernel).reshape(height + 1, width + 1, 2, 2, -1)
    return corners.transpose(0, 2, 1, 3, 4).reshape(2 * height + 2, 2 * width + 2, -1)[1:-1, 1:-1]
