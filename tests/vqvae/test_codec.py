"""The codec as a whole: the reference's codewords in any batch, in any order, also where float32 cannot decide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import numpy.typing as npt
import pytest
from cli_world import stand_in_codec
from data.vqvae import make_golden
from shared_data import SHARED, needs_shared

from pali_dataprep.errors import UsageError
from pali_dataprep.vqvae import find_weights, jax_backend, onnx_backend, open_codec
from pali_dataprep.vqvae.backends import BACKENDS
from pali_dataprep.vqvae.base import ROUNDING, Encoded
from pali_dataprep.vqvae.checkpoint import Checkpoint, load_checkpoint
from pali_dataprep.vqvae.codec import MaskCodec
from pali_dataprep.vqvae.exact import ExactEncoder

Masks = npt.NDArray[np.float32]
Codes = npt.NDArray[np.int32]
Arrays = dict[str, np.ndarray]

FLOAT32_ROUNDING = 1e-4
CODEBOOK = "_vq_vae._embedding"


def codec_of(arrays: Arrays, backend: str = "jax") -> MaskCodec:
    return MaskCodec(Checkpoint(arrays, "0" * 64, Path("recipe.npz")), "recipe", device="cpu", backend=backend)


@pytest.fixture(scope="module", params=sorted(BACKENDS))
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def golden() -> Arrays:
    with np.load(Path(__file__).parents[1] / "data/vqvae/golden.npz") as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope="module")
def codec(backend: str) -> MaskCodec:
    """The codec the golden file is of."""
    return codec_of(make_golden.weights(), backend)


@pytest.fixture(scope="module")
def many_masks() -> Masks:
    """130 different masks, hard and soft, (130, 64, 64, 1): more than one full batch on a CPU."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:64, :64]
    centre, radius = rng.uniform(0, 64, (130, 2, 1, 1)), rng.uniform(2, 45, (130, 1, 1))
    distance = np.hypot((x - centre[:, 0]) * rng.uniform(0.4, 2, (130, 1, 1)), y - centre[:, 1])
    return np.clip(radius - distance, 0, 1).astype(np.float32)[..., None]


@pytest.fixture(scope="module")
def codes_of_many(codec: MaskCodec, many_masks: Masks) -> Codes:
    return codec.encode(many_masks)


def in_batches(codec: MaskCodec, masks: Masks, size: int) -> Codes:
    return np.concatenate([codec.encode(masks[start : start + size]) for start in range(0, len(masks), size)])


# --- golden values


def test_codewords_are_the_golden_ones(codec: MaskCodec, golden: Arrays) -> None:
    codes = codec.encode(golden["mask64"][..., None])
    assert codes.dtype == np.int32
    np.testing.assert_array_equal(codes, golden["codebook_indices"])


def test_maps_are_the_golden_ones(codec: MaskCodec, golden: Arrays) -> None:
    maps = codec.decode(golden["codebook_indices"])
    assert (maps.shape, maps.dtype) == ((8, 64, 64), np.float32)
    np.testing.assert_allclose(maps, golden["decoded"], rtol=0, atol=FLOAT32_ROUNDING)


@needs_shared
def test_codewords_and_maps_are_those_of_big_vision(backend: str) -> None:
    checkpoint = load_checkpoint(SHARED / "golden/random_checkpoint.npz")
    codec = MaskCodec(checkpoint, "random", device="cpu", backend=backend)
    with np.load(SHARED / "golden/bigvision_reference.npz") as file:
        np.testing.assert_array_equal(codec.encode(file["mask64"][..., None]), file["codebook_indices"])
        maps = codec.decode(file["codebook_indices"])
        np.testing.assert_allclose(maps, file["decoded"], rtol=0, atol=FLOAT32_ROUNDING)


# --- independence of the batch


@pytest.mark.parametrize("size", [1, 7, 128, 129])
def test_codewords_do_not_depend_on_the_batch(
    codec: MaskCodec, many_masks: Masks, codes_of_many: Codes, size: int
) -> None:
    # Small batches take long for many masks, and a few masks say as much.
    masks = many_masks if size > 100 else many_masks[: 14 * size]
    np.testing.assert_array_equal(in_batches(codec, masks, size), codes_of_many[: len(masks)])


def test_codewords_do_not_depend_on_the_order(codec: MaskCodec, many_masks: Masks, codes_of_many: Codes) -> None:
    order = np.random.default_rng(0).permutation(len(many_masks))
    np.testing.assert_array_equal(codec.encode(many_masks[order]), codes_of_many[order])


