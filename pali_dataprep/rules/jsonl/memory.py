"""What accumulators remember of rows: numbers in arrays, never the rows."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from pali_dataprep.rules.jsonl.subject import Row

_PARTS = 16


class HashedRows:
    """A 64-bit number and the line of each row: 12 bytes a row, and 4 more for a moment when groups are sought."""

    def __init__(self) -> None:
        self._numbers = array("Q")
        self._lines = array("I")
        self._starts: list[int] = []
        self._paths: list[str] = []
        self.splits: list[str] = []

    def add(self, row: Row, number: int) -> None:
        """Remember one row."""
        if not self._paths or self._paths[-1] != row.file.path:
            self._starts.append(len(self._lines))
            self._paths.append(row.file.path)
            self.splits.append(row.file.split)
        self._numbers.append(number)
        self._lines.append(min(row.line, 2**32 - 1))

    def groups(self) -> Iterator[npt.NDArray[np.int64]]:
        """Positions of rows with the same number, each group in order of its rows, by the first of it."""
        numbers = np.frombuffer(self._numbers, dtype=np.uint64)
        positions = np.flatnonzero(_repeated(numbers))  # few as a rule: only they are put in order
        order = positions[np.argsort(numbers[positions], kind="stable")]
        ends = np.flatnonzero(np.diff(numbers[order])) + 1
        groups = np.split(order, ends) if len(order) else []
        yield from sorted(groups, key=lambda group: int(group[0]))

    def numbers(self, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
        """The numbers of rows."""
        return np.frombuffer(self._numbers, dtype=np.uint64)[positions]

    def file_of(self, position: int) -> int:
        """Which of the files a row is in."""
        return bisect_right(self._starts, position) - 1

    def place(self, position: int) -> tuple[str, int]:
        """Path and line of a row."""
        return self._paths[self.file_of(position)], self._lines[position]

    @property
    def bytes(self) -> int:
        """Memory held."""
        return sys.getsizeof(self._numbers) + sys.getsizeof(self._lines)


def _repeated(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Which numbers occur more than once. Sorted a sixteenth at a time, since a sorted copy of all is too much."""
    found = np.zeros(len(numbers), dtype=np.bool_)
    part_of = numbers.view(np.uint8)[::8] % _PARTS  # by a byte of each hash, any of which is as good
    for part in range(_PARTS):
        places = np.flatnonzero(part_of == part)
        ordered = np.sort(numbers[places])
        twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
        found[places[np.isin(numbers[places], twice)]] = True
    return found
