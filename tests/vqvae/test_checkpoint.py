from __future__ import annotations

import hashlib
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shared_data import SHARED, needs_shared

from pali_dataprep.errors import CheckpointError
from pali_dataprep.vqvae.checkpoint import OPTIONAL_SHAPES, REQUIRED_SHAPES, file_sha256, load_checkpoint

Arrays = dict[str, np.ndarray]

NAME = "encoder.8.net.2.bias"
"""The array that the tests damage."""


def arrays() -> Arrays:
    """A right checkpoint without its optional arrays."""
    rng = np.random.default_rng(0)
    return {name: rng.random(shape, dtype=np.float32) for name, shape in REQUIRED_SHAPES.items()}


@pytest.fixture(scope="module")
def right_bytes() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays())
    return stream.getvalue()


def complaint_about(path: Path) -> str:
    """The message `load_checkpoint` refuses the file with, which must name the file."""
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    assert caught.value.message.startswith(f"{path}: ")
    return caught.value.message.removeprefix(f"{path}: ")


# --- files that are right


def test_a_right_file_gives_its_arrays_and_its_checksum(tmp_path: Path, right_bytes: bytes) -> None:
    path = tmp_path / "vae.npz"
    path.write_bytes(right_bytes)
    checkpoint = load_checkpoint(path)
    assert checkpoint.path == path
    assert checkpoint.sha256 == file_sha256(path) == hashlib.sha256(right_bytes).hexdigest()
    assert checkpoint.arrays.keys() == REQUIRED_SHAPES.keys()
    for name, array in arrays().items():
        np.testing.assert_array_equal(checkpoint.arrays[name], array, err_msg=name)


def test_float16_is_upcast_exactly(tmp_path: Path) -> None:
    half = {name: array.astype(np.float16) for name, array in arrays().items()}
    np.savez_compressed(tmp_path / "half.npz", **half)
    loaded = load_checkpoint(tmp_path / "half.npz").arrays
    assert {array.dtype for array in loaded.values()} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(loaded[NAME], half[NAME])


def test_optional_arrays_are_kept(tmp_path: Path) -> None:
    optional = {name: np.ones(shape, dtype=np.float32) for name, shape in OPTIONAL_SHAPES.items()}
    np.savez(tmp_path / "ema.npz", **arrays(), **optional)
    assert load_checkpoint(tmp_path / "ema.npz").arrays.keys() == REQUIRED_SHAPES.keys() | OPTIONAL_SHAPES.keys()


@needs_shared
def test_names_and_shapes_are_those_of_the_official_layout() -> None:
    schema = json.loads((SHARED / "golden/vae_oid_schema.json").read_text())["arrays"]
    assert {name: tuple(shape) for name, shape in schema.items()} == {**REQUIRED_SHAPES, **OPTIONAL_SHAPES}


# --- archives that hold the wrong arrays


def changed(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Arrays], Arrays]:
    """Right arrays but for one."""
    return lambda right: {**right, NAME: change(right[NAME])}


def with_value(value: float) -> Callable[[Arrays], Arrays]:
    """Right arrays, one of them with `value` as its last number."""
    return changed(lambda array: np.concatenate([array[:-1], np.array([value], dtype=array.dtype)]))


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (
            lambda right: {name: right[name] for name in right if name != NAME},
            f"not a PaliGemma mask VQ-VAE: 1 arrays are missing, first {NAME!r}",
        ),
        (
            lambda right: {**right, "extra": np.zeros(3, dtype=np.float32)},
            "not a PaliGemma mask VQ-VAE: 1 arrays are unknown, first 'extra'",
        ),
        (
            lambda right: {"weights": np.zeros(3), "bias": np.zeros(3)},
            "47 arrays are missing, first '_vq_vae._embedding'; 2 arrays are unknown, first 'bias'",
        ),
        (lambda right: {}, "47 arrays are missing"),
        (changed(lambda array: array[:-1]), f"array {NAME!r} has shape (127,), expected (128,)"),
        (changed(lambda array: array[:, None]), f"array {NAME!r} has shape (128, 1), expected (128,)"),
        (changed(lambda array: array.astype(np.float64)), f"array {NAME!r} is float64, expected float32 or float16"),
        (changed(lambda array: array.astype(np.int32)), f"array {NAME!r} is int32"),
        (changed(lambda array: array.astype(np.complex64)), f"array {NAME!r} is complex64"),
        (with_value(np.nan), f"array {NAME!r} holds values that are not finite"),
        (with_value(-np.inf), f"array {NAME!r} holds values that are not finite"),
        (
            lambda right: {**right, "_vq_vae._ema_w": np.zeros((128, 1), dtype=np.float32)},
            "array '_vq_vae._ema_w' has shape (128, 1), expected (128, 512)",
        ),
    ],
    ids=[
        "one missing",
        "one unknown",
        "foreign",
        "empty",
        "too short",
        "one axis more",
        "float64",
        "integers",
        "complex",
        "NaN",
        "infinity",
        "optional of a wrong shape",
    ],
)
def test_wrong_arrays(tmp_path: Path, damage: Callable[[Arrays], Arrays], complaint: str) -> None:
    path = tmp_path / "wrong.npz"
    np.savez(path, **damage(arrays()))
    assert complaint in complaint_about(path)