def test_maps_do_not_depend_on_the_batch(codec: MaskCodec, codes_of_many: Codes) -> None:
    alone = np.concatenate([codec.decode(codes_of_many[n : n + 1]) for n in (0, 3, 8)])
    np.testing.assert_allclose(alone, codec.decode(codes_of_many[:9])[[0, 3, 8]], rtol=0, atol=FLOAT32_ROUNDING)


def test_the_exact_encoder_agrees_with_the_network(codec: MaskCodec) -> None:
    masks = np.random.default_rng(3).random((6, 64, 64)).astype(np.float32)
    masks[:3] = masks[:3] > 0.5
    exact = ExactEncoder(make_golden.weights())
    np.testing.assert_array_equal(codec.encode(masks[..., None]), [exact.encode(mask) for mask in masks])


def test_the_exact_encoder_agrees_with_the_independent_network(golden: Arrays) -> None:
    weights = make_golden.weights()
    expected = make_golden.reference_distances(weights, golden["mask64"][:2])
    distances = [ExactEncoder(weights).squared_distances(mask) for mask in golden["mask64"][:2]]
    np.testing.assert_allclose(distances, expected, rtol=1e-12)


@needs_shared
def test_the_stand_in_agrees_with_its_exact_encoder() -> None:
    codec = stand_in_codec()
    with np.load(SHARED / "golden/bigvision_reference.npz") as file:
        masks = file["mask64"][:8]
    np.testing.assert_array_equal(codec.encode(masks[..., None]), [codec._ties._exact.encode(mask) for mask in masks])


# --- near-ties


@pytest.fixture(scope="module", params=[0.0, 1e-7], ids=lambda d: f"{d:g}")
def tied(request: pytest.FixtureRequest, golden: Arrays) -> Arrays:
    """Weights whose most used codeword has a twin that differs by so much, relatively."""
    arrays = make_golden.weights()
    used = int(np.bincount(golden["codebook_indices"].ravel()).argmax())
    arrays[CODEBOOK][127 - used] = arrays[CODEBOOK][used] * np.float32(1 + request.param)
    return arrays


def test_near_ties_are_decided_alike_in_every_batch(
    tied: Arrays, golden: Arrays, many_masks: Masks, backend: str
) -> None:
    # Nine masks in one batch are padded to another shape than one mask.
    masks = np.concatenate([golden["mask64"][..., None], many_masks[:1]])
    codec, exact = codec_of(tied, backend), ExactEncoder(tied)
    expected = np.stack([exact.encode(mask[..., 0]) for mask in masks])
    np.testing.assert_array_equal(in_batches(codec, masks, 1), expected)
    np.testing.assert_array_equal(codec.encode(masks[::-1]), expected[::-1])
    assert codec.near_ties > 0, "the test has no near-tie to decide"


def test_equal_codewords_give_the_first(golden: Arrays, backend: str) -> None:
    arrays = make_golden.weights()
    used = int(np.bincount(golden["codebook_indices"].ravel()).argmax())
    arrays[CODEBOOK][:] = arrays[CODEBOOK][used]
    assert not codec_of(arrays, backend).encode(golden["mask64"][:2, ..., None]).any()


def test_a_near_tie_touches_no_other_codeword(golden: Arrays) -> None:
    """Only the undecided positions of a mask are decided again."""
    codec = codec_of(make_golden.weights())
    masks = golden["mask64"][:1, ..., None]
    encoded = codec._backend.begin(masks)()
    gap = np.array(encoded.gap)
    gap[0, 5] = 0.0
    wrong = Encoded(np.full((1, 16), 99, np.int32), encoded.best, gap, encoded.norm, encoded.features_of)
    codec._backend.begin = lambda _: lambda: wrong  # type: ignore[method-assign]
    codes = codec.encode(masks)[0]
    assert codes[5] == golden["codebook_indices"][0, 5]
    assert (np.delete(codes, 5) == 99).all()


@pytest.mark.parametrize(
    ("best", "gap", "norm", "expected"),
    [
        (1.0, 1.9 * ROUNDING, 1.0, True),
        (1.0, 2.1 * ROUNDING, 1.0, False),
        (1e-6, 0.9 * ROUNDING, 1.0, True),
        (1e-6, 1.1 * ROUNDING, 1.0, False),
        (1.0, 0.0, 1.0, True),
    ],
)
def test_what_a_near_tie_is(best: float, gap: float, norm: float, expected: bool) -> None:
    numbers = (np.full((1, 16), value, np.float32) for value in (best, gap, norm))
    encoded = Encoded(np.zeros((1, 16), np.int32), *numbers, lambda rows: np.zeros((len(rows), 16, 128), np.float32))
    assert (encoded.near_ties == expected).all()


# --- edges


def test_nothing_in_nothing_out(codec: MaskCodec) -> None:
    assert codec.encode(np.zeros((0, 64, 64, 1), np.float32)).shape == (0, 16)
    assert codec.decode(np.zeros((0, 16), np.int32)).shape == (0, 64, 64)


