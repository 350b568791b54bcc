"""What can be repaired without guessing: one function each, from a row's texts to better ones.

Each leaves alone what it is not about, and everything it cannot be sure of: `<loc1500>` may be a pixel, five
loc tokens may have one too many anywhere, fifteen codewords miss one nobody knows. `validate` names such rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

from pali_dataprep.repair.texts import Edit, Texts, has_label_behind, tokens_end
from pali_dataprep.tokens.grammar import LOC_BINS, SEG_TOKENS, SEPARATOR, format_box
from pali_dataprep.tokens.scanning import Deviation

_UNPADDED = re.compile(r"<(loc|seg)([0-9]{1,9})>")
_DIGITS = {"loc": 4, "seg": 3}
_SIZES = {"loc": LOC_BINS, "seg": SEG_TOKENS}
_SPACE = re.compile(r"\s+")
_MARK = re.compile("[;,\n]")
_AROUND_SEPARATORS = "; \t\r\n\f\v,"
_FRAMES = re.compile(r"(?:\s*<(?:bos|eos|pad|image)>)+\s*\Z|\A\s*(?:<(?:bos|eos|pad|image)>\s*)+")


def frames(texts: Texts) -> Texts:
    """`<bos>`, `<eos>`, `<pad>`, `<image>` at the ends of prefix and suffix: the trainer adds what is needed."""
    return replace(texts, prefix=_FRAMES.sub("", texts.prefix), suffix=_FRAMES.sub("", texts.suffix))


def prefix_space(texts: Texts) -> Texts:
    """White space round the prefix, and a newline at its end that is not meant for keras-hub."""
    ends = "\n" if texts.keeps_newline and texts.prefix.endswith("\n") else ""
    return replace(texts, prefix=texts.prefix.strip() + ends)


def suffix_space(texts: Texts) -> Texts:
    """White space round the suffix."""
    return replace(texts, suffix=texts.suffix.strip())


def prompt_echo(texts: Texts) -> Texts:
    """The prefix repeated in front of the objects."""
    prompt = texts.prefix.strip()
    if texts.is_drawn and prompt and texts.suffix.startswith(prompt):
        return replace(texts, suffix=texts.suffix[len(prompt) :].lstrip())
    return texts


def zeros(texts: Texts) -> Texts:
    """`<loc12>` is `<loc0012>`, `<seg7>` is `<seg007>`: the number is known, only its spelling is not a token."""

    def pad(match: re.Match[str]) -> str:
        kind, number = match[1], int(match[2])
        return f"<{kind}{number:0{_DIGITS[kind]}d}>" if number <= _SIZES[kind] else match[0]

    return replace(texts, suffix=_UNPADDED.sub(pad, texts.suffix))


def clip(texts: Texts) -> Texts:
    """`<loc1024>` is an edge at the border, rounded without a clip: `<loc1023>`.

    Beside larger numbers it is a pixel like them, and stays.
    """
    if any(n > LOC_BINS for o in texts.scanned.objects for n in o.locs):
        return texts
    return replace(texts, suffix=texts.suffix.replace(f"<loc{LOC_BINS}>", f"<loc{LOC_BINS - 1}>"))


def token_space(texts: Texts) -> Texts:
    """White space between tokens, round and within labels: none, one space, one space."""
    edits = []
    for o in texts.scanned.objects if texts.is_drawn else ():
        edits.append(Edit(o.tokens_start, tokens_end(o), _SPACE.sub("", o.tokens)))
        if (
            o.label_span is not None
            and has_label_behind(o)
            and not texts.suffix[tokens_end(o) : o.label_span[0]].strip()
        ):
            edits.append(Edit(tokens_end(o), o.label_span[1], f" {o.label}"))
    return texts.with_edits(edits)


def separators(texts: Texts) -> Texts:
    """What stands between two objects, where it is nothing but semicolons, commas and white space: `" ; "`."""
    objects = texts.scanned.objects if texts.is_drawn else ()
    gaps = ((left.end, right.start) for left, right in pairwise(objects))
    return texts.with_edits(Edit(*gap, SEPARATOR) for gap in gaps if _is_separator(texts.suffix, *gap))


def outer_separators(texts: Texts) -> Texts:
    """Separators before the first object and after the last."""
    objects = texts.scanned.objects if texts.is_drawn else ()
    ends = ((0, objects[0].start), (objects[-1].end, len(texts.suffix))) if objects else ()
    return texts.with_edits(Edit(*gap, "") for gap in ends if _is_separator(texts.suffix, *gap))


def flat_boxes(texts: Texts) -> Texts:
    """A box without height that has width, or the reverse, is widened by one bin: its object was thinner than a bin.

    A point stays as it is: it may be an object or none.
    """
    edits = []
    for o in texts.scanned.objects if texts.is_drawn else ():
        if len(o.locs) == 4 and min(o.locs) >= 0 and max(o.locs) < LOC_BINS:
            y1, x1, y2, x2 = o.locs
            if (y1 == y2) != (x1 == x2) and y1 <= y2 and x1 <= x2:
                top, bottom = _widened(y1, y2)
                left, right = _widened(x1, x2)
                spans = o.loc_spans
                edits.append(Edit(spans[0][0], spans[3][1], format_box((top, left, bottom, right))))
    return texts.with_edits(edits)


def _widened(low: int, high: int) -> tuple[int, int]:
    """At least one bin: towards the end, or where the grid ends, towards the start."""
    if low != high:
        return low, high
    return (low, low + 1) if low < LOC_BINS - 1 else (low - 1, low)


def _is_separator(text: str, start: int, end: int) -> bool:
    """Nothing but separators, and one at least: a space alone may be the end of a label such as `cat and`."""
    gap = text[start:end]
    return not gap.strip(_AROUND_SEPARATORS) and bool(_MARK.search(gap))


REPAIRS: dict[str, Callable[[Texts], Texts]] = {
    "special-tokens": frames,
    "prefix-space": prefix_space,
    "prompt-echo": prompt_echo,
    "zero-padding": zeros,
    "clip": clip,
    "white-space": token_space,
    "separators": separators,
    "outer-separators": outer_separators,
    "suffix-space": suffix_space,
    "flat-boxes": flat_boxes,
}
"""By the name that counts and the record of changes use, in the order they run."""

_PASSES = 4


def repaired(texts: Texts) -> tuple[Texts, tuple[str, ...]]:
    """The texts repaired until nothing changes, and the names of the repairs that did something."""
    done: dict[str, None] = {}
    for _ in range(0 if is_right(texts) else _PASSES):
        before = texts
        for name, repair in REPAIRS.items():
            after = repair(texts)
            if after != texts:
                done[name] = None
                texts = after
        if texts == before:
            break
    return texts, tuple(done)


def is_right(texts: Texts) -> bool:
    """Objects as we would write them behind a plain prefix, as most rows have them: no repair is about these."""
    prefix = texts.prefix
    plain = prefix == prefix.strip() and _FRAMES.search(prefix) is None
    return plain and texts.is_drawn and not texts.scanned.deviations


def left_over(texts: Texts) -> Iterator[Deviation]:
    """What deviates and cannot be repaired without guessing."""
    if texts.is_drawn:
        yield from texts.scanned.deviations
