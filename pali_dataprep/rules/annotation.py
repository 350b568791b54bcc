"""Rules on one annotation: its category, its box, its mask, its label as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from pali_dataprep.boxes import XYXY, clip_xyxy
from pali_dataprep.findings import Severity
from pali_dataprep.rules.base import Family, Rule
from pali_dataprep.samples import Instance

CLIP_TOLERANCE = 1.0
"""Pixels a box may reach beyond its image before it is worth a note: exporters round."""

MOSTLY_OUTSIDE = 0.5
"""Share of a mask that must lie in its box."""

COVERS_IMAGE = 0.99
"""Share of the image from which on a mask is taken for a mistake."""

_RESERVED = re.compile(r"[;<>\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNCOMMON = re.compile(r"[^\w\s-]")


class AnnotationSubject(msgspec.Struct, frozen=True, gc=False):
    """An instance on an image of known size. `label` is after renaming; `listed` says that a suffix lists it.

    Of a mask: `mask_defect` says why there is none in spite of a segmentation, `mask_area` is
    its number of pixels, `inside` the share of them that lies in the crop; None where no mask is asked for.
    """

    instance: Instance
    label: str
    width: int
    height: int
    box: XYXY | None
    wants_mask: bool = False
    mask_area: int | None = None
    mask_defect: str = ""
    inside: float | None = None
    listed: bool = True


def malformed(subject: AnnotationSubject) -> Iterator[str]:
    """A box or a segmentation is not what COCO defines, so that nobody can say what was meant.

    Fix the annotation, or use `--on-error skip` to leave such annotations out.
    """
    yield from subject.instance.defects


def unknown_category(subject: AnnotationSubject) -> Iterator[str]:
    """The annotation's category id is not in the list of categories, so it has no name to teach."""
    if subject.instance.label is None:
        yield f"category id {subject.instance.category_id} is not among the categories"


def reserved_characters(subject: AnnotationSubject) -> Iterator[str]:
    """A label is empty or holds `;`, `<`, `>`, a control character or half a surrogate pair.

    `;` separates objects and `<` begins a token, so such a label breaks the suffix for
    every parser. Give it another name with `--rename`.
    """
    if subject.instance.label is None or not subject.listed:
        return
    if problem := label_problem(subject.label):
        yield problem


def label_problem(label: str) -> str:
    """Why neither a prefix nor a suffix can hold this label; empty where they can."""
    if not label:
        return "the label is empty"
    found = _RESERVED.search(label)
    return f"the label {label!r} holds {found[0]!r}, which the suffix grammar reserves" if found else ""


def uncommon_characters(subject: AnnotationSubject) -> Iterator[str]:
    """A label holds characters outside letters, digits, `_`, `-` and space.

    supervision's `from_vlm` drops objects with such labels. `--rename` gives another name.
    """
    if subject.listed and not _RESERVED.search(subject.label) and (found := _UNCOMMON.search(subject.label)):
        yield f"the label {subject.label!r} holds {found[0]!r}; supervision's parser skips such objects"


def no_box(subject: AnnotationSubject) -> Iterator[str]:
    """There is neither a box nor a mask to take one from."""
    instance = subject.instance
    nothing = instance.box_xyxy is None and subject.box is None and not instance.segmentation
    if nothing and not instance.defects:  # a defect says more
        yield "neither a box nor a mask"


def no_area(subject: AnnotationSubject) -> Iterator[str]:
    """The box has no width or no height, and no mask gives a better one."""
    given = subject.instance.box_xyxy
    if subject.box is None and given is not None and (given[2] <= given[0] or given[3] <= given[1]):
        yield f"the box has no area: {given[2] - given[0]:g} x {given[3] - given[1]:g} pixels"


def outside_image(subject: AnnotationSubject) -> Iterator[str]:
    """No part of the box lies inside the image."""
    given = subject.instance.box_xyxy
    if subject.box is not None or given is None or given[2] <= given[0] or given[3] <= given[1]:
        return
    if clip_xyxy(given, subject.width, subject.height) is None:
        yield f"the box {_text(given)} lies outside the {subject.width} x {subject.height} image"


def clipped(subject: AnnotationSubject) -> Iterator[str]:
    """The box reaches beyond the image by more than a pixel; it is clipped to the image."""
    given = subject.instance.box_xyxy
    if given is None or clip_xyxy(given, subject.width, subject.height) is None:
        return
    beyond = max(-given[0], -given[1], given[2] - subject.width, given[3] - subject.height)
    if beyond > CLIP_TOLERANCE:
        yield f"the box {_text(given)} reaches {beyond:g} pixels beyond the image; clipped"


def no_mask(subject: AnnotationSubject) -> Iterator[str]:
    """A `segment` row needs a mask and the annotation has none. `--task detect` uses its box."""
    missing = subject.wants_mask and subject.instance.segmentation is None and not subject.instance.defects
    if missing and subject.box is not None:  # without a box, BOX rules say more
        yield "no mask"


