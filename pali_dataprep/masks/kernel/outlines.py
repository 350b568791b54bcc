"""Polygon rings to intervals of columns in NumPy, many masks at once, by the arithmetic of `native/raster.c`.

pycocotools' rleFrPoly (cocoapi `common/maskApi.c`) scales a ring by 5, rounds it to whole
numbers, walks every point of its outline, and keeps the points where the walk steps between
5c + 2 and 5c + 3: there the outline crosses the centre of column c. Only those steps are
computed here, by its own float64 expressions, whose last bit decides pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pali_dataprep.masks.kernel.arrays import Bools, Floats, enumerated, take
from pali_dataprep.masks.kernel.batch import Integers
from pali_dataprep.masks.runs import MAX_COORDINATE, MAX_OUTLINE
from pali_dataprep.masks.segmentations import MIN_RING_NUMBERS

_SCALE = 5
_CENTRE = 2


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Rows [start, end) of columns of masks numbered `mask`, int64 (n,) each, in order of masks and columns."""

    mask: Integers
    column: Integers
    start: Integers
    end: Integers

    def only(self, chosen: Integers) -> Intervals:
        """Those of these indices."""
        return Intervals(*(take(each, chosen) for each in (self.mask, self.column, self.start, self.end)))


@dataclass(frozen=True, slots=True, eq=False)
class Rings:
    """Coordinates x0, y0, x1, y1, ... and where each ring ends in them; `mask` is the number of each ring's mask."""

    data: Floats
    ends: Integers
    mask: Integers

    @property
    def begins(self) -> Integers:
        """Where each ring begins."""
        return np.concatenate([[0], self.ends[:-1]]).astype(np.int64)


