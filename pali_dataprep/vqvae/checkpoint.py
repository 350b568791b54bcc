"""The mask VQ-VAE's checkpoint file: its arrays, loading and checking them.

The layout is that of big_vision's `vae-oid.npz`: PyTorch names and PyTorch kernel
order (out, in, height, width; transposed convolutions in, out, height, width). Original
keys are kept; `model.py` turns them into Flax parameters.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pali_dataprep.checksum import file_sha256
from pali_dataprep.errors import CheckpointError

CODEBOOK_SIZE = 128
"""Number of codewords, one `<segNNN>` token each."""

EMBEDDING_DIM = 512
CODEWORDS_PER_MASK = 16
"""A row-major 4 x 4 grid."""


def _conv(name: str, out_features: int, in_features: int, side: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (out_features, in_features, side, side), f"{name}.bias": (out_features,)}


def _transposed(name: str, in_features: int, out_features: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (in_features, out_features, 4, 4), f"{name}.bias": (out_features,)}


def _residual(name: str) -> dict[str, tuple[int, ...]]:
    sides = ((0, 3), (2, 3), (4, 1))
    return {k: v for n, side in sides for k, v in _conv(f"{name}.net.{n}", 128, 128, side).items()}


REQUIRED_SHAPES: Mapping[str, tuple[int, ...]] = {
    **_conv("encoder.0", 16, 1, 4),
    **_conv("encoder.2", 32, 16, 4),
    **_conv("encoder.4", 64, 32, 4),
    **_conv("encoder.6", 128, 64, 4),
    **_residual("encoder.8"),
    **_residual("encoder.9"),
    **_conv("encoder.10", EMBEDDING_DIM, 128, 1),
    **_conv("decoder.0", 128, EMBEDDING_DIM, 1),
    **_residual("decoder.2"),
    **_residual("decoder.3"),
    **_transposed("decoder.4", 128, 128),
    **_transposed("decoder.6", 128, 64),
    **_transposed("decoder.8", 64, 32),
    **_transposed("decoder.10", 32, 16),
    **_conv("decoder.12", 1, 16, 1),
    "_vq_vae._embedding": (CODEBOOK_SIZE, EMBEDDING_DIM),
}
"""Every array the encoder or the decoder reads, with its shape."""

OPTIONAL_SHAPES: Mapping[str, tuple[int, ...]] = {
    "_vq_vae._ema_cluster_size": (CODEBOOK_SIZE,),
    "_vq_vae._ema_w": (CODEBOOK_SIZE, EMBEDDING_DIM),
}
"""Training state that inference does not need; checked where present."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Weights as float32 under their original names, and the SHA-256 of the file they came from."""

    arrays: Mapping[str, npt.NDArray[np.float32]]
    sha256: str
    path: Path


def load_checkpoint(path: Path) -> Checkpoint:
    """Read and check a `.npz` checkpoint; float16 arrays are upcast to float32.

    Raises CheckpointError for a missing, truncated or foreign file, naming the first
    array that is missing, unknown, of the wrong shape or of the wrong dtype.
    """
    if not path.is_file():
        raise CheckpointError(f"{path}: no such file")
    arrays = _read_arrays(path)
    _check_names(path, set(arrays))
    for name, array in arrays.items():
        _check_array(path, name, array)
    upcast = {name: array.astype(np.float32) for name, array in arrays.items()}
    return Checkpoint(upcast, file_sha256(path), path)


def _read_arrays(path: Path) -> dict[str, npt.NDArray[np.generic]]:
    try:
        # Opened as a zip file first: np.load would take anything else for a pickle or a single array.
        with zipfile.ZipFile(path), np.load(path, allow_pickle=False) as archive:
            return {name: _as_array(name, archive[name]) for name in archive.files}
    except Exception as error:
        # Damage shows in zipfile, in zlib, in the parser of array headers or as a monstrous allocation.
        raise CheckpointError(
            f"{path}: not a readable .npz file ({error})",
            hint="the download may be cut off: remove the file and fetch it again",
        ) from error


def _as_array(name: str, value: object) -> npt.NDArray[np.generic]:
    if not isinstance(value, np.ndarray):  # np.load hands out other members of the archive as bytes
        raise ValueError(f"{name!r} is not an array")
    return value


def _check_names(path: Path, names: set[str]) -> None:
    missing = sorted(REQUIRED_SHAPES.keys() - names)
    unknown = sorted(names - REQUIRED_SHAPES.keys() - OPTIONAL_SHAPES.keys())
    if missing or unknown:
        what = [f"{len(missing)} arrays are missing, first {missing[0]!r}"] if missing else []
        what += [f"{len(unknown)} arrays are unknown, first {unknown[0]!r}"] if unknown else []
        raise CheckpointError(
            f"{path}: not a PaliGemma mask VQ-VAE: {'; '.join(what)}",
            hint="expected is the layout of big_vision's vae-oid.npz",
        )


def _check_array(path: Path, name: str, array: npt.NDArray[np.generic]) -> None:
    expected = REQUIRED_SHAPES.get(name) or OPTIONAL_SHAPES[name]
    if array.shape != expected:
        raise CheckpointError(f"{path}: array {name!r} has shape {array.shape}, expected {expected}")
    if array.dtype not in (np.float32, np.float16):
        raise CheckpointError(f"{path}: array {name!r} is {array.dtype}, expected float32 or float16")
    if not np.isfinite(array).all():
        raise CheckpointError(f"{path}: array {name!r} holds values that are not finite")
