"""`coco2jsonl --task segment` on a file as large as COCO train2017, beside the encoder's own time for as many masks.

    python bench/whole.py [--images 118000] [--device gpu]

A machine's speed drifts more in minutes than what is to be told differs. So the encoder is timed alone throughout the
run: before every sixteenth batch, what is under way is waited for and the same masks are encoded once more. Those
slices are not in the run's seconds; starting the process is in them, and opening the codec.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import make_coco
import msgspec
import numpy as np
from measure import Measured, Table, run_process

from pali_dataprep import ConvertOptions, Task
from pali_dataprep.conversion.converters import run_with_manifest
from pali_dataprep.conversion.pipeline import Conversion
from pali_dataprep.formats import FORMATS
from pali_dataprep.tokens.tokenizer import open_counter
from pali_dataprep.vqvae.backends import choose_backend
from pali_dataprep.vqvae.checkpoint import load_checkpoint
from pali_dataprep.vqvae.codec import MaskCodec, PendingCodes
from pali_dataprep.vqvae.weights import find_stand_in

IMAGES = 118_000
SLICE_EVERY = 16
OPTIONS = ConvertOptions(Task.SEGMENT, allow_missing=True, max_tokens=100_000)


@dataclass(slots=True)
class Seconds:
    """What the process with the codec measured; `slices` are masks, seconds and CPU seconds of the encoder alone."""

    backend: str
    opening: float
    in_codec: float = 0.0
    cpu: float = 0.0
    slices: list[tuple[int, float, float]] = field(default_factory=list)


class TimedCodec(MaskCodec):
    """A codec that times itself, and in slices the encoder alone."""

    def __init__(self, device: str) -> None:
        started = time.perf_counter()
        super().__init__(load_checkpoint(find_stand_in()), "stand-in", device=device)
        noise = np.random.default_rng(0).random((self.batch_size, 64, 64, 1), np.float32)  # empty masks are near-ties
        super().begin(noise)()  # compiles
        self.seconds = Seconds(choose_backend(device), time.perf_counter() - started)
        self._under_way: deque[PendingCodes] = deque()
        self._batches = 0

    def begin(self, mask64: np.ndarray) -> PendingCodes:
        """As MaskCodec's, timed, with a slice now and then."""
        if self._batches % SLICE_EVERY == 0:
            self._slice(mask64)
        self._batches += 1
        started = time.perf_counter()
        begun = super().begin(mask64)
        self.seconds.in_codec += time.perf_counter() - started
        self._under_way.append(cache(lambda: self._wait(begun)))
        return self._under_way[-1]

    def _wait(self, begun: PendingCodes) -> np.ndarray:
        started = time.perf_counter()
        codes = begun()
        self.seconds.in_codec += time.perf_counter() - started
        self._under_way.popleft()  # waited for in the order begun
        return codes

    def _slice(self, mask64: np.ndarray) -> None:
        while self._under_way:
            self._under_way[0]()
        started, worked = time.perf_counter(), time.process_time()
        super().begin(mask64)()
        self.seconds.slices.append((len(mask64), time.perf_counter() - started, time.process_time() - worked))


def table(images: int, device: str = "cpu") -> Table:
    """The run and the encoder alone."""
    with tempfile.TemporaryDirectory() as folder:
        path, told = Path(folder, "coco.json"), Path(folder, "seconds.json")
        masks = make_coco.write(path, images)
        title = f"COCO JSON of {path.stat().st_size / 1e6:,.0f} MB to `segment` rows, from start to end of the process"
        found = Table(title, "masks", masks, f"python bench/whole.py --images {images}")
        taken, peak = run_process([sys.executable, __file__, "--child", str(path), str(told), "--device", device])
        seconds = msgspec.json.decode(told.read_bytes(), type=Seconds)
    _compare(found, taken, peak, seconds)
    return found


def _compare(found: Table, taken: float, peak: float, seconds: Seconds) -> None:
    sliced, slices, slices_cpu = (sum(column) for column in zip(*seconds.slices, strict=True))
    share = found.items / sliced
    own, run = slices * share, taken - slices
    rates = [masks / wall for masks, wall, _ in seconds.slices]
    found.ways = {f"the encoder alone, {seconds.backend}": Measured((own,)), "coco2jsonl": Measured((run,), peak)}
    cpu = (seconds.cpu - slices_cpu) / (slices_cpu * share)
    found.notes.append(
        f"{run / own:.2f} times the encoder's own time ({cpu:.2f} times in seconds of the processor), known from"
        f" {len(rates)} slices during the run, of {min(rates):,.0f} to {max(rates):,.0f} masks/s."
        f" {seconds.in_codec / run:.0%} of the run passed in the codec, {seconds.opening:.1f} s opening and compiling."
    )


def convert(path: Path, told: Path, device: str) -> None:
    """In a process of its own: convert as the command does, and write down what the codec measured."""
    codec = TimedCodec(device)
    dataset: Any = FORMATS["coco"].read(path)
    out = path.with_name("rows.jsonl")
    conversion = Conversion(dataset, out, OPTIONS, images=path.parent, counter=open_counter(None), codec=codec)
    run_with_manifest(conversion, "coco2jsonl")
    codec.seconds.cpu = time.process_time()
    told.write_bytes(msgspec.json.encode(codec.seconds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--child", type=Path, nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        convert(*arguments.child, arguments.device)
    else:
        print(table(arguments.images, arguments.device).to_markdown())


if __name__ == "__main__":
    main()
