"""Whole-number weights against the resize's definition."""

from __future__ import annotations

import numpy as np
import pytest
from resize_definition import antialias_weights

from pali_dataprep.masks.kernel.weights import ONE, Table, edge_weights, pixel_weights

SIZES = [1, 2, 3, 7, 31, 32, 63, 64, 65, 100, 127, 128, 500, 4000]


def matrix(table: Table) -> np.ndarray:
    """Places -1 and above by positions."""
    *first, more, begin = table.first.astype(np.int64)
    filled = np.zeros((70, more.size), np.int64)
    for position in range(more.size):
        rest = table.rest[:, begin[position] : begin[position] + more[position]].T.astype(np.int64)
        for place, *values in [[row[position] for row in first], *rest]:
            filled[place : place + len(values), position] += values
    return filled


@pytest.mark.parametrize("size", SIZES)
def test_pixels_weigh_what_tensorflow_says(size: int) -> None:
    weights = matrix(pixel_weights(size))
    assert (weights >= 0).all()
    assert (weights[1:65].sum(axis=1) == ONE).all()
    assert not weights[0].any()
    assert not weights[65:].any()
    np.testing.assert_allclose(weights[1:65] / ONE, antialias_weights(size, 64), rtol=0, atol=1e-9)


@pytest.mark.parametrize("size", SIZES)
def test_edges_are_the_sums_of_the_pixels_behind_them(size: int) -> None:
    behind = matrix(edge_weights(size)).cumsum(axis=0)[1:65]
    before = np.pad(matrix(pixel_weights(size))[1:65].cumsum(axis=1), ((0, 0), (1, 0)))
    np.testing.assert_array_equal(behind, ONE - before)


def test_64_pixels_are_copied() -> None:
    np.testing.assert_array_equal(matrix(pixel_weights(64))[1:65], ONE * np.eye(64))


@pytest.mark.parametrize("size", [64, 65, 4000, 65_500])
def test_an_axis_that_shrinks_has_no_rest(size: int) -> None:
    for table in (pixel_weights(size), edge_weights(size)):
        assert table.rest.shape[1] == 0
        assert not table.first[-2:].any()
