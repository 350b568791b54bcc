"""Text files as they come: byte order marks, UTF-16, the line ends of any system."""

from __future__ import annotations

import codecs
from pathlib import Path

from pali_dataprep.errors import InputError


def read_lines(path: Path) -> list[str]:
    """The file's lines without their ends. Raises InputError for a file that is not UTF-8 or UTF-16 text."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not text: {error.reason} at byte {error.start}") from error
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines
