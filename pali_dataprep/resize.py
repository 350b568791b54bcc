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

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pali_dataprep.boxes import PixelYXYX
from pali_dataprep.masks import Runs

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

MASK_SIDE = 64
"""Side of the encoder's input in pixels (big_vision: `tf.ensure_shape(masks, [None, 64, 64, 1])`)."""

_PADDED = MASK_SIDE + 2
"""Outputs are numbered 1 to 64 in `_Band`; 0 and 65 take the weight that falls outside."""


def mask64_from_runs(runs: Runs, crop: PixelYXYX) -> npt.NDArray[np.float32]:
    """One mask, cropped to (y1, x1, y2, x2) and resized: float32 (64, 64) in [0, 1].

    `crop` must hold at least one pixel and lie inside the image.
    """
    y1, x1, y2, x2 = crop
    x, y = np.divmod(runs.bounds, runs.height)
    y = np.clip(y - y1, 0, y2 - y1)
    y[(x < x1) | (x >= x2)] = 0
    x = np.clip(x - x1, 0, x2 - x1)
    sign = np.ones(x.size)
    sign[0::2] = -1.0
    shrinks = min(y2 - y1, x2 - x1) >= MASK_SIDE
    image = _shrink(x, y, sign, crop) if shrinks else _enlarge(x, y, sign, crop)
    return np.clip(image, 0.0, 1.0).astype(np.float32)


def _enlarge(x: Indices, y: Indices, sign: Floats, crop: PixelYXYX) -> Floats:
    """The sum of sign * F(x, y) with dense weights, for crops with a side below 64 pixels."""
    rows, columns = _table(crop[2] - crop[0]), _table(crop[3] - crop[1])
    part_columns = (rows.before[y] * sign[:, None]).T @ columns.weight[x]
    full_columns: Floats = sign @ columns.before[x]
    return part_columns + full_columns


class _Table:
    """Dense weights of one axis: `weight` (size + 1, 64), and `before`, their sums over pixels < p.

    The last row of `weight` is zero: it belongs to the position after the last pixel.
    """

    __slots__ = ("before", "weight")

    def __init__(self, size: int) -> None:
        self.weight = np.zeros((size + 1, MASK_SIDE))
        self.weight[:-1] = antialias_weights(size, MASK_SIDE).T
        self.before = np.zeros((size + 1, MASK_SIDE))
        np.cumsum(self.weight[:-1], axis=0, out=self.before[1:])


@lru_cache(maxsize=64)  # 1 KiB for each pixel of the side
def _table(size: int) -> _Table:
    return _Table(size)


def _shrink(x: Indices, y: Indices, sign: Floats, crop: PixelYXYX) -> Floats:
    """The sum of sign * F(x, y) for crops of 64 pixels and more a side, from what is neither 0 nor 1 in it."""
    rows, columns = _band(crop[2] - crop[0]), _band(crop[3] - crop[1])
    part, rest = rows.part[y] * sign, rows.rest[y] * sign
    near, far = columns.near[x], columns.far[x]
    corner = rows.open[y] * _PADDED + columns.first[x]
    edge = _scatter(corner, {0: part * near, 1: part * far, _PADDED: rest * near, _PADDED + 1: rest * far}, _PADDED**2)
    above = _scatter(corner, {0: sign * near, 1: sign * far}, _PADDED**2)
    full_columns = _scatter(columns.open[x], {0: columns.part[x] * sign, 1: columns.rest[x] * sign}, _PADDED)
    full_columns += _sum_after(_scatter(columns.open[x], {0: sign}, _PADDED))
    image = edge.reshape(_PADDED, _PADDED) + _sum_after(above.reshape(_PADDED, _PADDED)) + full_columns
    return image[1:-1, 1:-1]


def _scatter(index: Indices, values: dict[int, Floats], size: int) -> Floats:
    """Add each array of values at `index` plus its offset; what lies past `size` is weight outside the crop."""
    places = np.concatenate([index + offset for offset in values])
    sums = np.bincount(places, weights=np.concatenate(list(values.values())), minlength=size)
    return sums[:size].astype(np.float64, copy=False)


def _sum_after(values: Floats) -> Floats:
    """At each place of the first axis, the sum over all later ones."""
    sums = np.zeros_like(values)
    sums[:-1] = np.cumsum(values[:0:-1], axis=0)[::-1]
    return sums


class _Band:
    """Weights of one axis of at least 64 pixels, where a pixel has weight in two neighbouring outputs only.

    Pixel p gives `near[p]` to output `first[p]` and `far[p]` to the next. Of all pixels
    before p, the outputs below `open[p]` have everything they get, output `open[p]` has
    `part[p]` and the next one `rest[p]`. All have length size + 1.
    """

    __slots__ = ("far", "first", "near", "open", "part", "rest")

    def __init__(self, size: int) -> None:
        position = (np.arange(size) + 0.5) / (size / MASK_SIDE) + 0.5  # output i's centre is at i
        output = np.floor(position).astype(np.int64)
        share = position - output
        total = _scatter(output, {0: 1 - share, 1: share}, _PADDED)
        total[total == 0] = 1.0  # 64 pixels: nothing falls outside
        near, far = (1 - share) / total[output], share / total[output + 1]
        self.first, self.near, self.far = np.append(output, _PADDED - 1), np.append(near, 0.0), np.append(far, 0.0)
        near_before, far_before = np.append(0.0, np.cumsum(near)), np.append(0.0, np.cumsum(far))
        start = np.searchsorted(output, np.arange(_PADDED + 1))  # each output's first pixel as the nearer of the two
        far_of_last = np.append(0.0, np.diff(far_before[start]))  # what an output gets while the one before is open
        self.open = np.append(0, output)
        self.part = far_of_last[self.open] + near_before - near_before[start[self.open]]
        self.rest = far_before - far_before[start[self.open]]


@lru_cache(maxsize=1024)  # 48 bytes for each pixel of the side
def _band(size: int) -> _Band:
    return _Band(size)


def antialias_weights(in_size: int, out_size: int) -> Floats:
    """Weights (out_size, in_size) of TensorFlow's antialiased bilinear resize of one axis.

    A triangle of radius max(1, in/out) input pixels around each output pixel's centre,
    normalised to 1 inside the image (TensorFlow `scale_and_translate_op.cc`).
    """
    scale = in_size / out_size
    centre = (np.arange(out_size) + 0.5) * scale
    distance = np.abs(np.arange(in_size) + 0.5 - centre[:, None])
    weights = np.maximum(0.0, 1.0 - distance / max(1.0, scale))
    normalised: Floats = weights / weights.sum(axis=1, keepdims=True)
    return normalised
