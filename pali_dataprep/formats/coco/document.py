"""A COCO file as it is: loosely typed, because every field of it has been found wrong in some file."""

from __future__ import annotations

from typing import Any

import msgspec

NOTHING = msgspec.Raw(b"null")
"""What stands for a field that is not there."""


class Annotation(msgspec.Struct, gc=False):
    """An annotation, loosely typed; its shapes stay text until they are needed."""

    id: Any = None
    image_id: Any = None
    category_id: Any = None
    bbox: msgspec.Raw = NOTHING
    segmentation: msgspec.Raw = NOTHING
    iscrowd: Any = 0
    caption: Any = None
    score: Any = None


class Image(msgspec.Struct, gc=False):
    id: Any = None
    file_name: Any = None
    width: Any = None
    height: Any = None
    coco_url: Any = None
    neg_category_ids: Any = None
    not_exhaustive_category_ids: Any = None


class Category(msgspec.Struct, gc=False):
    id: Any = None
    name: Any = None
    supercategory: Any = None


class Document(msgspec.Struct):
    images: list[Image]
    annotations: list[Annotation] = []
    categories: list[Category] = []


class TextDocument(msgspec.Struct):
    """A document whose annotations are text still: decoded, each takes several times the memory."""

    images: list[Image]
    annotations: list[msgspec.Raw] = []
    categories: list[Category] = []


NO_ID = ""
"""The key of what has no id, or something that is none; nothing else has it."""


def key_of(value: Any) -> str:
    """An id as text: 7, 7.0 and "7" are the same id, as tools write all three."""
    if type(value) is int:  # nearly all are
        return str(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else NO_ID
