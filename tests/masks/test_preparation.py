"""The 64 x 64 encoder input against TensorFlow's own resize, and against its dense definition."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from kernel_cases import draw_requests
from resize_definition import antialias_weights
from shared_data import SHARED, needs_shared

from pali_dataprep.boxes import PixelYXYX
from pali_dataprep.masks.kernel import MASK_SIDE
from pali_dataprep.masks.preparation import measure_and_prepare, measure_masks, prepare_mask64
from pali_dataprep.masks.runs import runs_from_bitmap, runs_from_polygons, runs_from_rle
from pali_dataprep.masks.segmentations import MaskRequest, Runs

Bitmap = npt.NDArray[np.bool_]

TENSORFLOW_ROUNDING = 1e-5
"""TensorFlow resizes in float32, with float32 weights."""

pytestmark = pytest.mark.usefixtures("kernel")

moderate = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def mask64_from_runs(runs: Runs, crop: PixelYXYX) -> npt.NDArray[np.float32]:
    """One mask, cropped and resized: float32 (64, 64)."""
    return prepare_mask64([MaskRequest(runs, runs.height, runs.width, crop)])[0, ..., 0]


@st.composite
def masks_with_crops(draw: st.DrawFn) -> tuple[Bitmap, PixelYXYX]:
    """A bitmap, and a crop of one pixel or more inside it; often larger than 64 on one side."""
    shape = draw(array_shapes(min_dims=2, max_dims=2, max_side=12) | st.tuples(st.integers(1, 5), st.integers(1, 150)))
    bitmap = draw(arrays(np.bool_, shape if draw(st.booleans()) else shape[::-1]))
    (y1, y2), (x1, x2) = (draw(spans(n)) for n in bitmap.shape)
    return bitmap, (y1, x1, y2, x2)


def spans(size: int) -> st.SearchStrategy[list[int]]:
    """Two different whole numbers in 0..size, in order."""
    return st.lists(st.integers(0, size), min_size=2, max_size=2, unique=True).map(sorted)


def dense_mask64(bitmap: Bitmap, crop: PixelYXYX) -> npt.NDArray[np.float64]:
    """The definition: weights of the rows, times the crop's pixels, times weights of the columns."""
    y1, x1, y2, x2 = crop
    rows, columns = antialias_weights(y2 - y1, MASK_SIDE), antialias_weights(x2 - x1, MASK_SIDE)
    return rows @ bitmap[y1:y2, x1:x2] @ columns.T


def test_measures_and_images_in_one_go() -> None:
    requests = list(draw_requests(7, 60))
    measured, images = measure_and_prepare(requests)
    assert measured == measure_masks(requests)
    good = [place for place, found in enumerate(measured) if not found.defect]
    assert len(good) > 40
    np.testing.assert_array_equal(images[good], prepare_mask64([requests[place] for place in good]))


# --- TensorFlow


def tensorflow_cases() -> Iterator[Any]:
    """(runs, crop, mask64) of every case in resize_tf.npz; `data/make_resize_tf.py` says what they are."""
    with np.load(Path(__file__).parents[1] / "data/resize_tf.npz") as file:
        stored = {name: file[name] for name in file.files}
    parts = np.split(stored["counts"], stored["offset"][1:-1])
    for name, size, crop, counts, mask64 in zip(
        stored["name"], stored["size"], stored["crop"], parts, stored["mask64"], strict=True
    ):
        runs = runs_from_rle(counts.tolist(), *size.tolist())
        yield pytest.param(runs, tuple(crop.tolist()), mask64, id=str(name))


@pytest.mark.parametrize(("runs", "crop", "expected"), list(tensorflow_cases()))
def test_resize_is_that_of_tensorflow(runs: Runs, crop: PixelYXYX, expected: npt.NDArray[np.float32]) -> None:
    np.testing.assert_allclose(mask64_from_runs(runs, crop), expected, rtol=0, atol=TENSORFLOW_ROUNDING)


