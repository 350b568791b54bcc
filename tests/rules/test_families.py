"""What a family of rules is spared: none of its rules has anything to say of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pali_dataprep.boxes import XYXY, clip_xyxy
from pali_dataprep.findings import Location
from pali_dataprep.images import ImageHeader
from pali_dataprep.masks.segmentations import Polygons
from pali_dataprep.rules import annotation, image, question, text
from pali_dataprep.rules.annotation import AnnotationSubject, is_plain
from pali_dataprep.rules.base import Family, findings_of
from pali_dataprep.rules.image import ImageSubject
from pali_dataprep.rules.question import QuestionSubject
from pali_dataprep.rules.text import TextSubject
from pali_dataprep.samples import Instance, Question, Sample

WIDTH, HEIGHT = 10, 8
RINGS = Polygons([[1, 1, 5, 1, 5, 5]])

edges = st.sampled_from([-3.0, -1.0, -0.5, 0.0, 1.0, 4.0, 8.0, 8.5, 10.0, 11.0, 12.0, float("nan"), float("inf")])
boxes: st.SearchStrategy[XYXY] = st.tuples(edges, edges, edges, edges)
labels = st.sampled_from(
    ["cat", "traffic light", "T-shirt", "a_b", "火", "can (soda)", "", "a;b", "<b>", "\x00", "\ud800"]
)
defects = st.sampled_from([(), ("bbox is ...",)])

annotations = st.builds(
    AnnotationSubject,
    st.builds(
        Instance,
        st.none() | labels,
        st.none() | boxes,
        st.none() | st.just(RINGS),
        defects=defects,
        category_id=st.just(7),
    ),
    labels,
    st.just(WIDTH),
    st.just(HEIGHT),
    st.none() | boxes,
    wants_mask=st.booleans(),
    mask_area=st.none() | st.sampled_from([0, 1, 79, 80]),
    mask_defect=st.sampled_from(["", "a ring of two points"]),
    inside=st.none() | st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    listed=st.booleans(),
)

sides = st.none() | st.sampled_from([0, WIDTH, HEIGHT])
headers = st.builds(ImageHeader, st.just(WIDTH), st.sampled_from([WIDTH, HEIGHT]), st.sampled_from([1, 3, 6]))
samples = st.builds(
    Sample, st.sampled_from(["", "1.jpg"]), sides, sides, defects=defects, annotated=st.booleans(), remarks=defects
)
images = st.builds(
    ImageSubject,
    samples,
    st.none() | st.just(Path("1.jpg")),
    st.none() | st.just("not an image") | headers,
    allow_missing=st.booleans(),
    skip_unlabelled=st.booleans(),
    needs_size=st.booleans(),
    unwritten=st.booleans(),
)


def said_by_spared(families: tuple[Family[Any], ...], subject: Any) -> list[Any]:
    spared = [rule for applies, rules in families if not applies(subject) for rule in rules]
    return [(rule.code, said) for rule in spared for said in rule.check(subject)]


@settings(max_examples=2000, deadline=None)
@given(annotations)
def test_rules_that_an_annotation_is_spared_are_silent(subject: AnnotationSubject) -> None:
    assert said_by_spared(annotation.FAMILIES, subject) == []


@settings(max_examples=1000, deadline=None)
@given(images)
def test_rules_that_an_image_is_spared_are_silent(subject: ImageSubject) -> None:
    assert said_by_spared(image.FAMILIES, subject) == []


@pytest.mark.parametrize(
    "subject",
    [
        AnnotationSubject(Instance("cat", (1.0, 1.0, 5.0, 5.0)), "cat", WIDTH, HEIGHT, (1.0, 1.0, 5.0, 5.0)),
        AnnotationSubject(
            Instance("cat", (0.0, 0.0, 10.0, 8.0), RINGS),
            "cat",
            WIDTH,
            HEIGHT,
            (0.0, 0.0, 10.0, 8.0),
            wants_mask=True,
            mask_area=9,
            inside=1.0,
        ),
    ],
)
def test_a_good_annotation_is_spared_all_rules(subject: AnnotationSubject) -> None:
    assert not any(applies(subject) for applies, _ in annotation.FAMILIES)


def test_a_good_image_is_spared_all_rules() -> None:
    subject = ImageSubject(Sample("1.jpg", WIDTH, HEIGHT), Path("1.jpg"), ImageHeader(WIDTH, HEIGHT))
    assert not any(applies(subject) for applies, _ in image.FAMILIES)


@given(annotations, labels)
def test_of_a_plain_object_no_rule_says_a_thing_in_a_row_of_boxes(subject: AnnotationSubject, label: str) -> None:
    instance = subject.instance
    if is_plain(instance, label, WIDTH, HEIGHT):
        assert instance.box_xyxy is not None
        box = clip_xyxy(instance.box_xyxy, WIDTH, HEIGHT)
        assert box == instance.box_xyxy
        listed = AnnotationSubject(instance, label, WIDTH, HEIGHT, box)
        assert findings_of(annotation.RULES, listed, Location()) == []


def test_a_usual_object_is_plain() -> None:
    assert is_plain(Instance("cat", (0.0, 1.0, 10.0, 8.0), RINGS), "cat", WIDTH, HEIGHT)


words = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["", " ", "a cat", "<eos>", "<loc0001>", "<2mass>", "[@BOS@]", "<b>", "a > b", "\x07", "\ud800", "[1]"]
    ),
)
texts = st.builds(TextSubject, words, defects)
questions = st.builds(
    QuestionSubject,
    st.builds(Question, words, choices=st.tuples() | st.tuples(words, words), defects=defects),
    st.tuples() | st.tuples(words),
    st.lists(st.tuples(words, words), max_size=2).map(tuple),
    st.sets(st.sampled_from(["question", "answer", "choices"])).map(frozenset),
    lettered=st.booleans(),
)


@given(texts)
def test_nothing_is_said_of_a_text_that_is_spared(subject: TextSubject) -> None:
    assert said_by_spared(text.FAMILIES, subject) == []


@given(questions)
def test_nothing_is_said_of_a_question_that_is_spared(subject: QuestionSubject) -> None:
    assert said_by_spared(question.FAMILIES, subject) == []


def test_a_usual_question_is_spared_all_rules() -> None:
    rows = (("answer en What is [this]?", "a cat"),)
    subject = QuestionSubject(Question("What is [this]?"), ("a cat",), rows, frozenset({"question"}))
    assert not any(applies(subject) for applies, _ in question.FAMILIES)
    assert not any(applies(TextSubject("a cat")) for applies, _ in text.FAMILIES)
