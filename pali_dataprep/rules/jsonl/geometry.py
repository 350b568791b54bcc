"""Rules on the boxes of a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pali_dataprep.findings import Remark, Severity, Span
from pali_dataprep.rules.base import Rule
from pali_dataprep.rules.jsonl.subject import Row
from pali_dataprep.tokens.grammar import LOC_BINS, format_box

_WHOLE_IMAGE = format_box((0, 0, LOC_BINS - 1, LOC_BINS - 1))


def no_extent(row: Row) -> Iterator[Remark]:
    """A box whose minimum and maximum fall into one bin.

    Why: big_vision's evaluator counts it as invalid, and it has no pixels to show.
    Example: `<loc0100><loc0200><loc0100><loc0400> line`
    Fix: widen by one bin where the annotation has area; `pali-dataprep fix` does, the converters never write one.
    """
    yield from row.deviations("box-without-extent")


def reversed_box(row: Row) -> Iterator[Remark]:
    """A box that ends before it starts.

    Why: the order is y_min, x_min, y_max, x_max. Decoders drop the box, or take its size for negative.
    Example: `<loc0500><loc0200><loc0100><loc0400> cat`
    Fix: sort the edges when encoding. When many boxes are reversed, another order was written.
    """
    yield from row.deviations("box-reversed")


def same_object_twice(row: Row) -> Iterator[Remark]:
    """The same box with the same label twice in a row.

    Why: one object annotated twice, or two exports merged. The model learns to repeat itself.
    Example: `<loc0001><loc0002><loc0300><loc0400> cat ; <loc0001><loc0002><loc0300><loc0400> cat`
    Fix: remove the copy.
    """
    times = Counter((o.yxyx_bins, o.label) for o in row.objects)
    if len(times) == len(row.objects):
        return
    for o in reversed(row.scanned.objects):  # the span is that of the last copy
        n = times.pop((o.whole.yxyx_bins, o.whole.label), 1) if o.whole else 1
        if n > 1:
            yield Remark(f"the object {o.label[:40]!r} is {n} times in the row", Span("suffix", o.start, o.end))


def whole_image(row: Row) -> Iterator[Remark]:
    """A box that covers the whole picture.

    Why: seldom an object; it is what a converter writes that lost the box, or a class meant for the picture.
    Example: `<loc0000><loc0000><loc1023><loc1023> water`
    Fix: look at the picture; a land cover class may really fill it.
    """
    for o in row.scanned.objects:
        if o.locs == (0, 0, LOC_BINS - 1, LOC_BINS - 1):
            yield Remark("the box covers the whole picture", Span("suffix", o.start, o.end))


def applies(row: Row) -> bool:
    """Only rows with something amiss in the text, an object that is there twice, or a box that covers the picture."""
    found = row.scanned
    if found.deviations or _WHOLE_IMAGE in row.suffix:
        return True
    return len({(o.locs, o.label) for o in found.objects}) < len(found.objects)


RULES: tuple[Rule[Row], ...] = (
    Rule("BOX201", "no-extent", Severity.ERROR, False, no_extent),
    Rule("BOX202", "reversed", Severity.ERROR, False, reversed_box),
    Rule("BOX203", "same-object-twice", Severity.WARNING, False, same_object_twice),
    Rule("BOX204", "whole-image", Severity.NOTE, False, whole_image),
)
