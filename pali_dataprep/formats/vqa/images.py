"""The image file of a question: by template, as the source names it, or looked up below the image folder."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from string import Formatter
from typing import Any

from pali_dataprep.errors import UsageError
from pali_dataprep.formats.image_folder import is_image_name, walk_images
from pali_dataprep.formats.vqa.entries import as_key, is_absent

_NUMBERED = re.compile(r"(?:COCO_\w+_)?(\d+)")
"""Stems that are an id: digits alone, or COCO's `COCO_train2014_000000458752`."""


class UnnamedError(Exception):
    """No image file can be named; the message says why."""


@dataclass(frozen=True, slots=True)
class ImageTemplate:
    """`COCO_train2014_{image_id:012d}.jpg`: a file name from the fields of an entry.

    Raises UsageError for what is no template.
    """

    text: str

    def __post_init__(self) -> None:
        try:
            fields = [(name, how) for _, name, _, how in Formatter().parse(self.text) if name is not None]
        except ValueError as error:
            raise UsageError(f"--image-template {self.text!r}: {error}") from None
        if not fields or not all(name.isidentifier() and how is None for name, how in fields):
            hint = "e.g. 'COCO_train2014_{image_id:012d}.jpg'"
            raise UsageError(f"--image-template {self.text!r}: must name fields in braces", hint=hint)

    def fill(self, fields: Mapping[str, Any]) -> str:
        """The file name. Raises UnnamedError where a field is missing or does not fit."""
        parts = _parts(self.text)
        return "".join(text + (_formatted(fields, field, spec) if field else "") for text, field, spec in parts)


@cache
def _parts(template: str) -> tuple[tuple[str, str, str], ...]:
    """Literal text, the field after it, and how that is formatted."""
    return tuple((text, field or "", spec or "") for text, field, spec, _ in Formatter().parse(template))


def _formatted(fields: Mapping[str, Any], field: str, spec: str) -> str:
    value = fields.get(field)
    if is_absent(value) or not isinstance(value, str | int | float):
        raise UnnamedError(f"the image's name needs {field}, which is missing")
    text = as_key(value)
    try:
        return format(int(text) if spec.endswith("d") else text, spec)
    except ValueError:
        raise UnnamedError(f"the image's name needs {field} as {{{field}:{spec}}}, and it is {text!r}") from None


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
        for folder, names in walk_images(self.folder):
            for name in names:
                path = (folder / name).relative_to(self.folder).as_posix()
                stem = PurePosixPath(name).stem
                for key in {name, stem, _number(stem)} - {None}:
                    files[key].append(path)
        return dict(files)


def _number(stem: str) -> str | None:
    """`#458752` for `COCO_train2014_000000458752`; None for a stem that is no id."""
    found = _NUMBERED.fullmatch(stem)
    return f"#{int(found[1])}" if found else None


@dataclass(frozen=True, slots=True)
class ImageFinder:
    """Names the image file of an entry, relative to the image folder.

    A template or a lookup that is asked for comes first, then the layout's own template, then
    a value that is a file name already, then the lookup.
    """

    template: ImageTemplate | None
    usual: ImageTemplate | None
    lookup: ImageLookup
    always_look_up: bool = False

    def file_name(self, value: Any, fields: Mapping[str, Any]) -> str:
        """Raises UnnamedError where the entry names no image, or none that can be told."""
        if self.template is not None:
            return self.template.fill({**fields, "image": value})
        if value is None:
            raise UnnamedError("no image is named")
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise UnnamedError(f"the image is not a file name or an id: {str(value)[:80]}")
        if self.always_look_up:
            return self.lookup.find(value)
        if self.usual is not None:
            return self.usual.fill({**fields, "image": value})
        return value if isinstance(value, str) and _is_path(value) else self.lookup.find(value)


def _is_path(value: str) -> bool:
    return "/" in value or "\\" in value or is_image_name(value)
