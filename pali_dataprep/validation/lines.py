"""Lines of a file that may be anything: read in pieces, with number and place, never more than a limit at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from pali_dataprep.errors import InputError

_PIECE = 1 << 20
"""Bytes read at once of what is only counted."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """A line: its number from 1, the byte it starts at, and its bytes without the line end.

    `length` is in bytes; where it exceeds the limit, `data` is only the start. `end` is the line end, empty in a
    last line without one.
    """

    number: int
    offset: int
    data: bytes
    length: int
    end: bytes


def read_lines(path: Path, most: int) -> Iterator[Line]:
    """Lines in order, of at most `most` bytes each; a longer one is passed over in pieces.

    Raises InputError for a file that cannot be read.
    """
    try:
        with path.open("rb") as stream:
            offset, number = 0, 0
            while piece := stream.readline(most + 2):
                number += 1
                line = _line(number, offset, piece, most)
                if not line.end and len(piece) == most + 2:
                    line = _rest(stream.readline, line)
                yield line
                offset += line.length + len(line.end)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def _line(number: int, offset: int, piece: bytes, most: int) -> Line:
    end = b"\r\n" if piece.endswith(b"\r\n") else b"\n" if piece.endswith(b"\n") else b""
    length = len(piece) - len(end)
    return Line(number, offset, piece[: min(length, most)], length, end)


def _rest(readline: Callable[[int], bytes], line: Line) -> Line:
    """The line with its length counted to the end, its data as it is."""
    length, end = line.length, b""
    while not end and (piece := readline(_PIECE)):
        end = b"\n" if piece.endswith(b"\n") else b""
        length += len(piece) - len(end)
    return Line(line.number, line.offset, line.data, length, end)
