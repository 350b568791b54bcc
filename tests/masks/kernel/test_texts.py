"""Both ways to read rings find the numbers that Python finds, and understand the same texts."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from text_cases import compare_texts, draw_text

from pali_dataprep.masks.kernel import ring_reader
from pali_dataprep.masks.segmentations import FlatRings, Polygons


def read(text: str | bytes) -> Sequence[Sequence[float]] | None:
    """By the kernel in use."""
    return ring_reader()(msgspec.Raw(text if isinstance(text, bytes) else text.encode()))


def bits(numbers: Sequence[float]) -> bytes:
    """Of float64, which tell 0.0 from -0.0."""
    return struct.pack(f"{len(numbers)}d", *numbers)


digits = st.text("0123456789", min_size=1, max_size=30)
whole = st.one_of(
    st.just("0"), st.tuples(st.sampled_from("123456789"), st.text("0123456789", max_size=25)).map("".join)
)
fraction = st.one_of(st.just(""), digits.map(".{}".format))
exponent = st.one_of(
    st.just(""), st.tuples(st.sampled_from("eE"), st.sampled_from(["", "+", "-"]), digits).map("".join)
)
small = st.integers(-340, 320).map("e{}".format)
numbers = st.tuples(st.sampled_from(["", "-"]), whole, fraction, st.one_of(exponent, small)).map("".join)
space = st.text(" \n\r\t", max_size=2)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=numbers, around=space)
def test_numbers_are_those_of_python(kernel: str, text: str, around: str) -> None:
    try:
        expected = float(json.loads(text))
    except OverflowError:  # a whole number that no float holds
        expected = math.inf
    found = read(f"[[{around}{text}{around}]]")
    if math.isfinite(expected):
        assert found is not None
        assert bits(found[0]) == bits([expected])
    else:
        assert found is None


@given(value=st.floats(allow_nan=False, allow_infinity=False))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_float_comes_back_as_it_was(kernel: str, value: float) -> None:
    for text in (repr(value), f"{value:.25e}", f"{value:.17g}"):
        found = read(f"[[{text}]]")
        assert found is not None
        assert bits(found[0]) == bits([float(json.loads(text))])


@pytest.mark.parametrize(
    ("text", "rings"),
    [
        ("[[1, 2.5, -3e2], [4]]", [[1, 2.5, -300], [4]]),
        (" [\n[\t1 ,\r2 ] ] ", [[1, 2]]),
        ("[]", []),
        ("[ [ ], [1], [] ]", [[1]]),
        ("[[9007199254740993, 9007199254740992, 18446744073709551617]]", [[2.0**53, 2.0**53, 2.0**64]]),
        ("[[1e22, 1e23, 123456789012345678e-22]]", [[1e22, 1e23, 123456789012345678e-22]]),
        ("[[1e-400, 0e999999999999999999999]]", [[0, 0]]),
        (f"[[0.{'0' * 20_000}1e20001]]", [[1]]),
        (f"[[1{'0' * 5000}e-4990]]", [[1e10]]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_rings(kernel: str, text: str, rings: list[list[float]]) -> None:
    found = read(text)
    assert found == rings
    assert all(type(number) is float for ring in found or () for number in ring)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "[", "[[", "[[1", "[[1]", "[[1,]]", "[[1],]", "[[1] [2]]", "[[1 2]]", "[,[1]]", "[[1]]]", "[[1]] x"),
        *("null", "7", "[7]", "[[[1]]]", '{"counts": [1], "size": [1, 1]}', '"[[1]]"', "[{}]", "[[1], 2]"),
        *('[["1"]]', "[[true]]", "[[null]]", "[[NaN]]", "[[Infinity]]", "[[-Infinity]]", "[[1e999]]", "[[-1e999]]"),
        *(
            "[[01]]",
            "[[-01]]",
            "[[00]]",
            "[[1.]]",
            "[[.5]]",
            "[[+1]]",
            "[[-]]",
            "[[1e]]",
            "[[1e+]]",
            "[[0x1]]",
            "[[1_0]]",
        ),
        *(
            "[[1.5.5]]",
            "[[1e5.5]]",
            "[[1-2]]",
            "[[- 1]]",
            "[[1\x00]]",
            "[[1\x0b]]",
            "[[\u0661]]",
            "[[" + "9" * 5000 + "]]",
        ),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_not_understood(kernel: str, text: str) -> None:
    assert read(text) is None


@pytest.mark.usefixtures("compiled_kernel")
@pytest.mark.parametrize("hundred", range(5))
def test_both_ways_agree_on_damaged_texts(hundred: int) -> None:
    for n in range(100):
        compare_texts(draw_text(100 * hundred + n))


def test_numbers_do_not_end_where_the_buffer_does(compiled_kernel: None) -> None:
    from pali_dataprep.masks.kernel._compiled import read_polygons

    text = b"[[1.5, 12345678901234567890123.5]]"
    for end in range(len(text)):
        assert read_polygons(memoryview(text)[:end]) is None


def test_flat_rings_are_lists_to_all_others() -> None:
    flat = FlatRings(bits([1, 2, 3, 4.5, 5]), struct.pack("2q", 3, 2))
    assert list(flat) == [[1, 2, 3], [4.5, 5]]
    assert (len(flat), flat[1], flat[-2], flat[:1]) == (2, [4.5, 5], [1, 2, 3], [[1, 2, 3]])
    assert repr(flat) == "[[1.0, 2.0, 3.0], [4.5, 5.0]]"
    assert Polygons(flat) == Polygons([[1, 2, 3], [4.5, 5]]) == Polygons(flat)
    assert Polygons(flat) != Polygons([[1, 2, 3], [4, 5]])
    assert flat != 7
    with pytest.raises(IndexError):
        flat[2]