@needs_shared
def test_masks_of_coco_are_resized_as_big_vision_does() -> None:
    annotations = json.loads((SHARED / "golden/bigvision_reference.json").read_text())
    with np.load(SHARED / "golden/bigvision_reference.npz") as file:
        expected = file["mask64"]
    masks = [
        (runs_from_polygons(a["polygons"], a["height"], a["width"]), tuple(a["crop_yxyx_px"])) for a in annotations
    ]
    resized = [mask64_from_runs(*mask) for mask in masks]
    np.testing.assert_allclose(resized, expected, rtol=0, atol=TENSORFLOW_ROUNDING)


# --- the definition


@moderate
@given(masks_with_crops())
def test_resize_of_runs_is_the_dense_resize(case: tuple[Bitmap, PixelYXYX]) -> None:
    bitmap, crop = case
    mask64 = mask64_from_runs(runs_from_bitmap(bitmap), crop)
    assert mask64.dtype == np.float32
    assert mask64.shape == (MASK_SIDE, MASK_SIDE)
    np.testing.assert_allclose(mask64, dense_mask64(bitmap, crop), rtol=0, atol=1e-7)


@moderate
@given(masks_with_crops(), st.integers(0, 2**32 - 1))
def test_resize_is_linear(case: tuple[Bitmap, PixelYXYX], seed: int) -> None:
    bitmap, crop = case
    chosen = np.random.default_rng(seed).random(bitmap.shape) < 0.5
    whole, one, other = (
        mask64_from_runs(runs_from_bitmap(part), crop) for part in (bitmap, bitmap & chosen, bitmap & ~chosen)
    )
    np.testing.assert_allclose(one + other, whole, rtol=0, atol=3e-7)


@moderate
@given(masks_with_crops())
def test_what_lies_outside_the_crop_does_not_matter(case: tuple[Bitmap, PixelYXYX]) -> None:
    bitmap, (y1, x1, y2, x2) = case
    alone = np.ascontiguousarray(bitmap[y1:y2, x1:x2])
    np.testing.assert_allclose(
        mask64_from_runs(runs_from_bitmap(bitmap), (y1, x1, y2, x2)),
        mask64_from_runs(runs_from_bitmap(alone), (0, 0, *alone.shape)),
        rtol=0,
        atol=1e-7,
    )


@pytest.mark.parametrize("crop", [(0, 0, 90, 70), (10, 20, 11, 21), (5, 5, 69, 69)], ids=str)
def test_a_mask_that_fills_or_misses_the_crop(crop: PixelYXYX) -> None:
    full, empty = np.ones((90, 70), dtype=bool), np.zeros((90, 70), dtype=bool)
    np.testing.assert_allclose(mask64_from_runs(runs_from_bitmap(full), crop), 1, rtol=0, atol=1e-7)
    assert not mask64_from_runs(runs_from_bitmap(empty), crop).any()


def test_64_pixels_stay_as_they_are() -> None:
    bitmap = np.random.default_rng(0).random((80, 70)) < 0.5
    mask64 = mask64_from_runs(runs_from_bitmap(bitmap), (9, 3, 73, 67))
    np.testing.assert_allclose(mask64, bitmap[9:73, 3:67], rtol=0, atol=1e-7)


def test_empty_and_touching_runs_change_nothing() -> None:
    counts, split = [30, 40, 30], [30, 15, 0, 25, 5, 0, 25]
    plain, odd = (mask64_from_runs(runs_from_rle(c, 10, 10), (1, 1, 9, 9)) for c in (counts, split))
    np.testing.assert_allclose(odd, plain, rtol=0, atol=1e-7)


# --- cost


def resize_in_the_far_corner(side: int) -> npt.NDArray[np.float32]:
    """A triangle in the last 100 pixels of a square image."""
    corner = side - 100
    ring = [corner + n for n in (10, 5, 90, 20, 40, 95)]
    return mask64_from_runs(runs_from_polygons([ring], side, side), (corner, corner, side, side))


def test_memory_does_not_grow_with_the_image() -> None:
    expected = resize_in_the_far_corner(200)  # fills the cache of weights, too
    tracemalloc.start()
    try:
        mask64 = resize_in_the_far_corner(60_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    np.testing.assert_array_equal(mask64, expected)
    assert peak < 1_000_000, "the image has 3,600,000,000 pixels"
