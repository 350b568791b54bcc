from __future__ import annotations

import pytest

from pali_dataprep.findings import Location
from pali_dataprep.options import AnswerPolicy, ChoiceStyle, ConvertOptions, Task
from pali_dataprep.questions import spell
from pali_dataprep.rules.question import RULES, QuestionSubject
from pali_dataprep.samples import Answer, Question


def codes(question: Question, **options: object) -> list[str]:
    settled = ConvertOptions(task=Task.ANSWER, **options)  # type: ignore[arg-type]
    spelled = spell(question, settled)
    lettered = settled.choices is ChoiceStyle.LETTERS
    subject = QuestionSubject(question, spelled.answers, spelled.rows, spelled.template.fields, lettered)
    return [f.code for rule in RULES for f in rule.findings(subject, Location())]


def asked(text: str = "what?", *answers: str, **fields: object) -> Question:
    return Question(text, tuple(map(Answer, answers or ("net",))), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (asked(), []),
        (asked("is 3 ≥ 2; yes or no?"), []),
        (Question("", defects=("no object",)), ["QST101"]),
        (asked(" \n"), ["QST102"]),
        (Question("what?"), ["QST103"]),
        (asked("what?", " "), ["QST103"]),
        (asked("what is <loc0012>?"), ["QST104"]),
        (asked("what is <loc12>?"), ["QST104"]),
        (asked("<image> what?"), ["QST104"]),
        (asked("what?", "net<eos>"), ["QST104"]),
        (asked("what?", "<bos>"), ["QST104"]),
        (asked("what?", "<seg001>"), ["QST104"]),
        (asked("what?", "\ud800"), ["QST104"]),
        (asked("is 3 < 2?"), ["QST105"]),
        (asked("what?", "<b>net</b>"), ["QST105"]),
        (asked("what?", "a\x00b"), ["QST105"]),
        (asked("what?", "three", choices=("one", "two")), ["QST106"]),
        (asked("what?", "two", choices=("one", " two ")), []),
    ],
)
def test_what_is_found(question: Question, expected: list[str]) -> None:
    assert codes(question) == expected


def test_only_what_is_written_is_judged() -> None:
    question = asked("what?", "net", "net", "<eos>")
    assert codes(question) == []
    assert codes(question, answers=AnswerPolicy.ALL) == ["QST104"]
    assert codes(asked(""), template="caption {lang}") == []
    assert codes(asked(""), template="question {lang} {answer}") == ["QST102"]


@pytest.mark.parametrize("n", [26, 27])
def test_letters_end_at_z(n: int) -> None:
    question = asked("what?", "0", choices=tuple(map(str, range(n))))
    assert codes(question, choices=ChoiceStyle.LETTERS) == ([] if n == 26 else ["QST106"])
    assert codes(question) == []


def test_a_template_of_choices_needs_choices() -> None:
    assert codes(asked(), template="{question} {choices}") == ["QST106"]
