"""Rules on free text: captions, and the words for one object where they stand outside the suffix grammar."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from pali_dataprep.findings import Severity
from pali_dataprep.rules.base import Family, Rule

SPECIAL = re.compile(
    r"<(?:eos|bos|pad|unk|mask|image|unused\d+|start_of_turn|end_of_turn|loc\d+|seg\d+)>|<2mass>|\[@BOS@\]"
    r"|[\ud800-\udfff]"
)
"""Gemma's control tokens and PaliGemma's own, as a tokenizer matches them; and what UTF-8 cannot hold."""

STRAY = re.compile(r"[<>\x00-\x08\x0e-\x1b\x7f]")

_SUSPICIOUS = re.compile(r"[<>@\x00-\x08\x0e-\x1b\x7f\ud800-\udfff]")
"""What `SPECIAL` and `STRAY` find holds one of these."""


class TextSubject(msgspec.Struct, frozen=True):
    """A text on one line, as a row would hold it, and what kept the reader from understanding it."""

    text: str
    defects: tuple[str, ...] = ()


def malformed(subject: TextSubject) -> Iterator[str]:
    """A caption is not text, or its line cannot be taken apart.

    Fix the line, or use `--on-error skip` to leave such captions out.
    """
    yield from subject.defects


def empty(subject: TextSubject) -> Iterator[str]:
    """There is nothing but white space, so the row would teach to say nothing."""
    if not subject.text and not subject.defects:
        yield "the text is empty"


def special_token(subject: TextSubject) -> Iterator[str]:
    """A caption, expression or text spells a token of the model, such as `<eos>`, `<image>` or `<loc0123>`.

    The tokenizer reads it as that token: the row ends early, or shows a box nobody drew.
    """
    if found := SPECIAL.search(subject.text):
        yield f"{subject.text[:80]!a} holds {found[0]!a}, which the tokenizer takes for a token"


def stray_character(subject: TextSubject) -> Iterator[str]:
    """The text holds `<`, `>` or a control character; often left over from HTML."""
    if not SPECIAL.search(subject.text) and (found := STRAY.search(subject.text)):
        yield f"{subject.text[:80]!r} holds {found[0]!r}"


def may_hold_tokens(text: str) -> bool:
    """Whether a text has a character that a token of the model or a stray one has: few do."""
    return _SUSPICIOUS.search(text) is not None


def _is_unusual(subject: TextSubject) -> bool:
    return not subject.text or bool(subject.defects) or may_hold_tokens(subject.text)


FAMILIES: tuple[Family[TextSubject], ...] = (
    (
        _is_unusual,
        (
            Rule("TXT104", "malformed-text", Severity.ERROR, True, malformed),
            Rule("TXT105", "empty-text", Severity.WARNING, True, empty),
            Rule("TXT106", "special-token-in-text", Severity.ERROR, True, special_token),
            Rule("TXT107", "stray-character-in-text", Severity.WARNING, False, stray_character),
        ),
    ),
)

RULES: tuple[Rule[TextSubject], ...] = tuple(rule for _, rules in FAMILIES for rule in rules)
