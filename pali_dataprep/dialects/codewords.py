"""Seg tokens that are no codewords: outlines, placeholders, one run for every object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pali_dataprep.dialects.catalogue import PLACEHOLDER, POLYGON, REPEATED
from pali_dataprep.dialects.row import DialectRow
from pali_dataprep.dialects.statistics import ALARM, binomial_tail
from pali_dataprep.dialects.verdict import Verdict, percent
from pali_dataprep.tokens.grammar import SEGS_PER_MASK

_MIN_OBJECTS = 25
_MIN_REPEATED = 20
_MAX_RUNS = 50_000
"""Distinct runs remembered; a run that rules a file is among the first."""


class Codewords:
    """Counts runs of codewords of distinct boxes, and objects whose numbers walk along an outline."""

    def __init__(self) -> None:
        self._runs: Counter[tuple[int, ...]] = Counter()
        self._masks = self._placeholders = self._placeholder_line = 0
        self._outlines = self._compared = 0

    def add(self, row: DialectRow) -> None:
        """Look at the seg numbers of new boxes."""
        for o in row.fresh:
            if len(o.segs) == SEGS_PER_MASK:
                self._count(o.segs, row.line)
            if len(o.segs) >= 6 and not is_placeholder(o.segs):
                lean = _lean(o.segs)
                self._outlines += lean > 0
                self._compared += lean != 0

    def _count(self, segs: tuple[int, ...], line: int) -> None:
        self._masks += 1
        if is_placeholder(segs):
            self._placeholders += 1
            self._placeholder_line = self._placeholder_line or line
        elif segs in self._runs or len(self._runs) < _MAX_RUNS:
            self._runs[segs] += 1

    def verdicts(self) -> Iterator[Verdict]:
        """Placeholders, else one run for most, else outlines."""
        if self._placeholders:
            evidence = f"{self._placeholders:,} of {self._masks:,} masks are sixteen equal or counting numbers"
            yield Verdict(PLACEHOLDER, evidence, self._placeholder_line)
        most, following = ([n for _, n in self._runs.most_common(2)] + [0, 0])[:2]
        if most >= _MIN_REPEATED and most >= 10 * following and most >= 0.05 * self._masks:
            evidence = f"{most:,} of {self._masks:,} masks ({percent(most, self._masks)}) are one and the same run"
            yield Verdict(REPEATED, f"{evidence}; the next most frequent comes {following:,} times")
        elif self._compared >= _MIN_OBJECTS:
            p = binomial_tail(self._outlines, self._compared, 0.5)
            if p <= ALARM:
                share = percent(self._outlines, self._compared)
                evidence = f"in {share} of {self._compared:,} objects seg numbers two apart are closer than neighbours"
                yield Verdict(POLYGON, f"{evidence}: they look like the vertices of polygons", p_value=p)


def is_placeholder(segs: Sequence[int]) -> bool:
    """Sixteen equal numbers, or each one more than the one before."""
    if len(segs) != SEGS_PER_MASK or segs[1] - segs[0] not in (0, 1):
        return False
    return len({b - a for a, b in pairwise(segs)}) == 1


def _lean(numbers: Sequence[int]) -> int:
    """Positive where numbers two apart tend to be closer than neighbours; 0 for a tie."""
    lean = 0
    for a, b, c in zip(numbers, numbers[1:], numbers[2:], strict=False):
        lean += (abs(c - a) < abs(b - a)) - (abs(c - a) > abs(b - a))
    return lean
