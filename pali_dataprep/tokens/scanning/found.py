"""What a scan finds: objects as they stand in the text, and deviations."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from pali_dataprep.tokens.grammar import TokenObject

Span = tuple[int, int]
"""Start and end (exclusive) in the text."""

DEVIATIONS = {
    "loc-count": "not four loc tokens",
    "loc-out-of-range": "a loc token beyond 0..1023",
    "loc-unpadded": "a loc token without exactly four digits",
    "seg-count": "neither none nor sixteen seg tokens",
    "seg-out-of-range": "a seg token beyond 0..127",
    "seg-unpadded": "a seg token without exactly three digits",
    "box-reversed": "a box that ends before it starts",
    "box-without-extent": "a box without width or height",
    "label-missing": "tokens without a label",
    "label-first": "the label before its tokens, as in Florence-2",
    "label-character": "a label with <, > or a control character",
    "separator": 'objects not separated by exactly " ; "',
    "trailing-separator": "a separator after the last object",
    "prompt-echo": "the prompt repeated before the answer",
    "special-token": "a token that frames the answer, spelled out in it",
    "stray-text": "text that belongs to no object",
    "cut-off": "the last object or token is not finished",
    "repetition": "the same objects or words again and again",
    "white-space": "white space that is not one space before a label",
}
"""Every name a deviation can have, and what it says."""

LEFT_OUT = dict.fromkeys(
    ("loc-count", "loc-out-of-range", "box-reversed", "box-without-extent", "stray-text", "cut-off"), "left out"
) | dict.fromkeys(("seg-count", "seg-out-of-range"), "mask left out, box kept")
"""Names of deviations that leave something out of the whole objects, and what becomes of it."""

NUMBERED_TOKEN = re.compile(r"<(loc|seg)(-?[0-9]+)>")


@dataclass(frozen=True, slots=True)
class Deviation:
    """One way in which a suffix is not as it would be written. `name` is a key of `DEVIATIONS`."""

    name: str
    message: str
    start: int
    end: int

    @property
    def loses(self) -> bool:
        """Whether what it names is missing from the whole objects."""
        return self.name in LEFT_OUT


class ScannedObject(msgspec.Struct, frozen=True, gc=False):
    """One group of tokens and its label, as found.

    `start` and `end` enclose the tokens and the label; `tokens` is the text of the tokens, from
    `tokens_start`. `locs` and `segs` are the numbers in order, in any count and range (one of more
    than nine digits reads as a billion). `label` has single spaces; without one it is "" and
    `label_span` is None. `whole` is what a decoder may use: four bins in range that make a box with
    extent, and sixteen codewords in range or, for any other seg tokens, none; None without such a box.
    """

    start: int
    end: int
    tokens_start: int
    tokens: str
    locs: tuple[int, ...]
    segs: tuple[int, ...]
    label: str
    label_span: Span | None
    whole: TokenObject | None

    @property
    def loc_spans(self) -> tuple[Span, ...]:
        """Where each loc token stands in the text."""
        found = (m.span() for m in NUMBERED_TOKEN.finditer(self.tokens) if m[1] == "loc")
        return tuple((self.tokens_start + start, self.tokens_start + end) for start, end in found)


class ScannedSuffix(msgspec.Struct, frozen=True, gc=False):
    """Objects in the order of the text, and deviations by their start."""

    objects: tuple[ScannedObject, ...]
    deviations: tuple[Deviation, ...]

    @property
    def whole(self) -> tuple[TokenObject, ...]:
        """The objects a decoder may use."""
        return tuple(o.whole for o in self.objects if o.whole is not None)


class Notes:
    """The text being scanned, and the deviations noted so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.deviations: list[Deviation] = []

    def add(self, name: str, message: str, start: int, end: int) -> None:
        """Note a deviation; the message ends in a quotation of the place."""
        quoted = self.text[start : min(end, start + 80)]
        self.deviations.append(Deviation(name, f"{message}: {quoted!r}" if quoted else message, start, end))
