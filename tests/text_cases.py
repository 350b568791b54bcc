"""Texts of polygons to try the readers with, whole and damaged, and what has to hold between these."""

from __future__ import annotations

import json
import os
import struct
from unittest import mock

import msgspec
import numpy as np

from pali_dataprep.masks.kernel import ring_reader

PIECES = [
    b"",
    b"[",
    b"]",
    b",",
    b" ",
    b"-",
    b".",
    b"e",
    b"E+",
    b"0",
    b"00",
    b"9" * 20,
    b"1e400",
    b"null",
    b'"',
    b"\xff",
    b"\0",
]


def draw_text(seed: int) -> bytes:
    """Rings as tools write them; half of them with a byte lost, another in its place, or cut off."""
    rng = np.random.default_rng(seed)
    rings = [[_number(rng) for _ in range(rng.integers(0, 12))] for _ in range(rng.integers(0, 4))]
    separators = ((", ", ": "), (",", ":"), (" ,\n", ":"))[rng.integers(3)]
    text = json.dumps(rings, separators=separators).encode()
    if rng.random() < 0.5:
        begin = int(rng.integers(len(text)))
        text = text[:begin] + PIECES[rng.integers(len(PIECES))] + text[begin + int(rng.integers(2)) :]
    return text[: rng.integers(len(text) + 1)] if rng.random() < 0.2 else text


def compare_texts(text: bytes) -> None:
    """Both readers on this text. Raises AssertionError where they differ in a bit."""
    assert _bits(text, "compiled") == _bits(text, "numpy"), text


def _bits(text: bytes, kernel: str) -> list[bytes] | None:
    with mock.patch.dict(os.environ, PALI_DATAPREP_KERNEL=kernel):
        rings = ring_reader()(msgspec.Raw(text))
    return None if rings is None else [struct.pack(f"{len(ring)}d", *ring) for ring in rings]


def _number(rng: np.random.Generator) -> float:
    kinds = (
        lambda: round(float(rng.uniform(-50, 4000)), int(rng.integers(1, 5))),
        lambda: int(rng.integers(0, 4000)),
        lambda: float(rng.uniform(0, 1)),
        lambda: int(rng.integers(1 << 62)) * 10 ** int(rng.integers(0, 8)),
        lambda: float(rng.uniform(-1, 1) * 10.0 ** rng.integers(-310, 300)),
    )
    return kinds[rng.choice(len(kinds), p=[0.5, 0.2, 0.1, 0.1, 0.1])]()
