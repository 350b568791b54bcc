"""Rows that a family of rules is spared: none of its rules has anything to say of them."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonl_world import BOX, MASK, OTHER_BOX

from pali_dataprep.rules.jsonl import ROW_FAMILIES
from pali_dataprep.rules.jsonl.subject import Context, Row, SourceFile
from pali_dataprep.tokens.budget import Limit
from pali_dataprep.tokens.tokenizer import Estimate

WHOLE_IMAGE = "<loc0000><loc0000><loc1023><loc1023>"
WORDS = ("cat", "Cat", "dog", "détect", "traffic light", "T-shirt", "a_b", "火", "can (soda)", "12", "\ud800", "\x00")
GLUE = (" ; ", " ", "", ";", ", ", "  ", "\n", "\t", ":", "\x85", "\u00a0", "<eos>", "<image>")
TASKS = ("detect ", "segment ", "Detect ", "detects ", "detect", "answer en ", "caption: ", "ocr\n", "Where ", "")
TOKENS = (f"{BOX} ", f"{OTHER_BOX}{MASK} ", f"{WHOLE_IMAGE} ", f"{BOX}{MASK[:-8]} ", BOX, "<loc1024>", "<seg")
IMAGES = ("1.jpg", "a/1.jpg", "/1.jpg", "c:/1.jpg", "a\\1.jpg", "1:/2.jpg", "", "ab:/c")

some_words = st.lists(st.sampled_from([*WORDS, *GLUE]), max_size=4).map("".join)
classes = st.lists(st.sampled_from(WORDS[:8]), min_size=1, max_size=3).map(" ; ".join)
objects = st.tuples(st.sampled_from(TOKENS), st.sampled_from(WORDS)).map("".join)
prefixes = st.tuples(st.sampled_from(TASKS), classes | some_words).map("".join)
suffixes = st.lists(objects, max_size=3).map(" ; ".join) | st.lists(objects | some_words, max_size=3).map("".join)


@pytest.fixture(scope="module")
def context() -> Context:
    return Context(counter=Estimate(), limit=Limit(30, "a test"))


@settings(max_examples=200, deadline=None)
@example("1.jpg", "detect cat", "\ud800", False)  # stray text, of which only the scanner knows
@given(st.sampled_from(IMAGES), prefixes, suffixes, st.booleans())
def test_a_family_that_does_not_apply_has_nothing_to_say(
    context: Context, image: str, prefix: str, suffix: str, keras: bool
) -> None:
    row = Row(SourceFile("a", keras=keras), 1, "", {}, context, (), image, prefix, suffix, whole=True)
    for applies, rules in ROW_FAMILIES:
        if not applies(row):
            assert [(rule.code, list(rule.check(row))) for rule in rules] == [(rule.code, []) for rule in rules]


@pytest.mark.parametrize(
    ("prefix", "suffix"),
    [
        ("detect cat", ""),
        ("detect cat ; dog", f"{BOX} dog"),
        ("detect cat ; traffic light", f"{BOX} cat ; {OTHER_BOX} traffic light"),
        ("answer en what is it?", "a cat"),
        ("what is it?", "a cat"),
    ],
)
def test_good_rows_are_spared_by_every_family(prefix: str, suffix: str) -> None:
    context = Context(counter=Estimate(), limit=Limit(256, "a test"))
    row = Row(SourceFile("a"), 1, "", {}, context, (), "1.jpg", prefix, suffix, whole=True)
    assert not any(applies(row) for applies, _ in ROW_FAMILIES)
