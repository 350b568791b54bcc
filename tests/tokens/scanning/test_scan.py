"""Objects and deviations of real model output, foreign datasets and hostile text."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_data import SHARED, needs_shared

from pali_dataprep.tokens.grammar import SEPARATOR, TokenObject
from pali_dataprep.tokens.scanning import DEVIATIONS, ScannedSuffix, scan_suffix

BINS = (10, 20, 300, 400)
CODES = tuple(range(0, 128, 8))
BOX = "<loc0010><loc0020><loc0300><loc0400>"
MASK = "".join(f"<seg{code:03d}>" for code in CODES)
CAT, DOG = TokenObject(BINS, None, "cat"), TokenObject(BINS, None, "dog")
STRINGS = SHARED / "data" / "paligemma_strings" / "strings.jsonl"


def names(scanned: ScannedSuffix) -> list[str]:
    return [d.name for d in scanned.deviations]


def table(rows: dict[str, tuple[list[str], list[TokenObject]]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("text", "deviations", "whole"), [(t, *r) for t, r in rows.items()], ids=list(rows))


@table(
    {
        "": ([], []),
        f"{BOX} cat": ([], [CAT]),
        f"{BOX} cat ; {BOX} dog": ([], [CAT, DOG]),
        f"{BOX}{MASK} traffic light": ([], [TokenObject(BINS, CODES, "traffic light")]),
        f"{BOX} salt, pepper ; {BOX} 火を吐く竜": (
            [],
            [TokenObject(BINS, None, "salt, pepper"), TokenObject(BINS, None, "火を吐く竜")],
        ),
    }
)
def test_what_we_write_has_no_deviation(text: str, deviations: list[str], whole: list[TokenObject]) -> None:
    scanned = scan_suffix(text)
    assert (names(scanned), list(scanned.whole)) == (deviations, whole)


@table(
    {
        # tokens
        f"{BOX[9:]} cat": (["loc-count"], []),
        f"{BOX}<loc0001> cat": (["loc-count"], []),
        f"{MASK} cat": (["loc-count"], []),
        f"{BOX}{MASK[:64]} cat": (["seg-count"], [CAT]),
        f"{BOX}{MASK[8:]} cat": (["seg-count"], [CAT]),
        f"{BOX}{MASK}<seg000> cat": (["seg-count"], [CAT]),
        f"{BOX}{MASK * 8} cat": (["seg-count"], [CAT]),
        f"{BOX[:27]}<loc1024> cat": (["loc-out-of-range"], []),
        f"{BOX[:27]}<loc-001> cat": (["loc-out-of-range"], []),
        f"{BOX}{MASK[8:]}<seg128> cat": (["seg-out-of-range"], [CAT]),
        f"{BOX[9:]}{MASK[8:]} cat": (["loc-count", "seg-count"], []),
        "<loc10><loc20><loc300><loc400> cat": (["loc-unpadded"], [CAT]),
        "<loc00010><loc0020><loc0300><loc0400> cat": (["loc-unpadded"], [CAT]),
        f"{BOX}{MASK[8:]}<seg7> cat": (["seg-unpadded"], [TokenObject(BINS, (*CODES[1:], 7), "cat")]),
        "<loc0300><loc0020><loc0010><loc0400> cat": (["box-reversed"], []),
        "<loc0010><loc0020><loc0010><loc0400> cat": (["box-without-extent"], []),
        # labels
        BOX: (["label-missing"], [TokenObject(BINS, None, "")]),
        f"{BOX} ; {BOX} dog": (["label-missing"], [TokenObject(BINS, None, ""), DOG]),
        f"cat {BOX}": (["label-first"], [CAT]),
        f"cat{BOX}dog{BOX}": (["label-first", "separator", "label-first"], [CAT, DOG]),
        f"cat {BOX} ; dog {BOX}": (["label-first", "label-first"], [CAT, DOG]),
        f"{BOX} 3 > 2": (["label-character"], [TokenObject(BINS, None, "3 > 2")]),
        # separators
        f"{BOX} cat;{BOX} dog": (["separator"], [CAT, DOG]),
        f"{BOX} cat; {BOX} dog": (["separator"], [CAT, DOG]),
        f"{BOX} cat, {BOX} dog": (["separator"], [CAT, DOG]),
        f"{BOX} cat {BOX} dog": (["separator"], [CAT, DOG]),
        f"{BOX} cat\n{BOX} dog": (["separator"], [CAT, DOG]),
        f"{BOX} cat ; ; {BOX} dog": (["separator"], [CAT, DOG]),
        f"; {BOX} cat": (["separator"], [CAT]),
        ";;;": (["separator"], []),
        f"{BOX} cat ;": (["trailing-separator"], [CAT]),
        f"{BOX} cat ; ": (["trailing-separator"], [CAT]),
        # around the answer
        f"detect cat {BOX} cat": (["prompt-echo"], [CAT]),
        f"detect cat ; dog\n{BOX} cat": (["prompt-echo"], [CAT]),
        "segment cat": (["prompt-echo"], []),
        f"{BOX} cat<eos>": (["special-token"], [CAT]),
        f"{BOX} cat<eos><pad><pad>": (["special-token"], [CAT]),
        f"<image><image><bos>detect cat\n{BOX} cat<eos>": (["special-token", "prompt-echo", "special-token"], [CAT]),
        f"{BOX} cat<eos> ; {BOX} dog": (["special-token"], [CAT, DOG]),
        "The picture shows a cat": (["stray-text"], []),
        f"{BOX} cat ; dog": (["stray-text"], [CAT]),
        f"{BOX} cat ; dog ; {BOX} dog": (["stray-text"], [CAT, DOG]),
        f"Here it is! {BOX} cat": (["stray-text"], [CAT]),
        f"{BOX} cat\nAnd that is all.": (["stray-text"], [CAT]),
        # cut off
        f"{BOX} cat ; {BOX[:18]}": (["cut-off"], [CAT]),
        f"{BOX} cat ; {BOX[:20]}": (["cut-off"], [CAT]),
        f"{BOX} cat ; <lo": (["cut-off"], [CAT]),
        f"{BOX}{MASK[:64]}": (["cut-off"], []),
        f"{BOX}{MASK} cat ; {BOX}": (["cut-off"], [TokenObject(BINS, CODES, "cat")]),
        # loops
        f"{BOX} cat ; {BOX} cat": ([], [CAT, CAT]),
        SEPARATOR.join([f"{BOX} cat"] * 5): (["repetition"], [CAT] * 5),
        SEPARATOR.join([f"{BOX} cat ; {BOX} dog"] * 3): (["repetition"], [CAT, DOG] * 3),
        f"{BOX} cat cat cat cat cat": (["repetition"], [TokenObject(BINS, None, "cat cat cat cat cat")]),
        # white space
        " ": (["white-space"], []),
        f" {BOX} cat": (["white-space"], [CAT]),
        f"{BOX} cat\n": (["white-space"], [CAT]),
        f"{BOX}cat": (["white-space"], [CAT]),
        f"{BOX}  cat": (["white-space"], [CAT]),
        f"{BOX} black  cat": (["white-space"], [TokenObject(BINS, None, "black cat")]),
        f"{BOX} {MASK} cat": (["white-space"], [TokenObject(BINS, CODES, "cat")]),
        f"{BOX.replace('><', '> <')} cat": (["white-space"], [CAT]),
    }
)
def test_each_deviation_by_name(text: str, deviations: list[str], whole: list[TokenObject]) -> None:
    scanned = scan_suffix(text)
    assert (names(scanned), list(scanned.whole)) == (deviations, whole)


def test_every_name_is_tested() -> None:
    (mark,) = test_each_deviation_by_name.pytestmark  # type: ignore[attr-defined]
    assert {name for _, deviations, _ in mark.args[1] for name in deviations} == set(DEVIATIONS)


@pytest.mark.parametrize("text", ["<LOC0010>", "<loc_10><loc_20><loc_300><loc_400> cat", "<loc００１０>"])
def test_what_only_looks_like_a_token_is_text(text: str) -> None:
    scanned = scan_suffix(text)
    assert (scanned.objects, names(scanned)) == ((), ["stray-text"])


def test_an_exact_prompt_is_known_by_its_own_words() -> None:
    scanned = scan_suffix(f"the cat on the left {BOX}", prompt="the cat on the left")
    assert names(scanned) == ["prompt-echo", "label-missing"]
    assert scanned.whole == (TokenObject(BINS, None, ""),)


def test_a_prompt_with_tokens_of_its_own_is_no_object() -> None:
    prompt = f"caption {BOX}"
    assert scan_suffix(f"{prompt}\na cat", prompt=prompt).objects == ()


def test_spans_point_at_what_they_name() -> None:
    text = f"{BOX} cat ; <loc0010><loc0020> <loc0300><loc1024>{MASK[8:]} black  dog"
    scanned = scan_suffix(text)
    second = scanned.objects[1]
    assert [text[a:b] for a, b in second.loc_spans] == ["<loc0010>", "<loc0020>", "<loc0300>", "<loc1024>"]
    assert second.label_span is not None
    assert text[slice(*second.label_span)] == "black  dog"
    assert text[second.start : second.end] == text.split(SEPARATOR)[1]
    assert {d.name: text[d.start : d.end] for d in scanned.deviations if d.end - d.start < 10} == {
        "loc-out-of-range": "<loc1024>",
        "white-space": "  ",
    }


def test_numbers_are_given_as_found() -> None:
    (found,) = scan_suffix(f"<loc1024><loc-02><loc{'9' * 5000}><loc0000000000000012><seg999> cat").objects
    assert found.locs == (1024, -2, 10**9, 12)
    assert found.segs == (999,)
    assert found.whole is None


@needs_shared
def test_every_published_string_has_the_tokens_its_note_counts() -> None:
    rows = [json.loads(line) for line in STRINGS.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 73
    for row in rows:
        objects = scan_suffix(row["text"], prompt=row["prompt"] or "").objects
        counts = (sum(len(o.locs) for o in objects), sum(len(o.segs) for o in objects))
        assert counts == (row["n_loc"], row["n_seg"]), row["id"]


@needs_shared
def test_published_labels_are_clean_and_outputs_are_not() -> None:
    found = {}
    for line in STRINGS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        deviations = set(names(scan_suffix(row["text"], prompt=row["prompt"] or "")))
        if row["kind"] in ("train_label", "doc_example"):
            assert not deviations, row["id"]
        elif deviations:
            found[row["id"]] = deviations
    loops = {name: {"repetition", "cut-off"} for name in ("076", "080", "084", "088", "092", "096", "100", "122")}
    assert found == loops | {
        "006": {"cut-off"},
        "026": {"seg-count"},
        "038": {"white-space"},
        "040": {"white-space"},
        "042": {"white-space"},
        "046": {"repetition", "white-space", "trailing-separator"},
        "048": {"cut-off"},
        "050": {"cut-off"},
        "064": {"cut-off"},
        "126": {"prompt-echo"},
        "128": {"loc-count"},
        "130": {"label-missing", "trailing-separator"},
        "132": {"white-space"},
        "134": {"loc-count"},
        "136": {"label-missing"},
        "140": {"trailing-separator"},
        "142": {"loc-count"},
    }


# --- properties

bins = st.integers(0, 1022)
boxes = st.tuples(bins, bins, bins, bins).map(lambda b: (b[0], b[1], b[0] + 1, b[1] + 1))
codes = st.lists(st.integers(0, 127), min_size=16, max_size=16).map(tuple)
labels = (
    st.text(st.characters(exclude_characters="<>;", exclude_categories=["C"]), min_size=1, max_size=12)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text and not text.isspace())
)
objects = st.builds(TokenObject, boxes, st.none() | codes, labels)
pieces = st.sampled_from(
    [
        BOX,
        MASK,
        "<loc0001>",
        "<loc1024>",
        "<seg128>",
        "<seg1>",
        "<eos>",
        "<",
        ">",
        ";",
        " ",
        "\n",
        ",",
        "cat",
        "detect ",
    ]
)


@settings(max_examples=50, deadline=None)
@given(st.lists(objects, max_size=5, unique=True))
def test_what_is_written_is_read(written: list[TokenObject]) -> None:
    scanned = scan_suffix(SEPARATOR.join(map(str, written)))
    assert (list(scanned.whole), names(scanned)) == (written, [])


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40) | st.lists(pieces, max_size=20).map("".join), st.sampled_from(["", "detect cat", "cat"]))
def test_any_text_is_accounted_for(text: str, prompt: str) -> None:
    scanned = scan_suffix(text, prompt=prompt)
    covered = set()
    for part in (*scanned.objects, *scanned.deviations):
        assert 0 <= part.start <= part.end <= len(text)
        covered.update(range(part.start, part.end))
    assert {d.name for d in scanned.deviations} <= set(DEVIATIONS)
    if len(scanned.whole) < len(scanned.objects):
        assert any(d.loses for d in scanned.deviations)
    left = [c for n, c in enumerate(text) if n not in covered]
    assert not [c for c in left if c.isalnum()], "every word is in an object or a deviation"


LENGTH = 2**18


@pytest.mark.parametrize(
    "piece",
    [" ", "\n", ";", ",", "<", "<lo", "<loc0001>", "<loc", "1", "<eos>", "<eos>x", "cat<loc0001>", "<seg001> \n",
     f"{BOX} a ; ", f"{BOX}a, ", f"{BOX}\n;\n", "detect ", "a b ", "; ", " \n", "<bos> "],
)  # fmt: skip
def test_long_text_takes_linear_time(piece: str) -> None:
    for text in (piece * (LENGTH // len(piece)), f"{BOX} " + piece * (LENGTH // len(piece)) + "<"):
        started = time.process_time()
        scan_suffix(text)
        assert time.process_time() - started < 10  # well below a second each; minutes if it were quadratic
