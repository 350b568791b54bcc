"""Dialects that can be read off the text: each deviation counted over the file, with what it usually means."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator

from pali_dataprep.dialects.catalogue import (
    LABEL_FIRST,
    LABEL_MISSING,
    LOC_1024,
    LOWER_CASE,
    NEWLINE,
    PROMPT_ECHO,
    SEG_COUNT,
    SEPARATORS,
    SPECIAL,
    TRAILING,
    UNPADDED,
    Dialect,
)
from pali_dataprep.dialects.row import DialectRow
from pali_dataprep.dialects.verdict import Verdict, percent
from pali_dataprep.tokens.grammar import LOC_BINS
from pali_dataprep.tokens.scanning import Deviation

_BY_DEVIATION = {
    "loc-out-of-range": LOC_1024,
    "seg-count": SEG_COUNT,
    "label-first": LABEL_FIRST,
    "separator": SEPARATORS,
    "trailing-separator": TRAILING,
    "label-missing": LABEL_MISSING,
    "prompt-echo": PROMPT_ECHO,
    "loc-unpadded": UNPADDED,
    "seg-unpadded": UNPADDED,
    "special-token": SPECIAL,
}
TOLD = (*dict.fromkeys(_BY_DEVIATION.values()), NEWLINE, LOWER_CASE)

_SPELLINGS = 100
"""Distinct spellings counted of one dialect; the frequent ones are among the first."""
_LONGEST_SPELLING = 40


class Spelling:
    """Counts rows and spellings of each dialect of the text."""

    def __init__(self, *, newline_expected: bool = False) -> None:
        self._newline_expected = newline_expected
        self._rows: Counter[str] = Counter()
        self._first: dict[str, int] = {}
        self._spellings: dict[str, Counter[str]] = {d.name: Counter() for d in TOLD}
        self._objects = self._object_rows = self._all_rows = 0
        self._cased = self._labels = 0

    def add(self, row: DialectRow) -> None:
        """Note what deviates, once a row for the rows, each time for the spellings."""
        self._all_rows += 1
        self._objects += len(row.scanned.objects)
        self._object_rows += bool(row.scanned.objects)
        named = [(d, spelled) for deviation in row.scanned.deviations for d, spelled in _read(row, deviation)]
        if row.prefix.endswith("\n") and not self._newline_expected:
            named.append((NEWLINE, "\\n"))
        named += self._case(row)
        for dialect in dict.fromkeys(d for d, _ in named):
            self._rows[dialect.name] += 1
            self._first.setdefault(dialect.name, row.line)
        for dialect, spelled in named:
            seen = self._spellings[dialect.name]
            if spelled in seen or len(seen) < _SPELLINGS:
                seen[spelled] += 1

    def verdicts(self) -> Iterator[Verdict]:
        """One for each dialect that occurs."""
        for dialect in TOLD:
            if rows := self._rows[dialect.name]:
                of = self._all_rows if dialect is NEWLINE else self._object_rows
                evidence = f"{rows:,} of {of:,} rows ({percent(rows, of)}): {self._spelled(dialect)}"
                yield Verdict(dialect, evidence, self._first[dialect.name])

    def _spelled(self, dialect: Dialect) -> str:
        if dialect is LOWER_CASE:
            return (
                f"{self._cased:,} of {self._labels:,} labels agree with a class of the prefix only if case is ignored"
            )
        most = self._spellings[dialect.name].most_common(4)
        return ", ".join(f"{spelled} ({count:,} {'times' if count > 1 else 'time'})" for spelled, count in most)

    def _case(self, row: DialectRow) -> list[tuple[Dialect, str]]:
        """Labels that agree with a class of the prefix only if case is ignored."""
        classes = asked_for(row.prefix)
        labels = [o.label for o in row.scanned.objects if o.label] if classes else []
        self._labels += len(labels)
        others = [label for label in labels if label not in classes]
        if not others:
            return []
        folded = {c.casefold() for c in classes}
        cased = [(LOWER_CASE, label) for label in others if label.casefold() in folded]
        self._cased += len(cased)
        return cased


@functools.lru_cache(maxsize=1024)
def asked_for(prefix: str) -> frozenset[str]:
    """The classes that a `detect` or `segment` prefix names; none for other prefixes."""
    task, _, rest = prefix.strip().partition(" ")
    return (
        frozenset(" ".join(c.split()) for c in rest.split(";") if c.strip())
        if task in ("detect", "segment")
        else frozenset()
    )


def _needs_labels(row: DialectRow) -> bool:
    """Where classes are asked for, or other objects have labels; RefCOCO's rows have none and are fine."""
    return bool(asked_for(row.prefix)) or any(o.label for o in row.scanned.objects)


def _read(row: DialectRow, deviation: Deviation) -> Iterator[tuple[Dialect, str]]:
    """The dialect a deviation belongs to, with how it is spelled in this place."""
    dialect = _BY_DEVIATION.get(deviation.name)
    if dialect is None or (dialect is LABEL_MISSING and not _needs_labels(row)):
        return
    if dialect in (SEG_COUNT, LABEL_MISSING):
        yield dialect, deviation.message.partition(":")[0]
        return
    spelled = row.suffix[deviation.start : deviation.end]
    if dialect is LOC_1024 and spelled != f"<loc{LOC_BINS}>":
        return
    yield dialect, repr(spelled[:_LONGEST_SPELLING])
