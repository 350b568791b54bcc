"""The antialiased bilinear resize of one axis to 64 outputs, in whole numbers of 2**-30.

Output i is centred at (i + 1/2) size / 64; a pixel at distance d from it has weight
max(0, 1 - d / radius) with radius max(1, size / 64) pixels, and an output's weights sum to 1
(TensorFlow `scale_and_translate_op.cc`). Times 2 * 64 * radius that is a whole number,

    max(0, R - |64 (2p + 1) - size (2i + 1)|)    with R = max(128, 2 size).

What output i has of the pixels before p, its share, is a sum of those over their total,
rounded once to 2**-30; a pixel's weight is the difference of two shares. So an output's weights sum to exactly
1, and sums of weights are exact in any order. `native/axis.c` computes the same numbers, in the same way: where an
axis shrinks, between two centres, in a gap, only their two outputs have any weight. Gap g lies before output g.
Where an axis grows, of fewer than 64 pixels, an output has two pixels at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pali_dataprep.masks.kernel.arrays import enumerated
from pali_dataprep.masks.kernel.batch import MASK_SIDE, Integers

ONE = 1 << 30

EDGE_VALUES, PIXEL_VALUES = 3, 2
"""As many as an edge or a pixel has where the axis shrinks."""

_CACHED_SIZES = 1024
"""Of up to 44 bytes a pixel, edges and pixels together."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A sparse matrix by positions of an axis, which have one entry nearly always.

    An entry is a column: its place, and the values of this place and those behind it. Place 0 is that of output -1,
    which gets nothing, and place i + 1 that of output i. `first` has an entry for each position, and below it how many
    more there are, and where in `rest` these begin; an axis that shrinks has no rest.
    """

    first: npt.NDArray[np.int32]
    rest: npt.NDArray[np.int32]


@lru_cache(maxsize=_CACHED_SIZES)
def edge_weights(size: int) -> Table:
    """What outputs get of the pixels from edge p on, p from 0 to `size`, each less what the output before gets."""
    if size < MASK_SIDE:
        behind = ONE - np.pad(_mixed_pixels(size).cumsum(axis=1), ((0, 0), (1, 0)))
        return _sparse(np.diff(behind, prepend=0, append=ONE, axis=0), EDGE_VALUES)
    gaps = _Gaps(size)
    before, behind = np.append(gaps.before, 0), np.append(gaps.behind, 0)
    return _table(np.append(gaps.gap, MASK_SIDE + 1), ONE - before, before - behind, behind)


@lru_cache(maxsize=_CACHED_SIZES)
def pixel_weights(size: int) -> Table:
    """What each of `size` pixels gives to 64 outputs."""
    if size < MASK_SIDE:
        return _sparse(_mixed_pixels(size), PIXEL_VALUES)
    gaps = _Gaps(size)
    first, second = (np.diff(share, append=0) for share in (gaps.before, gaps.behind))
    last = np.append(np.flatnonzero(np.diff(gaps.gap)), size - 1)
    first[last] = np.where(gaps.gap[last] > 0, ONE, 0) - gaps.before[last]
    second[last] = np.append(gaps.before, 0)[last + 1] - gaps.behind[last]  # the next gap is behind the same output
    return _table(gaps.gap, first, second)


def _table(*entries: Integers) -> Table:
    none = np.zeros_like(entries[0])
    first = np.stack([*entries, none, none]).astype(np.int32)
    return Table(first, np.empty((len(entries), 0), np.int32))


def _sparse(matrix: Integers, values: int) -> Table:
    """From a row an output and a column a position, each of which has a stretch of rows that are not zero."""
    held = matrix != 0
    begin, more = held.argmax(axis=0), (held.sum(axis=0) - 1) // values
    padded = np.pad(matrix, ((0, values), (0, 0)))

    def entries(place: Integers, position: Integers) -> list[Integers]:
        return [place + 1, *(padded[place + n, position] for n in range(values))]

    position, number = enumerated(more)
    first = np.stack([*entries(begin, np.arange(begin.size)), more, more.cumsum() - more])
    rest = np.stack(entries(begin[position] + values * (number + 1), position))
    return Table(first.astype(np.int32), rest.astype(np.int32))


def _mixed_pixels(size: int) -> Integers:
    """Of an axis that grows, what each of 64 outputs gets of each pixel: two of them at most, mixed in 128ths."""
    behind = size * (2 * np.arange(MASK_SIDE) + 1) - 64  # an output's centre, in 128ths from that of the first pixel
    first, weight = np.divmod(np.clip(behind, 0, 128 * (size - 1)), 128)
    weights = np.zeros((MASK_SIDE, size + 1), np.int64)
    weights[np.arange(MASK_SIDE), first] = (128 - weight) * (ONE // 128)
    weights[np.arange(MASK_SIDE), first + 1] = weight * (ONE // 128)
    return weights[:, :size]


class _Gaps:
    """The gap of each pixel of an axis that shrinks, and what the outputs before and behind it have of those before."""

    __slots__ = ("before", "behind", "gap")

    def __init__(self, size: int) -> None:
        pixel = np.arange(size)
        centre = 64 * (2 * pixel + 1)
        self.gap = (centre + size) // (2 * size)
        distance = centre - size * (2 * self.gap - 1)  # to the centre before the gap
        pixels = np.bincount(self.gap, minlength=MASK_SIDE + 1)
        sums = np.bincount(self.gap, distance, minlength=MASK_SIDE + 1).astype(np.int64)
        first = pixels.cumsum() - pixels
        behind = distance.cumsum() - distance - (sums.cumsum() - sums)[self.gap]
        before = np.append(0, sums)[self.gap] + 2 * size * (pixel - first[self.gap]) - behind
        unit = np.zeros(MASK_SIDE + 2)
        unit[1:-1] = ONE / (sums[:-1] + (2 * size * pixels - sums)[1:]).astype(np.float64)
        self.before = (before * unit[self.gap] + 0.5).astype(np.int64)
        self.behind = (behind * unit[self.gap + 1] + 0.5).astype(np.int64)
