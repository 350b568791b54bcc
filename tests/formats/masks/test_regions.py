from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from pali_dataprep.formats.masks import regions
from pali_dataprep.formats.masks.regions import value_runs
from pali_dataprep.masks.runs import runs_from_bitmap, runs_to_bitmap
from pali_dataprep.masks.segmentations import MaskError

Map = npt.NDArray[np.int64]
MAPS = arrays(np.int64, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, 3))
CORNERS = {4: None, 8: np.ones((3, 3))}


def masks_by_scipy(label_map: Map, connectivity: int) -> set[tuple[int, bytes]]:
    """(value, pixels) of every component of every value, one `ndimage.label` a value."""
    found = set()
    for value in np.unique(label_map):
        numbered, count = ndimage.label(label_map == value, CORNERS[connectivity])
        found |= {(int(value), (numbered == n).tobytes()) for n in range(1, count + 1)}
    return found


@settings(max_examples=50, deadline=None)
@given(MAPS, st.sampled_from([4, 8]))
def test_components_are_those_of_scipy(label_map: Map, connectivity: int) -> None:
    found = list(value_runs(label_map).components(connectivity))
    masks = [(region.value, runs_to_bitmap(region.runs).tobytes()) for region in found]
    assert len(masks) == len(set(masks))
    assert set(masks) == masks_by_scipy(label_map, connectivity)


@settings(max_examples=50, deadline=None)
@given(MAPS)
def test_regions_are_the_pixels_of_each_value(label_map: Map) -> None:
    regions = list(value_runs(label_map).regions())
    assert [region.value for region in regions] == np.unique(label_map).tolist()
    for region in regions:
        expected = runs_from_bitmap(label_map == region.value)
        assert region.runs.area == expected.area
        np.testing.assert_array_equal(runs_to_bitmap(region.runs), label_map == region.value)


@settings(max_examples=30, deadline=None)
@given(MAPS)
def test_components_come_by_value_and_first_pixel(label_map: Map) -> None:
    keys = [(r.value, int(r.runs.bounds[0])) for r in value_runs(label_map).components(8)]
    assert keys == sorted(keys)


def test_corners_join_with_eight_and_not_with_four() -> None:
    diagonal = np.eye(3, dtype=np.uint8)
    assert len(list(value_runs(diagonal).only([1]).components(8))) == 1
    assert len(list(value_runs(diagonal).only([1]).components(4))) == 3


def test_the_foot_of_a_column_does_not_touch_the_head_of_the_next() -> None:
    label_map = np.array([[0, 1], [0, 0], [1, 0]], dtype=np.uint8)
    assert len(list(value_runs(label_map).only([1]).components(8))) == 2


def test_a_hole_stays_a_hole() -> None:
    ring = np.ones((5, 5), dtype=np.uint8)
    ring[1:4, 1:4] = 0
    (region,) = value_runs(ring).only([1]).components(8)
    np.testing.assert_array_equal(runs_to_bitmap(region.runs), ring.astype(bool))
    assert region.first_pixel == (0, 0)


def test_values_can_be_united() -> None:
    runs = value_runs(np.array([[1, 2, 3]], dtype=np.uint16)).relabelled({1: 1, 2: 1, 3: 3})
    assert [(r.value, r.runs.area) for r in runs.regions()] == [(1, 2), (3, 1)]


def test_nothing_left_is_no_region() -> None:
    runs = value_runs(np.zeros((2, 3), dtype=np.uint8)).only([])
    assert list(runs.regions()) == [] == list(runs.components(8))


def test_a_map_larger_than_any_mask_is_refused() -> None:
    with pytest.raises(MaskError, match="65501 x 1 pixels cannot carry a mask"):
        value_runs(np.zeros((1, 65_501), dtype=np.uint8))


@pytest.mark.parametrize("values", [(0, 1, 65_535), (0, 1, 65_536), (-1, 0, 1 << 40)], ids=str)
def test_regions_ascend_whatever_the_range_of_values(values: tuple[int, int, int]) -> None:
    low, middle, high = values
    regions = list(value_runs(np.array([[high, low], [middle, high]])).regions())
    assert [(region.value, region.runs.bounds.tolist()) for region in regions] == [
        (low, [2, 3]),
        (middle, [1, 2]),
        (high, [0, 1, 3, 4]),
    ]


@settings(max_examples=100, deadline=None)
@given(MAPS, st.sampled_from([4, 8]))
def test_large_graphs_have_the_components_of_small_ones(label_map: Map, connectivity: int) -> None:
    def found(few: int) -> list[tuple[int, list[int]]]:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(regions, "_FEW_PAIRS", few)
            return [(r.value, r.runs.bounds.tolist()) for r in value_runs(label_map).components(connectivity)]

    assert found(-1) == found(10_000)


@given(MAPS, st.sets(st.integers(-1, 40), max_size=30))
def test_only_the_values_asked_for_are_left(label_map: Map, wanted: set[int]) -> None:
    left = value_runs(label_map).only(wanted)
    assert left.distinct_values() == sorted(wanted.intersection(label_map.ravel().tolist()))
