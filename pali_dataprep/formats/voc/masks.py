"""Masks of a VOC set's objects: `SegmentationObject`, read through `formats/masks`, found for each box.

VOC devkit, section 3: pixel value n of the object image is the n-th object of the
annotation. Datumaro numbers masks and boxes apart, so a mask is taken by its number only where class and
place agree with the box, else the one of its class that agrees best.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from pali_dataprep.boxes import XYXY, xyxy_iou
from pali_dataprep.formats.masks.classes import ClassTable, read_class_table, table_of_one
from pali_dataprep.formats.masks.kinds import decode_voc
from pali_dataprep.formats.masks.label_map import KindSettings
from pali_dataprep.formats.masks.published import VOC
from pali_dataprep.formats.masks.regions import value_runs
from pali_dataprep.formats.voc.layout import OBJECT_MASKS, Entry, VocLayout
from pali_dataprep.masks.runs import tight_box_xyxy
from pali_dataprep.masks.segmentations import DeferredMask, MaskError, Runs
from pali_dataprep.samples import Instance

AGREES = 0.5
"""Least IoU of a mask's tight box and the annotation's box; VOC's own differ by a few pixels."""


@dataclass(frozen=True, slots=True)
class MaskFiles:
    """The object image of an entry, and the class image where there is one."""

    objects: Path
    classes: Path | None
    label_map: Path | None


def mask_files(layout: VocLayout, entry: Entry) -> MaskFiles | None:
    """The mask files of an image; None where it has none."""
    objects = layout.top / OBJECT_MASKS / f"{entry.name}.png"
    classes = layout.top / "SegmentationClass" / f"{entry.name}.png"
    if not objects.is_file():
        return None
    return MaskFiles(objects, classes if classes.is_file() else None, layout.label_map)


def deferred_mask(files: MaskFiles, number: int, instance: Instance) -> DeferredMask:
    """The mask of the annotation's object `number`, decoded when it is needed."""
    return DeferredMask(partial(_load, files, number, instance.label, instance.box_xyxy))


def _load(files: MaskFiles, number: int, label: str | None, box: XYXY | None, height: int, width: int) -> Runs:
    found = _decoded(files)
    fitting = {n: runs for n, (name, runs) in found.items() if name in (label, None)}
    agreement = {n: _agreement(runs, box) for n, runs in fitting.items()}
    best = max(agreement, key=lambda n: (n == number and agreement[n] >= AGREES, agreement[n]), default=0)
    if agreement.get(best, 0.0) < AGREES:
        raise MaskError(f"no object of {files.objects} is a {label} where the box is (masks2seg reads the masks alone)")
    runs = fitting[best]
    if (runs.height, runs.width) != (height, width):
        own = f"{runs.width} x {runs.height}"
        raise MaskError(f"the mask {files.objects} is {own} pixels, the image has {width} x {height}")
    return runs


def _agreement(runs: Runs, box: XYXY | None) -> float:
    tight = tight_box_xyxy(runs)
    return xyxy_iou(tight, box) if tight is not None and box is not None else 0.0


@lru_cache(maxsize=1)
def _decoded(files: MaskFiles) -> dict[int, tuple[str | None, Runs]]:
    """Class and runs by pixel value; the objects of an image are asked for one after the other."""
    table = _table(files)
    label_map = decode_voc(files.objects, KindSettings(table, class_mask=_class_mask(files)))
    found: dict[int, tuple[str | None, Runs]] = {}
    for region in value_runs(label_map.values).regions():
        meaning = label_map.meaning(region.value)
        if meaning is not None:
            found[region.value] = (None if table.single is not None else meaning.label, region.runs)
    return found


def _table(files: MaskFiles) -> ClassTable:
    """Class names by pixel value; without a class image any name would do."""
    if files.classes is None:
        return table_of_one("object")
    return read_class_table(files.label_map) if files.label_map is not None else VOC


def _class_mask(files: MaskFiles) -> partial[Path] | None:
    return None if files.classes is None else partial(_given, files.classes)


def _given(path: Path, _: Path) -> Path:
    return path
