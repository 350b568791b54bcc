"""Rows before their codewords are known: which objects a line holds, and its prefix.

The number of tokens does not depend on which codewords a mask gets, so that budgets are
settled on planned rows, before the encoder is asked for anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from pali_dataprep.boxes import XYXY
from pali_dataprep.masks.quality import MeasuredMask
from pali_dataprep.masks.segmentations import MaskRequest
from pali_dataprep.options import Captions, ConvertOptions, Empty, Order, PrefixClasses, Target, Task
from pali_dataprep.questions import SpelledQuestion
from pali_dataprep.reading_order import text_lines
from pali_dataprep.samples import Caption, Example, Instance, Sample
from pali_dataprep.tokens.budget import RowTokens, add_up, count_row
from pali_dataprep.tokens.grammar import (
    LOCS_PER_BOX,
    SEGS_PER_MASK,
    SEPARATOR,
    YxyxBins,
    format_box,
    format_label,
    format_object,
)
from pali_dataprep.tokens.tokenizer import TokenCounter

if TYPE_CHECKING:
    from pali_dataprep.masks.segmentations import Mask64, Runs

_LISTS_REMEMBERED = 1 << 12
"""Images often show the same classes."""

_ANY_CODES = (0,) * SEGS_PER_MASK


@dataclass(frozen=True, slots=True)
class CodedMask:
    """A mask's codewords, and how it comes back from them."""

    codes: tuple[int, ...]
    measured: MeasuredMask


class PlacedObject(msgspec.Struct, frozen=True, eq=False, gc=False):
    """An instance that will be written: its box inside the image, its bins, its mask.

    `mask` is None in a box row, and `mask64` what of it is still to be encoded; `area` is in pixels, of the mask
    where there is one, of the box otherwise. `coded` is set where masks are encoded before rows are planned, `image`
    is the file name its source gives the image.
    """

    instance: Instance
    label: str
    box: XYXY
    yxyx_bins: YxyxBins
    area: float
    mask: MaskRequest | None = None
    mask64: Mask64 | None = None
    coded: CodedMask | None = None
    image: str = ""

    @property
    def runs(self) -> Runs | None:
        """The mask at full size, made anew each time; None in a box row."""
        from pali_dataprep.masks.runs import runs_from_segmentation

        mask = self.mask
        return None if mask is None else runs_from_segmentation(mask.segmentation, mask.height, mask.width)


class PlacedSample(msgspec.Struct, frozen=True, eq=False):
    """An image whose objects are judged and placed. `image` is the row's image value, `path` the file.

    `source_labels` are the labels of all its annotations, wanted or not: a class among
    them is present in the picture, so it can never be asked for as an absent one. `verified_absent`
    are the labels known to be absent; None where all others are. Width and
    height are 0 where they are unknown, which only rows about text may be. `boxes_only` is the
    `detect` row that stands in for masks the codebook cannot tell (`screening.py`).
    """

    sample: Sample
    path: Path
    image: str
    width: int
    height: int
    objects: tuple[PlacedObject, ...]
    source_labels: frozenset[str]
    questions: tuple[SpelledQuestion, ...] = ()
    captions: tuple[Caption, ...] = ()
    verified_absent: frozenset[str] | None = None
    boxes_only: bool = False

    def without_picture(self) -> PlacedSample:
        """The same without the bytes of a picture that its source holds."""
        return self if self.sample.embedded is None else replace(self, sample=replace(self.sample, embedded=None))

    def lacks(self, label: str) -> bool:
        """Whether the picture shows nothing of this class, as far as the source can tell."""
        return label not in self.source_labels and (self.verified_absent is None or label in self.verified_absent)


