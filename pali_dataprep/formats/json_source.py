"""JSON annotation files as they come: gzip, byte order marks, UTF-16, NaN."""

from __future__ import annotations

import codecs
import gc
import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from pali_dataprep.errors import InputError

T = TypeVar("T")

_OBJECTS_BETWEEN_COLLECTIONS = 50_000


def read_json_bytes(path: Path) -> bytes:
    """The file's text as UTF-8 without byte order mark, decompressed where it is gzip."""
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path}: a damaged gzip file ({error})") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace").encode()
    return data.removeprefix(codecs.BOM_UTF8)


def decode_json(data: bytes, kind: type[T], path: Path) -> T:
    """JSON text to a msgspec type. Raises InputError naming line and column, or the offending element."""
    try:
        with no_garbage_collection():
            return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        if "out of range" in str(error):  # a number beyond what a float holds, which becomes null as infinity does
            return decode_json(_as_standard_json(data, path, error), kind, path)
        raise InputError(f"{path}: {error}") from error
    except RecursionError as error:
        raise InputError(f"{path}: the JSON is nested too deeply") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return decode_json(_as_standard_json(data, path, error), kind, path)


def _as_standard_json(data: bytes, path: Path, error: Exception) -> bytes:
    """Python's own `json` writes NaN and Infinity, which JSON lacks: they become null.

    For text that is broken in another way, `json` says line and column.
    """
    try:
        text = data.decode("utf-8")
        return msgspec.json.encode(json.loads(text))
    except UnicodeDecodeError as bad:
        raise InputError(f"{path}: not UTF-8 at byte {bad.start}") from error
    except json.JSONDecodeError as bad:
        raise InputError(f"{path}:{bad.lineno}: not JSON: {bad.msg} (column {bad.colno})") from error
    except UnicodeEncodeError as bad:
        raise InputError(f"{path}: holds {bad.object[bad.start]!a}, half of a surrogate pair") from error
    except RecursionError as bad:
        raise InputError(f"{path}: the JSON is nested too deeply") from bad
    except ValueError as bad:  # an integer of more digits than Python reads
        raise InputError(f"{path}: {error if isinstance(error, msgspec.ValidationError) else bad}") from error


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Hold Python's collector still: millions of new objects that hold no cycles cost it half the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def few_collections() -> Iterator[None]:
    """Let Python's collector look seldom: what is made row by row holds no cycles, and is gone without it."""
    usual = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
