"""One entry of `images` or `annotations` to what it says; what cannot be understood becomes a defect."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeGuard

import msgspec

from pali_dataprep.boxes import XYXY, is_finite, xywh_to_xyxy
from pali_dataprep.errors import InputError
from pali_dataprep.formats.coco.document import NO_ID, NOTHING, Annotation, Image, key_of
from pali_dataprep.formats.json_source import decode_json
from pali_dataprep.masks.kernel import RingReader, ring_reader
from pali_dataprep.masks.segmentations import Polygons, Rle
from pali_dataprep.samples import Caption, Instance, Sample

_NUMBERS = frozenset((int, float))
"""Not bool, which Python counts among the integers."""

_BOX = msgspec.json.Decoder(tuple[float, float, float, float])


def to_sample(image: Image, annotations: Sequence[Annotation], names: dict[str, str], read_rings: RingReader) -> Sample:
    """An image with its annotations; `names` are the class names by category id."""
    key = key_of(image.id)
    defects = [] if key != NO_ID else [f"the image's id is {image.id!r}, which is no id"]
    partial = _partly_annotated(image, defects)
    captions = [a for a in annotations if a.caption is not None and is_caption(a)]
    objects = [a for a in annotations if not is_caption(a)] if captions else annotations
    return Sample(
        file_name=_file_name(image, defects),
        width=_side(image.width, "width", defects),
        height=_side(image.height, "height", defects),
        instances=tuple([_instance(a, names, partial, read_rings) for a in objects]),
        captions=tuple(map(_caption, captions)),
        source_id=key,
        verified_absent=_verified_absent(image, names, partial, defects),
        defects=tuple(defects),
    )


def _partly_annotated(image: Image, defects: list[str]) -> frozenset[str]:
    """Ids of the classes of which LVIS has not annotated all objects in this image."""
    return _ids(image.not_exhaustive_category_ids, "not_exhaustive_category_ids", defects)


def _verified_absent(
    image: Image, names: dict[str, str], partial: frozenset[str], defects: list[str]
) -> frozenset[str] | None:
    """The classes LVIS has looked for in vain; None for an image that does not say."""
    if image.neg_category_ids is None and image.not_exhaustive_category_ids is None:
        return None
    absent = _ids(image.neg_category_ids, "neg_category_ids", defects) - partial
    return frozenset(names[key] for key in absent if key in names)


def _ids(values: Any, name: str, defects: list[str]) -> frozenset[str]:
    if values is None or isinstance(values, list):
        return frozenset(key_of(value) for value in values or ())
    defects.append(f"the image's {name} is {str(values)[:80]!r}, not a list of ids")
    return frozenset()


def is_caption(annotation: Annotation) -> bool:
    """A caption of the image; one beside a box or a mask describes that object."""
    if annotation.caption is None:
        return False
    return not _box_as_written(annotation.bbox) and _segmentation(annotation.segmentation, ring_reader(), []) is None


def _caption(annotation: Annotation) -> Caption:
    key = key_of(annotation.id)
    if isinstance(annotation.caption, str):
        return Caption(annotation.caption, key)
    return Caption("", key, defects=(f"the caption is not text: {str(annotation.caption)[:80]}",))


def _file_name(image: Image, defects: list[str]) -> str:
    """`file_name`, or LVIS's `coco_url` with its folder (`train2017/000000391895.jpg`)."""
    if isinstance(image.file_name, str) and image.file_name:
        return image.file_name
    if isinstance(image.coco_url, str) and image.coco_url:
        return "/".join(image.coco_url.split("/")[-2:])
    defects.append("the image has no file_name")
    return ""


def _side(value: Any, name: str, defects: list[str]) -> int | None:
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 2**31 and value == int(value):
        return int(value)
    defects.append(f"the image's {name} is {value!r}, not a number of pixels")
    return None


def _instance(
    annotation: Annotation, names: dict[str, str], partial: frozenset[str], read_rings: RingReader
) -> Instance:
    defects: list[str] = []
    category = key_of(annotation.category_id)
    return Instance(
        label=names.get(category),
        box_xyxy=_box(annotation.bbox, defects),
        segmentation=_segmentation(annotation.segmentation, read_rings, defects),
        iscrowd=annotation.iscrowd in (1, True, "1"),
        source_id="" if annotation.id is None else key_of(annotation.id),
        category_id=None if annotation.category_id is None else category,
        score=None if annotation.score is None else _score(annotation.score),
        flags=("not-exhaustive",) if category in partial else (),
        defects=tuple(defects),
    )


def _score(score: Any) -> float | None:
    return float(score) if _is_numbers([score]) and is_finite([score]) else None


def _is_numbers(values: Any) -> TypeGuard[list[float]]:
    """A list of numbers."""
    return isinstance(values, list) and _NUMBERS.issuperset(map(type, values))


def _box(raw: msgspec.Raw, defects: list[str]) -> XYXY | None:
    try:
        return xywh_to_xyxy(_BOX.decode(raw))  # what nearly all are, checked while it is parsed
    except (msgspec.DecodeError, UnicodeDecodeError):
        bbox = _box_as_written(raw)
    if bbox is not None and not (isinstance(bbox, list) and all(v is None for v in bbox)):  # NaNs are read as null
        defects.append(f"bbox is not four finite numbers: {str(bbox)[:80]}")
    return None


def _box_as_written(raw: msgspec.Raw) -> Any:
    try:
        return decode_json(bytes(raw), Any, Path())
    except InputError:  # a number or a text that cannot be read
        return bytes(raw).decode(errors="replace")


def _segmentation(raw: msgspec.Raw, read_rings: RingReader, defects: list[str]) -> Polygons | Rle | None:
    if raw is NOTHING:
        return None
    rings = read_rings(raw)
    if rings is None:
        return _unusual_segmentation(raw, defects)
    return Polygons(rings) if rings else None


def _unusual_segmentation(raw: msgspec.Raw, defects: list[str]) -> Polygons | Rle | None:
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:  # a number or a text that cannot be read
        defects.append(f"segmentation: {error}")
        return None
    if not value:
        return None
    if isinstance(value, dict):
        return _rle(value, defects)
    if _is_numbers(value):  # one ring without the outer list, as some exporters write
        value = [value]
    if not isinstance(value, list) or not all(_is_numbers(ring) for ring in value):
        defects.append(f"segmentation is neither rings of numbers nor RLE: {bytes(raw)[:80].decode(errors='replace')}")
        return None
    rings = [ring for ring in value if ring]  # without the empty ones that some tools leave
    return Polygons(rings) if rings else None


def _rle(value: dict[str, Any], defects: list[str]) -> Rle | None:
    size, counts = value.get("size"), value.get("counts")
    if _is_numbers(size) and len(size) == 2 and (isinstance(counts, str) or _is_numbers(counts)):
        height, width = size
        if height == int(height) and width == int(width):
            return Rle(counts, int(height), int(width))
    defects.append("segmentation is an RLE without `size` [height, width] or without `counts`")
    return None
