"""Rules across rows about classes: how they are spelled, listed and spread. They remember classes, not rows."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from pali_dataprep.findings import Severity
from pali_dataprep.rules.base import DatasetRule
from pali_dataprep.rules.jsonl.subject import DRAWN_TASKS, Row

MOST_CLASSES = 20_000
"""Class names and class lists remembered; further ones are not looked at."""

LONGEST_NAME = 200
"""Characters of a name that is remembered; a longer one is no class."""

LEAST_ROWS = 20
"""Rows from which on a share of them says something."""


class SpelledTwoWays:
    """A class is spelled in two ways: in case, in spaces, hyphens or underscores, or with a plural s.

    Why: to the model they are two classes that look the same, each with a part of the examples.
    Example: `traffic light` in some rows, `Traffic_light` in others.
    Fix: one spelling; the converters' `--rename` takes a table.
    """

    def __init__(self) -> None:
        self._spellings: dict[str, Counter[str]] = defaultdict(Counter)
        self._of: dict[str, Counter[str]] = {}  # the same counters by the names they count

    def see(self, row: Row) -> Iterator[str]:
        """Count spellings of labels and of classes asked for."""
        if row.is_drawn and len(self._spellings) < MOST_CLASSES:
            for name in dict.fromkeys([*(o.label for o in row.scanned.objects), *row.prompt.labels]):
                counted = self._of.get(name)
                if counted is None and 0 < len(name) <= LONGEST_NAME:
                    counted = self._of[name] = self._spellings[_skeleton(name)]
                if counted is not None:
                    counted[name] += 1
        return iter(())

    def conclude(self) -> Iterator[str]:
        """Each class with several spellings, the most frequent first."""
        for key, spellings in self._spellings.items():
            plural = self._spellings.get(f"{key}s")
            together = spellings + plural if plural else spellings
            if len(together) > 1:
                shown = ", ".join(
                    f"{name[:60]!r} in {n:,} {'row' if n == 1 else 'rows'}" for name, n in together.most_common(4)
                )
                yield f"one class, several spellings: {shown}"


class ClassListDiffers:
    """Nearly all prefixes name the same classes (`common-class-list`, 90 %), and a few name others.

    Why: rows that ask for all classes teach that what is not answered is not there. A row with another list is a
    leftover of an earlier export. Files that ask for the classes present have no common list and are not meant.
    Example: 980 rows with `detect cat ; dog ; horse`, 20 with `detect cat ; dog`.
    Fix: write the prefix from one list.
    """

    def __init__(self) -> None:
        self._lists: Counter[int] = Counter()
        self._first: dict[int, int] = {}
        self._several: set[int] = set()
        self._total = 0
        self._share = 1.0

    def see(self, row: Row) -> Iterator[str]:
        """Count class lists."""
        self._share = row.context.thresholds.common_class_list
        if row.classes:
            self._total += 1
            listed = row.prompt.class_list
            if listed in self._lists:
                self._lists[listed] += 1
            elif len(self._lists) < MOST_CLASSES:
                self._lists[listed] = 1
                self._first[listed] = row.line
                self._several.update((listed,) if len(row.classes) > 1 else ())
        return iter(())

    def conclude(self) -> Iterator[str]:
        """How many rows have another list, and the first of them."""
        if self._total < LEAST_ROWS or len(self._lists) < 2:
            return
        (common, times), *others = self._lists.most_common()
        if times >= self._share * self._total and common in self._several:
            line = min(self._first[listed] for listed, _ in others)
            yield f"{self._total - times:,} of {self._total:,} prefixes name other classes, the first in line {line}"


class Imbalance:
    """The most frequent class has more than `imbalance` (100) times the objects of the least frequent.

    Why: the model sees the rare class too seldom to learn it, and its score hides behind the frequent one's.
    Example: 12,000 cars and 40 buses.
    Fix: more examples, or rows of the rare class several times.
    """

    def __init__(self) -> None:
        self._objects: Counter[str] = Counter()
        self._ratio = 0.0

    def see(self, row: Row) -> Iterator[str]:
        """Count objects by label."""
        self._ratio = row.context.thresholds.imbalance
        if len(self._objects) < MOST_CLASSES:
            for o in row.objects:
                if 0 < len(o.label) <= LONGEST_NAME:
                    self._objects[o.label] += 1
        return iter(())

    def conclude(self) -> Iterator[str]:
        """The extremes."""
        if len(self._objects) > 1:
            (most, n), (least, m) = self._objects.most_common()[0], self._objects.most_common()[-1]
            if n > self._ratio * m:
                yield f"{n:,} objects of {most[:60]!r}, {m:,} of {least[:60]!r}"


class EmptySuffixes:
    """Rows with an empty suffix: a note where there are any.

    Why: an empty suffix says that nothing of what is asked for is there, which a model has to learn. But trainers that
    test `if suffix:`, as big_vision's and Roboflow's notebooks do, give such rows no EOS and no loss: there they
    teach nothing.
    Example: `{"image": "1.jpg", "prefix": "detect cat", "suffix": ""}`
    Fix: know your trainer; the converters' `--empty skip` writes none.
    """

    def __init__(self) -> None:
        self._empty = self._total = 0

    def see(self, row: Row) -> Iterator[str]:
        """Count."""
        self._total += row.whole
        self._empty += row.whole and not row.suffix.strip()
        return iter(())

    def conclude(self) -> Iterator[str]:
        """How many."""
        if self._empty:
            rows = f"{self._empty:,} of {self._total:,} rows"
            yield f"{rows} have an empty suffix; trainers that test `if suffix:` teach nothing by them"


class MostlyEmpty:
    """More than `empty-share` (half) of a file's `detect` and `segment` rows have an empty suffix.

    Why: answering nothing becomes the best guess. Or the annotations were not found when the file was written.
    Example: 900 of 1,000 rows with `"suffix": ""`
    Fix: check the export; keep as many empty rows as there are others at most.
    """

    def __init__(self) -> None:
        self._empty = self._total = 0
        self._share = 1.0

    def see(self, row: Row) -> Iterator[str]:
        """Count."""
        self._share = row.context.thresholds.empty_share
        if row.task in DRAWN_TASKS:
            self._total += 1
            self._empty += not row.suffix.strip()
        return iter(())

    def conclude(self) -> Iterator[str]:
        """The share, where it is too large."""
        if self._total >= LEAST_ROWS and self._empty > self._share * self._total:
            yield f"{self._empty:,} of {self._total:,} rows that ask for objects have none"


def _skeleton(name: str) -> str:
    """The name without case, spaces, hyphens and underscores."""
    return re.sub(r"[\s_-]+", "", name).casefold()


RULES: tuple[DatasetRule[Row], ...] = (
    DatasetRule("SET203", "spelled-two-ways", Severity.WARNING, False, SpelledTwoWays),
    DatasetRule("SET204", "class-list-differs", Severity.WARNING, True, ClassListDiffers),
    DatasetRule("SET205", "imbalance", Severity.NOTE, False, Imbalance),
    DatasetRule("SET206", "empty-suffix", Severity.NOTE, True, EmptySuffixes),
    DatasetRule("SET207", "mostly-empty", Severity.WARNING, True, MostlyEmpty),
)
