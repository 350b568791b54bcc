"""The Flax network against values from big_vision's code and from an independent NumPy network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import numpy as np
import numpy.typing as npt
import pytest
from data.vqvae import make_golden
from shared_data import SHARED, needs_shared

from pali_dataprep.vqvae.checkpoint import CODEWORDS_PER_MASK, EMBEDDING_DIM, load_checkpoint
from pali_dataprep.vqvae.model import Decoder, Encoder, decoder_params, encoder_params, look_up

Arrays = dict[str, np.ndarray]

FLOAT32_ROUNDING = 1e-4
"""What decoded maps may differ by, at values of about 1 and after 13 layers."""

run_encoder = jax.jit(lambda params, mask64: Encoder().apply({"params": params}, mask64))
run_decoder = jax.jit(lambda params, vectors: Decoder().apply({"params": params}, vectors))


@pytest.fixture(scope="module")
def golden() -> Arrays:
    with np.load(Path(__file__).parents[1] / "data/vqvae/golden.npz") as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope="module")
def weights() -> Arrays:
    return make_golden.weights()


def encode(arrays: Any, mask64: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Codebook indices (n, 16) of masks (n, 64, 64), by the model and the definition of a distance."""
    return squared_distances(arrays, mask64).argmin(axis=1).reshape(-1, CODEWORDS_PER_MASK)


def squared_distances(arrays: Any, mask64: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Of each of the 16 n vectors to each codeword, (16 n, 128)."""
    features = np.asarray(run_encoder(encoder_params(arrays), mask64[..., None]), np.float64).reshape(-1, 128)
    vectors = features @ arrays["encoder.10.weight"][:, :, 0, 0].T + arrays["encoder.10.bias"]
    return ((vectors[:, None] - arrays["_vq_vae._embedding"]) ** 2).sum(axis=2)


def decode(arrays: Any, codebook_indices: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
    """Maps (n, 64, 64) of codebook indices (n, 16), by the model alone."""
    vectors = look_up(codebook_indices, arrays["_vq_vae._embedding"])
    return np.asarray(run_decoder(decoder_params(arrays), vectors))[..., 0]


# --- the small golden file, for everyone


def test_the_recipe_still_gives_the_weights_of_the_golden_file(golden: Arrays, weights: Arrays) -> None:
    assert make_golden.weights_sha256(weights) == str(golden["weights_sha256"])
    np.testing.assert_array_equal(make_golden.masks(), golden["mask64"])


def test_the_golden_file_is_worth_comparing_with(golden: Arrays) -> None:
    """Many codewords, none of them a near-tie that float32 might decide otherwise, and maps of both signs."""
    assert len(np.unique(golden["codebook_indices"])) > 50
    assert golden["relative_margin"] > 5e-4
    assert golden["decoded"].std() > 1
    assert 0.2 < (golden["decoded"] > 0).mean() < 0.8


def test_encoder_gives_the_golden_codewords(golden: Arrays, weights: Arrays) -> None:
    np.testing.assert_array_equal(encode(weights, golden["mask64"]), golden["codebook_indices"])


def test_decoder_gives_the_golden_maps(golden: Arrays, weights: Arrays) -> None:
    decoded = decode(weights, golden["codebook_indices"])
    np.testing.assert_allclose(decoded, golden["decoded"], rtol=0, atol=FLOAT32_ROUNDING)


def test_distances_are_those_of_the_independent_network(golden: Arrays, weights: Arrays) -> None:
    mask64 = golden["mask64"][:2]
    distances = squared_distances(weights, mask64)
    expected = make_golden.reference_distances(weights, mask64).reshape(distances.shape)
    np.testing.assert_allclose(distances, expected, rtol=1e-5)


# --- big_vision's own values


@needs_shared
def test_codewords_and_maps_are_those_of_big_vision() -> None:
    arrays = load_checkpoint(SHARED / "golden/random_checkpoint.npz").arrays
    with np.load(SHARED / "golden/bigvision_reference.npz") as file:
        expected = {name: file[name] for name in file.files}
    np.testing.assert_array_equal(encode(arrays, expected["mask64"]), expected["codebook_indices"])
    decoded = decode(arrays, expected["codebook_indices"])
    np.testing.assert_allclose(decoded, expected["decoded"], rtol=0, atol=FLOAT32_ROUNDING)


# --- parameters


@pytest.mark.parametrize(
    ("module", "to_params", "input_shape"),
    [(Encoder(), encoder_params, (1, 64, 64, 1)), (Decoder(), decoder_params, (1, 4, 4, EMBEDDING_DIM))],
    ids=["encoder", "decoder"],
)
def test_parameters_have_the_names_and_shapes_flax_expects(
    weights: Arrays, module: Any, to_params: Any, input_shape: tuple[int, ...]
) -> None:
    # Flax accepts surplus parameters in silence, so compare the whole tree.
    initial = jax.eval_shape(module.init, jax.random.key(0), np.zeros(input_shape, np.float32))["params"]
    assert jax.tree.map(lambda leaf: leaf.shape, to_params(weights)) == jax.tree.map(lambda leaf: leaf.shape, initial)


# --- pieces


@pytest.mark.parametrize("n", [1, 3])
def test_shapes(weights: Arrays, n: int) -> None:
    features = jax.eval_shape(run_encoder, encoder_params(weights), np.zeros((n, 64, 64, 1), np.float32))
    assert (features.shape, features.dtype) == ((n, 4, 4, 128), np.float32)
    vectors = np.zeros((n, 4, 4, EMBEDDING_DIM), np.float32)
    decoded = jax.eval_shape(run_decoder, decoder_params(weights), vectors)
    assert (decoded.shape, decoded.dtype) == ((n, 64, 64, 1), np.float32)


def test_look_up_lays_codewords_out_row_by_row(weights: Arrays) -> None:
    codebook = weights["_vq_vae._embedding"]
    indices = np.arange(2 * CODEWORDS_PER_MASK).reshape(2, CODEWORDS_PER_MASK) * 4
    vectors = np.asarray(look_up(indices, codebook))
    assert vectors.shape == (2, 4, 4, EMBEDDING_DIM)
    np.testing.assert_array_equal(vectors[1, 2, 3], codebook[indices[1, 4 * 2 + 3]])


def test_a_mask_does_not_depend_on_its_batch(golden: Arrays, weights: Arrays) -> None:
    for n, mask64 in enumerate(golden["mask64"][:2]):
        np.testing.assert_array_equal(encode(weights, mask64[None])[0], golden["codebook_indices"][n])
