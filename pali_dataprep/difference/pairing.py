"""Which row of one file stands for which of the other: numbers in arrays, never the rows."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from pali_dataprep.checksum import hash64
from pali_dataprep.errors import InputError
from pali_dataprep.samples import Example
from pali_dataprep.sinks import read_jsonl
from pali_dataprep.validation.lines import read_lines

Numbers = npt.NDArray[np.uint64]
Positions = npt.NDArray[np.intp]

LONGEST_LINE = 64 << 20


@dataclass(frozen=True, slots=True)
class RowIndex:
    """Of each row of a file, in order: hashes of the row, of image and prefix, and of the image; its byte and line.

    36 bytes a row, and as much again for a moment while files are paired.
    """

    path: Path
    rows: Numbers
    keys: Numbers
    images: Numbers
    offsets: npt.NDArray[np.int64]
    lines: npt.NDArray[np.uint32]

    def read(self, position: int) -> Example:
        """The row at a position of the index, read again from the file."""
        with self.path.open("rb") as stream:
            stream.seek(int(self.offsets[position]))
            return msgspec.json.decode(stream.readline(), type=Example)


def index_rows(path: Path) -> RowIndex:
    """Read a file once. Raises InputError naming the line for a row that is none."""
    hashes = [array("Q") for _ in range(3)]
    offsets, lines = array("q"), array("I")
    for offset, (line, row) in zip(_offsets(path), read_jsonl(path), strict=True):
        for numbers, text in zip(
            hashes, (f"{row.image}\0{row.prefix}\0{row.suffix}", f"{row.image}\0{row.prefix}", row.image), strict=True
        ):
            numbers.append(hash64(text))
        offsets.append(offset)
        lines.append(line)
    rows, keys, images = (np.frombuffer(numbers, dtype=np.uint64) for numbers in hashes)
    return RowIndex(
        path, rows, keys, images, np.frombuffer(offsets, dtype=np.int64), np.frombuffer(lines, dtype=np.uint32)
    )


def _offsets(path: Path) -> Iterator[int]:
    """Where each line that is not blank starts, behind a byte order mark."""
    for line in read_lines(path, LONGEST_LINE):
        if line.length > LONGEST_LINE:
            raise InputError(f"{path}:{line.number}: a line of {line.length:,} bytes is no row")
        mark = 3 if line.number == 1 and line.data.startswith(b"\xef\xbb\xbf") else 0
        if line.data[mark:].strip():
            yield line.offset + mark


@dataclass(frozen=True, slots=True)
class Pairs:
    """Positions of both files that belong together, and those that are left over, all in the order of their file."""

    a: Positions
    b: Positions
    only_a: Positions
    only_b: Positions


def pair(a: Numbers, b: Numbers, among_a: Positions, among_b: Positions) -> Pairs:
    """Pair equal numbers, the first with the first, the second with the second, among some positions of each file."""
    order_a = among_a[np.argsort(a[among_a], kind="stable")]
    order_b = among_b[np.argsort(b[among_b], kind="stable")]
    sorted_a, sorted_b = a[order_a], b[order_b]
    rank = np.arange(len(sorted_a)) - np.searchsorted(sorted_a, sorted_a, side="left")
    place = np.searchsorted(sorted_b, sorted_a, side="left") + rank
    found = place < np.searchsorted(sorted_b, sorted_a, side="right")
    taken = np.zeros(len(sorted_b), dtype=np.bool_)
    taken[place[found]] = True
    in_order = np.argsort(order_a[found], kind="stable")
    return Pairs(
        order_a[found][in_order],
        order_b[place[found]][in_order],
        np.sort(order_a[~found]),
        np.sort(order_b[~taken]),
    )