class PlannedRow(msgspec.Struct, frozen=True, eq=False):
    """A line to be, and the objects it is about.

    `text` is the suffix where that is not the objects' tokens; `source_id` names the question or
    caption it holds. Without `labelled`, the tokens stand alone.
    """

    source: PlacedSample
    prefix: str
    objects: tuple[PlacedObject, ...] = ()
    text: str = ""
    source_id: str = ""
    labelled: bool = True

    @property
    def masks(self) -> int:
        """Number of objects with a mask."""
        return len([True for o in self.objects if o.mask is not None])

    @property
    def is_empty(self) -> bool:
        """Whether the suffix is."""
        return not (self.objects or self.text)

    @property
    def draft(self) -> str:
        """The suffix with placeholder codewords: as long as the finished one, for counting only."""
        return self.suffix([_ANY_CODES] * self.masks)

    def tokens(self, counter: TokenCounter) -> RowTokens:
        """What the row costs, whatever its codewords will be: as much as the draft, which is seldom spelled."""
        if self.text or not counter.splits:
            return count_row(counter, self.prefix, self.draft)
        specials = LOCS_PER_BOX * len(self.objects) + SEGS_PER_MASK * self.masks
        between = [counter.count(text) for text in self._texts_between_tokens()]
        return add_up(counter.count(self.prefix), specials + sum(between))

    def _texts_between_tokens(self) -> list[str]:
        labels = [format_label(o.label) if self.labelled else "" for o in self.objects]
        return [*[f"{label}{SEPARATOR}" for label in labels[:-1]], *labels[-1:]]

    def suffix(self, codes: Sequence[tuple[int, ...]]) -> str:
        """The suffix, with the codewords of the masks in order. Raises ValueError for another number of them."""
        if len(codes) != self.masks:
            raise ValueError(f"{len(codes)} masks were encoded for a row of {self.masks}")
        if self.text:
            return self.text
        labels = [o.label if self.labelled else "" for o in self.objects]
        if not codes:
            spelled = zip(self.objects, labels, strict=True)
            return SEPARATOR.join([format_box(o.yxyx_bins) + format_label(label) for o, label in spelled])
        known = iter(codes)
        codes_of = [None if o.mask is None else next(known) for o in self.objects]
        return SEPARATOR.join(map(format_object, [o.yxyx_bins for o in self.objects], codes_of, labels))


class RowPlanner:
    """Turns placed samples into planned rows as the options ask. `labels` are in category order."""

    def __init__(self, options: ConvertOptions, labels: Sequence[str]) -> None:
        self._options = options
        self._asks_apart = options.prefix_classes is PrefixClasses.PER_CLASS
        self._labels = tuple(labels)
        self._rank = {label: n for n, label in enumerate(labels)}
        self._listed = lru_cache(maxsize=_LISTS_REMEMBERED)(self._list)

    def rows(self, placed: PlacedSample) -> Iterator[PlannedRow]:
        """All rows of an image; one with an empty suffix for an image without objects."""
        task = self._options.task
        if task is Task.CAPTION:
            yield from self._captions(placed)
        elif task is Task.ANSWER:
            yield from _question_rows(placed)
        elif task is Task.GROUNDED_CAPTION:
            yield from map(partial(_grounded_row, placed), self.ordered(placed))
        elif task is Task.REFCOCO:
            yield from map(partial(_expression_row, placed), self.ordered(placed))
        elif task.lists_objects and self._asks_apart and (placed.objects or not self._labels):
            yield from self.rows_per_class(placed, self.ordered(placed))
            yield from self._rows_in_vain(placed)
        else:
            yield self.row(placed, self.ordered(placed))

    def row(self, placed: PlacedSample, objects: Sequence[PlacedObject]) -> PlannedRow:
        """One row with these objects: the texts they are, or the prefix asking for classes as the options say."""
        if self._options.task is Task.OCR:
            return _ocr_row(placed, objects)
        classes = self._listed(frozenset(self._asked_for(placed, objects)))
        return PlannedRow(placed, f"{self._task(placed)} {classes}", tuple(objects))

    def _list(self, classes: frozenset[str]) -> str:
        """In category order, as prefixes name them."""
        return SEPARATOR.join(sorted(classes, key=self._place))

    def rows_per_class(self, placed: PlacedSample, objects: Sequence[PlacedObject]) -> Iterator[PlannedRow]:
        """One row a class, in category order."""
        for label in sorted({o.label for o in objects}, key=self._place):
            own = tuple(o for o in objects if o.label == label)
            yield PlannedRow(placed, f"{self._task(placed)} {label}", own)

    def _rows_in_vain(self, placed: PlacedSample) -> Iterator[PlannedRow]:
        """One row an expression that names nothing (gRefCOCO); only where no object has a class are there such."""
        if not self._labels and self._options.empty is Empty.KEEP:
            for words in sorted(filter(placed.lacks, placed.verified_absent or ())):
                yield PlannedRow(placed, f"{self._task(placed)} {words}")

    def _task(self, placed: PlacedSample) -> Task:
        return Task.DETECT if placed.boxes_only else self._options.task

    def ordered(self, placed: PlacedSample) -> list[PlacedObject]:
        """Objects in the order asked for; ties keep source order."""
        objects = list(placed.objects)
        order = self._options.order
        if order is Order.AREA:
            objects.sort(key=lambda o: -o.area)
        elif order is Order.RASTER:
            objects.sort(key=lambda o: (o.box[1], o.box[0]))
        elif order is Order.RANDOM:
            self._random(placed, "order").shuffle(objects)
        return objects

    def drop_order(self, placed: PlacedSample, objects: Sequence[PlacedObject]) -> list[PlacedObject]:
        """Objects in the order they are left out of a row over the budget: those that say least first.

        Texts go by chance, so that their loss does not teach to read the top of a picture only
        (arXiv 2407.07726, 3.2.5).
        """
        if self._options.task is not Task.OCR:
            return sorted(objects, key=_worth)
        shuffled = list(objects)
        self._random(placed, "texts left out").shuffle(shuffled)
        return shuffled

    def _place(self, label: str) -> tuple[int, str]:
        """Sorts labels in category order, unknown ones last by name."""
        return (self._rank.get(label, len(self._rank)), label)

    def _asked_for(self, placed: PlacedSample, objects: Sequence[PlacedObject]) -> Iterable[str]:
        """Classes of the row's objects, and classes that are not in the picture; never one it shows and leaves out."""
        present = {o.label for o in objects}
        style = self._options.prefix_classes
        if present and style not in (PrefixClasses.ALL, PrefixClasses.PRESENT_NEGATIVES):
            return present
        absent = [label for label in self._labels if placed.lacks(label)]
        if style is PrefixClasses.ALL:
            return present | set(absent)
        drawn = self._random(placed, "negatives").sample(absent, min(self._options.negatives, len(absent)))
        return present | set(drawn)

    def _captions(self, placed: PlacedSample) -> Iterator[PlannedRow]:
        kept = placed.captions[:1] if self._options.captions is Captions.FIRST else placed.captions
        for caption in kept:
            prefix = f"caption {caption.lang or self._options.lang}"
            yield PlannedRow(placed, prefix, text=caption.text, source_id=caption.source_id)

    def _random(self, placed: PlacedSample, purpose: str) -> Random:
        """Depends on the seed and the image alone, not on what else is converted."""
        return Random(f"{self._options.seed}:{purpose}:{placed.sample.file_name}")


