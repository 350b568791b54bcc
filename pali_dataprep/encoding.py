"""Planned rows to finished examples: masks of many images go through the codec together."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from random import Random

import numpy as np

from pali_dataprep.options import ConvertOptions
from pali_dataprep.roundtrip import map_to_bitmap, mask_iou, pixel_box_from_bins
from pali_dataprep.rows import PlacedObject, PlannedRow, to_example
from pali_dataprep.samples import Example
from pali_dataprep.vqvae.codec import MaskCodec

Codes = tuple[int, ...]
SplitRow = tuple[str | None, PlannedRow]

ROWS_PER_BATCH = 256
"""Rows held back at most, for rows with few masks or none."""


class RowEncoder:
    """Gives masks their codewords, in batches of the codec's size. Without a codec, rows must hold none."""

    def __init__(self, codec: MaskCodec | None, options: ConvertOptions) -> None:
        self._codec = codec
        self._options = options
        self._sample = _Reservoir(options.iou_sample, options.seed)

    def examples(self, rows: Iterable[SplitRow]) -> Iterator[list[tuple[str | None, Example]]]:
        """Batches of finished rows with their splits, in order."""
        for batch in self._batches(rows):
            codes = iter(self._encode([o for _, row in batch for o in row.objects if o.mask64 is not None]))
            yield [(split, self._example(row, codes)) for split, row in batch]

    def _example(self, row: PlannedRow, codes: Iterator[Codes]) -> Example:
        return to_example(row, list(itertools.islice(codes, row.masks)), self._options.target)

    def _batches(self, rows: Iterable[SplitRow]) -> Iterator[list[SplitRow]]:
        full = self._codec.batch_size if self._codec else ROWS_PER_BATCH
        pending: list[SplitRow] = []
        masks = 0
        for split, row in rows:
            pending.append((split, row))
            masks += row.masks
            if masks >= full or len(pending) >= ROWS_PER_BATCH:
                yield pending
                pending, masks = [], 0
        if pending:
            yield pending

    def _encode(self, objects: Sequence[PlacedObject]) -> list[Codes]:
        if self._codec is None or not objects:
            return []
        mask64 = np.stack([o.mask64 for o in objects if o.mask64 is not None])[..., None]
        codes: list[Codes] = [tuple(row) for row in self._codec.encode(mask64).tolist()]
        for o, code in zip(objects, codes, strict=True):
            self._sample.offer(o, code)
        return codes

    def measure(self) -> list[float]:
        """Rebuild the sampled masks; IoU with their sources at full size."""
        kept = self._sample.kept
        if self._codec is None or not kept:
            return []
        decoded = self._codec.decode(np.array([code for _, code in kept], dtype=np.int32))
        return [self._iou(o, map64) for (o, _), map64 in zip(kept, decoded, strict=True)]

    def _iou(self, o: PlacedObject, map64: np.ndarray) -> float:
        if o.runs is None:
            return 0.0
        box = pixel_box_from_bins(o.yxyx_bins, self._options.grid, o.runs.width, o.runs.height)
        return mask_iou(o.runs, map_to_bitmap(map64, box), box) if box else 0.0


class _Reservoir:
    """A uniform sample of written masks, at most `size` of them (None: all), the same for the same seed."""

    def __init__(self, size: int | None, seed: int) -> None:
        self.kept: list[tuple[PlacedObject, Codes]] = []
        self._size = size
        self._seen = 0
        self._random = Random(seed)

    def offer(self, o: PlacedObject, codes: Codes) -> None:
        """Keep a mask, or replace a kept one, or let it go (reservoir sampling, algorithm R)."""
        self._seen += 1
        if self._size is None or len(self.kept) < self._size:
            self.kept.append((o, codes))
            return
        place = self._random.randrange(self._seen)
        if place < self._size:
            self.kept[place] = (o, codes)
