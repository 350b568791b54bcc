from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pali_dataprep.options import AnswerPolicy, ChoiceStyle, ConvertOptions, Task
from pali_dataprep.questions import choose_answers, on_one_line, spell
from pali_dataprep.samples import Answer, Question

SURE, UNSURE, GUESS = 1.0, 0.5, 0.0


def question(*answers: str | tuple[str, float], **fields: object) -> Question:
    """A question with answers, each a text or a text with its confidence."""
    given = tuple(Answer(a) if isinstance(a, str) else Answer(*a) for a in answers)
    return Question("what?", given, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "majority", "everything", "first", "best"),
    [
        (question("net", "fence", "net"), "net", ("net", "fence", "net"), "net", "net"),
        (question("fence", "net", "net"), "net", ("fence", "net", "net"), "fence", "net"),
        (question("a", "b"), "a", ("a", "b"), "a", "a"),
        (question("a", "b", preferred="b"), "b", ("a", "b"), "a", "b"),
        (question("a", "a", "b", preferred="b"), "a", ("a", "a", "b"), "a", "a"),
        (question("  red\n wine ", "red wine", "x"), "red wine", ("red wine", "red wine", "x"), "red wine", "red wine"),
        (question(("a", GUESS), ("a", GUESS), ("b", SURE)), "a", ("a", "a", "b"), "a", "b"),
        (question(("a", UNSURE), ("b", SURE), ("c", SURE), ("c", SURE)), "c", ("a", "b", "c", "c"), "a", "c"),
        (question(" ", "\n", "x"), "x", ("x",), "x", "x"),
    ],
)
def test_the_policy_picks_the_answers(
    asked: Question, majority: str, everything: tuple[str, ...], first: str, best: str
) -> None:
    assert choose_answers(asked, AnswerPolicy.MAJORITY) == (majority,)
    assert choose_answers(asked, AnswerPolicy.ALL) == everything
    assert choose_answers(asked, AnswerPolicy.FIRST) == (first,)
    assert choose_answers(asked, AnswerPolicy.BEST_CONFIDENCE) == (best,)


@pytest.mark.parametrize("policy", AnswerPolicy)
def test_nobody_answered(policy: AnswerPolicy) -> None:
    assert choose_answers(question(), policy) == ()
    assert choose_answers(question(" ", "\t"), policy) == ()


@given(st.lists(st.text(max_size=4), max_size=8), st.sampled_from(AnswerPolicy))
@settings(max_examples=50)
def test_every_policy_writes_answers_that_were_given(texts: list[str], policy: AnswerPolicy) -> None:
    chosen = choose_answers(question(*texts), policy)
    assert set(chosen) <= {on_one_line(text) for text in texts} - {""}
    assert bool(chosen) == any(text.strip() for text in texts)


def spelled(asked: Question, **options: object) -> tuple[tuple[str, str], ...]:
    return spell(asked, ConvertOptions(task=Task.ANSWER, **options)).rows  # type: ignore[arg-type]


CHOICES = question("two  things", choices=("one", "two\nthings"))


@pytest.mark.parametrize(
    ("asked", "options", "row"),
    [
        (question("net"), {}, ("answer en what?", "net")),
        (question("net", lang="de"), {}, ("answer de what?", "net")),
        (question("net"), {"lang": "fr"}, ("answer fr what?", "net")),
        (question("net"), {"template": "{question}"}, ("what?", "net")),
        (question("net"), {"template": "caption {lang}"}, ("caption en", "net")),
        (question("net"), {"template": "question {lang} {answer}"}, ("question en net", "what?")),
        (CHOICES, {}, ("answer en what? choose from: one \t two things", "two things")),
        (CHOICES, {"choices": ChoiceStyle.LETTERS}, ("answer en what? choose from: (A) one, (B) two things", "B")),
        (CHOICES, {"template": "answer {lang} {question}"}, ("answer en what?", "two things")),
        (question("x", context="It\nis."), {"template": "{context} {question}"}, ("It is. what?", "x")),
    ],
)
def test_a_row_is_spelled(asked: Question, options: dict[str, object], row: tuple[str, str]) -> None:
    assert spelled(asked, **options) == (row,)


def test_all_answers_make_a_row_each() -> None:
    rows = spelled(question("a", "b", "a"), answers=AnswerPolicy.ALL)
    assert [suffix for _, suffix in rows] == ["a", "b", "a"]


@given(st.text())
@settings(max_examples=50)
def test_a_question_is_one_line(text: str) -> None:
    ((prefix, _),) = spelled(Question(text, (Answer("x"),)), template="{question}?")
    assert prefix == prefix.strip(" \n")
    assert not set(prefix) & set("\n\r\t\u2028")
