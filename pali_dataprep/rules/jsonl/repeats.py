"""Rules across rows that need a number remembered for each: copies, and pictures in several splits."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator

import numpy as np

from pali_dataprep.checksum import hash64
from pali_dataprep.findings import Remark, Severity
from pali_dataprep.rules.base import DatasetRule
from pali_dataprep.rules.jsonl.memory import HashedRows
from pali_dataprep.rules.jsonl.subject import Row


class DuplicateRows:
    """The same image, prefix and suffix in two rows, of one file or of several.

    Why: the row counts double in training; across splits it is tested on what was taught.
    Example: an export run twice into one file.
    Fix: remove the copies; `sort -u` does within a file.
    """

    def __init__(self) -> None:
        self._rows = HashedRows()

    def see(self, row: Row) -> Iterator[Remark]:
        """Remember the row by its content."""
        if row.whole:
            self._rows.add(row, hash64(f"{row.image}\0{row.prefix}\0{row.suffix}"))
        return iter(())

    def conclude(self) -> Iterator[Remark]:
        """Each copy, with the row it repeats."""
        for group in self._rows.groups():
            first, line = self._rows.place(int(group[0]))
            for position in group[1:]:
                path, at = self._rows.place(int(position))
                where = f"line {line}" if path == first else f"{first}:{line}"
                yield Remark(f"the same row as {where}", line=at, path=path)


class SharedBetweenSplits:
    """Rows of the same image in files of different splits.

    Why: the model is tested on pictures it was taught, so that its score says nothing.
    Example: `train.jsonl` and `valid.jsonl` made by splitting rows instead of images.
    Fix: split by image; the converters' `--split` does.
    """

    def __init__(self) -> None:
        self._rows = HashedRows()

    def see(self, row: Row) -> Iterator[Remark]:
        """Remember the row by its image."""
        if row.whole and row.file.split:
            self._rows.add(row, hash64(_plain(row.image)))
        return iter(())

    def conclude(self) -> Iterator[Remark]:
        """The first row of each further split that an image is in."""
        if len(set(self._rows.splits)) < 2:
            return
        for group in self._rows.groups():
            splits = [self._rows.splits[self._rows.file_of(int(p))] for p in group]
            first, line = self._rows.place(int(group[0]))
            for split in dict.fromkeys(splits):
                if split != splits[0]:
                    path, at = self._rows.place(int(group[splits.index(split)]))
                    yield Remark(f"the image is in split {splits[0]!r} too ({first}:{line})", line=at, path=path)


class SameContent:
    """Two image files of different names have the same bytes.

    Why: one picture under two names counts double, and hides in two splits without being noticed.
    Example: `1.jpg` and `1 (copy).jpg`
    Fix: keep one; merge its rows.
    """

    def __init__(self) -> None:
        self._rows = HashedRows()
        self._names = HashedRows()

    def see(self, row: Row) -> Iterator[Remark]:
        """Remember the row by the bytes of its picture."""
        if row.picture is not None and row.picture.digest:
            self._rows.add(row, row.picture.digest)
            self._names.add(row, hash64(str(row.picture.path)))
        return iter(())

    def conclude(self) -> Iterator[Remark]:
        """The first row of each further name of a picture."""
        for group in self._rows.groups():
            names = self._names.numbers(group)
            firsts = sorted(np.unique(names, return_index=True)[1])
            first, line = self._rows.place(int(group[0]))
            for at in firsts[1:]:
                path, other = self._rows.place(int(group[at]))
                yield Remark(f"the picture has the same bytes as that of {first}:{line}", line=other, path=path)


class RepeatedMasks:
    """The same sixteen codewords in more than `repeated-mask` (10 %) of a file's masks, counted from 20 masks on.

    Why: masks of different objects differ. One that comes again and again is a placeholder, or an encoder that
    was given the same picture each time.
    Example: every object with the codewords of the first.
    Fix: encode the masks (`--task segment`).
    """

    LEAST = 20
    TABLE = 4096

    def __init__(self) -> None:
        self._counts: Counter[tuple[int, ...]] = Counter()
        self._total = 0
        self._share = 0.0

    def see(self, row: Row) -> Iterator[Remark]:
        """Count codewords; the rare half is forgotten when the table is full (Misra and Gries, 1982)."""
        self._share = row.context.thresholds.repeated_mask
        for o in row.objects:
            if o.codebook_indices is not None:
                self._total += 1
                self._counts[o.codebook_indices] += 1
        if len(self._counts) > self.TABLE:
            least = sorted(self._counts.values())[self.TABLE // 2]
            self._counts = Counter({codes: n - least for codes, n in self._counts.items() if n > least})
        return iter(())

    def conclude(self) -> Iterator[str]:
        """Codewords seen too often."""
        for codes, times in self._counts.most_common(3):
            if self._total >= self.LEAST and times > self._share * self._total:
                yield f"{times:,} of {self._total:,} masks are the same ({' '.join(map(str, codes[:4]))} ...)"


def _plain(image: str) -> str:
    """The path without what can be left out of it."""
    return posixpath.normpath(image.replace("\\", "/"))


RULES: tuple[DatasetRule[Row], ...] = (
    DatasetRule("SET201", "duplicate-row", Severity.WARNING, False, DuplicateRows),
    DatasetRule("SET202", "image-in-several-splits", Severity.ERROR, False, SharedBetweenSplits),
    DatasetRule("IMG210", "same-content", Severity.WARNING, False, SameContent),
    DatasetRule("MSK208", "repeated-mask", Severity.WARNING, True, RepeatedMasks),
)
