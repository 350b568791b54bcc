"""Masks as sources give them, and as runs: the data alone, which box rows carry without ever touching pixels.

`runs.py` does the arithmetic; nothing here imports NumPy.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, TypeAlias, overload

import msgspec

from pali_dataprep.boxes import PixelYXYX

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_ITEM = 8
"""Bytes of a coordinate, and of a length."""

MIN_RING_NUMBERS = 6
"""A polygon ring needs three points; pycocotools takes four numbers for a box."""

MAX_SIDE = 65_500
"""pycocotools counts pixels in 32 bits; a larger image would wrap around."""


class MaskError(ValueError):
    """A segmentation that no mask can be made from; the message says why."""


class FlatRings(Sequence[list[float]]):
    """Rings as the kernel takes them, which are lists to everybody else.

    `coordinates` are float64, one ring behind the other, `lengths` int64, the numbers of each.
    """

    __slots__ = ("coordinates", "lengths")

    def __init__(self, coordinates: bytes, lengths: bytes) -> None:
        self.coordinates = coordinates
        self.lengths = lengths

    def __len__(self) -> int:
        return len(self.lengths) // _ITEM

    @overload
    def __getitem__(self, place: int) -> list[float]: ...
    @overload
    def __getitem__(self, place: slice) -> list[list[float]]: ...
    def __getitem__(self, place: int | slice) -> list[float] | list[list[float]]:
        return list(self)[place]

    def __iter__(self) -> Iterator[list[float]]:
        numbers: list[float] = array("d", self.coordinates).tolist()
        ends = accumulate(array("q", self.lengths), initial=0)
        return (numbers[begin:end] for begin, end in pairwise(ends))

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(map(tuple, self)))

    def __repr__(self) -> str:
        return repr(list(self))


class Polygons(msgspec.Struct, frozen=True, gc=False):
    """Rings [x0, y0, x1, y1, ...] in pixels; their union is the mask."""

    rings: Sequence[Sequence[float]]


class Rle(msgspec.Struct, frozen=True):
    """COCO run-length encoding: `counts` compressed (str) or as run lengths; `height` x `width` pixels."""

    counts: str | Sequence[float]
    height: int
    width: int


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """A binary mask of `height` x `width` pixels.

    `bounds` is int64 of shape (2n,): start and end (exclusive) of each run, in
    column-major pixel numbers, non-decreasing. Runs may be empty or touch.
    """

    bounds: npt.NDArray[np.int64]
    height: int
    width: int

    @property
    def area(self) -> int:
        """Number of pixels in the mask."""
        return int(self.bounds[1::2].sum() - self.bounds[0::2].sum())


class DeferredMask(msgspec.Struct, frozen=True):
    """A mask in a file of its own, read when its pixels are needed: box rows never open it.

    `load` takes the image's height and width and returns runs of that size, or raises MaskError.
    """

    load: Callable[[int, int], Runs]


Segmentation: TypeAlias = Polygons | Rle | Runs | DeferredMask
"""A mask as its source gives it."""


Mask64: TypeAlias = "npt.NDArray[np.float32]"
"""The encoder's input, float32 (64, 64, 1) in [0, 1]."""


class MaskRequest(msgspec.Struct, frozen=True, gc=False):
    """A mask on an image of `height` x `width`; `crop` is None where it is the mask's tight box.

    The crop must hold a pixel. What of it is outside the image is not inside the mask.
    """

    segmentation: Segmentation
    height: int
    width: int
    crop: PixelYXYX | None
