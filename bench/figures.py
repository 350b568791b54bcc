"""What was measured, part by part: a JSON file of every round, and the tables that a page shows of it.

Parts are measured again one by one, so each says when and on what it was.
"""

from __future__ import annotations

import datetime
import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from measure import Table, machine

MARK = "<!-- Below: written by bench/run.py; do not edit. -->"


@dataclass(frozen=True, slots=True)
class Part:
    """The tables of one benchmark: when, on what, and how many seconds measuring took."""

    name: str
    date: str
    machine: dict[str, str]
    took: float
    tables: list[Table]

    @property
    def circumstances(self) -> str:
        """For the page; parts measured together share it."""
        about = dict(self.machine)
        found = [about.pop("processor"), f"{about.pop('cores')} cores", f"{about.pop('memory')} of memory"]
        found += [about.pop("system"), f"Python {about.pop('python')}", *(f"{k} {v}" for k, v in about.items())]
        return f"Measured on {self.date}: {', '.join(found)}."


def measured(name: str, tables: Callable[[], list[Table]]) -> Part:
    """Measure a part now, on this machine."""
    started = time.perf_counter()
    found = tables()
    return Part(name, datetime.date.today().isoformat(), machine(), round(time.perf_counter() - started, 1), found)


def read(path: Path) -> dict[str, Part]:
    """Parts by name; none where there is no file."""
    if not path.is_file():
        return {}
    return {part.name: part for part in msgspec.json.decode(path.read_bytes(), type=list[Part])}


def write(path: Path, parts: Iterable[Part]) -> None:
    """All parts, a line each of what a way took."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(list(parts)), indent=1) + b"\n")


def page(text: str, parts: Iterable[Part]) -> str:
    """The page with what follows the mark replaced, or put at its end where there is none yet."""
    return "\n\n".join([text.split(MARK)[0].rstrip(), MARK, *_paragraphs(parts)]) + "\n"


def _paragraphs(parts: Iterable[Part]) -> Iterator[str]:
    yield "## Every comparison"
    for circumstances, together in itertools.groupby(parts, key=lambda part: part.circumstances):
        yield circumstances
        yield from (table.to_markdown().rstrip() for part in together for table in part.tables)
