"""The kernel in NumPy: intervals of many masks at once, and what their ends weigh.

It follows `native/mask64.c`, and gives the same bytes: all sums are of whole numbers.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pali_dataprep.masks.kernel.arrays import take
from pali_dataprep.masks.kernel.batch import (
    NUMPY,
    Integers,
    Kernel,
    Kind,
    LabelPixels,
    MaskBatch,
    MaskResults,
)
from pali_dataprep.masks.kernel.outlines import Intervals, Rings, good_rings, intervals_of_rings
from pali_dataprep.masks.kernel.resizing import resize
from pali_dataprep.masks.kernel.run_lengths import intervals_of_rle, intervals_of_runs
from pali_dataprep.masks.segmentations import MAX_SIDE

_COLUMNS_AT_ONCE, _COLUMNS_AT_LEAST = 1 << 14, 1 << 8
"""Of crops, each of which counts as so many at least: what is at work on them, 35 kB of sums an image and some hundred
bytes a column, then stays in a processor's cache."""


def run(batch: MaskBatch, low: int, high: int, results: MaskResults) -> None:
    """Fill the results of masks [low, high)."""
    _check_crops(batch.crops[low:high])
    for part in _parts(batch.crops, low, high):
        refused = np.any((batch.sizes[part] <= 0) | (batch.sizes[part] > MAX_SIDE), axis=1)
        of_kind = _intervals_of_polygons if batch.kind is Kind.POLYGONS else _intervals_of_runs
        intervals = of_kind(batch, part, refused)
        results.refused[part] = refused
        _prepare(intervals, batch.crops[part], results.measures[part], results.mask64[part])


def _parts(crops: Integers, low: int, high: int) -> list[slice]:
    """Masks [low, high) as many at once as fit a cache, and one at least."""
    columns = np.maximum(crops[low:high, 3] - crops[low:high, 1], _COLUMNS_AT_LEAST)
    ends = np.flatnonzero(np.diff((columns.cumsum() - 1) // _COLUMNS_AT_ONCE, append=-1)) + low + 1
    return [slice(begin, end) for begin, end in pairwise([low, *ends.tolist()])]


def run_starts(label_map: LabelPixels) -> Integers:
    """See `choice.run_starts`."""
    pixels = label_map.ravel(order="F")
    begins = np.empty(pixels.size, dtype=bool)
    np.not_equal(pixels[1:], pixels[:-1], out=begins[1:])
    begins[:: len(label_map)] = True
    return np.flatnonzero(begins)


def _check_crops(crops: Integers) -> None:
    sides = crops[:, 2:] - crops[:, :2]
    if not ((sides > 0) & (sides <= MAX_SIDE) | (crops == 0).all(axis=1)[:, None]).all():
        raise ValueError("crops: not as long as the batch, or out of range")


def _intervals_of_polygons(batch: MaskBatch, part: slice, refused: npt.NDArray[np.bool_]) -> Intervals:
    """Intervals of the masks of `part`, numbered from 0; those that are none are added to `refused`."""
    begin = int(batch.mask_ends[part.start - 1]) if part.start else 0
    mask_ends = batch.mask_ends[part] - begin
    counts = np.diff(mask_ends, prepend=0)
    mask = np.repeat(np.arange(counts.size), counts)
    ends = batch.ends[begin : begin + mask.size]
    begins = np.concatenate([batch.ends[begin - 1 : begin] if begin else [0], ends[:-1]]).astype(np.int64)
    refused |= counts == 0
    lengths = ends - begins
    while True:  # at most three times: what a bad ring hides is looked at without it
        kept = ~refused[mask]
        chosen = np.repeat(kept, lengths)
        data = batch.data[begins[0] : ends[-1]][chosen] if ends.size else np.empty(0)
        rings = Rings(data.astype(np.float64), lengths[kept].cumsum(), mask[kept])
        good = good_rings(rings)
        if good.all():
            return intervals_of_rings(rings, *np.where(refused[:, None], 1, batch.sizes[part]).T)
        refused[rings.mask[~good]] = True


def _intervals_of_runs(batch: MaskBatch, part: slice, refused: npt.NDArray[np.bool_]) -> Intervals:
    """As of polygons, of runs or RLE."""
    begin = int(batch.ends[part.start - 1]) if part.start else 0
    ends = batch.ends[part]
    data, counts = batch.data[begin : int(ends[-1])], np.diff(ends, prepend=begin)
    sizes = np.where(refused[:, None], 1, batch.sizes[part])
    if batch.kind is Kind.RLE:
        return intervals_of_rle(data.astype(np.uint8, copy=False), counts, sizes, refused)
    return intervals_of_runs(data.astype(np.int64, copy=False), counts, sizes, refused)


def _prepare(intervals: Intervals, crops: Integers, measures: Integers, mask64: npt.NDArray[np.float32]) -> None:
    """Fill the measures and, where there is room for them, the images."""
    _measure(intervals, measures)
    crops = np.where((crops == 0).all(axis=1)[:, None], measures[:, [3, 2, 5, 4]], crops)
    cropped = _crop(intervals, crops)
    measures[:, 1] = np.bincount(cropped.mask, cropped.end - cropped.start, minlength=len(crops))
    if len(mask64):
        resize(cropped, crops, mask64)


def _measure(intervals: Intervals, measures: Integers) -> None:
    """Area and tight box, zeros for a mask without a pixel. Intervals are in order of their masks and columns."""
    first = np.flatnonzero(np.diff(intervals.mask, prepend=-1))
    if first.size:
        last = np.append(first[1:], intervals.mask.size) - 1
        present = intervals.mask[first]
        measures[present, 0] = np.add.reduceat(intervals.end - intervals.start, first)
        measures[present, 2] = intervals.column[first]
        measures[present, 3] = np.minimum.reduceat(intervals.start, first)
        measures[present, 4] = intervals.column[last] + 1
        measures[present, 5] = np.maximum.reduceat(intervals.end, first)


def _crop(intervals: Intervals, crops: Integers) -> Intervals:
    """What lies in the crops, counted from their corners."""
    y1, x1, y2, x2 = (take(side, intervals.mask) for side in crops.T)
    start, end = np.maximum(intervals.start, y1) - y1, np.minimum(intervals.end, y2) - y1
    kept = (intervals.column >= x1) & (intervals.column < x2) & (start < end)
    return Intervals(intervals.mask, intervals.column - x1, start, end).only(np.flatnonzero(kept))


NUMPY_KERNEL = Kernel(NUMPY, False, run, run_starts)
