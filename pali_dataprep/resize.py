"""Runs to the 64x64 image the mask encoder sees, without ever making the full mask.

The reference is `tf.image.resize(mask[y1:y2, x1:x2], [64, 64], method="bilinear",
antialias=True) / 255` (big_vision `pp/proj/paligemma/segmentation.py`). That resize is
linear and separable, out = Ry @ mask @ Rx.T, so a mask's runs are enough. Let F(p) be
the resized image of all pixels that come before pixel p in column-major order. A run
[a, b) contributes F(b) - F(a), and with p in column x at row y

    F(p) = (columns before x, full height) + (column x, rows before y)
         = 1 ⊗ Cx[:, x]  +  Cy[:, y] ⊗ Rx[:, x]

where Cx, Cy are prefix sums of the weights. Cost follows the number of runs, not pixels.
Sums are float64, so that the float32 result does not depend on their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pali_dataprep.boxes import PixelYXYX
from pali_dataprep.masks import Runs

MASK_SIDE = 64
"""Side of the encoder's input in pixels (big_vision: `tf.ensure_shape(masks, [None, 64, 64, 1])`)."""

BLOCK = 128
"""Run boundaries multiplied together: few enough to touch few output columns when shrinking."""


def mask64_from_runs(runs: Runs, crop: PixelYXYX) -> npt.NDArray[np.float32]:
    """One mask, cropped to (y1, x1, y2, x2) and resized: float32 (64, 64) in [0, 1].

    `crop` must hold at least one pixel and lie inside the image.
    """
    y1, x1, y2, x2 = crop
    x, y = np.divmod(runs.bounds, runs.height)
    y = np.clip(y - y1, 0, y2 - y1)
    y[(x < x1) | (x >= x2)] = 0
    x = np.clip(x - x1, 0, x2 - x1)
    rows, columns = _resize_tables(y2 - y1), _resize_tables(x2 - x1)
    sign = np.ones(x.size)
    sign[0::2] = -1.0
    image = _product(rows.before[y] * sign[:, None], columns.weight[x])
    image += sign @ columns.before[x]
    return np.clip(image, 0.0, 1.0).astype(np.float32)


def _product(left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """left.T @ right for (k, 64) and (k, 64), whose rows are sorted by input column.

    Neighbouring input columns have weight in a few output columns only, so the product is
    taken in blocks of rows, each on its band.
    """
    product = np.zeros((MASK_SIDE, MASK_SIDE))
    for start in range(0, len(right), BLOCK):
        block = slice(start, start + BLOCK)
        touched = np.flatnonzero(right[block].any(axis=0))
        if touched.size:
            band = slice(touched[0], touched[-1] + 1)
            product[:, band] += left[block].T @ right[block, band]
    return product


def mask64_batch(masks: Sequence[tuple[Runs, PixelYXYX]]) -> npt.NDArray[np.float32]:
    """Many masks with their crops: float32 (n, 64, 64, 1) in [0, 1]."""
    batch = np.zeros((len(masks), MASK_SIDE, MASK_SIDE, 1), dtype=np.float32)
    for image, (runs, crop) in zip(batch, masks, strict=True):
        image[..., 0] = mask64_from_runs(runs, crop)
    return batch


class _Tables:
    """Weights of one axis: `weight` (size + 1, 64), and `before`, their sums over pixels < p.

    The last row of `weight` is zero: it belongs to the position after the last pixel.
    """

    __slots__ = ("before", "weight")

    def __init__(self, size: int) -> None:
        self.weight = np.zeros((size + 1, MASK_SIDE))
        self.weight[:-1] = antialias_weights(size, MASK_SIDE).T
        self.before = np.zeros((size + 1, MASK_SIDE))
        np.cumsum(self.weight[:-1], axis=0, out=self.before[1:])


@lru_cache(maxsize=64)  # 1 KiB for each pixel of the side, so 256 MiB for 4,000 pixel crops
def _resize_tables(size: int) -> _Tables:
    return _Tables(size)


def antialias_weights(in_size: int, out_size: int) -> npt.NDArray[np.float64]:
    """Weights (out_size, in_size) of TensorFlow's antialiased bilinear resize of one axis.

    A triangle of radius max(1, in/out) input pixels around each output pixel's centre,
    normalised to 1 inside the image (TensorFlow `scale_and_translate_op.cc`).
    """
    scale = in_size / out_size
    centre = (np.arange(out_size) + 0.5) * scale
    weights = np.arange(in_size)[:, None] + 0.5 - centre
    np.abs(weights, out=weights)
    weights /= -max(1.0, scale)
    weights += 1.0
    np.maximum(weights, 0.0, out=weights)
    weights /= weights.sum(axis=0)
    return weights.T
