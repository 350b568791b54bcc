"""Findings accepted as they are: a file of fingerprints, so that a run fails on new ones alone.

A fingerprint is of the code, the file and the row's text (of the words without numbers and folders, where a finding
is about no single row), not of the line number: rows may be added and moved. Files are named as seen from the
baseline's folder, so that a run from elsewhere, or with absolute paths, knows them again. Alike ones are counted.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections import Counter
from pathlib import Path, PurePath
from typing import Any

from pali_dataprep.atomic import atomic_path
from pali_dataprep.checksum import hash64
from pali_dataprep.errors import InputError
from pali_dataprep.findings import Finding
from pali_dataprep.rules.jsonl.subject import Row

VERSION = 1


class Baseline:
    """Fingerprints with their counts: those that are known, and those of this run. `path` is its file."""

    def __init__(self, path: Path, known: Counter[str] | None = None) -> None:
        self._path, self._folder = path, str(path.absolute().parent)
        self._known = Counter(known or {})
        self._seen: dict[str, Counter[str]] = {}
        self._records = known is None

    def knows(self, finding: Finding, row: Row | None) -> bool:
        """Whether the finding is an accepted one; each is accepted as often as it is listed."""
        key = fingerprint(finding, row, self._folder)
        if self._records:
            self._seen.setdefault(finding.code, Counter())[key] += 1
            return True
        if self._known[key] == 0:
            return False
        self._known[key] -= 1
        return True

    def write(self) -> int:
        """Write the findings of this run, sorted; how many they are."""
        listed = {code: dict(sorted(seen.items())) for code, seen in sorted(self._seen.items())}
        with atomic_path(self._path, overwrite=True) as temporary:
            text = json.dumps({"schema_version": VERSION, "findings": listed}, indent=1)
            temporary.write_text(text + "\n", "utf-8")
        return sum(seen.total() for seen in self._seen.values())


def read_baseline(path: Path) -> Baseline:
    """The baseline of a file. Raises InputError for one that is none."""
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}", hint="--write-baseline writes one") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not a baseline: {error}") from error
    return Baseline(path, Counter(_counts(path, document)))


def _counts(path: Path, document: Any) -> dict[str, int]:
    listed = document.get("findings") if isinstance(document, dict) else None
    if not isinstance(listed, dict) or document.get("schema_version") != VERSION:
        raise InputError(f"{path}: not a baseline of this version", hint="--write-baseline writes one")
    counts: dict[str, int] = {}
    for code, seen in listed.items():
        if not isinstance(seen, dict) or not all(isinstance(n, int) for n in seen.values()):
            raise InputError(f"{path}: {code}: not a table of fingerprints", hint="--write-baseline writes one")
        counts.update(seen)
    return counts


def fingerprint(finding: Finding, row: Row | None, folder: str) -> str:
    """What stays of a finding when rows are added before it: 16 hex digits. Its file is named from `folder`."""
    about = row.raw if row is not None and finding.location.line == row.line else _words(finding.message)
    return f"{hash64('|'.join((finding.code, seen_from(folder, finding.location.path), about))):016x}"


@functools.lru_cache(maxsize=1024)
def seen_from(folder: str, path: str) -> str:
    """A path relative to a folder, with forward slashes; as it is on another drive."""
    try:
        return PurePath(os.path.relpath(path, folder)).as_posix() if path else ""
    except ValueError:
        return PurePath(path).as_posix()


def _words(message: str) -> str:
    """The message without numbers, and files without their folders."""
    return re.sub(r"\d[\d.,]*", "#", re.sub(r"[^\s'\"(]*[/\\]", "", message))
