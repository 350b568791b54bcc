from typing import Any

import msgspec
import numpy.typing as npt

Array = npt.NDArray[Any]

def prepare_polygons(
    data: Array,
    ends: Array,
    mask_ends: Array,
    sizes: Array,
    crops: Array,
    low: int,
    high: int,
    measures: Array,
    status: Array,
    mask64: Array,
    /,
) -> None: ...
def prepare_runs(
    data: Array,
    ends: Array,
    mask_ends: Array,
    sizes: Array,
    crops: Array,
    low: int,
    high: int,
    measures: Array,
    status: Array,
    mask64: Array,
    /,
) -> None: ...
def prepare_rle(
    data: Array,
    ends: Array,
    mask_ends: Array,
    sizes: Array,
    crops: Array,
    low: int,
    high: int,
    measures: Array,
    status: Array,
    mask64: Array,
    /,
) -> None: ...
def read_polygons(json: bytes | memoryview | msgspec.Raw, /) -> tuple[bytes, bytes] | None: ...
def run_starts(pixels: Array, item: int, height: int, width: int, /) -> bytes: ...