def test_kernels_in_another_framework_order(tmp_path: Path) -> None:
    turned = {name: array.T if array.ndim == 4 else array for name, array in arrays().items()}
    np.savez(tmp_path / "turned.npz", **turned)
    assert "array 'encoder.0.weight' has shape (4, 4, 1, 16)" in complaint_about(tmp_path / "turned.npz")


# --- files that are no archive of arrays


def npy_bytes(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def zip_bytes(member: bytes) -> bytes:
    """An archive with every expected name, each of which holds `member`."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in REQUIRED_SHAPES:
            archive.writestr(f"{name}.npy", member)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "File is not a zip file"),
        (b"<!DOCTYPE html><title>404</title>", "File is not a zip file"),
        (npy_bytes(np.zeros(3)), "File is not a zip file"),
        (pickle.dumps(arrays), "File is not a zip file"),
        (zip_bytes(b"not an array"), "'encoder.0.weight' is not an array"),
        (zip_bytes(npy_bytes(np.zeros(3)).replace(b"(3,), }" + 15 * b" ", b"(9999999999999999,), }")), "allocate"),
        (zip_bytes(b"\x93NUMPY\x01\x00\x10\x00{'descr': ((((("), "not a readable .npz file"),
    ],
    ids=[
        "empty",
        "a web page",
        "a single array",
        "a pickle",
        "members are no arrays",
        "too large for memory",
        "a garbled array header",
    ],
)
def test_foreign_files(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "foreign.npz"
    path.write_bytes(content)
    message = complaint_about(path)
    assert message.startswith("not a readable .npz file")
    assert complaint in message


@pytest.mark.parametrize("kept", [0.001, 0.5, 0.999])
def test_a_download_that_was_cut_off(tmp_path: Path, right_bytes: bytes, kept: float) -> None:
    path = tmp_path / "cut.npz"
    path.write_bytes(right_bytes[: int(kept * len(right_bytes))])
    assert complaint_about(path).startswith("not a readable .npz file")
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    assert "fetch it again" in caught.value.hint


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed], ids=["stored", "compressed"])
@pytest.mark.parametrize("where", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_damaged_bytes_are_noticed(tmp_path: Path, save: Callable[..., Any], where: float) -> None:
    path = tmp_path / "damaged.npz"
    save(path, **arrays())
    content = bytearray(path.read_bytes())
    start = int(where * len(content))
    content[start : start + 20] = bytes(byte ^ 0xFF for byte in content[start : start + 20])
    path.write_bytes(content)
    assert complaint_about(path).startswith("not a readable .npz file")


def test_no_file(tmp_path: Path) -> None:
    assert complaint_about(tmp_path / "absent.npz") == "no such file"


def test_a_folder(tmp_path: Path) -> None:
    assert complaint_about(tmp_path) == "no such file"


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def test_a_pickled_array_is_refused_and_never_unpickled(tmp_path: Path) -> None:
    path, sprung = tmp_path / "trap.npz", tmp_path / "sprung"
    objects = np.empty(128, dtype=object)
    objects[:] = [Trap(sprung)] * 128
    np.savez(path, **{**arrays(), NAME: objects})
    assert "Object arrays cannot be loaded" in complaint_about(path)
    assert not sprung.exists()
    with np.load(path, allow_pickle=True) as archive:
        archive[NAME]
    assert sprung.exists(), "the trap does not work, and the test shows nothing"
