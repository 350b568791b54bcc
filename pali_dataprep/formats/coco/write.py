"""Samples to a COCO instances file that pycocotools loads."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import msgspec

from pali_dataprep.atomic import atomic_path
from pali_dataprep.boxes import xyxy_area, xyxy_to_xywh
from pali_dataprep.formats.coco.json_array import JsonArray
from pali_dataprep.formats.coco.results import CocoIds, Id
from pali_dataprep.formats.losses import Losses
from pali_dataprep.samples import Instance, Sample


class _Image(msgspec.Struct, gc=False):
    """An entry of `images`."""

    id: Id
    file_name: str
    width: int | None
    height: int | None


class _Annotation(msgspec.Struct, omit_defaults=True, gc=False):
    """An entry of `annotations`, its keys in the order in which they are written."""

    id: int
    image_id: Id
    category_id: Id
    bbox: tuple[float, float, float, float]
    iscrowd: int
    area: float
    segmentation: dict[str, Any] | None = None
    score: float | None = None


def write(
    samples: Iterable[Sample],
    path: Path,
    categories: Iterable[str],
    *,
    ids: CocoIds | None = None,
    distinct: bool = False,
    overwrite: bool = False,
) -> Losses:
    """Write `samples` (sizes known) as COCO JSON; masks as compressed RLE.

    Samples of the same file name are one image: a file may have several rows for it. Where they are `distinct`,
    each an image of its own, nothing is remembered of them, and memory is flat.
    `categories` come first, in order; labels not among them follow as they appear. Images and
    categories have the ids that `ids` knows, others the next free ones; annotations count from 1.
    Raises OutputError when the file exists and may not be replaced.
    """
    numbering = _Numbering(ids, categories)
    seen: dict[str, Id] = {}
    with (
        atomic_path(path, overwrite=overwrite) as temporary,
        temporary.open("wb") as stream,
        TemporaryFile(dir=temporary.parent) as waiting,  # annotations come after images, and are known with them
    ):
        stream.write(b'{"info":{"description":"written by pali-dataprep"},"images":[')
        images, annotations = JsonArray(stream), JsonArray(waiting)
        for sample in samples:
            image = seen.get(sample.file_name)
            if image is None:
                image = numbering.new_image(sample.file_name)
                images.extend([_Image(image, sample.file_name, sample.width, sample.height)])
                if not distinct:
                    seen[sample.file_name] = image
            first = annotations.count + 1
            annotations.extend([_annotation(*o, image, numbering, sample) for o in enumerate(sample.instances, first)])
        stream.write(b'],"annotations":[')
        waiting.seek(0)
        shutil.copyfileobj(waiting, stream)
        listed = [{"id": key, "name": name} for name, key in numbering.categories.items()]
        stream.write(b'],"categories":' + msgspec.json.encode(listed) + b"}")
    return Losses()


class _Numbering:
    """Ids as an annotation file of the same images has them, and the next free ones for what it does not know."""

    def __init__(self, ids: CocoIds | None, categories: Iterable[str]) -> None:
        self._ids = ids
        self.categories: dict[str, Id] = dict(ids.categories) if ids else {}
        self._free_categories = _free_ids(self.categories.values())
        self._free_images = _free_ids(ids.image_ids if ids else ())
        self._taken: set[Id] = set()
        for name in categories:
            self.category(name)

    def category(self, name: str) -> Id:
        """The id of a class."""
        if name not in self.categories:
            self.categories[name] = next(self._free_categories)
        return self.categories[name]

    def new_image(self, file_name: str) -> Id:
        """The id of an image that has none yet; an id of the annotation file is given once."""
        known = self._ids.image(file_name) if self._ids else None
        number = next(self._free_images) if known is None or known.id in self._taken else known.id
        if self._ids:  # else no id was given before
            self._taken.add(number)
        return number


def _free_ids(taken: Iterable[Id]) -> Iterator[int]:
    return itertools.count(1 + max((key for key in taken if isinstance(key, int)), default=0))


def _annotation(number: int, instance: Instance, image: Id, numbering: _Numbering, sample: Sample) -> _Annotation:
    box = instance.box_xyxy or (0.0, 0.0, 0.0, 0.0)
    category = numbering.category(instance.label or "")
    made = _Annotation(number, image, category, xyxy_to_xywh(box), int(instance.iscrowd), xyxy_area(box))
    if instance.segmentation is not None and sample.height and sample.width:
        from pali_dataprep.masks.runs import runs_from_segmentation, runs_to_rle

        runs = runs_from_segmentation(instance.segmentation, sample.height, sample.width)
        made.segmentation, made.area = runs_to_rle(runs), runs.area
    made.score = instance.score
    return made
