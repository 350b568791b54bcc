"""The mask VQ-VAE on onnxruntime: for CPUs, where it is faster than XLA and starts at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from pali_dataprep.cores import usable_cores
from pali_dataprep.errors import UsageError
from pali_dataprep.vqvae.base import Encoded
from pali_dataprep.vqvae.checkpoint import Checkpoint
from pali_dataprep.vqvae.onnx_graph import decoder_model, decoder_table, encoder_model

ENCODED_AT_ONCE = 32
DECODED_AT_ONCE = 8
"""A batch goes through the network in parts: what its largest layers make of 128 masks is more than caches hold."""

PARTS_A_CORE = 2
"""In a batch of several, none waits long for the last one."""

LEAST_BATCH = 128

BATCHES_AHEAD = 1
"""One thread reads and judges rows: if it and the encoder waited for each other, a core would be idle meanwhile."""


class OnnxBackend:
    """Encodes and decodes with one checkpoint on the CPU; see `base.Backend`.

    Every core has parts of its own. Threads that share a product wait for each other at the end of every layer,
    which takes long where one of them has to wait for a core: another thread of ours is reading rows.
    """

    def __init__(self, checkpoint: Checkpoint, device: str = "auto") -> None:
        if device not in ("auto", "cpu"):
            raise UsageError(f"--device {device}: the onnx backend runs on the CPU", hint="jax knows others")
        cores = usable_cores()
        self.device = f"cpu (onnxruntime {onnxruntime.__version__})"
        self.batch_size = max(LEAST_BATCH, ENCODED_AT_ONCE * PARTS_A_CORE * cores)
        self.batches_ahead = BATCHES_AHEAD
        self._arrays = checkpoint.arrays
        self._workers = ThreadPoolExecutor(cores, thread_name_prefix="mask-network")

    @cached_property
    def _table(self) -> npt.NDArray[np.float32]:
        return decoder_table(self._arrays)

    @cached_property
    def _encoder(self) -> Future[onnxruntime.InferenceSession]:
        """Made by the first worker, before any part is its turn."""
        return self._workers.submit(lambda: _session(encoder_model(self._arrays)))

    @cached_property
    def _decoder(self) -> Future[onnxruntime.InferenceSession]:
        return self._workers.submit(lambda: _session(decoder_model(self._arrays)))

    def begin(self, mask64: npt.NDArray[np.float32]) -> Callable[[], Encoded]:
        """See `base.Backend.begin`; onnxruntime computes without the GIL."""
        parts = self._run(self._encoder, "mask64", mask64, ENCODED_AT_ONCE)
        return lambda: _encoded([part.result() for part in parts])

    def decode(self, codebook_indices: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        """See `base.Backend.decode`."""
        features = self._table[codebook_indices].transpose(0, 2, 1).reshape(len(codebook_indices), -1, 4, 4)
        parts = self._run(self._decoder, "features", features, DECODED_AT_ONCE)
        return np.concatenate([part.result()[0] for part in parts])[:, 0]

    def _run(
        self, session: Future[onnxruntime.InferenceSession], name: str, rows: npt.NDArray[np.float32], size: int
    ) -> list[Future[list[npt.NDArray[Any]]]]:
        """Rows through a network, so many at once, in order."""

        def run(some: npt.NDArray[np.float32]) -> list[npt.NDArray[Any]]:
            outputs: list[npt.NDArray[Any]] = session.result().run(None, {name: np.ascontiguousarray(some)})
            return outputs

        return [self._workers.submit(run, rows[start : start + size]) for start in range(0, len(rows), size)]


def _encoded(parts: Sequence[Sequence[npt.NDArray[Any]]]) -> Encoded:
    scores, nearest, norm, features = (np.concatenate(part) for part in zip(*parts, strict=True))
    norm = norm[:, 0]
    decided = nearest[:, 0].astype(np.int32), scores[:, 0] + norm, scores[:, 1] - scores[:, 0], norm
    return Encoded(*decided, lambda rows: features[rows].transpose(0, 2, 1))


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only: it warns of machines without a GPU driver
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
