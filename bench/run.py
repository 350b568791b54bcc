"""All comparisons of speed in one go: a JSON file of every round, and the tables of docs/performance.md.

    python bench/run.py                       # rewrites bench/figures.json and the page's figures
    python bench/run.py --only kernel encoder # these again; the others' figures stay
    python bench/run.py --scale smoke --out FOLDER   # seconds each: that everything still runs, not how fast

Ways of others are measured where what they need is installed: `pip install -e ".[cpu,bench]"` brings supervision,
Datumaro, panlabel and cc3d; TensorFlow (`pip install tensorflow-cpu`) is for the way of the notebooks.

The other scripts of this folder measure correctness, or need data that is not drawn: `dialects`, `overflow`, `report`,
`token_estimate`. `validate` is `commands`' row of that name on a million rows.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import boxes
import coco_reading
import commands
import components
import encoder
import end_to_end
import figures
import folders
import kernel
import whole
from measure import Table

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
FIGURES = Path(__file__).parent / "figures.json"


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of each is measured; `rows` and `files` are sizes to compare, the rest one number each."""

    rounds: int
    slices: int
    masks: int
    side: int
    images: int
    reading: int
    whole: int
    rows: tuple[int, ...]
    files: tuple[int, ...]


SCALES = {
    "smoke": Scale(rounds=1, slices=1, masks=8, side=64, images=4, reading=20, whole=20, rows=(5, 10), files=(5, 10)),
    "default": Scale(
        rounds=3,
        slices=30,
        masks=2048,
        side=1024,
        images=200,
        reading=10_000,
        whole=11_800,
        rows=(1_000, 10_000, 100_000, 1_000_000),
        files=(1_000, 10_000, 100_000),
    ),
}

PARTS: dict[str, Callable[[Scale], list[Table]]] = {
    "kernel": lambda scale: kernel.tables(scale.masks, scale.rounds),
    "components": lambda scale: components.tables(scale.rounds, side=scale.side),
    "encoder": lambda scale: encoder.tables(scale.masks, scale.slices),
    "end_to_end": lambda scale: end_to_end.tables(scale.images, scale.rounds),
    "whole": lambda scale: [whole.table(scale.whole)],
    "feed": lambda scale: end_to_end.feed(scale.images, scale.rounds),
    "coco_reading": lambda scale: coco_reading.tables(scale.reading, scale.rounds),
    "boxes": lambda scale: boxes.tables(scale.reading, scale.rounds),
    "commands": lambda scale: commands.tables(scale.rows, rounds=1),
    "folders": lambda scale: folders.tables(scale.files, rounds=1),
}
"""In the order of the page."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", choices=SCALES, default="default")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="NAME", help=", ".join(PARTS))
    parser.add_argument("--out", type=Path, help="write here, and leave the repository's figures and page alone")
    arguments = parser.parse_args()
    store, page = FIGURES, PAGE
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        store, page = arguments.out / FIGURES.name, arguments.out / PAGE.name
    known = figures.read(store)
    for name in arguments.only:
        known[name] = figures.measured(name, lambda: PARTS[name](SCALES[arguments.scale]))  # noqa: B023 (called at once)
        print(f"{name}: {known[name].took:.0f} s", flush=True)
        parts = [known[name] for name in PARTS if name in known]
        figures.write(store, parts)
        source = page if page.is_file() else PAGE
        page.write_text(figures.page(source.read_text(encoding="utf-8"), parts), encoding="utf-8")


if __name__ == "__main__":
    main()
