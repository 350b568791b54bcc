"""Runs of many masks, or COCO's compressed counts of them, to intervals of columns in NumPy, all at once.

What a mask is refused for is what `masks.runs` and `native/runs.c` refuse it for, one mask at a time.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pali_dataprep.masks.kernel.arrays import Bools, enumerated, take
from pali_dataprep.masks.kernel.batch import Integers
from pali_dataprep.masks.kernel.outlines import Intervals

_FIRST_CHARACTER, _CHARACTERS, _MORE, _NEGATIVE, _BITS, _MAX_LENGTH = 48, 64, 32, 16, 5, 7


def intervals_of_runs(bounds: Integers, counts: Integers, sizes: Integers, refused: Bools) -> Intervals:
    """Of masks with so many bounds each; masks whose bounds leave the image or fall are added to `refused`."""
    mask, number = enumerated(counts)
    before = np.append(0, bounds)[: bounds.size]
    before[number == 0] = 0
    refused |= (counts % 2 != 0) | _any(
        (bounds < before) | (bounds > take(sizes.prod(axis=1), mask)), mask, counts.size
    )
    kept = ~refused[mask]
    return _cut_at_columns(bounds[kept], mask[kept], sizes[:, 0])


def intervals_of_rle(text: npt.NDArray[np.uint8], counts: Integers, sizes: Integers, refused: Bools) -> Intervals:
    """Of masks with so many characters each; those whose text is none, or not of their size, are added to `refused`."""
    lengths, mask = _numbers(text, counts, refused)
    numbers = np.bincount(mask, minlength=counts.size)
    begin = numbers.cumsum() - numbers
    place = np.arange(mask.size) - take(begin, mask)
    even, odd = (_sums(np.where((place & 1 == n) & (place > 0), lengths, 0), begin, mask) for n in (0, 1))
    lengths = np.where(place & 1, odd, np.where(place > 0, even, lengths))  # from the fourth on, differences two back
    refused |= _any(lengths < 0, mask, counts.size)
    refused |= np.bincount(mask, lengths, minlength=counts.size) != sizes.prod(axis=1)
    kept = ~refused[mask] & (place < take(numbers // 2 * 2, mask))
    return _cut_at_columns(_sums(lengths, begin, mask)[kept], mask[kept], sizes[:, 0])


def _numbers(text: npt.NDArray[np.uint8], counts: Integers, refused: Bools) -> tuple[Integers, Integers]:
    """The numbers of COCO's text (`rleFrString`), 5 bits a character, lowest first, and whose they are."""
    mask = np.repeat(np.arange(counts.size), counts)
    codes = text.astype(np.int64) - _FIRST_CHARACTER
    is_last = codes & _MORE == 0
    text_ends = counts.cumsum()[counts > 0] - 1
    refused |= _any((codes < 0) | (codes >= _CHARACTERS), mask, counts.size)
    refused[mask[text_ends[~is_last[text_ends]]]] = True  # cut off
    is_last[text_ends] = True
    last = np.flatnonzero(is_last)
    first = np.append(0, last + 1)[: last.size]
    length = last - first + 1
    refused |= _any(length > _MAX_LENGTH, mask[last], counts.size)
    number, place = enumerated(length)
    values = np.zeros(last.size, np.int64)
    np.add.at(values, number, (codes & (_MORE - 1)) << np.minimum(_BITS * place, _BITS * _MAX_LENGTH))
    values -= (codes[last] & _NEGATIVE != 0) * (np.int64(1) << np.minimum(_BITS * length, _BITS * _MAX_LENGTH))
    return values, mask[last]


def _any(true: Bools, mask: Integers, masks: int) -> Bools:
    """Which masks have one that is true."""
    found: Bools = np.bincount(mask[true], minlength=masks) > 0
    return found


def _sums(values: Integers, begin: Integers, mask: Integers) -> Integers:
    """Running sums within each mask, whose values begin there."""
    sums = values.cumsum()
    sums -= take(np.append(0, sums)[begin], mask)
    return sums


def _cut_at_columns(bounds: Integers, mask: Integers, heights: Integers) -> Intervals:
    """Runs as intervals; one that goes on in the next column is cut there. `mask` says whose each bound is."""
    kept = np.flatnonzero(bounds[1::2] > bounds[0::2])
    mask, starts, ends = take(mask[0::2], kept), take(bounds[0::2], kept), take(bounds[1::2], kept)
    height = heights[mask]
    first = starts // height
    source, column = enumerated((ends - 1) // height - first + 1)
    column += take(first, source)
    height = take(height, source)
    top = column * height
    start, end = take(starts, source) - top, take(ends, source) - top
    return Intervals(take(mask, source), column, np.maximum(start, 0), np.minimum(end, height))
