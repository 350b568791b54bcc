"""What a kernel is given and what it gives back: flat arrays, one entry a mask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:  # NumPy: not for reading texts alone
    import numpy as np
    import numpy.typing as npt

Integers: TypeAlias = "npt.NDArray[np.int64]"
LabelPixels: TypeAlias = "npt.NDArray[np.integer[Any]]"

COMPILED = "compiled"
NUMPY = "numpy"

MASK_SIDE = 64
"""Side of the encoder's input in pixels (big_vision: `tf.ensure_shape(masks, [None, 64, 64, 1])`)."""


class Kind(StrEnum):
    """What the data of a batch are."""

    POLYGONS = "polygons"
    RUNS = "runs"
    RLE = "rle"


@dataclass(frozen=True, slots=True, eq=False)
class MaskBatch:
    """`n` masks of one kind.

    `data` are float64 coordinates x0, y0, x1, y1, ... of rings in pixels, int64 boundaries of
    runs as in `masks.Runs`, or uint8 characters of COCO's compressed counts. `ends` (int64) is where
    each ring ends in the data, or each mask; of polygons, `mask_ends` is where each mask
    ends among the rings, empty otherwise. `sizes` int64 (n, 2) are height and width.
    `crops` int64 (n, 4) are y1, x1, y2, x2, ends exclusive, with 1 to 65,500 pixels a side; they may reach
    beyond the image, where nothing is inside. Four zeros stand for the mask's tight box.
    """

    kind: Kind
    data: npt.NDArray[np.float64] | Integers | npt.NDArray[np.uint8]
    ends: Integers
    mask_ends: Integers
    sizes: Integers
    crops: Integers

    def __len__(self) -> int:
        return len(self.sizes)


@dataclass(frozen=True, slots=True, eq=False)
class MaskResults:
    """One entry a mask; all zeros where `refused` is not 0, which says that no mask can be made of the data.

    `measures` int64 (n, 6): area, how much of it is in the crop, and the tight box x1, y1, x2, y2
    with ends exclusive (zeros for an empty mask). `mask64` float32 (n, 64, 64) in [0, 1], or (0, 64, 64)
    where no image was asked for.
    """

    measures: Integers
    refused: npt.NDArray[np.uint8]
    mask64: npt.NDArray[np.float32]

    @classmethod
    def of(cls, masks: int, *, resize: bool) -> MaskResults:
        """Room for the results of `masks` masks."""
        import numpy as np

        mask64 = np.empty((masks if resize else 0, MASK_SIDE, MASK_SIDE), np.float32)
        return cls(np.zeros((masks, 6), np.int64), np.zeros(masks, np.uint8), mask64)


@dataclass(frozen=True, slots=True)
class Kernel:
    """An implementation. `prepare` fills the results of masks [low, high) of a batch, and raises ValueError for
    arrays that do not fit each other; `run_starts` finds runs of equal value (`choice.run_starts`). Threads are worth
    it for one that works without the GIL."""

    name: str
    without_gil: bool
    prepare: Callable[[MaskBatch, int, int, MaskResults], None]
    run_starts: Callable[[LabelPixels], Integers]
