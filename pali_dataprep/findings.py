"""What a rule has to say about a piece of data, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec


class Severity(StrEnum):
    """`ERROR` stops a run unless told to skip; `WARNING` and `NOTE` do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Location(msgspec.Struct, frozen=True, gc=False):
    """Where: a file, and within it the line, the image or the annotation, as far as they are known."""

    path: str = ""
    line: int | None = None
    image: str = ""
    annotation: str = ""

    def __str__(self) -> str:
        file = f"{self.path}:{self.line}" if self.line is not None else self.path
        parts = [file, self.image and f"image {self.image}", self.annotation and f"annotation {self.annotation}"]
        return ", ".join(part for part in parts if part)


_NOWHERE = Location()


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` (exclusive) of the row's `field`, as parsed; field "" is the line itself."""

    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Remark:
    """What a check has to say where words alone are not enough.

    `span` is what the words are about. `line` and `path` are the row meant where that is not the row at hand.
    """

    message: str
    span: Span | None = None
    line: int | None = None
    path: str = ""


class Finding(msgspec.Struct, frozen=True):
    """One observation. `code` is stable; `leaves_out` says that the object or row is not written."""

    code: str
    severity: Severity
    message: str
    location: Location = _NOWHERE
    leaves_out: bool = False
    span: Span | None = None

    def __str__(self) -> str:
        where = str(self.location)
        return f"{where}: {self.code} {self.message}" if where else f"{self.code} {self.message}"
