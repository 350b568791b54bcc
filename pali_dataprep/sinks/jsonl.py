"""JSON Lines: exactly the keys image, prefix, suffix; UTF-8; `\\n` line ends."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from pali_dataprep.atomic import atomic_path
from pali_dataprep.errors import InputError
from pali_dataprep.samples import Example


class JsonlWriter:
    """Encodes rows in batches."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._encoder = msgspec.json.Encoder()

    def write(self, examples: Iterable[Example]) -> None:
        """Append rows."""
        self._stream.write(self._encoder.encode_lines(examples))


@contextmanager
def open_jsonl(path: Path, *, overwrite: bool) -> Iterator[JsonlWriter]:
    """A writer whose file takes its place when the block ends well. Raises OutputError."""
    with atomic_path(path, overwrite=overwrite) as temporary, temporary.open("wb") as stream:
        yield JsonlWriter(stream)


def read_jsonl(path: Path) -> Iterator[tuple[int, Example]]:
    """Rows with their line numbers from 1; a byte order mark and blank lines are
    passed over, further keys ignored.

    Raises InputError naming file and line for a row that is not an object with the three strings.
    """
    decoder = msgspec.json.Decoder(Example)
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                text = line.removeprefix(BOM_UTF8) if number == 1 else line
                if text.strip():
                    yield number, _decode(decoder, text, path, number)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def _decode(decoder: msgspec.json.Decoder[Example], line: bytes, path: Path, number: int) -> Example:
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            f"{path}:{number}: not a PaliGemma row: {error}",
            hint='a row is one JSON object with the strings "image", "prefix" and "suffix"',
        ) from error
