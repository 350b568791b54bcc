"""The linter: every test sees each row once, then says what it recognised."""

from __future__ import annotations

from collections.abc import Iterator

from pali_dataprep.dialects.axes import Axes
from pali_dataprep.dialects.catalogue import GRID_1000, PIXELS, SWAPPED
from pali_dataprep.dialects.ceiling import Ceiling
from pali_dataprep.dialects.codewords import Codewords
from pali_dataprep.dialects.lattice import Lattice
from pali_dataprep.dialects.pixels import Pixels
from pali_dataprep.dialects.row import DialectRow
from pali_dataprep.dialects.spelling import Spelling
from pali_dataprep.dialects.statistics import Distinct
from pali_dataprep.dialects.stretches import Stretches, Test, strongest
from pali_dataprep.dialects.verdict import Verdict
from pali_dataprep.tokens.grammar import Grid
from pali_dataprep.tokens.scanning import ScannedSuffix

LOCS_PER_BOX = 4


class DialectLinter:
    """Recognises the mistakes of exporters in one file, from all of its rows.

    Feed it with `add`, ask with `verdicts`. `grid` is the one the file will be read on;
    `newline_expected` says that prefixes end in a newline on purpose. Memory does not grow with the
    file: histograms, sums and bounded tables, a few megabytes.
    """

    def __init__(self, grid: Grid = Grid.OVER_1024, *, newline_expected: bool = False) -> None:
        self._known = Distinct()
        self._verdicts: tuple[Verdict, ...] | None = None
        spelling = Spelling(newline_expected=newline_expected)
        self._tests = (spelling, Codewords())
        self._stretches = Stretches(lambda: _tests_of_coordinates(grid))

    def add(
        self, prefix: str, suffix: str, scanned: ScannedSuffix, *, line: int = 0, size: tuple[int, int] | None = None
    ) -> None:
        """Take note of a row. `scanned` is the scan of its suffix, `size` the picture's (width, height), if known."""
        is_new = self._known.is_new
        fresh = tuple([o for o in scanned.objects if len(o.locs) == LOCS_PER_BOX and is_new(o.locs)])
        self._verdicts = None
        row = DialectRow(line, prefix, suffix, scanned, size, fresh)
        for test in self._tests:
            test.add(row)
        self._stretches.add(row)

    def verdicts(self) -> tuple[Verdict, ...]:
        """What was recognised: one verdict a dialect, the strongest, those read off the text first."""
        if self._verdicts is None:
            self._verdicts = tuple(self._settle())
        return self._verdicts

    def _settle(self) -> Iterator[Verdict]:
        whole = strongest([*(v for test in self._tests for v in test.verdicts()), *self._stretches.of_all_rows()])
        some = {v.dialect.code: v for v in self._stretches.of_some_rows()}
        of_all_rows = {code: verdict for code, verdict in whole.items() if not verdict.in_part}
        best = _without_echoes({**whole, **some, **of_all_rows})
        yield from (best[code] for code in sorted(best))


def _tests_of_coordinates(grid: Grid) -> tuple[Test, ...]:
    return (Ceiling(), Pixels(), Lattice(grid), Axes())


def _without_echoes(found: dict[str, Verdict]) -> dict[str, Verdict]:
    """Shapes and lattices of another scale say nothing about the axes."""
    scaled = PIXELS.code in found or GRID_1000.code in found
    return {code: verdict for code, verdict in found.items() if not (scaled and code == SWAPPED.code)}
