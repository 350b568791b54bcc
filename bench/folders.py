"""Sets with a file for each image: rows a second and memory at sizes ten times apart.

    python bench/folders.py [--sizes 1000 10000 100000]

Three sets are made in a temporary folder: YOLO label files, PNG masks and Pascal VOC annotations, each beside pictures,
all small, so that what is measured is the work a file costs. Few files are written, the rest are hard links to them.
Masks go to `detect` rows, whose boxes are taken from their pixels.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from measure import Measured, Table, repeat_process
from PIL import Image

SIZES = (1_000, 10_000, 100_000)
WIDTH, HEIGHT = 96, 64
DRAWN = 64
"""Different contents of files; the rest repeat them. File systems allow some ten thousand links to each."""

PATHS = ("set", "classes.csv", "rows.jsonl")


def tables(sizes: Sequence[int], rounds: int) -> list[Table]:
    """A table a kind of set; a way is a number of files."""
    command = f"python bench/folders.py --sizes {' '.join(map(str, sizes))}"
    found = []
    for title, make, line in SETS:
        found.append(Table(title, "images", sizes[0], command))
        found[-1].ways = {f"{size:,} images": _measure(make, line, size, rounds) for size in sizes}
    return found


def _measure(make: Callable[[Path, int], None], line: Sequence[str], size: int, rounds: int) -> Measured:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, size)
        given = [str(folder / word) if word in PATHS else word for word in line]
        return repeat_process([sys.executable, "-m", "pali_dataprep", *given, "--quiet", "--overwrite"], rounds, size)


def make_yolo(folder: Path, images: int) -> None:
    """`set/images` and `set/labels`, about seven boxes an image."""
    rng = np.random.default_rng(0)
    texts = [_label_text(rng) for _ in range(DRAWN)]
    _pictures(folder / "set/images", images)
    _files(folder / "set/labels", images, ".txt", texts)
    (folder / "set/data.yaml").write_text("train: images\nnames: [a, b, c]\n")


def make_masks(folder: Path, images: int) -> None:
    """`set/images` and `set/masks`, up to three classes in one index mask an image."""
    rng = np.random.default_rng(0)
    _pictures(folder / "set/images", images)
    _files(folder / "set/masks", images, ".png", [_mask(rng) for _ in range(DRAWN)])
    (folder / "classes.csv").write_text("value,name\n0,background\n1,a\n2,b\n3,c\n")


def make_voc(folder: Path, images: int) -> None:
    """`set/JPEGImages` and `set/Annotations`, about four boxes an image; no annotation knows its image's name."""
    rng = np.random.default_rng(0)
    _pictures(folder / "set/JPEGImages", images)
    _files(folder / "set/Annotations", images, ".xml", [_annotation(rng) for _ in range(DRAWN)])


def _pictures(folder: Path, number: int) -> None:
    _files(folder, number, ".jpg", [_picture()] * DRAWN)


def _files(folder: Path, number: int, suffix: str, contents: Sequence[bytes]) -> None:
    folder.mkdir(parents=True)
    paths = [folder / f"{n:07d}{suffix}" for n in range(number)]
    for path, content in zip(paths, contents, strict=False):
        path.write_bytes(content)
    for n, path in enumerate(paths[len(contents) :]):
        path.hardlink_to(paths[n % len(contents)])


def _label_text(rng: np.random.Generator) -> bytes:
    rows = [(rng.integers(3), *rng.uniform(0.3, 0.7, 2), *rng.uniform(0.05, 0.5, 2)) for _ in range(rng.poisson(7))]
    return "".join(f"{c} {x:.6f} {y:.6f} {w:.6f} {h:.6f}\n" for c, x, y, w, h in rows).encode()


def _annotation(rng: np.random.Generator) -> bytes:
    size = f"<size><width>{WIDTH}</width><height>{HEIGHT}</height></size>"
    objects = "".join(_object(rng) for _ in range(rng.poisson(4)))
    return f"<annotation>{size}{objects}</annotation>".encode()


def _object(rng: np.random.Generator) -> str:
    x, y = rng.integers(1, WIDTH - 20), rng.integers(1, HEIGHT - 20)
    w, h = rng.integers(4, 20, 2)
    corners = f"<xmin>{x}</xmin><ymin>{y}</ymin><xmax>{x + w}</xmax><ymax>{y + h}</ymax>"
    return f"<object><name>{'abc'[rng.integers(3)]}</name><bndbox>{corners}</bndbox></object>"


def _picture() -> bytes:
    return _encoded(Image.new("RGB", (WIDTH, HEIGHT), (90, 120, 60)), "JPEG")


def _mask(rng: np.random.Generator) -> bytes:
    values = np.zeros((HEIGHT, WIDTH), np.uint8)
    for value in (1, 2, 3):
        x, y = int(rng.integers(WIDTH - 20)), int(rng.integers(HEIGHT - 20))
        values[y : y + int(rng.integers(4, 20)), x : x + int(rng.integers(4, 20))] = value
    return _encoded(Image.fromarray(values), "PNG")


def _encoded(image: Image.Image, kind: str) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


SETS = (
    ("`yolo2jsonl`, a label file an image", make_yolo, ["yolo2jsonl", "set", "--out", "rows.jsonl"]),
    (
        "`convert --task detect`, a Pascal VOC file an image",
        make_voc,
        ["convert", "set", "--out", "rows.jsonl", "--task", "detect"],
    ),
    (
        "`masks2seg --task detect`, a mask an image",
        make_masks,
        ["masks2seg", "set", "--classes", "classes.csv", "--out", "rows.jsonl", "--task", "detect"],
    ),
)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    for made in tables(given.sizes, given.rounds):
        print(made.to_markdown())
