"""A 4x4 transposed convolution of stride 2 as a 2x2 convolution, which CPUs compute faster.

The four pixels around each corner of the input's pixels, with a margin of zeros, make the four
around the same corner of the output's: (h, w) pixels have (h + 1, w + 1) corners, and these
(2h + 2, 2w + 2) pixels, of which the outermost belong to no input.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_TAPS = np.array([[2, 3], [0, 1]])
"""Along one axis: of the input before a corner and of that behind it, for the output before it and behind it."""


def corner_kernel(kernel: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """PyTorch's kernel (in, out, 4, 4) as that of the 2x2 convolution, (2, 2, in, 2 * 2 * out)."""
    around = kernel[:, :, _TAPS[:, None, :, None], _TAPS[None, :, None, :]]  # in, out, input 2 x 2, output 2 x 2
    return around.transpose(2, 3, 0, 4, 5, 1).reshape(2, 2, len(kernel), -1)