def test_inputs_are_left_alone(codec: MaskCodec, golden: Arrays) -> None:
    masks = golden["mask64"][..., None].copy()
    masks.flags.writeable = False
    codes = golden["codebook_indices"].copy()
    codes.flags.writeable = False
    codec.encode(masks)
    codec.decode(codes)


def test_the_device_is_named(codec: MaskCodec) -> None:
    assert codec.device.startswith("cpu")


def test_a_batch_has_parts_for_every_core(monkeypatch: pytest.MonkeyPatch, many_masks: Masks) -> None:
    """However many there are, the codewords are the same."""
    codes = []
    for cores in (1, 5):
        monkeypatch.setattr(onnx_backend, "usable_cores", lambda cores=cores: cores)
        codec = codec_of(make_golden.weights(), "onnx")
        assert codec.batch_size == (128 if cores == 1 else 320)
        codes.append(codec.encode(many_masks))
    np.testing.assert_array_equal(*codes)


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="JAX sees an accelerator here")
def test_a_gpu_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="JAX sees no gpu here; it sees cpu") as caught:
        open_codec("stand-in", device="gpu")
    assert "pali-dataprep[cuda]" in caught.value.hint


def test_an_unknown_device() -> None:
    with pytest.raises(UsageError, match="JAX sees no abacus here"):
        open_codec("stand-in", device="abacus")


# --- compilation


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, ...]]:
    """Batch sizes no other test uses, and jitted functions that have compiled nothing yet."""
    sizes = (3, 11)
    monkeypatch.setitem(jax_backend.BATCH_SIZES, "cpu", sizes)
    for function in jitted():
        function.clear_cache()
    yield sizes
    for function in jitted():
        function.clear_cache()


def jitted() -> list[Any]:
    """All that is compiled for a codec on this CPU."""
    codes = jax_backend._jitted_codes(fuses=jax_backend._fuses_elementwise(jax.devices("cpu")[0]))
    return [jax_backend._stem, codes, jax_backend._decode]


def test_each_function_is_compiled_once_for_each_batch_size(small_batches: tuple[int, ...], many_masks: Masks) -> None:
    first, second = codec_of(make_golden.weights()), stand_in_codec_again()
    for codec in (first, second):
        for n in (1, 2, 3, 4, 11, 12, 14):
            codec.decode(codec.encode(many_masks[:n]))
    assert [function._cache_size() for function in jitted()] == [len(small_batches)] * 3


def test_an_xla_that_does_not_know_the_fusion_does_without(
    monkeypatch: pytest.MonkeyPatch, golden: Arrays, small_batches: tuple[int, ...]
) -> None:
    monkeypatch.setattr(jax_backend, "FUSION", {"xla_no_such_option": "none"})
    assert not jax_backend._fuses_elementwise.__wrapped__(jax.devices("cpu")[0])
    monkeypatch.setattr(jax_backend, "_fuses_elementwise", lambda device: False)
    codes = codec_of(make_golden.weights()).encode(golden["mask64"][..., None])
    np.testing.assert_array_equal(codes, golden["codebook_indices"])


def test_a_tail_is_padded_and_one_after_another_is_not() -> None:
    sizes = jax_backend._Sizes((1, 8, 32), masks_per_compilation=100)
    assert [sizes.choose(n) for n in (32, 32, 5)] == [32, 32, 32], "a tail costs less than compiling"
    assert [sizes.choose(1) for _ in range(5)] == [32, 32, 32, 1, 1], "31 masks in vain, 62, 93 - enough"
    assert [sizes.choose(n) for n in (2, 8, 3, 3)] == [32, 32, 32, 8], "so does what 5 had in vain"


def test_what_comes_first_is_compiled_for_its_own_size() -> None:
    sizes = jax_backend._Sizes((1, 8, 32), masks_per_compilation=100)
    assert [sizes.choose(n) for n in (1, 7, 8, 20)] == [1, 8, 8, 32]


def stand_in_codec_again() -> MaskCodec:
    """A second codec of other weights: compiled code is shared between codecs."""
    return MaskCodec(load_checkpoint(find_weights("stand-in").path), "stand-in", device="cpu", backend="jax")


@pytest.mark.parametrize("n", [3, 4, 25])
def test_results_do_not_depend_on_the_batch_sizes(small_batches: tuple[int, ...], golden: Arrays, n: int) -> None:
    masks = np.resize(golden["mask64"][..., None], (n, 64, 64, 1))
    codes = codec_of(make_golden.weights()).encode(masks)
    np.testing.assert_array_equal(codes, np.resize(golden["codebook_indices"], (n, 16)))
