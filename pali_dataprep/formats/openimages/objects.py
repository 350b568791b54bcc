"""Rows of Open Images to instances: boxes, masks, and which mask is of which box."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import structs

from pali_dataprep.boxes import XYXY
from pali_dataprep.formats.openimages.grouped_csv import Record
from pali_dataprep.masks.segmentations import DeferredMask
from pali_dataprep.samples import Instance

_BOX = ("XMin", "YMin", "XMax", "YMax")
_MASK_BOX = ("BoxXMin", "BoxYMin", "BoxXMax", "BoxYMax")
_FLAGS = {"IsOccluded": "occluded", "IsTruncated": "truncated", "IsDepiction": "depiction", "IsInside": "inside"}

TOLERANCE = 0.01
"""How far outside 0-1 a coordinate may be: beyond, it is no fraction of the image's side."""

_SAME = 2e-6
"""Mask tables have a box's coordinates to six digits."""


class _RowError(ValueError):
    """A row that means nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class ObjectReader:
    """`names` gives each class (LabelName) its name; `mask` is the file of a MaskPath in a table's subset."""

    names: Mapping[str, str] | None
    mask: Callable[[str], DeferredMask]

    def label(self, class_id: str) -> str | None:
        """The name of a class; itself where nothing gives names, None where nothing names it."""
        if self.names is None:
            return " ".join(class_id.split()) or None
        return self.names.get(class_id)

    def instances(
        self, boxes: Sequence[tuple[str, Record]], masks: Sequence[tuple[str, Record]], width: float, height: float
    ) -> Iterator[Instance]:
        """An instance a row of boxes, each with its mask, then one for each mask that is of no box.

        Rows come with the name of their table.
        """
        left = list(masks)
        for table, row in boxes:
            of_it = next((m for m in left if _same_box(row, m[1])), None)
            if of_it is not None:
                left.remove(of_it)
            yield self._instance(f"{table}:{row.line}", row, _BOX, width, height, of_it[1] if of_it else None)
        for table, row in left:
            yield self._instance(f"{table}:{row.line}", row, _MASK_BOX, width, height, row)

    def _instance(
        self, where: str, row: Record, columns: Sequence[str], width: float, height: float, mask: Record | None
    ) -> Instance:
        class_id = row["LabelName"]
        found = Instance(self.label(class_id), source_id=where, category_id=class_id)
        try:
            x1, y1, x2, y2 = _fractions(row, columns)
            score = _score(row)
        except _RowError as error:
            return structs.replace(found, defects=(str(error),))
        return structs.replace(
            found,
            box_xyxy=(x1 * width, y1 * height, x2 * width, y2 * height),
            segmentation=self.mask(mask["MaskPath"]) if mask is not None else None,
            iscrowd=row["IsGroupOf"] == "1",
            score=score,
            flags=tuple(flag for column, flag in _FLAGS.items() if row[column] == "1"),
        )


def _fractions(row: Record, columns: Sequence[str]) -> XYXY:
    x1, y1, x2, y2 = (_fraction(row, column) for column in columns)
    return (x1, y1, x2, y2)


def _fraction(row: Record, column: str) -> float:
    value = _number(row, column)
    if not -TOLERANCE <= value <= 1 + TOLERANCE:
        raise _RowError(f"{column} is {value:g}, not a fraction of the image's side")
    return min(max(value, 0.0), 1.0)


def _number(row: Record, column: str) -> float:
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _RowError(f"{column} is {row[column][:20]!r}, not a finite number")
    return value


def _score(row: Record) -> float | None:
    """The confidence of a box that is none of a person's, who are sure (1)."""
    return _number(row, "Confidence") if row["Confidence"] not in ("", "1") else None


def _same_box(box: Record, mask: Record) -> bool:
    """Whether a mask was drawn in this box: the tables have no other id in common."""
    if box["LabelName"] != mask["LabelName"]:
        return False
    try:
        pairs = zip(_BOX, _MASK_BOX, strict=True)
        return all(abs(_number(box, a) - _number(mask, b)) <= _SAME for a, b in pairs)
    except _RowError:
        return False
