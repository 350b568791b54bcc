"""Which bins whole pixels can fall into: how a grid, truncation and swapped axes show where pictures are at hand.

A source that counts whole pixels (VOC, most YOLO files, masks) can reach only `side + 1` of the
1,024 bins on a picture of that side, and which ones depends on the grid, on rounding or
truncation, and on the side. All coordinates in the bins of another encoding, and none in those of the
declared one alone, is evidence; sources with fractions of pixels reach every bin and give none.
"""

from __future__ import annotations

import functools
import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from pali_dataprep.dialects.catalogue import GRID_1000, GRID_MISMATCH, SWAPPED, TRUNCATED, Dialect
from pali_dataprep.dialects.row import DialectRow
from pali_dataprep.dialects.statistics import ALARM, binomial_head, binomial_tail
from pali_dataprep.dialects.verdict import Verdict
from pali_dataprep.tokens.grammar import LOC_BINS, Grid

_WIDEST = 900
"""Wider pictures reach nearly every bin."""
_MAX_SIZES = 512
"""Sizes of pictures remembered; pictures of further sizes are passed over."""
_MIN_TELLING = 40
_MOST_NEITHER = 0.05
"""Coordinates that neither of two encodings can have made, for each that the other alone can: annotators slip."""

Encode = Callable[[float], int]


def _truncate(scale: int) -> Encode:
    return lambda v: math.floor(v * scale)


def _round(scale: int) -> Encode:
    return lambda v: round(v * scale)


@dataclass(frozen=True, slots=True)
class _Encoding:
    """One way from pixels to bins, and the dialect it is where another is declared; `swapped` takes the other side."""

    name: str
    encode: Encode
    dialect: Dialect
    swapped: bool = False


_DECLARED = {Grid.OVER_1024: 0, Grid.OVER_1023: 1}
_WAYS = (
    _Encoding("rounded on the grid over 1024", _round(1024), GRID_MISMATCH),
    _Encoding("rounded on the grid over 1023", _round(1023), GRID_MISMATCH),
    _Encoding("truncated on the grid over 1024", _truncate(1024), TRUNCATED),
    _Encoding("truncated on the grid over 1023", _truncate(1023), TRUNCATED),
    _Encoding("rounded on a grid over 1000", _round(1000), GRID_1000),
    _Encoding("rounded on a grid over 999", _round(999), GRID_1000),
    _Encoding("truncated on a grid over 1000", _truncate(1000), GRID_1000),
)
_ENCODINGS = (*_WAYS, *(replace(way, swapped=True) for way in _WAYS))
_CLAIMS = {
    GRID_MISMATCH.code: "the bins are not on the grid they are read on",
    TRUNCATED.code: "bins look truncated, not rounded",
    GRID_1000.code: f"coordinates look scaled to about 1000, not {LOC_BINS}",
}


@functools.lru_cache(maxsize=2 * _MAX_SIZES)
def _reachable(side: int) -> array[int]:
    """For each bin a bit mask: which ways lead from some whole pixel of 0..side to it."""
    cells = [0] * LOC_BINS
    for number, way in enumerate(_WAYS):
        for pixel in range(side + 1):
            cells[min(LOC_BINS - 1, max(0, way.encode(pixel / side)))] |= 1 << number
    return array("H", cells)


@functools.lru_cache(maxsize=2 * _MAX_SIZES)
def _reachable_on(own: int, other: int) -> array[int]:
    """`_reachable` of an axis, with the swapped encodings, those of the other axis, in the upper bits."""
    swapped = (cell << len(_WAYS) for cell in _reachable(other))
    return array("H", (a | b for a, b in zip(_reachable(own), swapped, strict=True)))


@functools.lru_cache(maxsize=2 * _MAX_SIZES)
def _bins_on(own: int, other: int) -> Counter[int]:
    """How many bins of an axis are reached by each set of ways."""
    return Counter(_reachable_on(own, other))


