"""The mask VQ-VAE on onnxruntime: for CPUs, where it is faster than XLA and starts at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import numpy as np
import numpy.typing as npt
import onnxruntime

from pali_dataprep.errors import UsageError
from pali_dataprep.vqvae.base import Encoded
from pali_dataprep.vqvae.checkpoint import Checkpoint
from pali_dataprep.vqvae.onnx_graph import decoder_model, decoder_table, encoder_model

BATCH_SIZE = 128
"""Larger batches gain nothing on a CPU."""

ENCODED_AT_ONCE = 32
DECODED_AT_ONCE = 16
"""A batch goes through the network in parts: what its largest layers make of 128 masks is more than caches hold."""

BATCHES_AHEAD = 1
"""One thread reads and judges rows: if it and the encoder waited for each other, a core would be idle meanwhile."""


class OnnxBackend:
    """Encodes and decodes with one checkpoint on the CPU; see `base.Backend`."""

    def __init__(self, checkpoint: Checkpoint, device: str = "auto") -> None:
        if device not in ("auto", "cpu"):
            raise UsageError(f"--device {device}: the onnx backend runs on the CPU", hint="jax knows others")
        self.device = f"cpu (onnxruntime {onnxruntime.__version__})"
        self.batch_size = BATCH_SIZE
        self.batches_ahead = BATCHES_AHEAD
        self._arrays = checkpoint.arrays
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="mask-encoder")
        self._encoder: onnxruntime.InferenceSession | None = None
        self._decoder: onnxruntime.InferenceSession | None = None

    @cached_property
    def _table(self) -> npt.NDArray[np.float32]:
        return decoder_table(self._arrays)

    def begin(self, mask64: npt.NDArray[np.float32]) -> Callable[[], Encoded]:
        """See `base.Backend.begin`; onnxruntime computes without the GIL, one batch after another."""
        return self._worker.submit(self._encode, mask64).result

    def _encode(self, mask64: npt.NDArray[np.float32]) -> Encoded:
        self._encoder = self._encoder or _session(encoder_model(self._arrays))
        parts = [self._encoder.run(None, {"mask64": batch}) for batch in _batches(mask64, ENCODED_AT_ONCE)]
        scores, nearest, norm, features = (np.concatenate(part) for part in zip(*parts, strict=True))
        norm = norm[:, 0]
        decided = nearest[:, 0].astype(np.int32), scores[:, 0] + norm, scores[:, 1] - scores[:, 0], norm
        return Encoded(*decided, lambda rows: features[rows].transpose(0, 2, 1))

    def decode(self, codebook_indices: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        """See `base.Backend.decode`."""
        self._decoder = self._decoder or _session(decoder_model(self._arrays))
        features = self._table[codebook_indices].transpose(0, 2, 1).reshape(len(codebook_indices), -1, 4, 4)
        parts = [self._decoder.run(None, {"features": batch})[0] for batch in _batches(features, DECODED_AT_ONCE)]
        return np.concatenate(parts)[:, 0]


def _batches(rows: npt.NDArray[np.float32], size: int) -> list[npt.NDArray[np.float32]]:
    return [np.ascontiguousarray(rows[start : start + size]) for start in range(0, len(rows), size)]


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only: it warns of machines without a GPU driver
    # A thread that waits in a loop takes the core from others' work, and from our own on the next batch.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
