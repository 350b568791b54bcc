"""Where the numbers of a file end: at 1023, or at 1000 or 999."""

from __future__ import annotations

from collections.abc import Iterator

from pali_dataprep.dialects.catalogue import GRID_1000
from pali_dataprep.dialects.row import DialectRow
from pali_dataprep.dialects.statistics import ALARM, combined, spike
from pali_dataprep.dialects.verdict import Verdict, percent
from pali_dataprep.tokens.grammar import LOC_BINS

SCALES = (1000, 999)

MIN_ENDS = 40
_MIN_PILE = 3


class Ceiling:
    """One histogram, of the ends of distinct boxes on both axes."""

    def __init__(self) -> None:
        self._cells = [0] * LOC_BINS
        self._beyond = 0

    def add(self, row: DialectRow) -> None:
        """Count the ends of new boxes."""
        cells = self._cells
        for o in row.fresh:
            for end in o.locs[2:]:
                if 0 <= end < LOC_BINS:
                    cells[end] += 1
                else:
                    self._beyond += 1

    def absorb(self, other: Ceiling) -> None:
        """Add another histogram."""
        self._cells = [a + b for a, b in zip(self._cells, other._cells, strict=True)]
        self._beyond += other._beyond

    def verdicts(self) -> Iterator[Verdict]:
        """A pile where another scale ends."""
        total = sum(self._cells)
        found = (self._ends_at(scale, total) for scale in SCALES if self._cells[scale] >= _MIN_PILE)
        if total >= MIN_ENDS:
            yield from [v for v in found if v.p_value is not None and v.p_value <= ALARM][:1]

    def _ends_at(self, scale: int, total: int) -> Verdict:
        """A pile at `scale` with nothing beyond; or, in part of the rows, one that stands out on both sides."""
        at, above = self._cells[scale], sum(self._cells[scale + 1 :]) + self._beyond
        width = 5 * (LOC_BINS - 1 - scale)
        below = self._cells[scale - width : scale]
        if not above:
            # Even where density falls to half towards the border, one near end in eleven would lie beyond.
            p = combined([spike(at, max(below)), (10 / 11) ** sum(below)])
            evidence = f"all {total:,} box ends are at most {scale}, and {percent(at, total)} equal {scale}"
            return Verdict(GRID_1000, f"{evidence}: coordinates look scaled to {scale}, not {LOC_BINS}", p_value=p)
        highest = max(*below[:-1], *self._cells[max(SCALES) + 1 : LOC_BINS - 1])
        p = spike(at, 2 * highest)
        evidence = f"{at:,} of {total:,} box ends equal {scale}, and no number near it has more than {highest:,}"
        return Verdict(GRID_1000, f"{evidence}: part of the rows look scaled to {scale}", p_value=p, in_part=True)
