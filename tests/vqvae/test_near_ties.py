"""Near-ties: decided by features where these suffice, by the whole network elsewhere, and rightly in any case."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from data.vqvae import make_golden
from hypothesis import given, settings
from hypothesis import strategies as st

from pali_dataprep.vqvae.exact import ExactEncoder
from pali_dataprep.vqvae.near_ties import FEATURE_ERROR, TieBreaker

Arrays = dict[str, np.ndarray]

ALL = np.ones((8, 16), dtype=bool)


@pytest.fixture(scope="module")
def weights() -> Arrays:
    return make_golden.weights()


@pytest.fixture(scope="module")
def golden() -> Arrays:
    with np.load(Path(__file__).parents[1] / "data/vqvae/golden.npz") as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope="module")
def features(weights: Arrays, golden: Arrays) -> np.ndarray:
    exact = ExactEncoder(weights)
    return np.array([exact.features(mask) for mask in golden["mask64"]])


def test_features_decide_what_is_no_tie(weights: Arrays, golden: Arrays, features: np.ndarray) -> None:
    ties = TieBreaker(weights)
    decided = ties.decide(golden["mask64"], features.astype(np.float32), ALL)
    np.testing.assert_array_equal(decided.reshape(8, 16), golden["codebook_indices"])
    assert decided.dtype == np.int32
    assert ties.recomputed == 0


def test_some_places_of_some_masks(weights: Arrays, golden: Arrays, features: np.ndarray) -> None:
    some = np.zeros((8, 16), dtype=bool)
    some[[1, 1, 6], [3, 15, 0]] = True
    decided = TieBreaker(weights).decide(golden["mask64"], features.astype(np.float32), some)
    np.testing.assert_array_equal(decided, golden["codebook_indices"][some])


def test_equal_codewords_are_settled_by_the_network(weights: Arrays, golden: Arrays, features: np.ndarray) -> None:
    """The features cannot tell them apart; the first is taken."""
    twins = make_golden.weights()
    used = int(np.bincount(golden["codebook_indices"].ravel()).argmax())
    twins["_vq_vae._embedding"][127 - used] = twins["_vq_vae._embedding"][used]
    ties = TieBreaker(twins)
    decided = ties.decide(golden["mask64"], features.astype(np.float32), ALL).reshape(8, 16)
    np.testing.assert_array_equal(decided, [ExactEncoder(twins).encode(mask) for mask in golden["mask64"]])
    alike = golden["codebook_indices"] == used
    assert (decided[alike] == min(used, 127 - used)).all()
    assert ties.recomputed >= alike.sum()


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    farther=st.sampled_from([0.0, 1e-9, -1e-9, 1e-7, -1e-7, 1e-6, -1e-6, 1e-5, -1e-5, 1e-3]),
    side=st.sampled_from([-1, 1]),
)
def test_whatever_features_err_by_the_codeword_is_the_same(
    weights: Arrays, golden: Arrays, features: np.ndarray, seed: int, farther: float, side: int
) -> None:
    """A codeword as far from a vector as the nearest, but for so much, and errors that lead from one to the other."""
    nearest = golden["codebook_indices"][0, 5]
    vector = vectors(weights, features)[0, 5]
    arrays = make_golden.weights()
    codebook = arrays["_vq_vae._embedding"]
    away = np.random.default_rng(seed).standard_normal(codebook.shape[1])
    away *= np.linalg.norm(codebook[nearest] - vector) / np.linalg.norm(away) * (1 + farther)
    codebook[127 - nearest] = vector + away
    exact, breaker = ExactEncoder(arrays), TieBreaker(arrays)
    expected = [exact.encode(mask) for mask in golden["mask64"]]

    direction = side * (breaker._weight[nearest] - breaker._weight[127 - nearest])
    length = 0.98 * FEATURE_ERROR * np.linalg.norm(features, axis=2, keepdims=True)  # float32 rounds a little further
    moved = (features + length * direction / np.linalg.norm(direction)).astype(np.float32)
    np.testing.assert_array_equal(breaker.decide(golden["mask64"], moved, ALL).reshape(8, 16), expected)
    if abs(farther) <= 1e-9:
        assert breaker.recomputed > 0, "the test has no tie that takes the whole network"


def vectors(weights: Arrays, features: np.ndarray) -> np.ndarray:
    """What the last layer makes of features, (n, 16, 512)."""
    return features @ weights["encoder.10.weight"][:, :, 0, 0].T + weights["encoder.10.bias"]
