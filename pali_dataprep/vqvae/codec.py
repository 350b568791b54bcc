"""The mask codec: 64x64 masks to 16 codewords and back, whatever the backend.

A backend computes in float32 and says how close each decision was. Near-ties are
decided again in float64 (`near_ties.py`), so that the same mask gives the same tokens in
any batch, on any machine and from any backend.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pali_dataprep.vqvae.backends import BACKENDS, choose_backend
from pali_dataprep.vqvae.base import Encoded
from pali_dataprep.vqvae.checkpoint import CODEWORDS_PER_MASK, Checkpoint
from pali_dataprep.vqvae.near_ties import TieBreaker

PendingCodes: TypeAlias = Callable[[], npt.NDArray[np.int32]]
"""Waits for an encoding that has begun: codebook indices int32 (n, 16)."""


class MaskCodec:
    """Encoder and decoder of one codebook; `backend` is a name of BACKENDS, chosen for the device by default."""

    def __init__(self, checkpoint: Checkpoint, name: str, *, device: str = "auto", backend: str | None = None) -> None:
        self.name = name
        self.sha256 = checkpoint.sha256
        self.codewords = self.near_ties = 0  # decided so far, and of them in float64
        self._backend = BACKENDS[backend or choose_backend(device)].open(checkpoint, device)
        self._arrays = checkpoint.arrays

    @cached_property
    def _ties(self) -> TieBreaker:
        """For near-ties, of which there may be none."""
        return TieBreaker(self._arrays)

    @property
    def recomputed(self) -> int:
        """Of the near-ties, how many took the whole network in float64."""
        return self._ties.recomputed if self.near_ties else 0

    @property
    def device(self) -> str:
        """Where the network runs, for people."""
        return self._backend.device

    @property
    def batch_size(self) -> int:
        """How many masks make a full batch."""
        return self._backend.batch_size

    @property
    def batches_ahead(self) -> int:
        """How many batches are worth beginning before one is waited for."""
        return self._backend.batches_ahead

    def encode(self, mask64: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
        """Masks float32 (n, 64, 64, 1) in [0, 1] to codebook indices int32 (n, 16) in 0..127."""
        return self.begin(mask64)()

    def begin(self, mask64: npt.NDArray[np.float32]) -> PendingCodes:
        """Begin to encode as `encode` does; it is computed beside whatever is done until the outcome is waited for."""
        if len(mask64) == 0:
            return lambda: np.zeros((0, CODEWORDS_PER_MASK), dtype=np.int32)
        begun = self._backend.begin(mask64)
        return lambda: self._decided(mask64, begun())

    def _decided(self, mask64: npt.NDArray[np.float32], encoded: Encoded) -> npt.NDArray[np.int32]:
        """Codebook indices, near-ties decided in float64."""
        indices, ties = np.array(encoded.indices), encoded.near_ties
        if len(rows := np.flatnonzero(ties.any(axis=1))):
            indices[ties] = self._ties.decide(mask64[rows, ..., 0], encoded.features_of(rows), ties[rows])
        self.codewords += indices.size
        self.near_ties += int(ties.sum())
        return indices

    def decode(self, codebook_indices: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        """Codebook indices int32 (n, 16) to maps float32 (n, 64, 64); above 0 is inside."""
        if len(codebook_indices) == 0:
            return np.zeros((0, 64, 64), dtype=np.float32)
        return self._backend.decode(np.asarray(codebook_indices, dtype=np.int32))
