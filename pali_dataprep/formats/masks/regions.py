"""A label map's objects as runs: one pass over the pixels for all of them, no bitmap an object.

The map's pixels are cut into runs of equal value down each column, in the order of
`masks.Runs`. Objects are groups of runs: of one value, or of one connected component.
Components are those of the graph whose nodes are runs and whose edges join touching runs
of neighbouring columns, so their cost follows the outlines: `scipy.sparse.csgraph` finds those of large graphs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pali_dataprep.masks.kernel import run_starts
from pali_dataprep.masks.segmentations import MAX_SIDE, MaskError, Runs

Integers = npt.NDArray[np.int64]

_FEW_PAIRS = 512
_FEW_VALUES = 16


@dataclass(frozen=True, slots=True)
class Region:
    """One object of a label map: its pixel value and its pixels."""

    value: int
    runs: Runs

    @property
    def first_pixel(self) -> tuple[int, int]:
        """(x, y) of its first pixel in column-major order."""
        x, y = divmod(int(self.runs.bounds[0]), self.runs.height)
        return x, y


@dataclass(frozen=True, slots=True, eq=False)
class ValueRuns:
    """Runs of equal value of a `height` x `width` label map, none longer than its column.

    `values`, `starts` and `ends` (exclusive) are int64 of shape (n,), in column-major pixel
    numbers, ascending.
    """

    values: Integers
    starts: Integers
    ends: Integers
    height: int
    width: int

    def distinct_values(self) -> list[int]:
        """The values that occur, ascending."""
        found: list[int] = np.unique(self.values).tolist()
        return found

    def only(self, values: Collection[int]) -> ValueRuns:
        """The runs of these values."""
        kept = _are_among(self.values, values)
        return ValueRuns(self.values[kept], self.starts[kept], self.ends[kept], self.height, self.width)

    def relabelled(self, new: Mapping[int, int]) -> ValueRuns:
        """Each value replaced by its entry in `new`, which has one for all."""
        found, position = np.unique(self.values, return_inverse=True)
        values = np.array([new[int(v)] for v in found], dtype=np.int64)[position]
        return ValueRuns(values, self.starts, self.ends, self.height, self.width)

    def regions(self) -> Iterator[Region]:
        """One region a value, ascending."""
        return self._grouped(_narrowed(self.values).argsort(kind="stable"), self.values)

    def components(self, connectivity: int) -> Iterator[Region]:
        """One region a connected component of a value, by value and first pixel. `connectivity` is 4 or 8."""
        component = self._component_of_each(connectivity)
        return self._grouped(np.lexsort((component, self.values)), self.values, component)

    def _grouped(self, order: npt.NDArray[np.intp], *keys: Integers) -> Iterator[Region]:
        """Regions of equal keys, the first of which are the values, in an order of them in which runs keep theirs."""
        if not order.size:
            return
        changes = np.zeros(order.size, dtype=np.bool_)
        for key in keys:
            ordered = key[order]
            changes[1:] |= ordered[1:] != ordered[:-1]
        bounds = np.empty(2 * order.size, dtype=np.int64)
        bounds[0::2], bounds[1::2] = self.starts[order], self.ends[order]
        first = [0, *np.flatnonzero(changes).tolist()]
        values = self.values[order[first]].tolist()
        for value, begin, end in zip(values, first, [*first[1:], order.size], strict=True):
            yield Region(value, Runs(bounds[2 * begin : 2 * end], self.height, self.width))

    def _component_of_each(self, connectivity: int) -> Integers:
        """For each run the number of its component's first run, shape (n,)."""
        left, right = self._touching(reach=1 if connectivity == 8 else 0)
        runs = self.starts.size
        return _firsts_by_hand(runs, left, right) if left.size <= _FEW_PAIRS else _firsts_by_scipy(runs, left, right)

    def _touching(self, reach: int) -> tuple[Integers, Integers]:
        """Pairs of runs of one value in neighbouring columns; with `reach` 1 corners touch too."""
        column = (self.starts // self.height + 1) * self.height  # where the next column begins
        low = np.maximum(self.starts + self.height - reach, column)
        high = np.minimum(self.ends + self.height + reach, column + self.height)
        first = np.searchsorted(self.ends, low, side="right")
        count = np.maximum(np.searchsorted(self.starts, high, side="left") - first, 0)
        left = np.repeat(np.arange(self.starts.size), count)
        right = np.arange(left.size) + np.repeat(first - (np.cumsum(count) - count), count)
        same = self.values[left] == self.values[right]
        return left[same], right[same]


def _are_among(values: Integers, wanted: Collection[int]) -> npt.NDArray[np.bool_]:
    """`np.isin`, which for the few values of most maps takes four times as long as a comparison with each."""
    if len(wanted) > _FEW_VALUES:
        return np.isin(values, np.array(sorted(wanted), dtype=np.int64))
    found = np.zeros(values.shape, dtype=np.bool_)
    for value in wanted:
        found |= values == value
    return found


def _firsts_by_hand(runs: int, left: Integers, right: Integers) -> Integers:
    """The first run of each one's component, given the pairs that touch: each run knows an earlier one, or is first."""
    earlier = list(range(runs))
    for pair in zip(left.tolist(), right.tolist(), strict=True):
        one, other = _first(earlier, pair[0]), _first(earlier, pair[1])
        if one < other:
            earlier[other] = one
        else:
            earlier[one] = other
    for run, above in enumerate(earlier):
        earlier[run] = earlier[above]
    return np.array(earlier, dtype=np.int64)


def _first(earlier: list[int], run: int) -> int:
    while (above := earlier[run]) != run:
        earlier[run] = run = earlier[above]  # half the way for whoever comes after
    return run


def _firsts_by_scipy(runs: int, left: Integers, right: Integers) -> Integers:
    """The same; a graph takes longer to make than a few hundred pairs to go through."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(left.size, dtype=np.int8), (left, right)), shape=(runs, runs))
    _, component = connected_components(graph, directed=False)
    _, first = np.unique(component, return_index=True)
    of_each: Integers = first[component].astype(np.int64)
    return of_each


def _narrowed(values: Integers) -> npt.NDArray[np.integer[Any]]:
    """In 16 bits if they fit: NumPy sorts those by counting, six times as fast."""
    fit = values.size and values.min() >= 0 and values.max() < 1 << 16
    return values.astype(np.uint16) if fit else values


def value_runs(label_map: npt.NDArray[np.integer[Any]]) -> ValueRuns:
    """All runs of an integer label map (height, width). Raises MaskError for one no mask can be as large as."""
    height, width = label_map.shape
    if not (0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE):
        raise MaskError(f"an image of {width} x {height} pixels cannot carry a mask")
    starts = run_starts(label_map)
    column, row = np.divmod(starts, height)
    ends = np.append(starts[1:], height * width)
    return ValueRuns(label_map[row, column].astype(np.int64), starts, ends, height, width)
