"""Masks that the codebook cannot tell: every mask is rebuilt before rows are planned, and the bad ones are dealt with.

| `--below-min-iou` | what becomes of a mask below `--min-mask-iou` |
|---|---|
| `warn` | it is written and named |
| `drop` | it is left out: the model is taught to miss the object |
| `box` | its box is written instead, in a `detect` row of the image with all objects of its class |

The box goes to a row of its own because an object without seg tokens in a `segment` suffix
is nothing PaliGemma was trained on; the row has all objects of these classes because a
`detect` row with some of them would teach to stop early.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import structs

from pali_dataprep.conversion.encoding import RowEncoder
from pali_dataprep.conversion.report import Report
from pali_dataprep.conversion.rows import PlacedObject, PlacedSample
from pali_dataprep.findings import Finding, Location, Severity
from pali_dataprep.options import BelowMinIou, ConvertOptions

SAMPLES_PER_BATCH = 256
"""Images held back at most, for images with few masks or none."""

_WHAT_BECOMES = {
    BelowMinIou.WARN: ("QLT101", "it is written"),
    BelowMinIou.DROP: ("QLT102", "it is left out"),
    BelowMinIou.BOX: ("QLT103", "its box goes to a detect row"),
}


class MaskScreen:
    """Measures all masks of placed samples and acts on those below the threshold. Findings go into `report`."""

    def __init__(self, encoder: RowEncoder, options: ConvertOptions, report: Report, source: str) -> None:
        self._encoder = encoder
        self._threshold = options.min_mask_iou or 0.0
        self._policy = options.below_min_iou
        self._report = report
        self._source = source

    def screened(
        self, samples: Iterable[PlacedSample], is_empty: Callable[[PlacedSample], bool]
    ) -> Iterator[PlacedSample]:
        """The samples in order, their masks encoded; `is_empty` says, and counts, when what is left makes no row."""
        for batch in self._batches(samples):
            coded = iter(self._encoder.coded([o for placed in batch for o in placed.objects if o.mask is not None]))
            for placed in batch:
                objects = tuple(o if o.mask is None else next(coded) for o in placed.objects)
                yield from self._screen(structs.replace(placed, objects=objects), is_empty)

    def _batches(self, samples: Iterable[PlacedSample]) -> Iterator[list[PlacedSample]]:
        pending: list[PlacedSample] = []
        masks = 0
        for placed in samples:
            pending.append(placed)
            masks += len(placed.objects)
            if masks >= self._encoder.masks_per_batch or len(pending) >= SAMPLES_PER_BATCH:
                yield pending
                pending, masks = [], 0
        if pending:
            yield pending

    def _screen(self, placed: PlacedSample, is_empty: Callable[[PlacedSample], bool]) -> Iterator[PlacedSample]:
        low = [o for o in placed.objects if o.coded is not None and o.coded.measured.iou < self._threshold]
        self._report.add(self._finding(o, placed) for o in low)
        if not low or self._policy is BelowMinIou.WARN:
            yield placed
            return
        self._report.counts["annotations_left_out"] += len(low)
        gone = {id(o) for o in low}
        left = structs.replace(placed, objects=tuple(o for o in placed.objects if id(o) not in gone))
        if left.objects or not is_empty(left):
            yield left
        if self._policy is BelowMinIou.BOX:
            yield _boxes_of(placed, low)

    def _finding(self, o: PlacedObject, placed: PlacedSample) -> Finding:
        assert o.coded is not None
        code, fate = _WHAT_BECOMES[self._policy]
        measured = o.coded.measured
        message = f"{o.label}: rebuilt mask has IoU {measured.iou:.3f}, below {self._threshold:g}; {fate}"
        location = Location(self._source, image=placed.sample.file_name, annotation=o.instance.source_id)
        return Finding(code, Severity.WARNING, message, location, leaves_out=self._policy is not BelowMinIou.WARN)


def _boxes_of(placed: PlacedSample, low: Sequence[PlacedObject]) -> PlacedSample:
    """The same image with the boxes of all objects of the classes of `low`."""
    classes = {o.label for o in low}
    boxes = (structs.replace(o, mask=None, coded=None) for o in placed.objects if o.label in classes)
    return structs.replace(placed, objects=tuple(boxes), boxes_only=True)
