"""Masks in flat arrays to their measures and to the 64x64 image the encoder sees, a batch at a time.

Two kernels give the same bytes: `compiled`, an extension in C (`native/`), and `numpy`, for
where it could not be built. `PALI_DATAPREP_KERNEL` names the one to use; without it the
compiled one is used where it is there.

The reference is `tf.image.resize(mask[y1:y2, x1:x2], [64, 64], method="bilinear",
antialias=True) / 255` (big_vision `pp/proj/paligemma/segmentation.py`). That resize is
linear and separable, so the mask itself is never made: each column's intervals of inside
pixels add what their two ends weigh, and cost follows the outline instead of the pixels.
Weights are whole numbers of 2**-30 (`weights.py`), so that every sum is exact and neither
order nor batch nor thread can change a bit.
"""

from pali_dataprep.masks.kernel.batch import COMPILED, MASK_SIDE, NUMPY, Kind, MaskBatch, MaskResults
from pali_dataprep.masks.kernel.choice import KERNEL_VARIABLE, kernel_name, run_kernel, run_starts
from pali_dataprep.masks.kernel.texts import RingReader, ring_reader

__all__ = [
    "COMPILED",
    "KERNEL_VARIABLE",
    "MASK_SIDE",
    "NUMPY",
    "Kind",
    "MaskBatch",
    "MaskResults",
    "RingReader",
    "kernel_name",
    "ring_reader",
    "run_kernel",
    "run_starts",
]