def malformed_mask(subject: AnnotationSubject) -> Iterator[str]:
    """The segmentation cannot be made into a mask: a ring of two points, an RLE of another size."""
    if subject.mask_defect:
        yield subject.mask_defect


def empty_mask(subject: AnnotationSubject) -> Iterator[str]:
    """The mask has no pixel in its box, so its codewords would say nothing."""
    outside = subject.instance.box_xyxy is not None and subject.box is None
    if subject.mask_area is not None and not outside and (subject.mask_area == 0 or subject.inside == 0.0):
        yield "the mask has no pixel" if subject.mask_area == 0 else "the mask has no pixel inside its box"


def mask_outside_box(subject: AnnotationSubject) -> Iterator[str]:
    """Less than half of the mask lies in its box: box and mask do not belong together, or axes are swapped."""
    if subject.inside is not None and 0.0 < subject.inside < MOSTLY_OUTSIDE:
        yield f"only {subject.inside:.0%} of the mask lies in its box"


def covers_image(subject: AnnotationSubject) -> Iterator[str]:
    """The mask covers 99 % of its image or more.

    Seldom an object: an inverted mask, a threshold too low, or a background taken for a class.
    """
    if subject.mask_area is None:
        return
    share = subject.mask_area / (subject.width * subject.height)
    if share >= COVERS_IMAGE:
        yield f"the mask covers {share:.1%} of the image"


def _text(box: XYXY) -> str:
    return "({:g}, {:g}, {:g}, {:g})".format(*box)


def _has_defects(subject: AnnotationSubject) -> bool:
    return bool(subject.instance.defects)


def _has_no_plain_label(subject: AnnotationSubject) -> bool:
    return subject.instance.label is None or (subject.listed and not _is_plain(subject.label))


@lru_cache(maxsize=1 << 14)
def _is_plain(label: str) -> bool:
    return not (label_problem(label) or _UNCOMMON.search(label))


def _has_no_box_inside(subject: AnnotationSubject) -> bool:
    """Whether its box is not in the image as it is."""
    given = subject.instance.box_xyxy
    if given is None or subject.box is None:
        return True
    return not (given[0] >= 0 and given[1] >= 0 and given[2] <= subject.width and given[3] <= subject.height)


def _has_no_sound_mask(subject: AnnotationSubject) -> bool:
    """Whether a mask is wanted or measured, and it is not there, not in its box, or all over the image."""
    if subject.mask_defect or (subject.wants_mask and subject.instance.segmentation is None):
        return True
    area, inside = subject.mask_area, subject.inside
    if area is not None and not 0 < area / (subject.width * subject.height) < COVERS_IMAGE:
        return True
    return inside is not None and inside < MOSTLY_OUTSIDE


def is_plain(instance: Instance, label: str, width: int, height: int) -> bool:
    """Whether no rule has anything to say of it in a row of boxes that lists it as `label`: most are such."""
    box = instance.box_xyxy
    if box is None or instance.defects or instance.label is None or not _is_plain(label):
        return False
    return 0 <= box[0] < box[2] <= width and 0 <= box[1] < box[3] <= height


FAMILIES: tuple[Family[AnnotationSubject], ...] = (
    (_has_defects, (Rule("ANN101", "malformed-annotation", Severity.ERROR, True, malformed),)),
    (
        _has_no_plain_label,
        (
            Rule("ANN102", "unknown-category", Severity.ERROR, True, unknown_category),
            Rule("TXT101", "reserved-characters", Severity.ERROR, True, reserved_characters),
            Rule("TXT102", "uncommon-characters", Severity.WARNING, False, uncommon_characters),
        ),
    ),
    (
        _has_no_box_inside,
        (
            Rule("BOX101", "no-box", Severity.WARNING, True, no_box),
            Rule("BOX102", "no-area", Severity.WARNING, True, no_area),
            Rule("BOX103", "outside-image", Severity.WARNING, True, outside_image),
            Rule("BOX104", "clipped", Severity.NOTE, False, clipped),
        ),
    ),
    (
        _has_no_sound_mask,
        (
            Rule("MSK101", "no-mask", Severity.WARNING, True, no_mask),
            Rule("MSK102", "malformed-mask", Severity.ERROR, True, malformed_mask),
            Rule("MSK103", "empty-mask", Severity.WARNING, True, empty_mask),
            Rule("MSK104", "mask-outside-box", Severity.WARNING, False, mask_outside_box),
            Rule("MSK105", "mask-covers-image", Severity.WARNING, False, covers_image),
        ),
    ),
)

RULES: tuple[Rule[AnnotationSubject], ...] = tuple(rule for _, rules in FAMILIES for rule in rules)
