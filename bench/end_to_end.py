"""COCO JSON to `segment` rows: `coco2jsonl` against today's ways.

    python bench/end_to_end.py [--images 200]
    python bench/end_to_end.py --whole      # a file as large as COCO train2017, ours only, some minutes; see `whole.py`
    python bench/end_to_end.py --feed       # what the host prepares when codewords cost nothing: a GPU's limit
    python bench/end_to_end.py --device gpu --images 20000

Twice: in one process in which every way keeps its encoder, open and compiled, from round to round; and each way in a
process of its own, so that starting, opening and compiling count. Nothing is rebuilt for the summary's IoU here
(`--iou-sample 0`), since the others rebuild nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import make_coco
import numpy as np
import todays_ways
import whole
from kernel import kernels, using
from measure import Table, take_turns, take_turns_as_processes

from pali_dataprep import ConvertOptions, Task
from pali_dataprep.conversion.converters import run_with_manifest
from pali_dataprep.conversion.pipeline import Conversion
from pali_dataprep.formats import FORMATS
from pali_dataprep.tokens.tokenizer import Estimate
from pali_dataprep.vqvae.backends import BACKENDS, ENVIRONMENT_VARIABLE
from pali_dataprep.vqvae.checkpoint import load_checkpoint
from pali_dataprep.vqvae.codec import MaskCodec
from pali_dataprep.vqvae.weights import find_stand_in

SIZES = ((640, 480), (4000, 3000))
OPTIONS = ConvertOptions(Task.SEGMENT, allow_missing=True, max_tokens=100_000, iou_sample=0)
COMMAND = (
    *("--task", "segment", "--allow-missing", "--max-tokens", "100000", "--iou-sample", "0"),
    *("--codebook", "stand-in", "--overwrite", "--quiet"),
)
"""OPTIONS on the command line."""


def tables(images: int, rounds: int, device: str = "cpu") -> list[Table]:
    """A table for each image size, and one of processes; large images are fewer, as today's ways take long for them."""
    warm = [_warm(width, height, max(2, images * 640 // width), rounds, device) for width, height in SIZES]
    return [*warm, _processes(images, rounds, device)]


def _warm(width: int, height: int, images: int, rounds: int, device: str) -> Table:
    checkpoint = load_checkpoint(find_stand_in())
    with _made(f"COCO JSON to `segment` rows, {width} × {height}, encoders open", images, width, height) as made:
        found, path, out = made
        ways: dict[str, Callable[[], object]] = {}
        for name, way in todays_ways.installed().items():
            ways[name] = partial(todays_ways.opened(way, checkpoint), path, out)
        for name in _backends(device):
            codec = MaskCodec(checkpoint, "stand-in", device=device, backend=name)
            ways[f"coco2jsonl, {name}"] = partial(_convert, path, out, codec)
        found.ways = take_turns({name: partial(_quietly, way) for name, way in ways.items()}, rounds)
    return found


def _processes(images: int, rounds: int, device: str) -> Table:
    with _made("COCO JSON to `segment` rows, 640 × 480, each a process from its start", images, *SIZES[0]) as made:
        found, path, out = made
        today = [sys.executable, todays_ways.__file__]
        ways = {name: [*today, name, str(path), str(out)] for name in todays_ways.installed()}
        tool = [sys.executable, "-m", "pali_dataprep", "coco2jsonl", str(path), "--out", str(out), *COMMAND]
        for name in _backends(device):
            ways[f"coco2jsonl, {name}"] = ["env", f"{ENVIRONMENT_VARIABLE}={name}", *tool, "--device", device]
        found.ways = take_turns_as_processes(ways, rounds)
    return found


@contextlib.contextmanager
def _made(title: str, images: int, width: int, height: int) -> Iterator[tuple[Table, Path, Path]]:
    """A table without ways yet, the file it is about, and where rows go."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "coco.json")
        masks = make_coco.write(path, images, width, height)
        command = f"python bench/end_to_end.py --images {images}"
        yield Table(title, "masks", masks, command), path, Path(folder, "rows.jsonl")


def _backends(device: str) -> list[str]:
    """Those that are installed and know the device."""
    known = (name for name, backend in BACKENDS.items() if backend.is_installed and (device == "cpu" or name == "jax"))
    return sorted(known)


def _convert(path: Path, out: Path, codec: MaskCodec) -> None:
    dataset = FORMATS["coco"].read(path)
    conversion = Conversion(dataset, out, OPTIONS, images=path.parent, counter=Estimate(), codec=codec)
    run_with_manifest(conversion, "coco2jsonl", overwrite=True)


def _quietly(way: Callable[[], object]) -> None:
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints
        way()


class _Free:
    """A codec whose codewords cost nothing."""

    name = sha256 = "free"
    batch_size, batches_ahead, codewords, near_ties, recomputed = 4096, 2, 0, 0, 0

    def begin(self, mask64: np.ndarray) -> Callable[[], np.ndarray]:
        return lambda: np.zeros((len(mask64), 16), np.int32)


def feed(images: int, rounds: int) -> list[Table]:
    """Reading, judging, preparing and writing alone, with each kernel."""
    found = []
    for width, height in SIZES:
        with _made(f"Host feed, {width} × {height}", images, width, height) as (table, path, out):
            table.command += " --feed"
            ways = {f"{name} kernel": partial(_feed, path, out, name) for name in kernels()}
            table.ways = take_turns(ways, rounds, time.process_time)
        table.notes.append("Seconds are of the processor, all threads together.")
        found.append(table)
    return found


def _feed(path: Path, out: Path, kernel: str) -> None:
    free: Any = _Free()
    with using(kernel):
        _convert(path, out, free)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, help=f"default: 200, and {whole.IMAGES:,} with --whole")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--feed", action="store_true")
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    arguments = parser.parse_args()
    if arguments.whole:
        found = [whole.table(arguments.images or whole.IMAGES, arguments.device)]
    elif arguments.feed:
        found = feed(arguments.images or 200, arguments.rounds)
    else:
        found = tables(arguments.images or 200, arguments.rounds, arguments.device)
    print("\n".join(made.to_markdown() for made in found))


if __name__ == "__main__":
    main()
