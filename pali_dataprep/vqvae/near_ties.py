"""Codewords that float32 cannot decide, decided in float64, so that the same mask gives the same tokens everywhere.

Most are undecided only because squared distances are large numbers that differ little. From the
same float32 features the distances are computed anew in float64, and what the features themselves may
err by decides whether that is enough: in nine of ten cases it is. For the rest the whole
network is computed in float64 (`exact.py`), which takes as long as ten masks in float32.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pali_dataprep.vqvae.checkpoint import CODEBOOK_SIZE, CODEWORDS_PER_MASK
from pali_dataprep.vqvae.exact import ExactEncoder
from pali_dataprep.vqvae.head import fold_head

Array = npt.NDArray[np.float64]

FEATURE_ERROR = 2e-6
"""What features (128,) may err by in float32, as vectors, relative to their length.

A gap between two distances is a product of features with the difference of two rows of the head, so it errs by no more
than this times both lengths. The greatest error of features measured was 1.0e-6, of a gap 4e-7, with the stand-in
and with random weights, on real masks and on noise.
"""


class TieBreaker:
    """Decides codewords of one checkpoint."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[np.float32]]) -> None:
        self.recomputed = 0  # codewords for which the features were too coarse
        self._arrays = arrays
        head = fold_head(arrays)
        self._weight, self._bias = head.weight[:CODEBOOK_SIZE], head.bias[:CODEBOOK_SIZE]
        self._apart = np.linalg.norm(self._weight[:, None] - self._weight, axis=2)

    @cached_property
    def _exact(self) -> ExactEncoder:
        return ExactEncoder(self._arrays)

    def decide(
        self, mask64: npt.NDArray[np.float32], features: npt.NDArray[np.float32], ties: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.int32]:
        """The codebook indices, int32 (ties.sum(),), of those of the masks' 16 places that `ties`, bool (n, 16), marks.

        Masks float32 (n, 64, 64) in [0, 1], their features float32 (n, 16, 128).
        """
        decided, sure = self._by_features(features[ties].astype(np.float64))
        masks, places = np.nonzero(ties)
        for mask in np.unique(masks[~sure]):
            unsure = (masks == mask) & ~sure
            decided[unsure] = self._by_network(mask64[mask], places[unsure])
        return decided

    def _by_features(self, features: Array) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        """The nearest codewords of (n, 128), and whether each is nearest whatever the features err by."""
        # einsum's products, as BLAS has threads wait for each other.
        distances = np.einsum("nf,cf->nc", features, self._weight) + self._bias
        nearest = distances.argmin(axis=1)
        gaps = distances - distances.min(axis=1, keepdims=True)
        errors = FEATURE_ERROR * np.linalg.norm(features, axis=1)[:, None] * self._apart[nearest]
        is_other = np.arange(CODEBOOK_SIZE) != nearest[:, None]
        return nearest.astype(np.int32), ((gaps > errors) | ~is_other).all(axis=1)

    def _by_network(self, mask64: npt.NDArray[np.float32], places: npt.NDArray[np.intp]) -> npt.NDArray[np.int32]:
        self.recomputed += len(places)
        return self._exact.encode(mask64, np.isin(np.arange(CODEWORDS_PER_MASK), places))
