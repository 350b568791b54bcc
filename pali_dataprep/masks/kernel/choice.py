"""Which kernel is used, and what it does."""

from __future__ import annotations

import os
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from pali_dataprep.cores import usable_cores
from pali_dataprep.errors import UsageError
from pali_dataprep.masks.kernel.batch import COMPILED, NUMPY, Integers, Kernel, LabelPixels, MaskBatch, MaskResults

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

KERNEL_VARIABLE = "PALI_DATAPREP_KERNEL"

MASKS_A_THREAD = 64
"""At least: half a millisecond to two of work, many times what handing it over takes."""


def kernel_name() -> str:
    """The kernel in use, "compiled" or "numpy"; raises UsageError where the environment asks for none there is."""
    return _kernel(os.environ.get(KERNEL_VARIABLE, "")).name


def run_kernel(batch: MaskBatch, *, resize: bool = True, threads: int | None = None) -> MaskResults:
    """Measures and, with `resize`, images of all masks; the same bytes for any number of threads.

    None stands for as many threads as there are cores and work for. Raises ValueError for arrays
    that do not fit each other, UsageError as `kernel_name`.
    """
    kernel = _kernel(os.environ.get(KERNEL_VARIABLE, ""))
    results = MaskResults.of(len(batch), resize=resize)
    threads = min(len(batch), _worthwhile(kernel, len(batch)) if threads is None else threads)
    if threads <= 1:
        kernel.prepare(batch, 0, len(batch), results)
        return results
    cuts = [len(batch) * n // threads for n in range(threads + 1)]
    parts = [_pool(threads).submit(kernel.prepare, batch, low, high, results) for low, high in pairwise(cuts)]
    for part in parts:
        part.result()
    return results


def _worthwhile(kernel: Kernel, masks: int) -> int:
    return min(usable_cores(), masks // MASKS_A_THREAD) if kernel.without_gil else 1


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Kept, since a batch takes hardly longer than starting threads for it."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(threads, "masks")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a forked process has none of its parent's threads


def run_starts(label_map: LabelPixels) -> Integers:
    """Where runs of equal value begin down each column of a map (height, width), in column-major pixel numbers.

    int64 (n,), ascending; a run ends where the next one begins. Sides are 1 to 65,500 pixels.
    """
    return _kernel(os.environ.get(KERNEL_VARIABLE, "")).run_starts(label_map)


@cache
def _kernel(wanted: str) -> Kernel:
    if wanted not in ("", COMPILED, NUMPY):
        raise UsageError(f"{KERNEL_VARIABLE}={wanted}: there is no such kernel", hint=f"{COMPILED} or {NUMPY}")
    if wanted != NUMPY:
        try:
            from pali_dataprep.masks.kernel.compiled import COMPILED_KERNEL
        except ImportError as error:
            if wanted == COMPILED:
                raise UsageError(
                    f"{KERNEL_VARIABLE}={COMPILED}: the compiled kernel is not there: {error}",
                    hint="install the package where there is a C compiler, or unset the variable",
                ) from None
        else:
            return COMPILED_KERNEL
    from pali_dataprep.masks.kernel.portable import NUMPY_KERNEL

    return NUMPY_KERNEL
