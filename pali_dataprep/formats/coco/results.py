"""Samples to a COCO results list, the answers that pycocotools evaluates against an annotation file.

https://cocodataset.org/#format-results: image and category ids are those of the annotation file, and
every entry has a score.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from pali_dataprep.atomic import atomic_path
from pali_dataprep.boxes import xyxy_to_xywh
from pali_dataprep.formats.base import Dataset
from pali_dataprep.formats.coco.json_array import JsonArray
from pali_dataprep.images import NameIndex
from pali_dataprep.samples import Instance, Sample

Id = int | str

NO_SCORE = 1.0
"""What an object without a score gets: a model that only writes text is equally sure of all it says."""


@dataclass(frozen=True, slots=True)
class KnownImage:
    """An image of an annotation file: its id, and its size where the file says it."""

    id: Id
    size: tuple[int, int] | None


class CocoIds:
    """The ids an annotation file gives its images and categories, found by file name and by class name."""

    def __init__(self, dataset: Dataset) -> None:
        self.path = dataset.path
        self.categories: dict[str, Id] = {}
        for key, name in dataset.category_ids.items():
            self.categories.setdefault(name, _as_number(key))
        self._images: NameIndex[KnownImage] = NameIndex()
        self.image_ids: list[Id] = []
        for sample in dataset.samples():
            size = (sample.width, sample.height) if sample.width and sample.height else None
            known = KnownImage(_as_number(sample.source_id), size)
            self._images.add(sample.file_name, known)
            self.image_ids.append(known.id)

    def image(self, file_name: str) -> KnownImage | None:
        """The image that this path names."""
        return self._images.find(file_name)

    def size_of(self, file_name: str) -> tuple[int, int] | None:
        """(width, height) of the image that this path names, where the file says it."""
        image = self.image(file_name)
        return image.size if image else None


_NO_MASK = "without a mask"


def write_results(
    samples: Iterable[Sample], path: Path, ids: CocoIds, *, segments: bool | None = None, overwrite: bool = False
) -> Counter[str]:
    """Write every object of `samples` (sizes known) as a result; returns how many are left out, by reason.

    Left out are objects of an image or a class that the annotation file has not, and with `segments`
    those without a mask, which pycocotools could not evaluate. Without, masks are not written. By default there are
    `segments` where any object has a mask.
    """
    left_out: Counter[str] = Counter()
    wanted, has_masks = segments is not False, False
    with (
        atomic_path(path, overwrite=overwrite) as temporary,
        temporary.open("wb") as stream,
        TemporaryFile(dir=temporary.parent) as waiting,  # boxes, until it is known that there are no masks
    ):
        stream.write(b"[")
        results, boxes = JsonArray(stream), JsonArray(waiting)
        for sample in samples:
            image = ids.image(sample.file_name)
            for instance in sample.instances:
                category = ids.categories.get(instance.label or "")
                has_masks |= instance.segmentation is not None
                if image is None:
                    left_out[f"of images that {ids.path.name} has not"] += 1
                elif category is None:
                    left_out[f"of classes that {ids.path.name} has not"] += 1
                else:
                    result = {"image_id": image.id, "category_id": category, **_shape(instance, sample, wanted)}
                    if wanted and instance.segmentation is None:
                        left_out[_NO_MASK] += 1
                        boxes.extend([result])
                    else:
                        results.extend([result])
        if segments is None and not has_masks:
            del left_out[_NO_MASK]
            waiting.seek(0)
            shutil.copyfileobj(waiting, stream)
        stream.write(b"]")
    return left_out


def _shape(instance: Instance, sample: Sample, segments: bool) -> dict[str, object]:
    box = instance.box_xyxy or (0.0, 0.0, 0.0, 0.0)
    shape: dict[str, object] = {"bbox": list(xyxy_to_xywh(box))}
    if segments and instance.segmentation is not None and sample.height and sample.width:
        from pali_dataprep.masks.runs import runs_from_segmentation, runs_to_rle

        shape["segmentation"] = runs_to_rle(runs_from_segmentation(instance.segmentation, sample.height, sample.width))
    return {**shape, "score": NO_SCORE if instance.score is None else instance.score}


def _as_number(key: str) -> Id:
    """An id as annotation files write it: readers keep it as text."""
    return int(key) if key.removeprefix("-").isdecimal() and key.isascii() and str(int(key)) == key else key
