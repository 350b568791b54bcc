"""Rows of YOLO label files: boxes, polygons, oriented boxes, poses.

https://docs.ultralytics.com/datasets/: a row is a class number and coordinates between 0 and 1, fractions
of the image's width and height *as shown* (Ultralytics applies EXIF orientation). After them
may come one number more, the confidence that predictions are saved with (`save_conf`).

====================  =================================================================
detect                x_center y_center width height
segment               x y of 3 points or more, one ring
oriented boxes        x y of 4 corners
pose                  a box, then `kpt_shape` numbers: key points, which are passed over
DOTA                  x y of 4 corners in pixels, class name, difficulty (0 or 1)
====================  =================================================================

Lengths overlap: nine fields are an oriented box or a polygon of four points, and a pose row
may be as long as any polygon. `YoloRows` settles it. With `auto`, the default, 4 numbers are a box; a longer
row is a pose where `data.yaml` has a `kpt_shape`, a polygon otherwise. (Ultralytics goes by the
whole file: one row of more than 5 numbers makes polygons of all, boxes among them.)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pali_dataprep.boxes import XYXY
from pali_dataprep.masks.segmentations import MIN_RING_NUMBERS, Polygons
from pali_dataprep.options import YoloRows
from pali_dataprep.samples import Instance

TOLERANCE = 0.01
"""How far outside 0-1 a coordinate may be, and is then clipped: Ultralytics' own (`verify_image_label`)."""

BOX_NUMBERS = 4
CORNER_NUMBERS = 8

_BOXES = (YoloRows.AUTO, YoloRows.DETECT)
"""Where four numbers are a box."""

_DOTA_FIELDS = (9, 10)
_DOTA_HEADERS = ("imagesource:", "gsd:")


class _RowError(ValueError):
    """A row that means nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a row describes, in fractions of the image: a box, the ring of a polygon, a confidence."""

    box: XYXY
    ring: Sequence[float] | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class RowReader:
    """How rows are taken: class names by number (as text), kind of row, key point numbers of a pose row."""

    names: Mapping[str, str]
    rows: YoloRows = YoloRows.AUTO
    pose_numbers: int | None = None

    def instances(self, lines: Sequence[str], source: str, width: float, height: float) -> Iterator[Instance]:
        """An instance for each row on an image of `width` x `height` pixels; `source:line` is its id."""
        for number, line in enumerate(lines, start=1):
            fields = line.split()
            if fields and not line.startswith(_DOTA_HEADERS):
                yield self._instance(fields, f"{source}:{number}", width, height)

    def _instance(self, fields: Sequence[str], source_id: str, width: float, height: float) -> Instance:
        if _is_dota(fields):
            return self._dota_instance(fields, source_id)
        key = _class_key(fields[0])
        label = self.names.get(key)
        if len(fields) == 1 + BOX_NUMBERS and self.rows in _BOXES and (box := _plain_box(fields)) is not None:
            return Instance(label, _scaled_box(box, width, height), source_id=source_id, category_id=key)
        try:
            shape = self._shape([_number(field) for field in fields[1:]])
        except _RowError as error:
            return Instance(label, source_id=source_id, category_id=key, defects=(str(error),))
        return Instance(
            label,
            box_xyxy=_scaled_box(shape.box, width, height),
            segmentation=None if shape.ring is None else Polygons([_scaled_ring(shape.ring, width, height)]),
            source_id=source_id,
            category_id=key,
            score=shape.score,
        )

    def _dota_instance(self, fields: Sequence[str], source_id: str) -> Instance:
        """https://captain-whu.github.io/DOTA/dataset.html, as Roboflow's "YOLOv5 OBB" export writes it."""
        name = fields[CORNER_NUMBERS]
        label = name if name in self.names.values() else None
        try:
            box = _bounds([_number(field) for field in fields[:CORNER_NUMBERS]])
        except _RowError as error:
            return Instance(label, source_id=source_id, category_id=name, defects=(str(error),))
        return Instance(label, box_xyxy=box, source_id=source_id, category_id=name)

    def _shape(self, numbers: Sequence[float]) -> _Shape:
        match self._kind(len(numbers)):
            case YoloRows.DETECT:
                coordinates, score = _split_score(numbers, BOX_NUMBERS, "a box")
                return _Shape(_box(coordinates), score=score)
            case YoloRows.OBB:
                corners, score = _split_score(numbers, CORNER_NUMBERS, "an oriented box")
                return _Shape(_bounds(_points(corners)), score=score)
            case YoloRows.POSE:
                return self._pose(numbers)
            case _:
                return _polygon(numbers)

    def _kind(self, count: int) -> YoloRows:
        if self.rows is not YoloRows.AUTO:
            return self.rows
        if count <= BOX_NUMBERS + 1:
            return YoloRows.DETECT
        return YoloRows.SEGMENT if self.pose_numbers is None else YoloRows.POSE

    def _pose(self, numbers: Sequence[float]) -> _Shape:
        """The box of a pose row; without a `kpt_shape`, whatever follows the box is passed over."""
        if self.pose_numbers is None:
            if len(numbers) < BOX_NUMBERS:
                raise _RowError(f"{len(numbers)} numbers after the class; a pose begins with the 4 of a box")
            return _Shape(_box(numbers[:BOX_NUMBERS]))
        coordinates, score = _split_score(numbers, BOX_NUMBERS + self.pose_numbers, "a pose of this kpt_shape")
        return _Shape(_box(coordinates[:BOX_NUMBERS]), score=score)


