"""Segmentations to what the encoder and the rules need of them, many at a time.

Annotations of many images become flat arrays, which the kernel turns into areas, tight
boxes and 64x64 images. A mask's runs are made only where the kernel refuses it, to say why.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import structs

from pali_dataprep.masks.kernel import Kind, MaskBatch, MaskResults, run_kernel
from pali_dataprep.masks.runs import check_bounds, runs_from_segmentation
from pali_dataprep.masks.segmentations import DeferredMask, FlatRings, MaskError, MaskRequest, Polygons, Runs

_TIGHT = (0, 0, 0, 0)

_Ends: TypeAlias = npt.NDArray[np.int64]


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


def _prepare(
    requests: Sequence[MaskRequest], *, resize: bool, threads: int | None
) -> tuple[MaskResults, dict[int, str]]:
    """Results of all requests, and what is wrong with those that are no masks, by place."""
    batches = {kind: _Batch(kind) for kind in Kind}
    by_runs = [place for place, request in enumerate(requests) if not _add(batches, place, request)]
    found = {kind: run_kernel(b.arrays(), resize=resize, threads=threads) for kind, b in batches.items() if b.places}
    by_runs += [p for kind, of_kind in found.items() for p in _refused(batches[kind].places, of_kind)]
    results = _joined(
        len(requests), [(batches[kind].places, of_kind) for kind, of_kind in found.items()], resize=resize
    )
    defects: dict[int, str] = {}
    for place in by_runs:
        request = requests[place]
        try:
            runs = runs_from_segmentation(request.segmentation, request.height, request.width)
            if runs is request.segmentation:
                check_bounds(runs.bounds, runs.height, runs.width)
        except MaskError as error:
            defects[place] = str(error)
        else:
            redone, _ = _prepare([structs.replace(request, segmentation=runs)], resize=resize, threads=1)
            _put(results, [place], redone)
    return results, defects


def _refused(places: Sequence[int], found: MaskResults) -> list[int]:
    return [places[n] for n in np.flatnonzero(found.refused).tolist()]


def _joined(masks: int, parts: list[tuple[list[int], MaskResults]], *, resize: bool) -> MaskResults:
    """Results of batches in the places of their masks; those of one batch that holds all are not copied."""
    if len(parts) == 1 and len(parts[0][0]) == masks:
        return parts[0][1]
    results = MaskResults.of(masks, resize=resize)
    for places, found in parts:
        _put(results, places, found)
    return results


def _put(results: MaskResults, places: Sequence[int], found: MaskResults) -> None:
    results.measures[places] = found.measures
    if len(found.mask64):
        results.mask64[places] = found.mask64


class _Batch:
    """Masks of one kind on their way into flat arrays."""

    __slots__ = ("_kind", "_parts", "_requests", "places")

    def __init__(self, kind: Kind) -> None:
        self.places: list[int] = []
        self._kind = kind
        self._requests: list[MaskRequest] = []
        self._parts: list[FlatRings | bytes | npt.NDArray[np.int64]] = []

    def add(self, place: int, request: MaskRequest, part: FlatRings | bytes | npt.NDArray[np.int64]) -> None:
        """A mask, whose data are of the batch's kind."""
        self.places.append(place)
        self._requests.append(request)
        self._parts.append(part)

    def arrays(self) -> MaskBatch:
        """All of them."""
        sizes = array("q", [side for r in self._requests for side in (r.height, r.width)])
        crops = array("q", [edge for r in self._requests for edge in r.crop or _TIGHT])
        return MaskBatch(
            self._kind,
            *self._data(),
            np.frombuffer(sizes, np.int64).reshape(-1, 2),
            np.frombuffer(crops, np.int64).reshape(-1, 4),
        )

    def _data(self) -> tuple[npt.NDArray[np.float64] | npt.NDArray[np.int64] | npt.NDArray[np.uint8], _Ends, _Ends]:
        """The masks' data one behind the other, the ends in it, and of polygons the masks' ends among the rings."""
        if self._kind is Kind.POLYGONS:
            polygons = [part for part in self._parts if isinstance(part, FlatRings)]
            coordinates = np.frombuffer(b"".join([rings.coordinates for rings in polygons]), np.float64)
            lengths = np.frombuffer(b"".join([rings.lengths for rings in polygons]), np.int64)
            return coordinates, lengths.cumsum(), _ends([len(rings.lengths) for rings in polygons]) // lengths.itemsize
        ends, none = _ends(list(map(len, self._parts))), np.empty(0, np.int64)
        if self._kind is Kind.RLE:
            return np.frombuffer(b"".join([p for p in self._parts if isinstance(p, bytes)]), np.uint8), ends, none
        return np.concatenate([p for p in self._parts if isinstance(p, np.ndarray)], dtype=np.int64), ends, none


def _ends(lengths: list[int]) -> _Ends:
    return np.array(lengths, np.int64).cumsum()


def _add(batches: dict[Kind, _Batch], place: int, request: MaskRequest) -> bool:
    """Put a mask into the batch of its kind; False for what no kernel takes as it is."""
    mask = request.segmentation
    if isinstance(mask, Polygons):
        rings = mask.rings if isinstance(mask.rings, FlatRings) else _flattened(mask.rings)
        if rings is not None:
            batches[Kind.POLYGONS].add(place, request, rings)
        return rings is not None
    if isinstance(mask, DeferredMask) or (mask.height, mask.width) != (request.height, request.width):
        return False
    if isinstance(mask, Runs):
        batches[Kind.RUNS].add(place, request, mask.bounds)
        return True
    if isinstance(mask.counts, str) and mask.counts.isascii():
        batches[Kind.RLE].add(place, request, mask.counts.encode("ascii"))
        return True
    return False


def _flattened(rings: Sequence[Sequence[float]]) -> FlatRings | None:
    """None for what is no flat lists of numbers."""
    coordinates = array("d")
    try:
        for ring in rings:
            coordinates.fromlist(ring if type(ring) is list else list(ring))
    except (TypeError, ValueError, OverflowError):
        return None
    return FlatRings(coordinates.tobytes(), array("q", map(len, rings)).tobytes())
