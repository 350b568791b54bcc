"""Prefix templates of rows about text: `answer {lang} {question}`, `caption {lang}`, `question {lang} {answer}`.

The prompts are those of PaliGemma's pretraining mixture (arXiv 2407.07726). A template that shows
the answer asks for the question: what the prefix does not hold is the suffix.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter

from pali_dataprep.errors import UsageError

FIELDS = ("lang", "question", "answer", "choices", "context")
"""What a template may name."""

DEFAULT = "answer {lang} {question}"

DEFAULT_WITH_CHOICES = "answer {lang} {question} choose from: {choices}"
"""For multiple choice, as in big_vision's transfers/ai2d.py and aokvqa_mc.py."""


@dataclass(frozen=True, slots=True)
class PrefixTemplate:
    """A prefix with fields to fill in. Raises UsageError for one that cannot make a prefix.

    `fields` are those it names.
    """

    text: str
    fields: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        shown = f"--template {self.text!r}"
        try:
            parts = list(Formatter().parse(self.text))
        except ValueError as error:
            raise UsageError(f"{shown}: {error}", hint="a brace that is meant is written twice: {{") from None
        object.__setattr__(self, "fields", frozenset(name for _, name, _, _ in parts if name))
        for _, name, spec, conversion in parts:
            if name is not None and (name not in FIELDS or spec or conversion):
                known = ", ".join(f"{{{name}}}" for name in FIELDS)
                raise UsageError(f"{shown}: no field {{{name}}}", hint=f"fields are {known}")
        if {"question", "answer"} <= self.fields:
            raise UsageError(f"{shown}: holds question and answer, so that nothing is left to ask for")
        if self.text != self.text.strip() or not self.text or not self.text.isprintable():
            raise UsageError(f"{shown}: a prefix is one line of text without white space at its ends")

    @property
    def asks_for_question(self) -> bool:
        """Whether the suffix is the question."""
        return "answer" in self.fields

    def fill(self, values: Mapping[str, str]) -> str:
        """The prefix; where a value is empty, no double space stays behind."""
        return re.sub(" {2,}", " ", self.text.format_map(values)).strip(" ")
