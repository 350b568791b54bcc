"""Which backend computes the network; that they agree; that one is enough."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from shared_data import SHARED, needs_shared

from pali_dataprep.errors import UsageError
from pali_dataprep.vqvae import backends, find_weights
from pali_dataprep.vqvae.backends import BACKENDS, choose_backend
from pali_dataprep.vqvae.base import ROUNDING
from pali_dataprep.vqvae.checkpoint import load_checkpoint
from pali_dataprep.vqvae.codec import MaskCodec
from pali_dataprep.vqvae.exact import ExactEncoder
from pali_dataprep.vqvae.near_ties import FEATURE_ERROR

ROOT = Path(__file__).parents[2]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The packages that seem to be installed; a test adds to them."""
    packages: set[str] = set()
    monkeypatch.setattr(backends, "find_spec", lambda name: name if name in packages else None)
    return packages


@pytest.mark.parametrize(
    ("packages", "device", "chosen"),
    [
        ("jax flax", "auto", "jax"),
        ("jax flax onnx onnxruntime", "auto", "onnx"),
        ("jax flax onnx onnxruntime", "cpu", "onnx"),
        ("jax flax onnx onnxruntime", "gpu", "jax"),
        ("jax flax onnx onnxruntime jax_cuda12_plugin", "auto", "jax"),
        ("jax flax onnx onnxruntime jax_cuda12_plugin", "cpu", "onnx"),
        ("onnx onnxruntime", "auto", "onnx"),
        ("jax flax onnxruntime", "cpu", "jax"),
    ],
)
def test_the_backend_of_a_device(installed: set[str], packages: str, device: str, chosen: str) -> None:
    installed.update(packages.split())
    assert choose_backend(device) == chosen


def test_nothing_installed(installed: set[str]) -> None:
    with pytest.raises(UsageError, match="nothing that can compute mask tokens is installed") as caught:
        choose_backend()
    assert "pali-dataprep[cpu]" in caught.value.hint


def test_the_variable_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALI_DATAPREP_BACKEND", "jax")
    assert choose_backend("cpu") == "jax"


def test_a_variable_that_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALI_DATAPREP_BACKEND", "torch")
    with pytest.raises(UsageError, match="PALI_DATAPREP_BACKEND=torch: the backends are jax, onnx"):
        choose_backend()


def test_a_variable_that_names_what_is_not_installed(monkeypatch: pytest.MonkeyPatch, installed: set[str]) -> None:
    monkeypatch.setenv("PALI_DATAPREP_BACKEND", "onnx")
    with pytest.raises(UsageError, match="it is not installed") as caught:
        choose_backend()
    assert "pali-dataprep[cpu]" in caught.value.hint


@pytest.mark.parametrize("device", ["gpu", "abacus"])
def test_onnx_has_one_device(device: str) -> None:
    checkpoint = load_checkpoint(find_weights("stand-in").path)
    with pytest.raises(UsageError, match=f"--device {device}: the onnx backend runs on the CPU"):
        MaskCodec(checkpoint, "stand-in", device=device, backend="onnx")


def test_the_backends_agree_on_blobs_and_noise() -> None:
    """Soft discs, and pixels at random, which lie far from anything a codebook was made for."""
    checkpoint = load_checkpoint(find_weights("stand-in").path)
    rng = np.random.default_rng(11)
    y, x = np.mgrid[:64, :64]
    discs = np.clip(rng.uniform(4, 40, (40, 1, 1)) - np.hypot(x - 30, y - rng.uniform(0, 64, (40, 1, 1))), 0, 1)
    masks = np.concatenate([discs, rng.random((24, 64, 64))]).astype(np.float32)[..., None]
    codecs = [MaskCodec(checkpoint, "stand-in", device="cpu", backend=name) for name in sorted(BACKENDS)]
    first, second = (codec.encode(masks) for codec in codecs)
    np.testing.assert_array_equal(first, second)
    maps = [codec.decode(first) for codec in codecs]
    np.testing.assert_allclose(maps[0], maps[1], rtol=0, atol=1e-4)


WITHOUT_JAX = """
import sys
sys.modules["jax"] = sys.modules["flax"] = None  # importing them fails, as where they are not installed
from pali_dataprep.cli import run
sys.exit(run(sys.argv[1:]))
"""


def test_the_example_without_jax(tmp_path: Path) -> None:
    """The expected rows byte for byte."""
    out = tmp_path / "train.jsonl"
    arguments = ["coco2jsonl", "examples/coco/instances.json", "--images", "examples/coco/images", "--task", "segment"]
    arguments += ["--checkpoint", "pt-448", "--codebook", "stand-in", "--image-paths", "root", "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_JAX, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert out.read_bytes() == (ROOT / "examples/coco/expected/segment.jsonl").read_bytes()


@pytest.fixture(scope="module")
def noise() -> npt.NDArray[np.float32]:
    """Pixels at random, half of them all or nothing, float32 (12, 64, 64)."""
    masks = np.random.default_rng(5).random((12, 64, 64)).astype(np.float32)
    masks[:6] = masks[:6] > 0.5
    return masks


@pytest.mark.parametrize("backend", sorted(BACKENDS))
def test_float32_errs_by_less_than_a_near_tie_allows(backend: str, noise: npt.NDArray[np.float32]) -> None:
    """Half of the margin is kept: a gap that is not called a near-tie has the sign it seems to have."""
    checkpoint = load_checkpoint(find_weights("stand-in").path)
    encoded = BACKENDS[backend].open(checkpoint, "cpu").begin(noise[..., None])()
    exact = np.sort([ExactEncoder(checkpoint.arrays).squared_distances(mask) for mask in noise], axis=2)
    errors = np.abs(encoded.gap - (exact[..., 1] - exact[..., 0]))
    assert (errors < ROUNDING / 2 * (encoded.norm + encoded.best)).all()


@pytest.mark.parametrize("backend", sorted(BACKENDS))
@pytest.mark.parametrize("weights", ["stand-in", pytest.param("random", marks=needs_shared)])
def test_features_err_by_less_than_is_reckoned_with(backend: str, weights: str, noise: npt.NDArray[np.float32]) -> None:
    path = find_weights(weights).path if weights == "stand-in" else SHARED / "golden/random_checkpoint.npz"
    checkpoint = load_checkpoint(path)
    encoded = BACKENDS[backend].open(checkpoint, "cpu").begin(noise[..., None])()
    rows = np.array([11, 0, 5])
    exact = np.array([ExactEncoder(checkpoint.arrays).features(mask) for mask in noise[rows]])
    errors = np.linalg.norm(encoded.features_of(rows) - exact, axis=2)
    assert (errors < 0.75 * FEATURE_ERROR * np.linalg.norm(exact, axis=2)).all()


@pytest.mark.parametrize("backend", sorted(BACKENDS))
def test_features_are_those_of_the_masks_asked_for(backend: str, noise: npt.NDArray[np.float32]) -> None:
    """Also of a mask beyond the first batch, and of more than are fetched at once."""
    checkpoint = load_checkpoint(find_weights("stand-in").path)
    opened = BACKENDS[backend].open(checkpoint, "cpu")
    many = np.resize(noise, (130, 64, 64))[..., None]
    rows = np.array([129, 3, *range(100)])
    found = opened.begin(many)().features_of(rows)
    few = opened.begin(many[:12])().features_of(rows % 12)
    np.testing.assert_allclose(found, few, rtol=1e-4, atol=1e-5)
