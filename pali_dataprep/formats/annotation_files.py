"""Sets with an annotation file for each image: which files there are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

_OWN_MANIFEST = ".jsonl.manifest.json"
"""What this package leaves beside its output, which may be written into the set."""


def walk_annotations(top: Path, suffix: str) -> Iterator[str]:
    """Files of this suffix below `top`, relative to it, with forward slashes; by folder, then by name.

    Hidden files and folders and this package's manifests are passed over, symbolic links to folders are not followed.
    """
    for folder, subfolders, files in os.walk(top):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        inner = Path(os.path.relpath(folder, top)).as_posix()
        for name in sorted(files):
            if name.lower().endswith(suffix) and not name.startswith(".") and not name.endswith(_OWN_MANIFEST):
                yield name if inner == os.curdir else f"{inner}/{name}"


def first_folder(top: Path, names: Sequence[str]) -> Path | None:
    """The first folder in `top` that has one of these names."""
    return next((top / name for name in names if (top / name).is_dir()), None)
