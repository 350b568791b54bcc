"""Rings of polygons from JSON text: the compiled kernel makes no list of them, nor a Python number of a coordinate."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeAlias

import msgspec

from pali_dataprep.masks.kernel.batch import NUMPY
from pali_dataprep.masks.kernel.choice import KERNEL_VARIABLE
from pali_dataprep.masks.segmentations import FlatRings

RingReader: TypeAlias = Callable[[msgspec.Raw], Sequence[Sequence[float]] | None]
"""The rings of a polygon, without those that have no number; None for text that is anything else than an
array of arrays of numbers that floats hold."""

_LISTS = msgspec.json.Decoder(list[list[float]])


def ring_reader() -> RingReader:
    """The way of the kernel in use; both find the same numbers."""
    return _ring_reader(os.environ.get(KERNEL_VARIABLE, ""))


@cache
def _ring_reader(wanted: str) -> RingReader:
    if wanted == NUMPY:
        return _listed
    try:
        from pali_dataprep.masks.kernel import _compiled

        read_polygons = _compiled.read_polygons
    except (ImportError, AttributeError):  # not built, or in a checkout that has moved on since
        return _listed
    return lambda text: FlatRings(*found) if (found := read_polygons(text)) else None


def _listed(text: msgspec.Raw) -> list[list[float]] | None:
    try:
        rings = _LISTS.decode(text)  # checked while it is parsed
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return [ring for ring in rings if ring]
