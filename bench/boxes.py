"""COCO JSON to rows of boxes: `coco2jsonl --task detect` against today's ways, each a process of its own.

    python bench/boxes.py [--images 10000]
    pip install supervision datumaro panlabel     # those that are installed are measured

`todays_boxes.py` writes the same rows with each library's own reader. panlabel has no PaliGemma among its targets; what
it writes is the nearest, JSON Lines with boxes in pixels (SageMaker's manifest).
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import make_coco
import todays_boxes
from measure import Table, take_turns_as_processes

OURS = "coco2jsonl --task detect"
PANLABEL = "panlabel, boxes in pixels"
SMALL = 200
"""Images for supervision, which makes every mask at full size: 2,000 of them take it 9 GB."""


def tables(images: int, rounds: int) -> list[Table]:
    """The comparison of all but supervision, and one with it on few images."""
    readers = [name for name in todays_boxes.READERS if find_spec(name)]
    found = [_table([name for name in readers if name != "supervision"], images, rounds)]
    if "supervision" in readers:
        found.append(_table(["json", "supervision"], min(images // 2, SMALL), rounds))
    return found


def _table(readers: Sequence[str], images: int, rounds: int) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder, "coco.json"), Path(folder, "rows.jsonl")
        make_coco.write(path, images)
        title = f"COCO JSON of {path.stat().st_size / 1e6:,.0f} MB ({images:,} images) to `detect` rows, each a process"
        made = Table(title, "images", images, f"python bench/boxes.py --images {images}")
        made.ways = take_turns_as_processes(_commands(readers, path, out), rounds)
    return made


def _commands(readers: Sequence[str], path: Path, out: Path) -> dict[str, list[str]]:
    source, target = str(path), str(out)
    commands = {name: [sys.executable, todays_boxes.__file__, name, source, target] for name in readers}
    panlabel = shutil.which("panlabel", path=str(Path(sys.executable).parent))
    if panlabel and "supervision" not in readers:
        asked = ["--from", "coco", "--to", "sagemaker", "--allow-lossy"]
        commands[PANLABEL] = [panlabel, "convert", *asked, "--input", source, "--output", target]
    ours = ["coco2jsonl", source, "--out", target, "--task", "detect", "--allow-missing", "--max-tokens", "100000"]
    commands[OURS] = [sys.executable, "-m", "pali_dataprep", *ours, "--overwrite", "--quiet"]
    return commands


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    print("\n".join(made.to_markdown() for made in tables(arguments.images, arguments.rounds)))
