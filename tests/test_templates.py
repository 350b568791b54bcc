from __future__ import annotations

import pytest

from pali_dataprep.errors import UsageError
from pali_dataprep.templates import DEFAULT, DEFAULT_WITH_CHOICES, PrefixTemplate

VALUES = {"lang": "de", "question": "wo?", "answer": "hier", "choices": "a \t b", "context": ""}


@pytest.mark.parametrize(
    ("text", "prefix", "asks_for_question"),
    [
        (DEFAULT, "answer de wo?", False),
        (DEFAULT_WITH_CHOICES, "answer de wo? choose from: a \t b", False),
        ("{question}", "wo?", False),
        ("caption {lang}", "caption de", False),
        ("question {lang} {answer}", "question de hier", True),
        ("answer {lang} {context} {question}", "answer de wo?", False),
        ("answer {{lang}} {question}", "answer {lang} wo?", False),
        ("ocr", "ocr", False),
    ],
)
def test_a_template_is_filled(text: str, prefix: str, asks_for_question: bool) -> None:
    template = PrefixTemplate(text)
    assert template.fill(VALUES) == prefix
    assert template.asks_for_question is asks_for_question


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "one line of text"),
        (" {question}", "white space at its ends"),
        ("{question}\n", "white space at its ends"),
        ("a\n{question}", "one line of text"),
        ("answer {language}", "no field {language}"),
        ("{}", "no field {}"),
        ("{question.__class__}", "no field {question.__class__}"),
        ("{question!r}", "no field {question}"),
        ("{question:>10}", "no field {question}"),
        ("{question", "expected '}'"),
        ("{question} {answer}", "nothing is left to ask for"),
    ],
)
def test_what_is_no_template_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(UsageError) as refused:
        PrefixTemplate(text)
    assert complaint in str(refused.value)


def test_values_are_not_templates_themselves() -> None:
    values = {**VALUES, "question": "what is {lang}?"}
    assert PrefixTemplate("{question}").fill(values) == "what is {lang}?"
