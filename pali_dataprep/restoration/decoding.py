"""Restored samples to annotation files of other tools: one writer a target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from msgspec import structs

from pali_dataprep.errors import UsageError
from pali_dataprep.formats import FORMATS, coco
from pali_dataprep.formats.coco import CocoIds
from pali_dataprep.formats.masks import write as mask_files
from pali_dataprep.options import DecodeTo
from pali_dataprep.samples import Sample


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be written where; `ids` are those of an annotation file of the same images, if one is given.

    `grouped` says that rows of the same image follow each other, so that files are written as samples come.
    """

    out: Path
    ids: CocoIds | None = None
    overwrite: bool = False
    grouped: bool = False

    @property
    def categories(self) -> tuple[str, ...]:
        """Class names that come first, in the order of the annotation file."""
        return tuple(self.ids.categories) if self.ids else ()


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of output: what is written, and the writer, which returns how many objects it left out, by reason."""

    title: str
    is_folder: bool
    write: Callable[[Iterable[Sample], Order], Counter[str]]


def write_annotations(samples: Iterable[Sample], target: DecodeTo, order: Order) -> Counter[str]:
    """Write samples (sizes known) as one of `TARGETS`; several of one image become one.

    Returns how many objects are left out, by reason. Raises UsageError, OutputError.
    """
    # Of a folder no file is written before the last row is known to be good.
    streams = order.grouped and not TARGETS[target].is_folder
    return TARGETS[target].write(_join_neighbours(samples) if streams else join_rows(samples), order)


def read_ids(path: Path) -> CocoIds:
    """The ids of a COCO annotation file. Raises InputError."""
    return CocoIds(FORMATS["coco"].read(path))


def join_rows(samples: Iterable[Sample]) -> list[Sample]:
    """One sample an image, in the order they first appear: a file may have several rows for it."""
    of_image: dict[str, list[Sample]] = {}
    for sample in samples:
        of_image.setdefault(sample.file_name, []).append(sample)
    return [_joined(rows) for rows in of_image.values()]


def _join_neighbours(samples: Iterable[Sample]) -> Iterator[Sample]:
    for _, rows in groupby(samples, key=attrgetter("file_name")):
        yield _joined(list(rows))


def _joined(rows: Sequence[Sample]) -> Sample:
    if len(rows) == 1:
        return rows[0]
    return structs.replace(rows[0], instances=tuple(instance for row in rows for instance in row.instances))


def _coco(samples: Iterable[Sample], order: Order) -> Counter[str]:
    coco.write(samples, order.out, order.categories, ids=order.ids, distinct=True, overwrite=order.overwrite)
    return Counter()


def _results(samples: Iterable[Sample], order: Order) -> Counter[str]:
    if order.ids is None:
        raise UsageError(
            "a COCO results list has the ids of an annotation file",
            hint="--like names the annotation file of the same images",
        )
    return coco.write_results(samples, order.out, order.ids, overwrite=order.overwrite)


def _yolo(samples: Iterable[Sample], order: Order, *, polygons: bool = False) -> Counter[str]:
    yolo = FORMATS["yolo"]
    losses = yolo.write(samples, order.out, order.categories, overwrite=order.overwrite, polygons=polygons)
    return Counter({f"{code}, first: {losses.first[code]}": count for code, count in losses.counts.items()})


def _yolo_seg(samples: Iterable[Sample], order: Order) -> Counter[str]:
    return _yolo(samples, order, polygons=True)


def _masks(samples: Iterable[Sample], order: Order) -> Counter[str]:
    return mask_files.write_instances(samples, order.out, overwrite=order.overwrite)


def _index(samples: Iterable[Sample], order: Order) -> Counter[str]:
    return mask_files.write_index(samples, order.out, order.categories, overwrite=order.overwrite)


TARGETS: dict[DecodeTo, Target] = {
    DecodeTo.COCO: Target("COCO instances, masks as RLE", False, _coco),
    DecodeTo.RESULTS: Target("a COCO results list with the ids of --like", False, _results),
    DecodeTo.YOLO: Target("YOLO label files and data.yaml, boxes", True, _yolo),
    DecodeTo.YOLO_SEG: Target("YOLO label files and data.yaml, polygons", True, _yolo_seg),
    DecodeTo.MASKS: Target("a PNG for each object", True, _masks),
    DecodeTo.INDEX: Target("a PNG of class numbers for each image", True, _index),
}
"""By the name given to `--to`."""
