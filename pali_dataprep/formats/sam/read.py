"""SA-1B (https://ai.meta.com/datasets/segment-anything): a JSON for each image, masks as RLE, no classes.

Its annotations are COCO's, so that `formats/coco` reads them. Its boxes are not: Segment Anything
(`utils/amg.py`, `batched_mask_to_box`) takes the last pixel's number for the far edge, which makes them a
pixel too small. The box is that of the mask.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
from msgspec import structs

from pali_dataprep.errors import InputError
from pali_dataprep.findings import Finding, Location, Severity
from pali_dataprep.formats.annotation_files import walk_annotations
from pali_dataprep.formats.base import Dataset
from pali_dataprep.formats.coco.document import Annotation, Image
from pali_dataprep.formats.coco.records import to_sample
from pali_dataprep.formats.image_root import ImageRoot
from pali_dataprep.formats.json_source import decode_json, read_json_bytes
from pali_dataprep.masks.kernel import ring_reader
from pali_dataprep.samples import Instance, Sample

_HINT = "give a JSON of SA-1B, or the folder of such files"


class _Image(Image, gc=False):
    """SA-1B's image has an `image_id`."""

    image_id: Any = None


class _Annotation(Annotation, gc=False):
    """COCO's annotation, with Segment Anything's own word on the mask."""

    predicted_iou: Any = None


class _File(msgspec.Struct):
    image: _Image
    annotations: list[_Annotation]


def read(path: Path, *, label: str | None = None, images: Path | None = None, allow_outside: bool = False) -> Dataset:
    """Read SA-1B: a JSON, or the folder of the files, with all below it.

    `label` is the class that all objects get; `images` the folder of the images where they are not beside the files.
    Raises InputError where there are no files or no label, or a folder is not there.
    """
    if images is not None and not images.is_dir():
        raise InputError(f"{images}: no such folder")
    if not path.exists():
        raise InputError(f"{path}: no such file or folder", hint=_HINT)
    top = path if path.is_dir() else path.parent
    size = sum(1 for _ in _names(path))
    if not size:
        raise InputError(f"{path}: no .json files there", hint=_HINT)
    name = " ".join((label or "").split())
    if not name:
        raise InputError(f"{path}: Segment Anything's masks have no classes", hint="give one: --option label=object")
    reader = _Reader(path, top, ImageRoot(images or top, allow_outside), name)
    message = "boxes are taken from the masks: Segment Anything's are a pixel too small on the right and at the bottom"
    return Dataset(
        path=path,
        categories=(name,),
        category_ids={},
        samples=reader.samples,
        size=size,
        findings=(Finding("SRC121", Severity.NOTE, message, Location(str(path))),),
        inputs=(path,) if path.is_file() else (),
        root=reader.images.folder,
        reading={"label": name},
    )


def _names(path: Path) -> Iterator[str]:
    """The files, relative to their folder; eleven million are not held in memory."""
    yield from [path.name] if path.is_file() else walk_annotations(path, ".json")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Samples of the files at `path`, which lie below `top`."""

    path: Path
    top: Path
    images: ImageRoot
    label: str

    def samples(self) -> Iterator[Sample]:
        """One sample a file, by folder and name."""
        yield from map(self._sample, _names(self.path))

    def _sample(self, name: str) -> Sample:
        folder, stem = PurePosixPath(name).parent.as_posix(), PurePosixPath(name).stem
        path = self.top / name
        try:
            content = decode_json(read_json_bytes(path), _File, path)
        except InputError as error:
            file_name = self.images.find_image("", folder, stem)
            return Sample(file_name, None, None, source_id=name, defects=(error.message,))
        image = content.image
        image.id = stem if image.image_id is None else image.image_id
        sample = to_sample(image, content.annotations, {}, ring_reader())
        return structs.replace(
            sample,
            file_name=self.images.find_image(sample.file_name, folder, stem),
            instances=tuple(map(self._instance, sample.instances, content.annotations)),
            source_id=name,
        )

    def _instance(self, instance: Instance, annotation: _Annotation) -> Instance:
        iou = annotation.predicted_iou
        return structs.replace(
            instance,
            label=self.label,
            box_xyxy=None if instance.segmentation is not None else instance.box_xyxy,
            score=float(iou) if type(iou) in (int, float) else None,
        )
