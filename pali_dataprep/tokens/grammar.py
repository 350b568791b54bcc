"""The grammar of `<locYYYY>` and `<segNNN>`: formatting, and the two grids.

The only home of 1023 and 1024. Sources: big_vision `pp/proj/paligemma/segmentation.py`
(encode with 1023) and `evaluators/proj/paligemma/transfers/segmentation.py` (decode with
1023); Hugging Face's PaliGemma documentation and Space, supervision (decode with 1024).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from pali_dataprep.boxes import XYXY

LOC_BINS = 1024
"""`<loc0000>` to `<loc1023>`, on either grid."""

SEG_TOKENS = 128
LOCS_PER_BOX = 4
SEGS_PER_MASK = 16

SEPARATOR = " ; "
"""Between objects, in prefix and suffix (ai.google.dev, PaliGemma prompt page)."""

YxyxBins = tuple[int, int, int, int]


class Grid(IntEnum):
    """How a coordinate in [0, 1] becomes a bin: bin = clip(round(v * grid), 0, 1023), v = bin / grid.

    Encoding with one grid and decoding with the other is the bug; either alone is right.
    """

    OVER_1023 = 1023
    OVER_1024 = 1024

    def encode_box(self, box: XYXY, width: int, height: int) -> YxyxBins:
        """Pixel box to bins (y_min, x_min, y_max, x_max), rounded half to even, clipped to 0..1023.

        A box that has extent keeps it: where two edges share a bin, they are set one bin
        apart. `box` is expected inside the image, with area.
        """
        x1, y1, x2, y2 = box
        top, bottom = round(y1 / height * self), round(y2 / height * self)
        left, right = round(x1 / width * self), round(x2 / width * self)
        if not 0 <= top < bottom < LOC_BINS:
            top, bottom = self._span(y1 / height, y2 / height)
        if not 0 <= left < right < LOC_BINS:
            left, right = self._span(x1 / width, x2 / width)
        return (top, left, bottom, right)

    def decode_box(self, bins: Sequence[int], width: int, height: int) -> XYXY:
        """Bins (y_min, x_min, y_max, x_max) to a float pixel box (x_min, y_min, x_max, y_max)."""
        top, left, bottom, right = bins
        return (left / self * width, top / self * height, right / self * width, bottom / self * height)

    def _span(self, low: float, high: float) -> tuple[int, int]:
        """The bins of two edges in [0, 1] that are off the grid, or share a bin."""
        start, end = self._bin(low), self._bin(high)
        if end > start:
            return start, end
        # Widen towards the side the box lies on, without leaving the grid.
        centre = (low + high) / 2 * self
        start = min(LOC_BINS - 2, max(0, math.floor(centre)))
        return start, start + 1

    def _bin(self, value: float) -> int:
        return min(LOC_BINS - 1, max(0, round(value * self)))


_LOC = {b: f"<loc{b:04d}>" for b in range(LOC_BINS)}
_SEG = tuple(f"<seg{i:03d}>" for i in range(SEG_TOKENS))


def format_box(bins: YxyxBins) -> str:
    """Four loc tokens. Raises ValueError for a bin outside 0..1023."""
    top, left, bottom, right = bins
    try:
        return f"{_LOC[top]}{_LOC[left]}{_LOC[bottom]}{_LOC[right]}"
    except KeyError:
        raise ValueError(f"bins {bins} are not all in 0..{LOC_BINS - 1}") from None


def format_mask(codebook_indices: Sequence[int]) -> str:
    """Sixteen seg tokens. Raises ValueError for another number of them or an index outside 0..127."""
    wrong = len(codebook_indices) != SEGS_PER_MASK or min(codebook_indices) < 0 or max(codebook_indices) >= SEG_TOKENS
    if wrong:
        raise ValueError(f"{SEGS_PER_MASK} codebook indices in 0..{SEG_TOKENS - 1} make a mask")
    return "".join([_SEG[i] for i in codebook_indices])


def format_label(label: str) -> str:
    """What follows an object's tokens: its label behind a space, or nothing."""
    return f" {label}" if label else ""


def format_object(bins: YxyxBins, codebook_indices: Sequence[int] | None, label: str) -> str:
    """An object as a suffix spells it, without codewords in a box row. Raises ValueError as its parts do."""
    mask = "" if codebook_indices is None else format_mask(codebook_indices)
    return f"{format_box(bins)}{mask}{format_label(label)}"


class TokenObject(NamedTuple):
    """One object of a suffix: its box in bins, its codewords (None for a box row), its label."""

    yxyx_bins: YxyxBins
    codebook_indices: tuple[int, ...] | None
    label: str

    def __str__(self) -> str:
        return format_object(*self)
