"""Masks of row after row through the codec, in full batches whatever rows they belong to.

A backend computes in batches of a fixed size, so that one mask more than a batch costs as much as
a batch. Batches that have begun are computed while the next rows are read and judged.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pali_dataprep.masks.segmentations import Mask64
    from pali_dataprep.vqvae.codec import MaskCodec, PendingCodes

Codes: TypeAlias = tuple[int, ...]
"""The 16 codewords of a mask."""


class MaskStream:
    """A queue: masks are added and their codewords taken in the same order. Without a codec there must be no masks."""

    def __init__(self, codec: MaskCodec | None) -> None:
        self._codec = codec
        self._waiting: list[Mask64] = []
        self._begun: deque[PendingCodes] = deque()
        self._known: deque[Codes] = deque()

    @property
    def known(self) -> int:
        """How many masks' codewords can be taken."""
        return len(self._known)

    @property
    def masks_held(self) -> int:
        """How many masks may be on their way before the first is known; 0 without a codec."""
        return self._codec.batch_size * (1 + self._codec.batches_ahead) if self._codec else 0

    def add(self, masks: Sequence[Mask64]) -> None:
        """Put masks behind those that are there; each full batch is begun. Raises ValueError without a codec."""
        self._waiting += masks
        if self._codec is None:
            if masks:
                raise ValueError(f"{len(masks)} masks and no codec")
            return
        while len(self._waiting) >= self._codec.batch_size:
            self._begin(self._codec, self._codec.batch_size)
            self._collect(self._codec.batches_ahead)

    def flush(self) -> None:
        """Make the codewords of all masks known."""
        if self._codec is not None and self._waiting:
            self._begin(self._codec, len(self._waiting))
        self._collect(0)

    def take(self, number: int) -> list[Codes]:
        """The codewords of the next masks, of which no more may be asked for than are known."""
        return [self._known.popleft() for _ in range(number)]

    def _begin(self, codec: MaskCodec, number: int) -> None:
        import numpy as np

        masks, self._waiting = self._waiting[:number], self._waiting[number:]
        self._begun.append(codec.begin(np.stack(masks)))

    def _collect(self, ahead: int) -> None:
        while len(self._begun) > ahead:
            self._known.extend(map(tuple, self._begun.popleft()().tolist()))
