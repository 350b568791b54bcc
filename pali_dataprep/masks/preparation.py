"""Segmentations to what the encoder and the rules need of them, many at a time.

Annotations of many images become flat arrays, which the kernel turns into areas, tight
boxes and 64x64 images. A mask's runs are made only where the kernel refuses it, to say why.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import structs

from pali_dataprep.boxes import PixelYXYX
from pali_dataprep.masks.kernel import Kind, MaskBatch, MaskResults, run_kernel
from pali_dataprep.masks.runs import check_bounds, runs_from_segmentation
from pali_dataprep.masks.segmentations import DeferredMask, FlatRings, MaskError, MaskRequest, Polygons, Runs

_TIGHT = (0, 0, 0, 0)


class MaskMeasures(msgspec.Struct, frozen=True, gc=False):
    """Pixels of a mask, in all and in its crop, and its tight box (x1, y1, x2, y2), None where it has no pixel.

    `defect` says why there is no mask; the rest is empty then.
    """

    area: int = 0
    inside: int = 0
    tight_box: tuple[int, int, int, int] | None = None
    defect: str = ""


def measure_masks(requests: Sequence[MaskRequest], *, threads: int | None = None) -> list[MaskMeasures]:
    """One entry a request, in order. Nothing is resized."""
    return _measures(*_prepare(requests, resize=False, threads=threads))


def measure_and_prepare(
    requests: Sequence[MaskRequest], *, threads: int | None = None
) -> tuple[list[MaskMeasures], npt.NDArray[np.float32]]:
    """Measures, and images as those of `prepare_mask64`, at the cost of the images alone.

    One entry a request, in order; the image of what has a defect, or no pixel and no crop, means nothing.
    """
    results, defects = _prepare(requests, resize=True, threads=threads)
    return _measures(results, defects), results.mask64[..., None]


def _measures(results: MaskResults, defects: dict[int, str]) -> list[MaskMeasures]:
    return [
        MaskMeasures(area, inside, (x1, y1, x2, y2) if area else None, defects.get(place, ""))
        for place, (area, inside, x1, y1, x2, y2) in enumerate(results.measures.tolist())
    ]


def prepare_mask64(requests: Sequence[MaskRequest], *, threads: int | None = None) -> npt.NDArray[np.float32]:
    """The encoder's input, float32 (n, 64, 64, 1) in [0, 1], in order.

    A mask's bytes are the same in any batch and for any number of threads. Raises MaskError where there is none.
    """
    results, defects = _prepare(requests, resize=True, threads=threads)
    for defect in defects.values():
        raise MaskError(defect)
    return results.mask64[..., None]


def mask64_from_runs(runs: Runs, crop: PixelYXYX) -> npt.NDArray[np.float32]:
    """One mask, cropped to (y1, x1, y2, x2) and resized: float32 (64, 64) in [0, 1]; the crop must hold a pixel."""
    return prepare_mask64([MaskRequest(runs, runs.height, runs.width, crop)])[0, ..., 0]


def _prepare(
    requests: Sequence[MaskRequest], *, resize: bool, threads: int | None
) -> tuple[MaskResults, dict[int, str]]:
    """Results of all requests, and what is wrong with those that are no masks, by place."""
    results = MaskResults.of(len(requests), resize=resize)
    defects: dict[int, str] = {}
    batches = {kind: _Batch(kind) for kind in Kind}
    by_runs = [place for place, request in enumerate(requests) if not _add(batches, place, request)]
    for batch in batches.values():
        if batch.places:
            found = run_kernel(batch.arrays(), resize=resize, threads=threads)
            by_runs += np.array(batch.places)[found.refused != 0].tolist()
            if len(batch.places) == len(requests):
                results = found
            else:
                _put(results, batch.places, found)
    for place in by_runs:
        request = requests[place]
        try:
            runs = runs_from_segmentation(request.segmentation, request.height, request.width)
            if runs is request.segmentation:
                check_bounds(runs.bounds, runs.height, runs.width)
        except MaskError as error:
            defects[place] = str(error)
        else:
            found, _ = _prepare([structs.replace(request, segmentation=runs)], resize=resize, threads=1)
            _put(results, [place], found)
    return results, defects


def _put(results: MaskResults, places: Sequence[int], found: MaskResults) -> None:
    results.measures[places] = found.measures
    if len(found.mask64):
        results.mask64[places] = found.mask64


class _Batch:
    """Masks of one kind on their way into flat arrays."""

    __slots__ = ("_coordinates", "_crops", "_kind", "_lengths", "_parts", "_rings", "_sizes", "places")

    def __init__(self, kind: Kind) -> None:
        self.places: list[int] = []
        self._kind = kind
        self._coordinates = array("d")
        self._parts: list[bytes | npt.NDArray[np.int64]] = []
        self._lengths, self._rings, self._sizes, self._crops = (array("q") for _ in range(4))

    def add_polygons(self, place: int, request: MaskRequest, rings: Sequence[Sequence[float]]) -> bool:
        """False for what is no flat lists of numbers."""
        if isinstance(rings, FlatRings):
            self._coordinates.frombytes(rings.coordinates)
            self._lengths.frombytes(rings.lengths)
        elif not self._add_lists(rings):
            return False
        self._rings.append(len(rings))
        self._place(place, request)
        return True

    def _add_lists(self, rings: Sequence[Sequence[float]]) -> bool:
        begin = len(self._coordinates)
        try:
            for ring in rings:
                self._coordinates.fromlist(ring if type(ring) is list else list(ring))
        except (TypeError, ValueError, OverflowError):
            del self._coordinates[begin:]
            return False
        self._lengths.extend(map(len, rings))
        return True

    def add(self, place: int, request: MaskRequest, part: bytes | npt.NDArray[np.int64]) -> None:
        """A mask of one part."""
        self._parts.append(part)
        self._lengths.append(len(part))
        self._place(place, request)

    def _place(self, place: int, request: MaskRequest) -> None:
        self.places.append(place)
        self._sizes.extend((request.height, request.width))
        self._crops.extend(_TIGHT if request.crop is None else request.crop)

    def arrays(self) -> MaskBatch:
        """All of them."""
        return MaskBatch(
            self._kind,
            self._flat(),
            np.cumsum(self._lengths, dtype=np.int64),
            np.cumsum(self._rings, dtype=np.int64),
            np.array(self._sizes, np.int64).reshape(-1, 2),
            np.array(self._crops, np.int64).reshape(-1, 4),
        )

    def _flat(self) -> npt.NDArray[np.float64] | npt.NDArray[np.int64] | npt.NDArray[np.uint8]:
        if self._kind is Kind.POLYGONS:
            return np.frombuffer(self._coordinates, np.float64)
        if self._kind is Kind.RLE:
            return np.frombuffer(b"".join(part for part in self._parts if isinstance(part, bytes)), np.uint8)
        return np.concatenate([part for part in self._parts if isinstance(part, np.ndarray)], dtype=np.int64)


def _add(batches: dict[Kind, _Batch], place: int, request: MaskRequest) -> bool:
    """Put a mask into the batch of its kind; False for what no kernel takes as it is."""
    mask = request.segmentation
    if isinstance(mask, Polygons):
        return batches[Kind.POLYGONS].add_polygons(place, request, mask.rings)
    if isinstance(mask, DeferredMask) or (mask.height, mask.width) != (request.height, request.width):
        return False
    if isinstance(mask, Runs):
        batches[Kind.RUNS].add(place, request, mask.bounds)
        return True
    if isinstance(mask.counts, str) and mask.counts.isascii():
        batches[Kind.RLE].add(place, request, mask.counts.encode("ascii"))
        return True
    return False
