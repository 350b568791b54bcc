"""Each repair on what it is about; together they settle, and leave right rows alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pali_dataprep.repair.repairs import REPAIRS, is_right, repaired
from pali_dataprep.repair.texts import Texts
from pali_dataprep.tokens.scanning import scan_suffix

CAT = "<loc0100><loc0200><loc0300><loc0400> cat"
DOG = "<loc0010><loc0020><loc0030><loc0040> dog"
SEGS = "".join(f"<seg{n:03d}>" for n in range(5, 21))

CASES = [
    ("special-tokens", f"{CAT}<eos>", CAT),
    ("special-tokens", f"<bos>{CAT}", CAT),
    ("prompt-echo", f"detect cat ; dog\n{CAT}", CAT),
    ("prompt-echo", f"detect cat ; dog {CAT}", CAT),
    ("zero-padding", "<loc100><loc200><loc300><loc400> cat", CAT),
    ("zero-padding", f"<loc0100><loc0200><loc0300><loc0400>{SEGS.replace('<seg005>', '<seg5>')} cat", None),
    ("clip", "<loc0100><loc0200><loc1024><loc1024> cat", "<loc0100><loc0200><loc1023><loc1023> cat"),
    ("white-space", f"<loc0100><loc0200><loc0300><loc0400> {SEGS} cat", None),
    (
        "white-space",
        "<loc0100><loc0200><loc0300><loc0400>  traffic   light",
        "<loc0100><loc0200><loc0300><loc0400> traffic light",
    ),
    ("white-space", "<loc0100><loc0200><loc0300><loc0400>cat", CAT),
    ("separators", f"{CAT};{DOG}", f"{CAT} ; {DOG}"),
    ("separators", f"{CAT}; {DOG}", f"{CAT} ; {DOG}"),
    ("separators", f"{CAT}\n{DOG}", f"{CAT} ; {DOG}"),
    ("separators", f"{CAT} ;; {DOG}", f"{CAT} ; {DOG}"),
    ("outer-separators", f"{CAT} ; ", CAT),
    ("outer-separators", f" ; {CAT}", CAT),
    ("suffix-space", f" {CAT}\n", CAT),
    ("flat-boxes", "<loc0100><loc0200><loc0100><loc0400> cat", "<loc0100><loc0200><loc0101><loc0400> cat"),
    ("flat-boxes", "<loc0100><loc1023><loc0300><loc1023> cat", "<loc0100><loc1022><loc0300><loc1023> cat"),
]


@pytest.mark.parametrize(("name", "suffix", "better"), CASES)
def test_a_repair_makes_the_row_right(name: str, suffix: str, better: str | None) -> None:
    texts, done = repaired(Texts("detect cat ; dog", suffix))
    assert name in done
    assert texts.scanned.deviations == ()
    assert better is None or texts.suffix == better


def test_every_repair_has_a_case() -> None:
    assert {name for name, _, _ in CASES} == set(REPAIRS) - {"prefix-space"}


@pytest.mark.parametrize(
    "suffix",
    [
        "<loc1500><loc0200><loc1600><loc0400> cat",
        "<loc0100><loc0200><loc0300><loc0400><loc0500> cat",
        "<loc0100><loc0200><loc0300> cat",
        f"<loc0100><loc0200><loc0300><loc0400>{SEGS[:-8]} cat",
        "<loc0300><loc0200><loc0100><loc0400> cat",
        "<loc0100><loc0200><loc0100><loc0200> cat",
        "cat<loc0100><loc0200><loc0300><loc0400>",
        f"{CAT} and {DOG}",
        "<loc0100><loc0200><loc0300><loc0400>",
    ],
)
def test_what_would_be_a_guess_stays(suffix: str) -> None:
    texts, done = repaired(Texts("detect cat ; dog", suffix))
    assert (texts.suffix, done) == (suffix, ())
    assert texts.scanned.deviations


def test_free_text_keeps_its_punctuation() -> None:
    texts = Texts("answer en what is this?", "a cat;  and a dog ; ")
    assert repaired(texts)[0].suffix == "a cat;  and a dog ;"


def test_a_newline_for_keras_stays() -> None:
    assert repaired(Texts(" detect cat\n", CAT))[0].prefix == "detect cat"
    assert repaired(Texts("detect cat\n", CAT, keeps_newline=True)) == (
        Texts("detect cat\n", CAT, keeps_newline=True),
        (),
    )


BOX = "<loc0100><loc0200><loc0300><loc0400>"
TOKENS = ["<loc0100>", BOX, "<loc7>", "<loc1024>", "<loc1500>", "<loc0100>" * 4, SEGS, SEGS[:16], "<seg7>"]
WORDS = ["cat", "traffic  light", "detect cat", "é", "<eos>", "<bos>", "<", "<lo"]
MARKS = [" ", "  ", ";", " ; ", ",", "\n", "\u2003"]
PIECES = st.sampled_from([*TOKENS, *WORDS, *MARKS])


@settings(max_examples=50, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join), st.sampled_from(["detect cat", "segment cat ; dog ", "cat", "\n"]))
def test_repairing_twice_is_repairing_once(suffix: str, prefix: str) -> None:
    once, _ = repaired(Texts(prefix, suffix))
    assert repaired(once) == (once, ())


@settings(max_examples=50, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_no_box_is_lost(suffix: str) -> None:
    """What a decoder could read before it can read after, up to the repair of the box itself."""
    before, after = scan_suffix(suffix).whole, scan_suffix(repaired(Texts("detect cat", suffix))[0].suffix).whole
    assert len(after) >= len(before)
    boxes = [o.yxyx_bins for o in after]
    assert all(o.yxyx_bins in boxes for o in before)


PREFIXES = ["detect cat", "detect cat\n", " detect cat", "<image>detect cat", "cat", "", TOKENS[0], "<eos>"]


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=6).map("".join), st.sampled_from(PREFIXES), st.booleans())
def test_no_repair_is_about_a_row_that_is_right(suffix: str, prefix: str, keeps_newline: bool) -> None:
    texts = Texts(prefix, suffix, keeps_newline)
    if is_right(texts):
        assert [repair(texts) for repair in REPAIRS.values()] == [texts] * len(REPAIRS)


@pytest.mark.parametrize("suffix", [f"{BOX} cat", f"{BOX} cat ; {BOX} dog"])
def test_good_rows_are_right(suffix: str) -> None:
    assert is_right(Texts("detect cat ; dog", suffix))
