"""Restored rows beside their source: which decoded object stands for which annotation, and their IoU."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pali_dataprep.formats import Dataset
from pali_dataprep.images import ImageNaming
from pali_dataprep.judge import Judge
from pali_dataprep.masks import Runs, runs_to_bitmap, tight_box_xyxy
from pali_dataprep.options import ConvertOptions, Crowd, Empty, ImagePaths, Selection, Task
from pali_dataprep.report import Report, TokenUse
from pali_dataprep.restore import RestoredRow
from pali_dataprep.roundtrip import mask_iou
from pali_dataprep.rows import PlacedObject, PlacedSample
from pali_dataprep.selection import Selector
from pali_dataprep.tokens import Grid


@dataclass(frozen=True, slots=True)
class ComparedObject:
    """One object of a row: the rebuilt mask, the annotation's, and their IoU at full size; None where unknown."""

    label: str
    rebuilt: Runs | None
    source: Runs | None
    iou: float | None


class SourceIndex:
    """Annotations placed as a converter places them, to be found by image and box bins.

    Only images among `wanted` are kept, each a row's `image` value.
    """

    def __init__(self, dataset: Dataset, grid: Grid, images: Path, wanted: Iterable[str]) -> None:
        self._by_name: dict[str, list[PlacedSample]] = defaultdict(list)
        names = {PurePosixPath(value).name for value in wanted}
        options = ConvertOptions(
            task=Task.SEGMENT, grid=grid, selection=Selection(crowd=Crowd.KEEP), empty=Empty.KEEP, allow_missing=True
        )
        selector = Selector(options.selection, dataset.categories, dataset.category_ids)
        naming = ImageNaming(ImagePaths.ROOT, images, images)
        judge = Judge(options, selector, naming, Report(TokenUse("", False, 0)), dataset.path)
        samples = (s for s in dataset.samples() if PurePosixPath(s.file_name.replace("\\", "/")).name in names)
        for placed in judge.place(samples):
            self._by_name[PurePosixPath(placed.image).name].append(placed)

    def compare(self, row: RestoredRow) -> Iterator[ComparedObject]:
        """The row's objects in order, each with the annotation of the same box bins, if there is one."""
        candidates = self._objects_of(row.example.image)
        for o, instance in zip(row.objects, row.sample.instances, strict=True):
            rebuilt = instance.segmentation if isinstance(instance.segmentation, Runs) else None
            matches = candidates.get(o.yxyx_bins)
            source = matches.pop(0).runs if matches else None
            iou = runs_iou(source, rebuilt) if source is not None and rebuilt is not None else None
            yield ComparedObject(o.label, rebuilt, source, iou)

    def _objects_of(self, image: str) -> dict[tuple[int, int, int, int], list[PlacedObject]]:
        """Of the images of that name, the one whose path agrees longest from its end."""
        same_name = self._by_name.get(PurePosixPath(image).name, [])
        best = max(same_name, key=lambda placed: _common_tail(placed.image, image), default=None)
        found: dict[tuple[int, int, int, int], list[PlacedObject]] = defaultdict(list)
        for o in best.objects if best else ():
            found[o.yxyx_bins].append(o)
        return found


def runs_iou(a: Runs, b: Runs) -> float:
    """IoU of two masks of the same image, computed in the box around the second."""
    box = tight_box_xyxy(b)
    if box is None:
        return 1.0 if a.area == 0 else 0.0
    x1, y1, x2, y2 = box
    window = (y1, x1, y2, x2)
    return mask_iou(a, runs_to_bitmap(b, window), window)


def _common_tail(a: str, b: str) -> int:
    """Number of parts that two paths share from their ends."""
    pairs = zip(reversed(PurePosixPath(a).parts), reversed(PurePosixPath(b).parts), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
