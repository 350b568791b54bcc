"""Intervals of many masks to their images in NumPy; it follows `native/mask64.c`, and gives the same bytes.

Sums are of whole numbers of 2**-62, modulo 2**64, so that the upper half of one is a rounded whole number of 2**-30.
They lie by row, mask and column, for all masks' rows to be summed at once. Around the outputs there is room for those
that get nothing: a row above, three below, and a column before the first mask's, since what is behind a mask's last
column, which is always 0, may as well lie in another's.
"""

from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt

from pali_dataprep.masks.kernel.arrays import enumerated, take
from pali_dataprep.masks.kernel.batch import MASK_SIDE, Integers
from pali_dataprep.masks.kernel.outlines import Intervals
from pali_dataprep.masks.kernel.weights import ONE, Table, edge_weights, pixel_weights

_ROWS = MASK_SIDE + 4
_UPPER_HALF = 1 if sys.byteorder == "little" else 0


def resize(intervals: Intervals, crops: Integers, mask64: npt.NDArray[np.float32]) -> None:
    """Fill the images of masks; intervals are counted from the corners of their crops."""
    sides = np.maximum(crops[:, 2:] - crops[:, :2], 1)  # 1: of a mask that is none, and has no intervals
    sums = _differences(intervals, *sides.T)
    sums[0] += 1 << 31  # to round
    for row in range(1, MASK_SIDE + 1):
        sums[row] += sums[row - 1]
    mask64[...] = sums[1 : MASK_SIDE + 1].view(np.int32)[..., _UPPER_HALF::2].swapaxes(0, 1)
    mask64 *= np.float32(1 / ONE)


def _differences(intervals: Intervals, heights: Integers, widths: Integers) -> Integers:
    """What the masks' images have more than in the row above, int64 (rows, masks, 64).

    A column is filled from where an interval starts down, but not from where it ends.
    """
    columns = _Tables([pixel_weights(width) for width in widths.tolist()])
    (column, *across), extra = columns.entries(intervals.column, intervals.mask)
    mask, start, end = (_with(each, extra) for each in (intervals.mask, intervals.start, intervals.end))
    rows = _Tables([edge_weights(height) for height in heights.tolist()])
    (place, *down), extra = rows.entries(np.concatenate([start, end]), np.tile(mask, 2))
    width = heights.size * MASK_SIDE
    place *= width
    place += _with(np.tile(column + mask * MASK_SIDE, 2), extra)
    sums = np.zeros(_ROWS * width + 2, np.int64)
    for beside, weight in enumerate(across):
        scaled = 4 * weight
        signed = _with(np.concatenate([scaled, -scaled]), extra)
        for row, value in enumerate(down):
            np.add.at(sums[row * width + beside :], place, value * signed)
    return sums[1:-1].reshape(_ROWS, -1, MASK_SIDE)


def _with(values: Integers, extra: Integers) -> Integers:
    """These, and behind them once more those of these indices."""
    return np.concatenate([values, take(values, extra)]) if extra.size else values


class _Tables:
    """Those of the axes of masks, joined."""

    __slots__ = ("_begins", "_first", "_rest", "_rest_begins")

    def __init__(self, tables: list[Table]) -> None:
        self._first, self._begins = _joined([table.first for table in tables])
        self._rest, self._rest_begins = _joined([table.rest for table in tables])

    def entries(self, position: Integers, mask: Integers) -> tuple[Integers, Integers]:
        """The entries of these positions of these masks, int64 (values, n), and behind them further ones.

        Those are of the positions whose indices come with them.
        """
        place = position + take(self._begins, mask)
        found = take(self._first[:-1], place)
        first, more = found[:-1], found[-1]
        extra = np.flatnonzero(more) if self._rest.size else np.empty(0, np.int64)
        if not extra.size:
            return first, extra
        source, number = enumerated(take(more, extra))
        extra_mask, begin = take(mask, extra), take(self._first[-1], take(place, extra))
        number += take(take(self._rest_begins, extra_mask) + begin, source)
        return np.concatenate([first, take(self._rest, number)], axis=1), take(extra, source)


def _joined(tables: list[npt.NDArray[np.int32]]) -> tuple[Integers, Integers]:
    """One beside the other, and where each begins."""
    sizes = np.array([table.shape[1] for table in tables])
    return np.concatenate(tables, axis=1, dtype=np.int64), sizes.cumsum() - sizes
