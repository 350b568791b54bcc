"""Rules on the strings of a row as text: white space, characters, the classes asked for, the path."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from pali_dataprep.findings import Remark, Severity, Span
from pali_dataprep.rules.base import Rule
from pali_dataprep.rules.jsonl.subject import DRAWN_TASKS, TASKS, Row

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SPECIAL = re.compile(r"<(?:eos|bos|pad|unk|mask|image|start_of_turn|end_of_turn)>")
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]")
_UNCOMMON = re.compile(r"[^\w\s-]")

_CLOSE = 0.84
"""How alike a word and the task that it is taken for are, from 0 to 1 (difflib)."""

_LONGEST_CLOSE = 11
"""Letters of a word that can be so close to a task: its share of a longer one is too small."""


def surrounding_space(row: Row) -> Iterator[Remark]:
    """White space at an end of the prefix, or of a suffix that is text; of objects TOK216 judges it.

    Why: the trainer joins prefix, newline and suffix; a space at an end is a token of its own that nobody
    types at inference.
    Example: `"prefix": "answer en what is this? "`
    Fix: strip; `pali-dataprep fix` does.
    """
    ends = [("prefix", row.prefix.removesuffix("\n"))]
    if not row.is_drawn:
        ends.append(("suffix", row.suffix))
    for key, text in ends:
        if text != text.strip():
            at = 0 if text[:1].isspace() else len(text.rstrip())
            yield Remark(f"white space at an end of the {key}", Span(key, at, at + 1))


def newline_in_prefix(row: Row) -> Iterator[Remark]:
    """The prefix holds a newline.

    Why: the trainer adds the newline between prefix and suffix; a second one is a prompt the model never saw.
    Only keras-hub adds none, and rows written with `--target keras` are known from their manifest.
    Example: `"prefix": "detect cat\\n"`
    Fix: remove it; `pali-dataprep fix` does.
    """
    text = row.prefix.removesuffix("\n") if row.file.keras else row.prefix
    at = text.find("\n")
    if at >= 0:
        yield Remark("a newline in the prefix", Span("prefix", at, at + 1))


def control_character(row: Row) -> Iterator[Remark]:
    """Prefix or suffix holds a control character or half a surrogate pair.

    Why: they are byte pieces that teach nothing, or cannot be written as UTF-8 at all.
    Example: `"caption\\u0000en"`
    Fix: clean the text where it comes from.
    """
    in_suffix = _SURROGATE if row.is_drawn else _CONTROL  # TOK217 judges labels
    for key, text, pattern in (("prefix", row.prefix, _CONTROL), ("suffix", row.suffix, in_suffix)):
        if found := pattern.search(text):
            yield Remark(f"the {key} holds {found[0]!a}", Span(key, *found.span()))


def special_token(row: Row) -> Iterator[Remark]:
    """The prefix, or the suffix of a row without objects, spells a token such as `<eos>` or `<image>`.

    Why: the tokenizer takes it for the token itself, and the trainer adds those it needs.
    Example: `"prefix": "<image>detect cat"`
    Fix: remove it.
    """
    for key, text in (("prefix", row.prefix), ("suffix", "" if row.is_drawn else row.suffix)):
        for found in _SPECIAL.finditer(text):
            yield Remark(f"the {key} spells the token {found[0]}", Span(key, *found.span()))


def task_word(row: Row) -> Iterator[Remark]:
    """The prefix starts with something close to a task word, but not with it.

    Why: PaliGemma knows `detect`, `segment`, `caption`, `ocr`, `answer`, `question`; `Detect` is another token.
    Example: `"prefix": "Detect cat"`
    Fix: spell the task as trained.
    """
    word = row.prefix.split(" ", 1)[0].rstrip(":\n")
    meant = _meant(word.lower()) if len(word) <= _LONGEST_CLOSE else ""
    if meant and (word != meant or row.prefix[len(word) : len(word) + 1] == ":"):
        yield Remark(
            f"{row.prefix[: len(word) + 1].strip()!r}: the task is spelled {meant!r}", Span("prefix", 0, len(word))
        )


@lru_cache(maxsize=1024)
def _meant(word: str) -> str:
    """The task that a word is, or is close to; "" for any other word."""
    if word in TASKS or len(word) <= 4:
        return word if word in TASKS else ""
    return next(iter(difflib.get_close_matches(word, TASKS, n=1, cutoff=_CLOSE)), "")


def nothing_asked(row: Row) -> Iterator[str]:
    """The prefix is `detect` or `segment` without a class.

    Why: the prompt names what to look for; without classes the model is taught to guess what is wanted.
    Example: `"prefix": "detect"`
    Fix: name the classes: `detect cat ; dog`.
    """
    if row.task in DRAWN_TASKS and not row.classes:
        yield f"the prefix {row.prefix[:40]!r} names no class"


def not_asked_for(row: Row) -> Iterator[Remark]:
    """A label of the suffix is not among the classes of the prefix.

    Why: the model is taught to answer what it was not asked. One that differs in case alone is other tokens:
    often a lower-cased suffix against a class list in its original case.
    Example: prefix `detect Cat`, suffix `<loc...>x4 cat`
    Fix: spell both alike, or name the class in the prefix.
    """
    asked = row.prompt.labels
    if not asked:
        return
    folded = {name.casefold(): name for name in asked}
    told = set()
    for o in row.scanned.objects:
        if o.label and o.label not in asked and o.label not in told and o.label_span:
            told.add(o.label)
            alike = folded.get(o.label.casefold())
            why = f"the prefix spells it {alike!r}" if alike else "the prefix does not ask for it"
            yield Remark(f"the label {o.label[:60]!r}: {why}", Span("suffix", *o.label_span))


def class_twice(row: Row) -> Iterator[Remark]:
    """The prefix asks for a class twice.

    Why: tokens spent for nothing, and mostly a sign of two classes that became one.
    Example: `detect cat ; dog ; cat`
    Fix: name each class once.
    """
    for name, times in Counter(row.classes).items():
        if times > 1:
            at = row.prefix.rfind(name)
            yield Remark(f"the prefix asks for {name[:60]!r} {times} times", Span("prefix", at, at + len(name)))


def prefix_separator(row: Row) -> Iterator[Remark]:
    """Classes in the prefix are not separated by exactly `" ; "`.

    Why: the prompt page of ai.google.dev and the pretraining use `" ; "`; other spellings are other tokens, and with
    a comma the whole list reads as one class.
    Example: `detect cat, dog`
    Fix: join with `" ; "`; `pali-dataprep fix` does for `;`.
    """
    if row.task not in DRAWN_TASKS:
        return
    for found in re.finditer(r"\s*;\s*|,\s", row.prefix):
        if found[0] != " ; ":
            yield Remark(f"{found[0]!r} between classes instead of ' ; '", Span("prefix", *found.span()))
            return


def double_space(row: Row) -> Iterator[Remark]:
    """A class in the prefix, or a label, holds more than one space in a row.

    Why: two spaces are another token than one. A real export has `jack  of clubs`.
    Example: `detect jack  of clubs`
    Fix: collapse them; `pali-dataprep fix` does.
    """
    if row.task in DRAWN_TASKS and (found := re.search(r"\S(\s{2,})\S", row.prefix)):
        yield Remark("more than one space in the prefix", Span("prefix", *found.span(1)))


def uncommon_label(row: Row) -> Iterator[Remark]:
    """A label holds characters outside letters, digits, `_`, `-` and space.

    Why: supervision's `from_vlm` drops objects with such labels, so evaluation misses them.
    Example: `<loc...>x4 can (soda)`
    Fix: give the class a plain name, or evaluate with another parser.
    """
    for o in row.scanned.objects:
        if o.label_span and (found := _UNCOMMON.search(o.label)) and found[0] not in "<>":
            yield Remark(f"the label {o.label[:60]!r} holds {found[0]!r}", Span("suffix", *o.label_span))
            return


def not_portable(row: Row) -> Iterator[Remark]:
    """`image` is an absolute path or has backslashes.

    Why: it works on one machine, or on one system.
    Example: `"image": "C:\\\\data\\\\1.jpg"`
    Fix: write paths relative to the JSONL file, with forward slashes.
    """
    absolute = _ABSOLUTE.match(row.image)
    if absolute or "\\" in row.image:
        said = f"{row.image[:120]!r} {'is absolute' if absolute else 'has backslashes'}"
        yield Remark(said, Span("image", 0, len(row.image)))


def applies(row: Row) -> bool:
    """Not rows whose path, prompt and answer are plain: no rule here has anything to say of them."""
    image = row.image
    portable = "\\" not in image and image[:1] != "/" and image[1:3] != ":/"
    return not (portable and (_draws_plainly(row) if row.is_drawn else _speaks_plainly(row)))


def _draws_plainly(row: Row) -> bool:
    """Classes are asked for as we would write it, and nothing else is answered."""
    if not row.prompt.plain or row.scanned.deviations:
        return False
    asked = row.prompt.labels
    return all(o.label in asked for o in row.scanned.objects)


def _speaks_plainly(row: Row) -> bool:
    texts = (row.prefix, row.suffix)
    return all(t.isprintable() and "<" not in t and t == t.strip() for t in texts) and not any(task_word(row))


RULES: tuple[Rule[Row], ...] = (
    Rule("TXT201", "surrounding-space", Severity.WARNING, False, surrounding_space),
    Rule("TXT202", "newline-in-prefix", Severity.ERROR, False, newline_in_prefix),
    Rule("TXT203", "control-character", Severity.ERROR, False, control_character),
    Rule("TXT204", "special-token", Severity.ERROR, False, special_token),
    Rule("TXT205", "task-word", Severity.WARNING, False, task_word),
    Rule("TXT206", "nothing-asked-for", Severity.ERROR, False, nothing_asked),
    Rule("TXT207", "not-asked-for", Severity.ERROR, False, not_asked_for),
    Rule("TXT208", "class-twice", Severity.WARNING, False, class_twice),
    Rule("TXT209", "prefix-separator", Severity.WARNING, False, prefix_separator),
    Rule("TXT210", "double-space", Severity.WARNING, False, double_space),
    Rule("IMG209", "not-portable", Severity.WARNING, False, not_portable),
    Rule("TXT211", "uncommon-label", Severity.NOTE, False, uncommon_label),
)
