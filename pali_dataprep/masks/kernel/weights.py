"""The antialiased bilinear resize of one axis to 64 outputs, in whole numbers of 2**-30.

Output i is centred at (i + 1/2) size / 64; a pixel at distance d from it has weight
max(0, 1 - d / radius) with radius max(1, size / 64) pixels, and an output's weights sum to 1
(TensorFlow `scale_and_translate_op.cc`). Times 2 * 64 * radius that is a whole number,

    max(0, R - |64 (2p + 1) - size (2i + 1)|)    with R = max(128, 2 size).

What output i has of the pixels before p, its share, is a sum of those over their total,
rounded once to 2**-30; a pixel's weight is the difference of two shares. So an output's weights sum to exactly
1, and sums of weights are exact in any order. `native/axis.c` computes the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array

from pali_dataprep.masks.kernel.batch import MASK_SIDE

ONE = 1 << 30

_CACHED_SIZES = 1024
"""Of up to 28 bytes a pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class SparseRows:
    """A matrix of `columns` columns as SciPy's `csr_array` holds it; values in units of 2**-30."""

    ends: npt.NDArray[np.int32]
    indices: npt.NDArray[np.int32]
    values: npt.NDArray[np.int32]
    columns: int

    @classmethod
    def of(cls, matrix: coo_array) -> SparseRows:
        """Those of a matrix in which a place may have several entries."""
        rows = matrix.tocsr()
        return cls(rows.indptr[1:], rows.indices, rows.data.astype(np.int32), matrix.shape[1])


@lru_cache(maxsize=_CACHED_SIZES)
def pixel_weights(size: int) -> SparseRows:
    """What each of `size` pixels gives to 64 outputs."""
    shares = _Shares(size)
    output, _ = np.nonzero(shares.valid)
    weights = np.diff(shares.share, prepend=0, axis=1)[shares.valid]
    return SparseRows.of(coo_array((weights, (shares.pixel[shares.valid], output)), shape=(size, MASK_SIDE)))


@lru_cache(maxsize=_CACHED_SIZES)
def edge_weights(size: int) -> SparseRows:
    """What 65 outputs get of the pixels from edge p on, p from 0 to `size`, each less what the output before gets.

    The sum of the first i + 1 of them is output i's; the last belongs to none.
    """
    shares = _Shares(size)
    held = shares.valid & (shares.pixel + 1 < shares.end[:, None])
    output, _ = np.nonzero(held)
    edge, share = shares.pixel[held] + 1, shares.share[held]
    every = np.arange(size + 1)
    complete = np.searchsorted(shares.end, every, side="right")
    values = np.concatenate([np.full(size + 1, ONE), -share, share])
    places = np.concatenate([complete, output, output + 1]), np.concatenate([every, edge, edge])
    return SparseRows.of(coo_array((values, places), shape=(MASK_SIDE + 1, size + 1)))


def stacked(matrices: Sequence[SparseRows], *, diagonally: bool) -> csr_array:
    """One below the other, in columns they share or, `diagonally`, each in its own; int64."""
    counts = np.array([matrix.values.size for matrix in matrices])
    rows = np.array([matrix.ends.size for matrix in matrices])
    columns = np.array([matrix.columns for matrix in matrices])
    ends = np.concatenate([[0], *(matrix.ends for matrix in matrices)], dtype=np.int32)
    ends[1:] += np.repeat((counts.cumsum() - counts).astype(np.int32), rows)
    indices = np.concatenate([matrix.indices for matrix in matrices])
    if diagonally:
        indices += np.repeat((columns.cumsum() - columns).astype(np.int32), counts)
    values = np.concatenate([matrix.values for matrix in matrices], dtype=np.int64)
    return csr_array((values, indices, ends), shape=(ends.size - 1, columns.sum() if diagonally else columns[0]))


class _Shares:
    """`share[i, n]`: what output i has of the pixels up to first[i] + n, of 2**30; `end` is past its last pixel."""

    __slots__ = ("end", "first", "pixel", "share", "valid")

    def __init__(self, size: int) -> None:
        centre = size * (2 * np.arange(MASK_SIDE, dtype=np.int64) + 1)
        radius = max(2 * MASK_SIDE, 2 * size)
        self.first = np.maximum(0, (centre - radius - 64) // 128 + 1)
        self.end = np.minimum(size, -((64 - centre - radius) // 128))
        self.pixel = self.first[:, None] + np.arange((self.end - self.first).max())
        self.valid = self.pixel < self.end[:, None]
        weight = np.where(self.valid, radius - np.abs(64 * (2 * self.pixel + 1) - centre[:, None]), 0)
        sums = weight.cumsum(axis=1)
        unit = ONE / sums[:, -1].astype(np.float64)
        self.share = (sums * unit[:, None] + 0.5).astype(np.int64)
