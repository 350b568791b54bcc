"""Image files below a folder, found by what a source calls them: a name, a stem or an id."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from pali_dataprep.formats.cells import as_key
from pali_dataprep.formats.image_folder import is_image_name, walk_image_names

_NUMBERED = re.compile(r"(?:COCO_\w+_)?(\d+)")
"""Stems that are an id: digits alone, or COCO's `COCO_train2014_000000458752`."""


class UnnamedError(Exception):
    """No image file can be named; the message says why."""


@dataclass(frozen=True)
class ImageLookup:
    """Files below a folder, to be found by name, by stem, or by number where the stem is an id."""

    folder: Path

    def find(self, value: Any) -> str:
        """The file's path below the folder, or the value itself where there is none.

        Raises UnnamedError where several fit.
        """
        wanted = as_key(value).replace("\\", "/")
        name = PurePosixPath(wanted).name
        stem = PurePosixPath(name).stem if is_image_name(name) else name
        for key in dict.fromkeys((name, stem, _number(stem))):
            found = self._files.get(key, ())
            if len(found) > 1:
                raise UnnamedError(f"{wanted!r} may be {found[0]} or {found[1]}")
            if found:
                return found[0]
        return wanted

    @cached_property
    def _files(self) -> Mapping[str | None, Sequence[str]]:
        files: dict[str | None, list[str]] = defaultdict(list)
        for path in walk_image_names(self.folder):
            name = PurePosixPath(path).name
            stem = PurePosixPath(name).stem
            for key in {name, stem, _number(stem)} - {None}:
                files[key].append(path)
        return dict(files)


def _number(stem: str) -> str | None:
    """`#458752` for `COCO_train2014_000000458752`; None for a stem that is no id."""
    found = _NUMBERED.fullmatch(stem)
    return f"#{int(found[1])}" if found else None
