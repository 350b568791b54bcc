"""Whole-number weights against the resize's definition."""

from __future__ import annotations

import numpy as np
import pytest
from resize_definition import antialias_weights

from pali_dataprep.masks.kernel.weights import ONE, edge_weights, pixel_weights, stacked

SIZES = [1, 2, 3, 7, 63, 64, 65, 100, 500, 4000]


@pytest.mark.parametrize("size", SIZES)
def test_pixels_weigh_what_tensorflow_says(size: int) -> None:
    weights = stacked([pixel_weights(size)], diagonally=False).toarray()
    assert (weights >= 0).all()
    assert (weights.sum(axis=0) == ONE).all()
    np.testing.assert_allclose(weights.T / ONE, antialias_weights(size, 64), rtol=0, atol=1e-9)


@pytest.mark.parametrize("size", SIZES)
def test_edges_are_the_sums_of_the_pixels_behind_them(size: int) -> None:
    behind = stacked([edge_weights(size)], diagonally=False).toarray()[:64].cumsum(axis=0).T
    weights = stacked([pixel_weights(size)], diagonally=False).toarray()
    np.testing.assert_array_equal(behind, ONE - np.vstack([np.zeros(64, np.int64), weights.cumsum(axis=0)]))


def test_64_pixels_are_copied() -> None:
    np.testing.assert_array_equal(stacked([pixel_weights(64)], diagonally=False).toarray(), ONE * np.eye(64))


def test_matrices_lie_one_below_the_other() -> None:
    alone = [stacked([pixel_weights(size)], diagonally=False).toarray() for size in (3, 70)]
    below = stacked([pixel_weights(3), pixel_weights(70)], diagonally=False).toarray()
    np.testing.assert_array_equal(below, np.concatenate(alone))
    apart = stacked([pixel_weights(3), pixel_weights(70)], diagonally=True).toarray()
    np.testing.assert_array_equal(apart[:3, :64], alone[0])
    np.testing.assert_array_equal(apart[3:, 64:], alone[1])
    assert not apart[:3, 64:].any()
    assert not apart[3:, :64].any()
