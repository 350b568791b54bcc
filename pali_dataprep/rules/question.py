"""Rules on one question with its answers, and on the text its rows would hold."""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_uppercase

import msgspec

from pali_dataprep.findings import Severity
from pali_dataprep.rules.base import Family, Rule
from pali_dataprep.rules.text import SPECIAL, STRAY, may_hold_tokens
from pali_dataprep.samples import Question


class QuestionSubject(msgspec.Struct, frozen=True):
    """A question, the answers to be written, and the rows (prefix, suffix) they make.

    `fields` are those of the prefix template; `lettered` says that choices are shown by letter.
    """

    question: Question
    answers: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]
    fields: frozenset[str]
    lettered: bool = False

    @property
    def needs_question(self) -> bool:
        """Whether the rows hold the question, in the prefix or, where that shows the answer, as the suffix."""
        return bool(self.fields & {"question", "answer"})


def malformed(subject: QuestionSubject) -> Iterator[str]:
    """An entry is not a question with its answers, so that nobody can say what was meant.

    Fix the entry, or use `--on-error skip` to leave such questions out.
    """
    yield from subject.question.defects


def empty(subject: QuestionSubject) -> Iterator[str]:
    """The question has no text, and its row would show it."""
    if subject.needs_question and not subject.question.text.strip() and not subject.question.defects:
        yield "the question is empty"


def unanswered(subject: QuestionSubject) -> Iterator[str]:
    """There is no answer to learn. Test sets come without; annotations of another split do not fit."""
    if not subject.answers and not subject.question.defects:
        yield f"no answer: {subject.question.text.strip()[:80]!r}"


def special_token(subject: QuestionSubject) -> Iterator[str]:
    """A question or answer spells a token of the model, such as `<eos>`, `<image>` or `<loc0123>`.

    The tokenizer reads it as that token: the row ends early, or shows a box nobody drew.
    """
    for text in _texts(subject):
        if found := SPECIAL.search(text):
            yield f"{text[:80]!r} holds {found[0]!a}, which the tokenizer takes for a token"
            return


def stray_character(subject: QuestionSubject) -> Iterator[str]:
    """A question or answer holds `<`, `>` or a control character; often left over from HTML."""
    for text in _texts(subject):
        if not SPECIAL.search(text) and (found := STRAY.search(text)):
            yield f"{text[:80]!r} holds {found[0]!r}"
            return


def unfit_choices(subject: QuestionSubject) -> Iterator[str]:
    """The prefix shows choices, and the answer is none of them; or there are none, or too many for letters."""
    choices = {" ".join(choice.split()) for choice in subject.question.choices}
    if "choices" not in subject.fields or not subject.answers:
        return
    if not choices:
        yield "no choices, which the template shows"
    elif subject.lettered and len(subject.question.choices) > len(ascii_uppercase):
        yield f"{len(subject.question.choices)} choices, more than letters"
    else:
        yield from (f"the answer {a!r} is none of the choices" for a in subject.answers if a not in choices)


def _texts(subject: QuestionSubject) -> Iterator[str]:
    for row in subject.rows:
        yield from row


MALFORMED: Rule[QuestionSubject] = Rule("QST101", "malformed-question", Severity.ERROR, True, malformed)


def _is_incomplete(subject: QuestionSubject) -> bool:
    question = subject.question
    return bool(question.defects) or not subject.answers or not question.text.strip()


def _may_hold_tokens(subject: QuestionSubject) -> bool:
    return any(map(may_hold_tokens, _texts(subject)))


def _shows_choices(subject: QuestionSubject) -> bool:
    return "choices" in subject.fields


FAMILIES: tuple[Family[QuestionSubject], ...] = (
    (
        _is_incomplete,
        (
            MALFORMED,
            Rule("QST102", "empty-question", Severity.ERROR, True, empty),
            Rule("QST103", "unanswered-question", Severity.WARNING, True, unanswered),
        ),
    ),
    (
        _may_hold_tokens,
        (
            Rule("QST104", "special-token", Severity.ERROR, True, special_token),
            Rule("QST105", "stray-character", Severity.WARNING, False, stray_character),
        ),
    ),
    (_shows_choices, (Rule("QST106", "unfit-choices", Severity.ERROR, True, unfit_choices),)),
)

RULES: tuple[Rule[QuestionSubject], ...] = tuple(rule for _, rules in FAMILIES for rule in rules)
