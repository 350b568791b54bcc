"""The encoder's last layer and the distances to the codebook, folded into one layer.

What follows the last nonlinearity is linear but for one square, so that 128 features a position
are enough to tell which codeword is nearest: the vectors of 512, and their products with 128
codewords of 512, are never made. Folded in float64, once a checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Head:
    """`weight` (256, 128), `bias` (256,) and `constant`, float64, of features h (128,).

    The first 128 rows give each codeword's squared distance less the vector's own squared length. The others give
    what h is multiplied by, element by element; the sum of these products and `constant` is that length.
    """

    weight: npt.NDArray[np.float64]
    bias: npt.NDArray[np.float64]
    constant: float


def fold_head(arrays: Mapping[str, npt.NDArray[np.float32]]) -> Head:
    """The head of a checkpoint.

    With v = W h + b the squared distance to codeword c is |v|^2 + |c|^2 - 2 c.v, of which all but |v|^2 is
    |c|^2 - 2 c.(W h + b), and |v|^2 is h.(W'W h + 2 W'b) + |b|^2. Products are einsum's: BLAS has threads wait for each
    other, up to seconds on a busy machine.
    """
    linear = arrays["encoder.10.weight"].astype(np.float64)[:, :, 0, 0]
    offset = arrays["encoder.10.bias"].astype(np.float64)
    codebook = arrays["_vq_vae._embedding"].astype(np.float64)
    weight = np.vstack([-2 * np.einsum("cv,vh->ch", codebook, linear), np.einsum("vg,vh->gh", linear, linear)])
    bias = np.concatenate([np.square(codebook).sum(axis=1) - 2 * codebook @ offset, 2 * offset @ linear])
    return Head(weight, bias, float(offset @ offset))