def _question_rows(placed: PlacedSample) -> Iterator[PlannedRow]:
    for spelled in placed.questions:
        for prefix, suffix in spelled.rows:
            yield PlannedRow(placed, prefix, text=suffix, source_id=spelled.question.source_id)


def _ocr_row(placed: PlacedSample, objects: Sequence[PlacedObject]) -> PlannedRow:
    """All texts in reading order, a space between them."""
    lines = text_lines([o.box for o in objects])
    return PlannedRow(placed, "ocr", tuple(objects), " ".join(objects[n].label for line in lines for n in line))


def _grounded_row(placed: PlacedSample, o: PlacedObject) -> PlannedRow:
    """A box, answered by the words for what is in it (LocCa's grounded captioning, arXiv 2407.07726, 3.2.5)."""
    return PlannedRow(placed, f"caption {format_box(o.yxyx_bins)}", (o,), o.label, o.instance.source_id)


def _expression_row(placed: PlacedSample, o: PlacedObject) -> PlannedRow:
    """The bare expression, answered by box and mask (big_vision `transfers/refcoco_seg.py`)."""
    return PlannedRow(placed, o.label, (o,), source_id=o.instance.source_id, labelled=False)


def _worth(o: PlacedObject) -> tuple[bool, float, float]:
    """Sorts crowds first, then the lowest score, then the smallest area."""
    return (not o.instance.iscrowd, 1.0 if o.instance.score is None else o.instance.score, o.area)


def to_example(row: PlannedRow, codes: Sequence[tuple[int, ...]], target: Target) -> Example:
    """The finished line. keras-hub adds no newline between prefix and suffix, so its prefix carries it."""
    newline = "\n" if target is Target.KERAS else ""
    return Example(row.source.image, row.prefix + newline, row.suffix(codes))
