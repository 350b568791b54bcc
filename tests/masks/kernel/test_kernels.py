"""Both kernels give the same bytes, and the pixels of pycocotools, for any mask, batch and number of threads."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernel_cases import draw_label_map, draw_requests
from kernel_comparison import compare, compare_label_map, prepared_by

from pali_dataprep.boxes import PixelYXYX
from pali_dataprep.masks.kernel import Kind, MaskBatch, MaskResults, run_kernel
from pali_dataprep.masks.preparation import measure_masks, prepare_mask64
from pali_dataprep.masks.runs import runs_from_polygons, runs_to_rle
from pali_dataprep.masks.segmentations import MaskRequest, Polygons, Rle, Runs

pytestmark = pytest.mark.usefixtures("compiled_kernel")

SQUARE = [2.0, 2.0, 8.0, 2.0, 8.0, 8.0, 2.0, 8.0]

fifths = st.integers(-60, 160).map(lambda n: n / 5)
halves = st.integers(-20, 60).map(lambda n: n / 2)
anywhere = st.floats(-15, 45, allow_nan=False)
rings = st.sampled_from([fifths, halves, anywhere]).flatmap(
    lambda number: st.integers(3, 8).flatmap(lambda n: st.lists(number, min_size=2 * n, max_size=2 * n))
)
masks = st.lists(rings, min_size=1, max_size=3)


@pytest.mark.parametrize("seed", range(4))
def test_kernels_and_pycocotools_agree(seed: int) -> None:
    assert compare(list(draw_requests(seed, 150))) > 100


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(masks, min_size=1, max_size=6), st.integers(1, 40), st.integers(1, 40))
def test_kernels_and_pycocotools_agree_where_rounding_decides(drawn: list[list[list[float]]], h: int, w: int) -> None:
    compare([MaskRequest(Polygons(mask), h, w, None) for mask in drawn])


counts = st.text("012345@OPQRS_`lmno/p", max_size=16)  # of COCO's characters, and of those beside them


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(counts | st.just("P4"), min_size=1, max_size=8), st.integers(1, 8), st.integers(1, 8))
def test_kernels_refuse_the_same_counts_among_good_ones(texts: list[str], h: int, w: int) -> None:
    good = str(runs_to_rle(Runs(np.array([0, h * w]), h, w))["counts"])
    compare([MaskRequest(Rle(text, h, w), h, w, None) for each in texts for text in (each, good)])


@pytest.mark.parametrize("number", [3, 16, 40, 200])
def test_outlines_that_turn_again_and_again(number: int) -> None:
    rng = np.random.default_rng(number)
    for _ in range(20):
        angle, radius = np.sort(rng.random(number)) * 2 * np.pi, rng.uniform(5, 45, number)
        ring: list[float] = (50 + radius * np.stack([np.cos(angle), np.sin(angle)])).T.ravel().tolist()
        compare([MaskRequest(Polygons([ring]), 100, 100, None), MaskRequest(Polygons([ring]), 90, 80, (3, 5, 70, 60))])


@pytest.mark.parametrize("kernel_name", ["compiled", "numpy"])
def test_neither_batch_nor_threads_change_a_byte(kernel_name: str) -> None:
    requests = list(draw_requests(99, 60))
    measured, images = prepared_by(kernel_name, requests)
    assert prepared_by(kernel_name, requests, threads=3) == (measured, images)
    alone = [prepared_by(kernel_name, [request]) for request in requests]
    assert [found for one, _ in alone for found in one] == measured
    assert b"".join(image for _, image in alone) == images


def test_a_whole_mask_is_exactly_one_and_parts_add_up(kernel: str) -> None:
    rng = np.random.default_rng(5)
    for height, width in [(1, 1), (3, 200), (64, 64), (65, 63), (501, 999)]:
        whole = Runs(np.array([0, height * width]), height, width)
        cut = int(rng.integers(0, height * width + 1))
        parts = [Runs(np.array(b), height, width) for b in ([0, cut], [cut, height * width])]
        crop = (0, 0, height, width)
        image, *halves = prepare_mask64([MaskRequest(m, height, width, crop) for m in (whole, *parts)])
        assert (image == 1).all()
        np.testing.assert_allclose(halves[0] + halves[1], 1, rtol=0, atol=2e-9 + 2**-24)


@pytest.mark.parametrize("crop", [(-5, -5, 5, 5), (8, 8, 30, 30), (-9, 2, 40, 8)], ids=str)
def test_outside_the_image_nothing_is_inside(kernel: str, crop: PixelYXYX) -> None:
    y1, x1, _, _ = crop
    larger = [v + (40 if n % 2 == 0 else 60) for n, v in enumerate(SQUARE)]
    moved = (y1 + 60, x1 + 40, crop[2] + 60, crop[3] + 40)
    over_edge = prepare_mask64([MaskRequest(Polygons([SQUARE]), 10, 10, crop)])
    np.testing.assert_array_equal(over_edge, prepare_mask64([MaskRequest(Polygons([larger]), 200, 200, moved)]))


def test_a_crop_far_from_the_mask_is_empty(kernel: str) -> None:
    request = MaskRequest(Polygons([SQUARE]), 10, 10, (500, 500, 600, 600))
    assert measure_masks([request])[0].inside == 0
    assert not prepare_mask64([request]).any()


def test_no_mask_is_no_batch(kernel: str) -> None:
    assert measure_masks([]) == []
    assert prepare_mask64([]).shape == (0, 64, 64, 1)


def test_a_zigzag_of_thousands_of_crossings_in_a_column(kernel: str) -> None:
    xs, ys = np.tile([2.0, 7.0], 2000), np.linspace(0, 900, 4000)
    ring = [*np.stack([xs, ys], 1).ravel().tolist(), 2.0, 900.0]
    (found,) = measure_masks([MaskRequest(Polygons([ring]), 1000, 10, None)])
    assert found.area == runs_from_polygons([ring], 1000, 10).area > 0


def batch(**changes: object) -> MaskBatch:
    """One square in a 10 x 10 image, but for what is given."""
    fields: dict[str, object] = {
        "kind": Kind.POLYGONS,
        "data": np.array(SQUARE),
        "ends": np.array([8]),
        "mask_ends": np.array([1]),
        "sizes": np.array([[10, 10]]),
        "crops": np.array([[0, 0, 10, 10]]),
    }
    return MaskBatch(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"ends": np.array([9])},
        {"ends": np.array([-1])},
        {"ends": np.array([8, 4])},
        {"mask_ends": np.array([2])},
        {"mask_ends": np.array([1, 1])},
        {"mask_ends": np.array([], np.int64)},
        {"crops": np.array([[0, 0, 10]])},
        {"crops": np.array([[5, 5, 5, 5]])},
        {"crops": np.array([[5, 5, 2, 9]])},
        {"crops": np.array([[0, 0, 65501, 1]])},
        {"crops": np.array([[1 << 62, 0, (1 << 62) + 1, 1]])},
        {"kind": Kind.RUNS, "data": np.array([1, 2]), "ends": np.array([3])},
        {"kind": Kind.RLE, "data": np.zeros(3, np.uint8), "ends": np.array([4])},
    ],
    ids=str,
)
def test_arrays_that_do_not_fit_each_other_are_refused(changes: dict[str, object]) -> None:
    from pali_dataprep.masks.kernel.compiled import run

    with pytest.raises(ValueError, match="not as long as the batch, or out of range"):
        run(batch(**changes), 0, 1, MaskResults.of(1, resize=True))


@pytest.mark.parametrize(("low", "high"), [(-1, 1), (0, 2), (1, 0)])
def test_a_range_outside_the_batch_is_refused(low: int, high: int) -> None:
    from pali_dataprep.masks.kernel.compiled import run

    with pytest.raises(ValueError, match="the range of masks"):
        run(batch(), low, high, MaskResults.of(1, resize=True))


def test_results_of_another_length_are_refused() -> None:
    from pali_dataprep.masks.kernel.compiled import run

    good = MaskResults.of(1, resize=True)
    for results in (
        MaskResults(good.measures[:, :5].copy(), good.refused, good.mask64),
        MaskResults(good.measures, good.refused, good.mask64[:, :63].copy()),
    ):
        with pytest.raises(ValueError, match="not as long as the batch"):
            run(batch(), 0, 1, results)


@pytest.mark.parametrize("sizes", [(0, 10), (10, 0), (-1, 10), (65_501, 10), (10, sys.maxsize)], ids=str)
def test_an_image_of_no_size_is_no_mask(kernel: str, sizes: tuple[int, int]) -> None:
    results = run_kernel(batch(sizes=np.array([sizes])))
    assert results.refused.tolist() == [1]
    assert not results.mask64.any()
    assert not results.measures.any()


def test_the_largest_image_is_counted_right(kernel: str) -> None:
    side = 65_500
    corner = [side - 3, side - 3, side, side - 3, side, side, side - 3, side]
    (found,) = measure_masks([MaskRequest(Polygons([corner]), side, side, None)])
    assert (found.area, found.tight_box) == (9, (side - 3, side - 3, side, side))


@pytest.mark.parametrize("seed", range(3))
def test_kernels_find_the_same_runs_in_label_maps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(60):
        compare_label_map(draw_label_map(rng))


@pytest.mark.parametrize(
    "arguments",
    [
        (np.zeros(6, np.uint8), 1, 2, 4),
        (np.zeros(6, np.uint8), 3, 1, 2),
        (np.zeros(0, np.uint8), 1, 0, 3),
        (np.zeros(6, np.uint8), 1, -2, -3),
        (np.zeros(6, np.uint8), 0, 2, 3),
        (np.zeros(65_501, np.uint8), 1, 1, 65_501),
        (np.zeros(8, np.uint8), 8, 1 << 61, 8),
    ],
    ids=str,
)
def test_pixels_that_do_not_fit_their_sides_are_refused(arguments: tuple[np.ndarray, int, int, int]) -> None:
    from pali_dataprep.masks.kernel import _compiled

    with pytest.raises(ValueError, match="pixels: not as many as the sides say"):
        _compiled.run_starts(*arguments)
