"""Planned rows to finished examples: masks of many images go through the codec together.

What masks need is imported where the first one comes by: box rows start without NumPy.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

from msgspec import structs

from pali_dataprep.conversion.mask_stream import Codes, MaskStream
from pali_dataprep.conversion.rows import CodedMask, PlacedObject, PlannedRow, to_example
from pali_dataprep.masks.quality import MaskQuality, MeasuredMask, measure
from pali_dataprep.options import ConvertOptions
from pali_dataprep.samples import Example

if TYPE_CHECKING:
    import numpy as np

    from pali_dataprep.masks.segmentations import Mask64
    from pali_dataprep.vqvae.codec import MaskCodec

SplitRow = tuple[str | None, PlannedRow]

ROWS_HELD = 256
"""Rows held back at most, for rows with few masks or none; more where the codec takes more masks."""


class RowEncoder:
    """Gives masks their codewords, in batches of the codec's size. Without a codec, rows must hold none."""

    def __init__(self, codec: MaskCodec | None, options: ConvertOptions) -> None:
        self._codec = codec
        self._options = options
        self._sample = _Reservoir(options.iou_sample, options.seed)
        self.quality = MaskQuality()

    def examples(self, rows: Iterable[SplitRow]) -> Iterator[list[tuple[str | None, Example]]]:
        """Finished rows with their splits, in order, some at a time."""
        return self._of_boxes(rows) if self._codec is None else self._of_masks(rows)

    def _of_boxes(self, rows: Iterable[SplitRow]) -> Iterator[list[tuple[str | None, Example]]]:
        """Rows without masks wait for nothing. Raises ValueError for one that has some."""
        rest = iter(rows)
        while some := list(islice(rest, ROWS_HELD)):
            yield [(split, to_example(row, (), self._options.target)) for split, row in some]

    def _of_masks(self, rows: Iterable[SplitRow]) -> Iterator[list[tuple[str | None, Example]]]:
        stream = MaskStream(self._codec)
        held: deque[SplitRow] = deque()
        most = max(ROWS_HELD, stream.masks_held)
        for split, row in rows:
            held.append((split, row))
            known = stream.known
            stream.add(_fresh_masks(row))
            if len(held) >= most:
                stream.flush()
            elif stream.known == known:
                continue
            yield self._finished(held, stream)
        stream.flush()
        yield self._finished(held, stream)

    def _finished(self, held: deque[SplitRow], stream: MaskStream) -> list[tuple[str | None, Example]]:
        """The first of the rows, as far as the codewords of their masks are known; they are held no longer."""
        finished = []
        while held and len(fresh := _fresh_masks(held[0][1])) <= stream.known:
            split, row = held.popleft()
            finished.append((split, self._example(row, iter(stream.take(len(fresh))))))
        if self._options.iou_sample is None:
            self.measure_sample()
        return finished

    def _example(self, row: PlannedRow, fresh: Iterator[Codes]) -> Example:
        """The row with its codewords; `fresh` are those of masks that had none yet."""
        masks = [o for o in row.objects if o.mask is not None]
        codes = [self._take_up(o, next(fresh) if o.coded is None else o.coded.codes) for o in masks]
        return to_example(row, codes, self._options.target)

    def _take_up(self, o: PlacedObject, codes: Codes) -> Codes:
        """Count a mask that is written: measured already, or perhaps to be measured."""
        if o.coded is not None:
            self.quality.add([o.coded.measured])
        else:
            self._sample.offer(o, codes)
        return codes

    @property
    def masks_per_batch(self) -> int:
        """As many as the codec takes at once."""
        return self._codec.batch_size if self._codec else ROWS_HELD

    def coded(self, objects: Sequence[PlacedObject]) -> list[PlacedObject]:
        """Objects with masks, encoded, rebuilt and compared with their sources."""
        stream = MaskStream(self._codec)
        stream.add([o.mask64 for o in objects if o.mask64 is not None])
        stream.flush()
        pairs = list(zip(objects, stream.take(len(objects)), strict=True))
        measured = self._measured(pairs)
        return [
            structs.replace(o, mask64=None, coded=CodedMask(codes, m))
            for (o, codes), m in zip(pairs, measured, strict=True)
        ]

    def measure_sample(self) -> None:
        """Rebuild the sampled masks and add them to `quality`."""
        self.quality.add(self._measured(self._sample.kept))
        self._sample.kept.clear()

    def _measured(self, pairs: Sequence[tuple[PlacedObject, Codes]]) -> list[MeasuredMask]:
        if self._codec is None or not pairs:
            return []
        import numpy as np

        decoded = self._codec.decode(np.array([codes for _, codes in pairs], dtype=np.int32))
        return [self._measure(o, map64) for (o, _), map64 in zip(pairs, decoded, strict=True)]

    def _measure(self, o: PlacedObject, map64: np.ndarray) -> MeasuredMask:
        """At the size of the source; a placed object with a mask has runs and a box with extent."""
        from pali_dataprep.masks.roundtrip import rebuild

        runs = o.runs
        assert runs is not None
        rebuilt = rebuild(map64, o.yxyx_bins, self._options.grid, runs.width, runs.height)
        assert rebuilt is not None
        return measure(runs, rebuilt, o.label, o.image, o.instance.source_id)


def _fresh_masks(row: PlannedRow) -> list[Mask64]:
    """The masks of a row that have no codewords yet."""
    return [o.mask64 for o in row.objects if o.mask64 is not None]


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
            self.kept.append(_kept(o, codes))
            return
        place = self._random.randrange(self._seen)
        if place < self._size:
            self.kept[place] = _kept(o, codes)


def _kept(o: PlacedObject, codes: Codes) -> tuple[PlacedObject, Codes]:
    """Without the image, which is part of an array of up to a thousand that would be kept with it."""
    return structs.replace(o, mask64=None), codes