def _is_dota(fields: Sequence[str]) -> bool:
    return len(fields) in _DOTA_FIELDS and _float(fields[CORNER_NUMBERS]) is None


def _float(field: str) -> float | None:
    """The number that is written there, `nan` and `inf` among them; None for what is none."""
    try:
        return float(field)
    except ValueError:
        return None


@lru_cache(maxsize=1 << 12)
def _class_key(field: str) -> str:
    """A class number as text: `2` and `2.0` are the same, as tools write both."""
    number = _float(field)
    return str(int(number)) if number is not None and number.is_integer() else field


def _number(field: str) -> float:
    number = _float(field)
    if number is None or not math.isfinite(number):
        raise _RowError(f"{field[:20]!r} is not a finite number")
    return number


def _split_score(numbers: Sequence[float], count: int, what: str) -> tuple[Sequence[float], float | None]:
    """`count` coordinates and perhaps a confidence."""
    if len(numbers) == count:
        return numbers, None
    if len(numbers) == count + 1:
        return numbers[:-1], _score(numbers[-1])
    raise _RowError(f"{len(numbers)} numbers after the class; {what} has {count}, and a confidence at most")


def _score(number: float) -> float:
    if not 0 <= number <= 1:
        raise _RowError(f"the confidence {number:g} is not between 0 and 1")
    return number


def _polygon(numbers: Sequence[float]) -> _Shape:
    """One ring; with an odd count of numbers, the last is the confidence."""
    if len(numbers) < MIN_RING_NUMBERS:
        raise _RowError(f"{len(numbers)} numbers after the class; a polygon has x, y of 3 points or more")
    even = len(numbers) // 2 * 2
    ring = _points(numbers[:even])
    return _Shape(_bounds(ring), ring, _score(numbers[-1]) if even < len(numbers) else None)


def _plain_box(fields: Sequence[str]) -> XYXY | None:
    """Corners of a box inside the image, as nearly all are: nothing of it is clipped, and there is nothing to say."""
    try:
        x, y, w, h = map(float, fields[1:])
    except ValueError:
        return None
    left, top, right, bottom = x - w / 2, y - h / 2, x + w / 2, y + h / 2
    return (left, top, right, bottom) if 0 <= left <= right <= 1 and 0 <= top <= bottom <= 1 else None


def _box(numbers: Sequence[float]) -> XYXY:
    """Corners of a box given by centre and size. Edges a hair outside 0-1 are clipped; the rules judge farther ones."""
    x, y, w, h = (_fraction(v) for v in numbers)
    left, top, right, bottom = (_clip_hair(v) for v in (x - w / 2, y - h / 2, x + w / 2, y + h / 2))
    return (left, top, right, bottom)


def _points(numbers: Sequence[float]) -> list[float]:
    return [_clip_hair(_fraction(v)) for v in numbers]


def _fraction(number: float) -> float:
    if not -TOLERANCE <= number <= 1 + TOLERANCE:
        raise _RowError(f"{number:g} is far outside 0-1: coordinates are fractions of the image's width and height")
    return number


def _clip_hair(number: float) -> float:
    return min(max(number, 0.0), 1.0) if -TOLERANCE <= number <= 1 + TOLERANCE else number


def _bounds(points: Sequence[float]) -> XYXY:
    """The smallest upright box around points [x0, y0, x1, y1, ...]."""
    return (min(points[0::2]), min(points[1::2]), max(points[0::2]), max(points[1::2]))


def _scaled_box(box: XYXY, width: float, height: float) -> XYXY:
    return (box[0] * width, box[1] * height, box[2] * width, box[3] * height)


def _scaled_ring(ring: Sequence[float], width: float, height: float) -> list[float]:
    return [value * (height if n % 2 else width) for n, value in enumerate(ring)]
