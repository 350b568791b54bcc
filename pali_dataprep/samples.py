"""The two currencies of the package: a `Sample` in pixel space, an `Example` as one JSONL line.

Both can hold malformed data, so that a rule can judge it: a reader puts what it could
not understand into `defects` instead of raising or dropping.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from pali_dataprep.boxes import XYXY
from pali_dataprep.masks.segmentations import Segmentation

ILLEGIBLE = "illegible"
"""The flag of text that its source says cannot be read."""


class Instance(msgspec.Struct, frozen=True, gc=False):
    """One annotated object.

    `box_xyxy` is in float pixels, as annotated (not clipped); None where there is none.
    `segmentation` is the mask as its source gave it; runs are made on demand.
    `label` is the category name, or the words for this one object: an expression, a region's
    phrase, the text that is written there; None where the category is unknown. `flags` are words the
    source marks it with (difficult, truncated, occluded, depiction), for `--exclude-flags`; what is
    `illegible` has no label to teach and is always left out.
    """

    label: str | None
    box_xyxy: XYXY | None = None
    segmentation: Segmentation | None = None
    iscrowd: bool = False
    source_id: str = ""
    category_id: int | str | None = None
    score: float | None = None
    flags: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()


class Caption(msgspec.Struct, frozen=True):
    """A caption of an image, as the source gives it; `lang` is None where it does not say."""

    text: str
    source_id: str = ""
    lang: str | None = None
    defects: tuple[str, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """One person's answer. `confidence` is 1 for VQAv2's `yes`, 0.5 for `maybe`, 0 for `no`; None where unknown."""

    text: str
    confidence: float | None = None


class Question(msgspec.Struct, frozen=True):
    """A question about an image, its answers in source order; texts are as the source gives them.

    `preferred` is the answer the source itself settles on (VQAv2's `multiple_choice_answer`),
    `choices` are those of multiple choice, `context` is text to answer from. `lang` is None
    where the source does not say. `turn` counts from 0 in a conversation.
    """

    text: str
    answers: tuple[Answer, ...] = ()
    preferred: str = ""
    choices: tuple[str, ...] = ()
    context: str = ""
    lang: str | None = None
    turn: int = 0
    source_id: str = ""
    defects: tuple[str, ...] = ()


class Sample(msgspec.Struct, frozen=True):
    """One image with its annotations.

    `file_name` is the path the annotations give, relative to the image root; `path` is
    where it lies, once found. `width` and `height` are the annotated size in pixels;
    None where the source does not say. `subset` is the part of the source (train, val) it
    belongs to. `annotated` is False where the source says nothing of the image, not even
    that it shows no object. `remarks` are what a person should look at, though the sample can be used.
    `embedded` is the picture as a file's bytes where the source itself holds it; `file_name` is then the name it is
    to get. `verified_absent` are the classes known not to be in the picture; None where the source names all
    objects of its classes, so that every class it does not name is absent (see `formats/coco/read.py` on LVIS).
    """

    file_name: str
    width: int | None
    height: int | None
    instances: tuple[Instance, ...] = ()
    captions: tuple[Caption, ...] = ()
    questions: tuple[Question, ...] = ()
    source_id: str = ""
    path: Path | None = None
    defects: tuple[str, ...] = ()
    subset: str | None = None
    annotated: bool = True
    remarks: tuple[str, ...] = ()
    verified_absent: frozenset[str] | None = None
    embedded: bytes | None = None

    def __repr__(self) -> str:
        """Without the bytes of a picture."""
        shown = (f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name != "embedded")
        return f"{type(self).__name__}({', '.join(shown)})"


class Example(msgspec.Struct, frozen=True):
    """One line of PaliGemma JSONL: the three strings every row has."""

    image: str
    prefix: str
    suffix: str
