"""A look at a source that costs next to nothing: one directory listing, or the two ends of a file.

Formats are told apart by it, so that nobody has to load half a gigabyte of JSON to learn that it is none of theirs.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pali_dataprep.errors import InputError

HEAD_BYTES = 1 << 18
"""How much of a file's beginning is read: past the `info` and `licenses` of any COCO file."""

TAIL_BYTES = 1 << 16
"""How much of its end: COCO's 80 categories take a tenth of it, and what comes before them is an annotation."""

MAX_DEPTH = 16
"""Where reading ends: no format is nested as deep, and a path for each level of a bomb would not fit in memory."""

_JSON_BYTES = 1 << 10
"""JSON taken at a time: its levels may all be new ones, each with a path of its own."""

_ARCHIVES = (b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")
_TAR, _TAR_AT = b"ustar", 257

_DELIMITERS = ",\t;|"


@dataclass(frozen=True)
class Glimpse:
    """What can be seen of the file or folder at `path`; raises InputError where it cannot be opened."""

    path: Path
    _children: dict[str, Glimpse] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def is_folder(self) -> bool:
        """Whether the path is a folder."""
        return self.path.is_dir()

    @property
    def suffix(self) -> str:
        """A file's suffix in lower case; empty for a folder."""
        return "" if self.is_folder else self.path.suffix.lower()

    @cached_property
    def _listing(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if not self.is_folder:
            return (), ()
        try:
            with os.scandir(self.path) as entries:
                found = sorted((e.name, e.is_dir()) for e in entries if not e.name.startswith("."))
        except OSError as error:
            raise InputError(f"{self.path}: {error.strerror or error}") from error
        return tuple(n for n, is_dir in found if not is_dir), tuple(n for n, is_dir in found if is_dir)

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files in the folder, sorted, without hidden ones; none for a file."""
        return self._listing[0]

    @property
    def folders(self) -> tuple[str, ...]:
        """Names of the folders in the folder, sorted, without hidden ones; none for a file."""
        return self._listing[1]

    def child(self, name: str) -> Glimpse:
        """What can be seen of something in the folder; looked at once, whoever asks."""
        return self._children.setdefault(name, Glimpse(self.path / name))

    def with_suffix(self, *suffixes: str) -> Iterator[Glimpse]:
        """The files in the folder with one of these suffixes (lower case, with the dot); the file itself if it has."""
        if self.suffix in suffixes:
            yield self
        names = [name for suffix in suffixes for name in self._by_suffix.get(suffix, ())]
        yield from map(self.child, names if len(suffixes) == 1 else sorted(names))

    @cached_property
    def _by_suffix(self) -> Mapping[str, Sequence[str]]:
        """Names of the files by their suffix in lower case: every format asks for those of its own."""
        found: dict[str, list[str]] = defaultdict(list)
        for name in self.files:
            found[f".{name.rpartition('.')[2].lower()}"].append(name)
        return dict(found)

    @cached_property
    def _head(self) -> bytes:
        return b"" if self.is_folder else _head(self.path)

    @cached_property
    def text(self) -> str:
        """The beginning of a text file, plain or gzip, UTF-8 or UTF-16; empty for a folder."""
        return _decoded(self._head)

    @property
    def is_archive(self) -> bool:
        """Whether it is a ZIP, 7z, RAR or tar file, which people download and forget to unpack."""
        return self._head.startswith(_ARCHIVES) or self._head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR

    @cached_property
    def _tail(self) -> str:
        size = self.path.stat().st_size
        if self.is_folder or size <= HEAD_BYTES:
            return ""
        with self.path.open("rb") as stream:
            stream.seek(size - TAIL_BYTES)
            return stream.read().decode("utf-8", errors="replace")

    @property
    def first_line(self) -> str:
        """The first line of a text file."""
        return self.text.partition("\n")[0].strip()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names in the first line of a table, in lower case, by the delimiter that it has most of."""
        delimiter = max(_DELIMITERS, key=self.first_line.count)
        return tuple(name.strip(' "').lower() for name in self.first_line.split(delimiter))

    @cached_property
    def json(self) -> Mapping[str, str]:
        """What the beginning of a JSON file holds: by path, the kind of the first value there.

        Paths are keys joined by dots, with `item` for the elements of a list, the whole being "":
        `{"": "start_map", "images": "start_array", "images.item": "start_map", "images.item.id": "number"}`.
        Of JSON Lines it is the first row. Empty for what is no JSON.
        """
        import ijson

        kinds: dict[str, str] = {}
        try:
            text = io.BytesIO(self.text.encode(errors="replace"))
            for path, event, _ in ijson.parse(text, use_float=True, buf_size=_JSON_BYTES):
                if path.count(".") > MAX_DEPTH:
                    break
                if event not in ("map_key", "end_map", "end_array"):
                    kinds.setdefault(path, event)
        except ijson.JSONError:  # cut off where the beginning ends, or no JSON from there on
            pass
        return kinds

    def mentions(self, key: str) -> bool:
        """Whether a JSON file has this key near its beginning or its end, wherever it belongs."""
        pattern = re.compile(f'"{re.escape(key)}"\\s*:')
        return pattern.search(self.text) is not None or pattern.search(self._tail) is not None


def refuse_archive(path: Path) -> None:
    """Raise InputError for an archive, of which every format would complain in its own misleading words."""
    if path.is_file() and Glimpse(path).is_archive:
        raise InputError(f"{path}: an archive", hint="unpack it, and give the folder or the file in it")


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(HEAD_BYTES)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(data, HEAD_BYTES)
    except zlib.error:
        return b""


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    return data.decode("utf-8-sig", errors="replace")
