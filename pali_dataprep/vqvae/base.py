"""What a backend of the mask codec is: it computes the network in float32 and says how close each decision was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

ROUNDING = 1.2e-5
"""Two best squared distances that differ by less, relative to |v|^2 + |v - c|^2, are a near-tie.

A squared distance is computed as |v|^2 + |c|^2 - 2 v.c, so its float32 error follows the terms, not their
difference. The greatest error of a gap measured was 3.1e-6 of that sum, of either backend, with the stand-in and with
random weights, on real masks and on noise.
"""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A backend's decisions, each array of shape (n, 16).

    `indices` int32 in 0..127; `best` the smallest squared distance, `gap` what the second
    smallest exceeds it by, `norm` the vector's squared length, float32. `features_of` gives what they were
    made from, float32 (k, 16, 128), of k masks by their numbers: of few, so that they need not all be fetched.
    """

    indices: npt.NDArray[np.int32]
    best: npt.NDArray[np.float32]
    gap: npt.NDArray[np.float32]
    norm: npt.NDArray[np.float32]
    features_of: Callable[[npt.NDArray[np.intp]], npt.NDArray[np.float32]]

    @property
    def near_ties(self) -> npt.NDArray[np.bool_]:
        """Where float32 cannot be trusted to decide, bool (n, 16)."""
        ties: npt.NDArray[np.bool_] = self.gap < ROUNDING * (self.norm + self.best)
        return ties


class Backend(Protocol):
    """What computes the network. `batches_ahead` says how many batches are worth beginning before one is waited for."""

    device: str
    batch_size: int
    batches_ahead: int

    def begin(self, mask64: npt.NDArray[np.float32]) -> Callable[[], Encoded]:
        """Begin to encode masks float32 (n, 64, 64, 1) in [0, 1], n >= 1, which must not change; call it to wait."""
        ...

    def decode(self, codebook_indices: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        """Codebook indices int32 (n, 16), n >= 1, to maps float32 (n, 64, 64), about -1..1."""
        ...
