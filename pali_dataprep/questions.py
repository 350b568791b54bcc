"""Questions as rows spell them: which answers are written, and the prefix and suffix each makes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from string import ascii_uppercase

import msgspec

from pali_dataprep.options import AnswerPolicy, ChoiceStyle, ConvertOptions
from pali_dataprep.samples import Question
from pali_dataprep.templates import DEFAULT, DEFAULT_WITH_CHOICES, PrefixTemplate

CHOICE_SEPARATOR = " \t "
"""Between choices; big_vision's transfers/ai2d.py (PROMPT_SEP)."""


class SpelledQuestion(msgspec.Struct, frozen=True):
    """A question with the (prefix, suffix) pairs it makes, one for each answer written."""

    question: Question
    answers: tuple[str, ...]
    template: PrefixTemplate
    rows: tuple[tuple[str, str], ...]


def spell(question: Question, options: ConvertOptions) -> SpelledQuestion:
    """The rows of a question, in order of its answers; none where nobody answered."""
    answers = choose_answers(question, options.answers)
    template = template_for(question, options)
    rows = tuple(_row(question, answer, template, options) for answer in answers)
    return SpelledQuestion(question, answers, template, rows)


def template_for(question: Question, options: ConvertOptions) -> PrefixTemplate:
    """The template asked for; without one, the default, which shows the choices of multiple choice."""
    return _parsed(options.template or (DEFAULT_WITH_CHOICES if question.choices else DEFAULT))


@cache
def _parsed(template: str) -> PrefixTemplate:
    return PrefixTemplate(template)


def choose_answers(question: Question, policy: AnswerPolicy) -> tuple[str, ...]:
    """The answers that become rows, on one line each; blank ones do not count.

    `all` keeps repetitions, so that training sees each answer as often as it was given,
    as in big_vision's transfers/vqav2.py, where each step draws one of the ten.
    """
    given = [(text, a.confidence or 0.0) for a in question.answers if (text := on_one_line(a.text))]
    texts = tuple([text for text, _ in given])
    if len(given) < 2 or policy is AnswerPolicy.ALL:
        return texts
    if policy is AnswerPolicy.FIRST:
        return texts[:1]
    if policy is AnswerPolicy.BEST_CONFIDENCE:
        best = max(confidence for _, confidence in given)
        texts = tuple(text for text, confidence in given if confidence == best)
    return (_majority(texts, on_one_line(question.preferred)),)


def on_one_line(text: str) -> str:
    """Runs of white space and line breaks as one space, none at the ends."""
    return " ".join(text.split())


def _majority(texts: Sequence[str], preferred: str) -> str:
    """The most frequent; of several, the one the source prefers, or else the first."""
    counted = Counter(texts)
    most = max(counted.values())
    if counted[preferred] == most:
        return preferred
    return next(text for text in texts if counted[text] == most)


def _row(question: Question, answer: str, template: PrefixTemplate, options: ConvertOptions) -> tuple[str, str]:
    text = on_one_line(question.text)
    choices = [on_one_line(choice) for choice in question.choices]
    if options.choices is ChoiceStyle.LETTERS:
        lettered = list(zip(ascii_uppercase, choices, strict=False))
        shown = ", ".join(f"({letter}) {choice}" for letter, choice in lettered)
        answer = next((letter for letter, choice in lettered if choice == answer), answer)
    else:
        shown = CHOICE_SEPARATOR.join(choices)
    values = {"lang": question.lang or options.lang, "question": text, "answer": answer, "choices": shown}
    prefix = template.fill({**values, "context": on_one_line(question.context)})
    return prefix, text if template.asks_for_question else answer
