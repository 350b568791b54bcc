"""Which files a path stands for, what split each is, and what its manifest says."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pali_dataprep.errors import InputError
from pali_dataprep.manifest import manifest_path, read_provenance
from pali_dataprep.options import Target
from pali_dataprep.rules.jsonl.subject import FileSet, SourceFile

SUFFIX = ".jsonl"

SPLITS = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "val": "valid",
    "validation": "valid",
    "dev": "valid",
    "test": "test",
    "testing": "test",
    "eval": "test",
}
"""What splits are called in file and folder names."""


def find_files(paths: Iterable[Path]) -> tuple[list[Path], list[FileSet]]:
    """JSONL files in the order of the paths, those of a folder sorted and none twice; and each folder's set.

    Raises InputError for a path that is not there and for a folder without JSONL files.
    """
    files: dict[Path, None] = {}
    folders = []
    for path in paths:
        if path.is_dir():
            found = list(_walk(path))
            if not found:
                raise InputError(f"{path}: no {SUFFIX} file in this folder", hint="name the files, or another folder")
            files.update(dict.fromkeys(found))
            folders.append(FileSet(str(path), frozenset(p.relative_to(path).as_posix() for p in found)))
        elif path.exists():
            files[path] = None
        else:
            raise InputError(f"{path}: no such file or folder")
    return list(files), folders


def _walk(folder: Path) -> Iterator[Path]:
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(top, name) for name in sorted(names) if name.endswith(SUFFIX) and not name.startswith("."))


def describe(path: Path) -> SourceFile:
    """A file with its split and what its manifest says."""
    has_manifest = manifest_path(path).is_file()
    if not has_manifest:
        return SourceFile(str(path), split_of(path))
    try:
        provenance = read_provenance(path)
    except InputError as error:
        return SourceFile(str(path), split_of(path), has_manifest=True, remark=error.message)
    manifest = provenance.manifest
    return SourceFile(
        str(path),
        split_of(path),
        provenance.grid,
        provenance.codebook.name if provenance.codebook else None,
        has_manifest,
        provenance.warning,
        keras=manifest is not None and manifest.options.get("target") == Target.KERAS,
        max_tokens=manifest.max_tokens if manifest is not None else None,
    )


def split_of(path: Path) -> str:
    """`train`, `valid` or `test` where the file's name tells it, else its folder's; "" where neither does."""
    for name in (path.name.removesuffix(SUFFIX), path.absolute().parent.name):
        words = [SPLITS[word] for word in re.split(r"[._ -]+", name.lower()) if word in SPLITS]
        if words:
            return words[-1]
    return ""
