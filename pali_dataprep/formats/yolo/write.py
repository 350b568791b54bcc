"""Samples to a YOLO set: a data.yaml and label files, as Ultralytics reads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

import yaml

from pali_dataprep.atomic import atomic_path
from pali_dataprep.errors import OutputError
from pali_dataprep.masks import Polygons
from pali_dataprep.samples import Instance, Sample

DECIMALS = 8
"""A millionth of a pixel on the widest image; Ultralytics itself writes six significant digits."""


def write(
    samples: Iterable[Sample],
    path: Path,
    categories: Iterable[str],
    *,
    overwrite: bool = False,
    polygons: bool = False,
) -> None:
    """Write `samples` (sizes known) as label files and a data.yaml in the folder `path`.

    Rows are boxes, or with `polygons` the one ring of each mask. The label file of `a/b.jpg`
    is `labels/a/b.txt`, its image expected at `images/a/b.jpg`; an `images` in the
    file name is kept. No image is copied. A sample without a subset belongs to `train`.
    `categories` come first, in order; labels not among them follow as they appear.
    Raises OutputError when a file exists and may not be replaced, two images share a label
    file, or an object has no label, no box, or with `polygons` not exactly one ring.
    """
    numbers = {name: n for n, name in enumerate(dict.fromkeys(categories))}
    folders: dict[str, dict[str, None]] = defaultdict(dict)
    written: set[PurePosixPath] = set()
    for sample in samples:
        image = _image_path(sample.file_name)
        label_file = _label_path(image)
        if label_file in written:
            raise OutputError(f"{path / label_file}: two images would share it, one of them {sample.file_name}")
        written.add(label_file)
        folders[sample.subset or "train"][image.parent.as_posix()] = None
        rows = [_row(instance, sample, numbers, polygons) for instance in sample.instances]
        with atomic_path(path / label_file, overwrite=overwrite) as temporary:
            temporary.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    document = {
        "path": ".",
        **{subset: list(found) for subset, found in folders.items()},
        "names": {number: name for name, number in numbers.items()},
    }
    with atomic_path(path / "data.yaml", overwrite=overwrite) as temporary:
        temporary.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _image_path(file_name: str) -> PurePosixPath:
    """Where the image belongs below the set's folder; a path that stays inside it."""
    parts = PurePosixPath(file_name.replace("\\", "/")).parts
    inner = [part for part in parts if part not in ("/", "..") and not part.endswith(":")]
    return PurePosixPath(*inner) if "images" in inner[:-1] else PurePosixPath("images", *inner)


def _label_path(image: PurePosixPath) -> PurePosixPath:
    at = max(n for n, part in enumerate(image.parts[:-1]) if part == "images")
    return PurePosixPath(*image.parts[:at], "labels", *image.parts[at + 1 : -1], f"{image.stem}.txt")


def _row(instance: Instance, sample: Sample, numbers: dict[str, int], polygons: bool) -> str:
    where = f"{sample.file_name}, annotation {instance.source_id}"
    if not instance.label or not sample.width or not sample.height:
        raise OutputError(f"{where}: without a label or the image's size it makes no YOLO row")
    points = _ring(instance, where) if polygons else _box_row(instance, where)
    sides = (sample.width, sample.height)
    fractions = [f"{value / sides[n % 2]:.{DECIMALS}f}" for n, value in enumerate(points)]
    score = [] if instance.score is None else [f"{instance.score:g}"]
    return " ".join([str(numbers.setdefault(instance.label, len(numbers))), *fractions, *score])


def _ring(instance: Instance, where: str) -> Sequence[float]:
    """The one ring of a mask, in pixels; YOLO rows hold neither holes nor parts."""
    shape = instance.segmentation
    if not isinstance(shape, Polygons) or len(shape.rings) != 1:
        raise OutputError(f"{where}: a YOLO row holds one ring, and this object has no mask of one ring")
    return shape.rings[0]


def _box_row(instance: Instance, where: str) -> Iterator[float]:
    """x_center, y_center, width, height in pixels."""
    if instance.box_xyxy is None:
        raise OutputError(f"{where}: has no box")
    x1, y1, x2, y2 = instance.box_xyxy
    yield from ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1)