def good_rings(rings: Rings) -> Bools:
    """Which rings pycocotools can take: enough numbers, all finite and near, an outline that is not too long."""
    counts = rings.ends - rings.begins
    good: Bools = (counts >= MIN_RING_NUMBERS) & (counts % 2 == 0)
    size = np.abs(rings.data)
    if not (near := size <= MAX_COORDINATE).all():
        good &= np.bincount(enumerated(counts)[0], ~near, minlength=counts.size) == 0
    if good.all() and counts.size and size.max() * counts.max() > MAX_OUTLINE:
        points = rings.data.reshape(-1, 2)
        steps = np.abs(np.diff(points, axis=0, append=0)).max(axis=1)
        steps[rings.ends // 2 - 1] = 0
        good &= np.add.reduceat(steps, rings.begins // 2) <= MAX_OUTLINE
    return good


def intervals_of_rings(rings: Rings, heights: Integers, widths: Integers) -> Intervals:
    """The union of each mask's rings; rings must be good, heights and widths are the masks', numbered below 2**13."""
    crossings = _crossings(_Edges(rings), take(heights, rings.mask), take(widths, rings.mask))
    # Each column is crossed an even number of times, so that in order every other crossing begins an interval.
    crossings.sort()
    begin, end = crossings[0::2], crossings[1::2]
    kept = np.flatnonzero(begin < end)
    begin, end = take(begin, kept), take(end, kept) & _ROW
    begin += take(rings.mask - np.arange(rings.mask.size) << _RING, begin >> _RING)
    if (np.diff(rings.mask) == 0).any():
        begin, end = _united(begin, end)
    return Intervals(begin >> _RING, begin >> _ROW_BITS & _COLUMN, begin & _ROW, end)


_ROW_BITS, _COLUMN_BITS = 17, 16
_RING = _ROW_BITS + _COLUMN_BITS
_ROW, _COLUMN = (1 << _ROW_BITS) - 1, (1 << _COLUMN_BITS) - 1
"""A row, or an end of rows, and a column in a packed number, above them the number of a ring or a mask: in order of
numbers they are in order of ring, column and row. No side has more than 65,500 pixels."""


class _Edges:
    """Edges of rings, scaled; `flat` ones reach at least as far in x as in y, and go up in x, others in y."""

    __slots__ = ("flat", "ring", "xe", "xs", "ye", "ys")

    def __init__(self, rings: Rings) -> None:
        x, y = (_SCALE * rings.data + 0.5).astype(np.int64).reshape(-1, 2).T
        after = np.arange(1, x.size + 1)
        after[rings.ends // 2 - 1] = rings.begins // 2
        xe, ye = x[after], y[after]
        self.ring = np.repeat(np.arange(rings.ends.size), (rings.ends - rings.begins) // 2)
        self.flat = np.abs(xe - x) >= np.abs(ye - y)
        turned = np.where(self.flat, x > xe, y > ye)
        self.xs, self.xe = np.where(turned, xe, x), np.where(turned, x, xe)
        self.ys, self.ye = np.where(turned, ye, y), np.where(turned, y, ye)


def _crossings(edges: _Edges, heights: Integers, widths: Integers) -> Integers:
    """Ring, column and row of each crossing, packed; sizes are those of the rings' images."""
    low, high = np.minimum(edges.xs, edges.xe), np.maximum(edges.xs, edges.xe)
    first = np.maximum((low + _CENTRE) // _SCALE, 0)  # low <= 5c + 2 < high
    last = np.minimum((high - _CENTRE - 1) // _SCALE, take(widths, edges.ring) - 1)
    packed = []
    for kind, lower_v in ((edges.flat, _on_flat), (~edges.flat, _on_steep)):
        crossed = np.flatnonzero(kind & (first <= last))
        place, column = enumerated((last - first + 1)[crossed])
        column += take(first[crossed], place)
        v = lower_v(edges, crossed, place, column)
        v += _CENTRE
        row = np.maximum(v // _SCALE, 0)  # ceil((v + .5) / 5 - .5)
        ring = edges.ring[crossed]
        row = np.minimum(row, take(heights[ring], place))
        packed.append(row + (column << _ROW_BITS) + take(ring << _RING, place))
    return np.concatenate(packed)


def _on_flat(edges: _Edges, crossed: Integers, place: Integers, column: Integers) -> Integers:
    """The lower v of the two points of the step in each column; `place` is that of its edge in `crossed`."""
    xs, ys = edges.xs[crossed], edges.ys[crossed]
    slope = (edges.ye[crossed] - ys) / (edges.xe[crossed] - xs)
    t = _SCALE * column + take(_CENTRE - xs + (slope < 0), place)
    along = take(slope, place) * t
    v = take(ys.astype(np.float64), place) + along
    v += 0.5
    lower: Integers = v.astype(np.int64)
    return lower


def _on_steep(edges: _Edges, crossed: Integers, place: Integers, column: Integers) -> Integers:
    """The lower v of the two points of the step: the last one before u passes 5c + 2.

    Of steps, which are counted by v, the one nearest to where u passes in exact arithmetic is the one at which it does
    by rleFrPoly's, or the one before that: errors of a step's u come to less than a hundredth of a step.
    """
    xs, ys = edges.xs[crossed], edges.ys[crossed]
    dx, dy = edges.xe[crossed] - xs, edges.ye[crossed] - ys
    m = _SCALE * column
    m += _CENTRE
    start = take(xs, place)
    t: Integers = ((m - start + 0.5) * take(dy / dx, place) + 0.5).astype(np.int64)
    u: Floats = start + take(dx / dy, place) * t
    u += 0.5
    passed = (u >= m + 1) == take(dx > 0, place)
    t += take(ys, place)
    t -= passed
    return t


def _united(begin: Integers, end: Integers) -> tuple[Integers, Integers]:
    """Intervals of one mask and column that overlap or touch made one; `begin` is packed, with the mask's number."""
    parts = np.sort(begin << _ROW_BITS | end)
    begin = parts >> _ROW_BITS
    reach = np.maximum.accumulate(begin & ~_ROW | parts & _ROW)
    opens = np.ones(parts.size, dtype=bool)
    np.greater(begin[1:], reach[:-1], out=opens[1:])
    first = np.flatnonzero(opens)
    last = np.append(first[1:], parts.size)[: first.size] - 1
    return take(begin, first), take(reach, last) & _ROW
