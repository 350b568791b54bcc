"""One Pascal VOC annotation file.

VOC devkit (http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html), section 3 and `PASemptyobject.m`.
Beyond it, `occluded` (CVAT, Roboflow) and polygons (`x1`, `y1`, `x2`, ... in a `polygon` of the
object: Roboflow, supervision) are read. What cannot be understood becomes a defect.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from pali_dataprep.errors import InputError
from pali_dataprep.formats.voc.coordinates import to_edges, to_vertex
from pali_dataprep.formats.xml_source import read_xml, text_of, texts_of
from pali_dataprep.masks.segmentations import Polygons
from pali_dataprep.options import VocCoordinates
from pali_dataprep.samples import Instance

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CORNERS = ("xmin", "ymin", "xmax", "ymax")
FLAGS = ("difficult", "truncated", "occluded")

_YES = ("1", "true", "yes")


class VocObject(msgspec.Struct, frozen=True):
    """An object, or a part of one, as written.

    `corners` are the texts of xmin, ymin, xmax, ymax, None without a `bndbox`; `rings` the texts of each
    polygon's coordinates, in order. `name` is None where there is none. `number` counts the file's objects from 1.
    """

    name: str | None
    number: int
    corners: tuple[str, ...] | None = None
    rings: tuple[tuple[str, ...], ...] = ()
    flags: tuple[str, ...] = ()
    parts: tuple[VocObject, ...] = ()
    defects: tuple[str, ...] = ()

    def instance(self, source: str, coordinates: VocCoordinates) -> Instance:
        """The object in float pixels; `source` names the file."""
        shapes: list[list[float]] = []
        defects = list(self.defects)
        for texts in (self.corners, *self.rings):
            try:
                shapes.append([_number(text) for text in texts or ()])
            except ValueError as error:
                shapes.append([])
                defects.append(str(error))
        corners, *rings = shapes
        vertices = [[to_vertex(v, coordinates) for v in ring] for ring in rings if ring]
        return Instance(
            self.name,
            box_xyxy=to_edges(corners, coordinates) if corners else None,
            segmentation=Polygons(vertices) if vertices else None,
            source_id=f"{source} object {self.number}",
            category_id=self.name,
            flags=self.flags,
            defects=tuple(defects),
        )


class VocAnnotation(msgspec.Struct, frozen=True):
    """A file: `filename` as written, the size in pixels (None where there is none, or a 0), the objects."""

    filename: str = ""
    width: int | None = None
    height: int | None = None
    objects: tuple[VocObject, ...] = ()
    defects: tuple[str, ...] = ()

    def named_objects(self, *, parts: bool) -> Iterator[VocObject]:
        """The objects and, with `parts`, their parts after each."""
        for item in self.objects:
            yield item
            if parts:
                yield from item.parts


def read_annotation(path: Path) -> VocAnnotation:
    """Read a file; one that is no VOC annotation is nothing but a defect."""
    try:
        root = read_xml(path)
    except InputError as error:
        return VocAnnotation(defects=(error.message,))
    if root.tag != "annotation":
        return VocAnnotation(defects=(f"{path}: its root is <{root.tag[:40]}>, not <annotation>",))
    defects: list[str] = []
    return VocAnnotation(
        filename=text_of(root, "filename"),
        width=_side(root, "width", path, defects),
        height=_side(root, "height", path, defects),
        objects=tuple(_object(element, n) for n, element in enumerate(root.findall("object"), start=1)),
        defects=tuple(defects),
    )


def _side(root: Element, name: str, path: Path, defects: list[str]) -> int | None:
    """A side of `size`; LabelImg's forks and Roboflow write 0 where they do not know it."""
    text = text_of(root, f"size/{name}")
    try:
        side = _number(text or "0")
    except ValueError:
        side = -1.0
    if side < 0 or side != int(side) or side >= 2**31:
        defects.append(f"{path}: the {name} is {text[:40]!r}, not a number of pixels")
        return None
    return int(side) or None


def _object(element: Element, number: int) -> VocObject:
    """An object with its parts, which have the shape of objects."""
    said = texts_of(element)
    name = said.get("name") or None
    defects = [] if name else ["it has no name"]
    corners = _corners(element, defects) if "bndbox" in said else None
    rings = tuple(_rings(element, defects)) if "polygon" in said else ()
    flags = tuple([flag for flag in FLAGS if flag in said and said[flag].lower() in _YES])
    parts = [_object(part, number) for part in element.findall("part")] if "part" in said else ()
    return VocObject(name, number, corners, rings, flags, tuple(replace(p, parts=()) for p in parts), tuple(defects))


def _corners(element: Element, defects: list[str]) -> tuple[str, ...] | None:
    box = element.find("bndbox")
    if box is None:
        return None
    said = texts_of(box)
    texts = tuple([said.get(corner, "") for corner in CORNERS])
    if missing := [corner for corner, text in zip(CORNERS, texts, strict=True) if not text]:
        defects.append(f"its bndbox has no {', '.join(missing)}")
        return None
    return texts


def _rings(element: Element, defects: list[str]) -> Iterator[tuple[str, ...]]:
    for polygon in element.findall("polygon"):
        coordinates = {child.tag: (child.text or "").strip() for child in polygon}
        expected = [f"{axis}{n}" for n in range(1, len(coordinates) // 2 + 1) for axis in "xy"]
        if sorted(coordinates) == sorted(expected):
            yield tuple(coordinates[tag] for tag in expected)
        else:
            defects.append(f"its polygon has {_listed(list(coordinates))}, not x1, y1, x2, y2, ...")


def _listed(tags: Sequence[str]) -> str:
    return ", ".join(tags[:4]) or "no point"


def _number(text: str) -> float:
    """A finite number. Raises ValueError, saying so."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{text[:20]!r} is not a finite number")
    return value
