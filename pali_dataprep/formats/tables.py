"""Tables: CSV, TSV, JSON Lines and Parquet, read a row at a time."""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from pali_dataprep.errors import InputError

_DELIMITERS = ",\t;|"
_ROWS_PER_BATCH = 1024
_PICTURES_PER_BATCH = 16
_READ_AT_ONCE = 1 << 20
"""Bytes of a Parquet column: without a bound, pyarrow takes a whole row group of pictures into memory twice."""


class Record(msgspec.Struct, frozen=True):
    """A row: fields by name, and where it was found. One with defects may lack any field."""

    place: str
    fields: Mapping[str, Any]
    defects: tuple[str, ...] = ()


def record_of(value: Any, place: str) -> Record:
    """A record of a JSON object; anything else is a defect."""
    if isinstance(value, dict):
        return Record(place, value)
    return Record(place, {}, (f"{place} is not an object: {str(value)[:80]}",))


def read_table(path: Path, columns: Sequence[str] = (), *, pictures: bool = False) -> Iterator[Record]:
    """Rows of a table by the file's suffix; any other than those of `READERS` is taken for CSV.

    `columns` are the names of one without a header; with `pictures` those inside Parquet are read too.
    Raises InputError for a file that cannot be read.
    """
    if pictures and path.suffix.lower() == ".parquet":
        return read_parquet(path, pictures=True)
    reader = READERS.get(path.suffix.lower())
    return reader(path) if reader else read_csv(path, columns)


def read_csv(path: Path, columns: Sequence[str] = ()) -> Iterator[Record]:
    """Rows under the names of the first line, or under `columns`, and then the first line is a row too.

    The delimiter is the comma, tab, semicolon or bar that the first line has most of. Raises
    InputError for a file that is no text or that `csv` cannot read.
    """
    rows = _csv_rows(path)
    names = list(columns) or [name.strip() for name in next(rows, (0, []))[1]]
    for line, row in rows:
        place = f"{path.name}:{line}"
        if len(row) == len(names):
            yield Record(place, dict(zip(names, row, strict=True)))
        elif row:
            yield Record(place, {}, (f"{place} has {len(row)} fields, not {len(names)}",))


def _csv_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line each begins on."""
    with _reading(path) as encoding, path.open(encoding=encoding, newline="") as stream:
        first = stream.readline()
        stream.seek(0)
        tabs = path.suffix.lower() == ".tsv"
        reader = csv.reader(stream, delimiter="\t" if tabs else max(_DELIMITERS, key=first.count))
        line = 1
        try:
            for row in reader:
                yield line, row
                line = reader.line_num + 1
        except csv.Error as error:
            raise InputError(f"{path}:{line}: {error}") from error


def read_json_lines(path: Path) -> Iterator[Record]:
    """A JSON object a line; blank lines are passed over. Raises InputError for a file that is no text."""
    with _reading(path) as encoding, path.open(encoding=encoding) as stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                yield _line_record(line, f"{path.name}:{number}")


def read_parquet(path: Path, *, pictures: bool = False) -> Iterator[Record]:
    """Rows by column name, without the pictures kept inside the file unless they are asked for.

    Raises InputError, also without pyarrow.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        hint = "pip install 'pali-dataprep[parquet]'"
        raise InputError(f"{path}: Parquet needs pyarrow, which is not installed", hint=hint) from error
    try:
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=_READ_AT_ONCE) as file:
            leaves = [file.schema.column(n).path for n in range(len(file.schema))]
            wanted = leaves if pictures else [leaf for leaf in leaves if not leaf.endswith(".bytes")]
            rows = _PICTURES_PER_BATCH if pictures else _ROWS_PER_BATCH
            number = 0
            for batch in file.iter_batches(batch_size=rows, columns=wanted):
                for fields in batch.to_pylist():
                    number += 1
                    yield Record(f"{path.name} row {number}", fields)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: {error}") from error


def _line_record(line: str, place: str) -> Record:
    try:
        value: Any = msgspec.json.decode(line)
    except msgspec.DecodeError:
        try:
            value = json.loads(line)  # reads NaN, which Python writes, and halves of surrogate pairs
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            return Record(place, {}, (f"{place} is not JSON: {error}",))
    except (RecursionError, UnicodeError) as error:
        return Record(place, {}, (f"{place} is not JSON: {error}",))
    return record_of(value, place)


@contextmanager
def _reading(path: Path) -> Iterator[str]:
    """The text file's encoding: UTF-16 where a byte order mark says so, else UTF-8 with or without one.

    What goes wrong in the block becomes an InputError.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(2)
        yield "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except UnicodeError as error:
        raise InputError(f"{path}: not UTF-8 or UTF-16 text: {error}") from error


READERS: dict[str, Callable[[Path], Iterator[Record]]] = {
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".parquet": read_parquet,
}
DELIMITED = (".csv", ".tsv")
SUFFIXES = (*DELIMITED, *READERS)
"""Of the files that are taken for tables."""
