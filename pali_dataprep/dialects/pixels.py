"""Pixel coordinates written as bins: numbers that end at a picture's sides."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from pali_dataprep.dialects.catalogue import PIXELS
from pali_dataprep.dialects.row import Box, DialectRow
from pali_dataprep.dialects.statistics import ALARM, combined, spike
from pali_dataprep.dialects.verdict import Verdict
from pali_dataprep.tokens.grammar import LOC_BINS

USUAL_SIDES = frozenset(
    {128, 160, 192, 224, 256, 299, 300, 320, 336, 384, 416, 448, 480}
    | {512, 518, 560, 600, 608, 640, 672, 720, 768, 800, 896}
)
"""Sides that pictures are resized to before training."""

MIN_BOXES = 20
_TRUST = 1e-4
"""A gap alone never counts for more: a fixed camera may see objects in one part of the picture only."""
_COINCIDENCE = 3e-3
"""That the highest x and the highest y both happen to be usual sides: 48 of about 900 cells, twice."""
_SPREAD = 0.1
"""Of good data it is asked that one box end in ten, at least, is spread evenly over the grid."""
_NEAR = 20
"""How far from a border its pile is compared."""


class Pixels:
    """Ends of distinct boxes, over the file and before the sides of their own pictures."""

    def __init__(self) -> None:
        self._ends = ([0] * LOC_BINS, [0] * LOC_BINS)
        self._beyond_grid = self._largest = self._largest_line = 0
        self._sized = self._outside = 0
        self._log_gap = 0.0
        self._before_side: Counter[int] = Counter()

    def add(self, row: DialectRow) -> None:
        """Count the ends of new boxes."""
        down, across = self._ends
        for o in row.fresh:
            y, x = o.locs[2:]
            largest = max(x, y)
            if largest > self._largest:
                self._largest, self._largest_line = largest, row.line
            if largest > LOC_BINS:
                self._beyond_grid += 1
            elif largest < LOC_BINS and y >= 0 and x >= 0:
                down[y] += 1
                across[x] += 1
            if row.size is not None:
                self._compare(o.locs, row.size)

    def _compare(self, box: Box, size: tuple[int, int]) -> None:
        """Whether the box stays inside its picture, how unlikely that is for bins, and how near the border it ends."""
        width, height = size
        self._sized += 1
        self._outside += box[3] > width or box[2] > height
        for end, side in ((box[3], width), (box[2], height)):
            self._log_gap += _log_gap(side)
            if 0 <= side - end <= _NEAR and side < LOC_BINS - 1:
                self._before_side[side - end] += 1

    def absorb(self, other: Pixels) -> None:
        """Add what another has seen."""
        for own, more in zip(self._ends, other._ends, strict=True):
            own[:] = [a + b for a, b in zip(own, more, strict=True)]
        if other._largest > self._largest:
            self._largest, self._largest_line = other._largest, other._largest_line
        self._beyond_grid += other._beyond_grid
        self._sized, self._outside = self._sized + other._sized, self._outside + other._outside
        self._log_gap += other._log_gap
        self._before_side += other._before_side

    def verdicts(self) -> Iterator[Verdict]:
        """Numbers beyond the grid are certain; then the pictures are asked, then usual sides."""
        if self._beyond_grid:
            evidence = f"{self._beyond_grid:,} boxes end beyond the grid, up to {self._largest:,}"
            yield Verdict(PIXELS, f"{evidence}: the numbers look like pixels", self._largest_line)
            return
        p, verdict = min((self._by_pictures(), self._by_usual_sides()), key=lambda found: found[0])
        if 2 * p <= ALARM:
            yield replace(verdict, p_value=2 * p)

    def _by_pictures(self) -> tuple[float, Verdict]:
        """All inside their own pictures, with a pile at the border (or, counting from 0, one before it)."""
        p = 1.0
        if self._sized >= MIN_BOXES and not self._outside:
            at = self._before_side
            pile = spike(max(at[0], at[1]), max(at[distance] for distance in range(2, _NEAR + 1)))
            p = combined([max(_TRUST, math.exp(self._log_gap)), min(1.0, 2 * pile)])
        evidence = f"all {self._sized:,} boxes end inside their pictures when read as pixels"
        touching = self._before_side[0] + self._before_side[1]
        evidence += f", and {touching:,} ends lie exactly at the pictures' sides"
        return p, Verdict(PIXELS, f"{evidence}: the numbers look like pixels")

    def _by_usual_sides(self) -> tuple[float, Verdict]:
        """Both axes end at usual sides, below the grid's end."""
        total = sum(self._ends[0])
        tops = [max((n for n, count in enumerate(axis) if count), default=0) for axis in self._ends]
        height, width = (next((s for s in (top, top + 1) if s in USUAL_SIDES), 0) for top in tops)
        p = 1.0
        if width and height and total >= MIN_BOXES:
            gap = math.prod((1 - _SPREAD * (LOC_BINS - 1 - top) / LOC_BINS) ** total for top in tops)
            piles = (spike(axis[top], max(axis[top - _NEAR : top])) for axis, top in zip(self._ends, tops, strict=True))
            p = _COINCIDENCE * combined([max(_TRUST, gap), combined(list(piles))])
        evidence = f"no box of {total:,} ends beyond {tops[1]} across and {tops[0]} down"
        return p, Verdict(PIXELS, f"{evidence}: numbers look like pixels of {width} x {height} pictures")


@functools.lru_cache(maxsize=1024)
def _log_gap(side: int) -> float:
    """Logarithm of the chance that a box of good data ends before this side."""
    return math.log1p(-_SPREAD * max(0, LOC_BINS - 1 - side) / LOC_BINS)