class Lattice:
    """Counts, for each set of encodings, the coordinates that exactly those can have made."""

    def __init__(self, grid: Grid) -> None:
        self._declared = grid
        self._reached_by: Counter[int] = Counter()
        self._coordinates: Counter[tuple[int, int]] = Counter()

    def add(self, row: DialectRow) -> None:
        """Count the coordinates of new boxes on pictures that are small enough to tell."""
        if row.size is None or min(row.size) > _WIDEST or min(row.size) < 1:
            return
        if row.size not in self._coordinates and len(self._coordinates) >= _MAX_SIZES:
            return
        width, height = row.size
        across, down = _reachable_on(width, height), _reachable_on(height, width)
        boxes = [o.locs for o in row.fresh if min(o.locs) >= 0 and max(o.locs) < LOC_BINS]
        if boxes:
            self._coordinates[row.size] += 2 * len(boxes)
        for y1, x1, y2, x2 in boxes:
            for reached in (down[y1], across[x1], down[y2], across[x2]):
                self._reached_by[reached] += 1

    def absorb(self, other: Lattice) -> None:
        """Add what another has seen."""
        self._reached_by += other._reached_by
        self._coordinates += other._coordinates

    def verdicts(self) -> Iterator[Verdict]:
        """The encoding that misses fewest coordinates, where they refute the declared one; or one of some rows."""
        misses = [self._misses(i) for i in range(len(_ENCODINGS))]
        declared = _DECLARED[self._declared]
        best = misses.index(min(misses))
        if misses[declared] == 0:
            return
        possible, tests = self._possible(), len(_ENCODINGS)
        whole = self._refuted(declared, best, possible) * tests
        part, other = min((self._in_part(declared, i, possible) * tests, i) for i in range(tests) if i != declared)
        some_are_right = misses[best] > _MOST_NEITHER * misses[declared]
        if whole <= ALARM and not (some_are_right and part <= ALARM):
            yield self._verdict(_ENCODINGS[best], misses[best], misses[declared], whole)
        elif part <= ALARM:
            yield self._verdict_in_part(_ENCODINGS[other], declared, other, part)

    def _misses(self, encoding: int) -> int:
        return sum(n for reached, n in self._reached_by.items() if not reached >> encoding & 1)

    def _refuted(self, declared: int, other: int, possible: Counter[int]) -> float:
        """P-value of the coordinates that exactly one of two encodings can have made.

        Were the declared one true, at least its share of the bins would be hit: more for whole pixels, as much for
        fractions, of which a fifth is allowed for coordinates that crowd.
        """
        ours, theirs = _only(self._reached_by, declared, other), _only(self._reached_by, other, declared)
        if ours + theirs < _MIN_TELLING:
            return 1.0
        our_bins, their_bins = _only(possible, declared, other), _only(possible, other, declared)
        expected = our_bins / (our_bins + their_bins) if our_bins + their_bins else 0.0
        return binomial_head(ours, ours + theirs, 0.8 * expected)

    def _in_part(self, declared: int, other: int, possible: Counter[int]) -> float:
        """P-value of the coordinates that the declared encoding cannot have made, where some rows are in another.

        Were they fractions of pixels, the other encoding would reach as many of them as of such bins, of which a
        quarter more is allowed. Where both miss more than a few, fractions are what they are.
        """
        theirs, neither = _only(self._reached_by, other, declared), _neither(self._reached_by, other, declared)
        if theirs < _MIN_TELLING or neither > _MOST_NEITHER * theirs:
            return 1.0
        their_bins, no_bins = _only(possible, other, declared), _neither(possible, other, declared)
        return binomial_tail(theirs, theirs + neither, min(0.95, 1.25 * their_bins / (their_bins + no_bins)))

    def _possible(self) -> Counter[int]:
        """As `_reached_by`, for coordinates spread evenly over the bins of pictures of the same sizes."""
        possible: Counter[int] = Counter()
        for (width, height), count in self._coordinates.items():
            for sides in ((width, height), (height, width)):
                for reached, bins in _bins_on(*sides).items():
                    possible[reached] += count * bins
        return possible

    def _verdict(self, encoding: _Encoding, fewest: int, misses: int, p: float) -> Verdict:
        total, declared = self._reached_by.total(), _ENCODINGS[_DECLARED[self._declared]]
        axis = " of the other axis" if encoding.swapped else ""
        evidence = f"{misses:,} of {total:,} coordinates cannot be whole pixels {declared.name}, but all except"
        evidence += f" {fewest:,} can be whole pixels{axis} {encoding.name}: "
        if encoding.swapped:
            return Verdict(SWAPPED, f"{evidence}x and y look swapped", p_value=p)
        return Verdict(encoding.dialect, evidence + _CLAIMS[encoding.dialect.code], p_value=p)

    def _verdict_in_part(self, encoding: _Encoding, declared: int, other: int, p: float) -> Verdict:
        theirs, neither = _only(self._reached_by, other, declared), _neither(self._reached_by, other, declared)
        axis = " of the other axis" if encoding.swapped else ""
        evidence = f"{theirs + neither:,} of {self._reached_by.total():,} coordinates cannot be whole pixels"
        evidence += f" {_ENCODINGS[declared].name}, but all except {neither:,} of these can be whole pixels{axis}"
        claim = "x and y look swapped" if encoding.swapped else _CLAIMS[encoding.dialect.code]
        dialect = SWAPPED if encoding.swapped else encoding.dialect
        return Verdict(dialect, f"{evidence} {encoding.name}: in part of the rows {claim}", p_value=p, in_part=True)


def _only(reached_by: Counter[int], one: int, other: int) -> int:
    """How many of the coordinates, or bins, one encoding reaches and the other does not."""
    return sum(n for reached, n in reached_by.items() if reached >> one & 1 and not reached >> other & 1)


def _neither(reached_by: Counter[int], one: int, other: int) -> int:
    return sum(n for reached, n in reached_by.items() if not reached >> one & 1 and not reached >> other & 1)
