"""A COCO instances file of any size, seeded: as many annotations, points and crowds as COCO's own has.

    python bench/make_coco.py OUT.json --images 118000               # about COCO train2017: 860,000 annotations
    python bench/make_coco.py OUT.json --images 100 --size 4000x3000

Sizes follow train2017: 7.3 annotations an image, outlines of some 25 to 100 points, one in ten in several
parts, one in a hundred a crowd as run lengths.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np

ANNOTATIONS_PER_IMAGE = 7.3
CATEGORIES = 80
IMAGES_AT_ONCE = 1000
"""Drawn and written together; another number makes another file."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--size", default="640x480")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    print(f"{write(arguments.out, arguments.images, width, height, arguments.seed):,} annotations")


def write(out: Path, images: int, width: int = 640, height: int = 480, seed: int = 0) -> int:
    """Write the file and return the number of annotations."""
    rng = np.random.default_rng(seed)
    listed = [{"id": n, "file_name": f"{n:012d}.jpg", "width": width, "height": height} for n in range(1, images + 1)]
    named = [{"id": n, "name": f"class {n}", "supercategory": "thing"} for n in range(1, CATEGORIES + 1)]
    with out.open("wb") as stream:
        stream.write(b'{"info":{"description":"made for a benchmark"},"images":' + msgspec.json.encode(listed))
        stream.write(b',"annotations":[')
        total = _write_annotations(stream, rng, images, width, height)
        stream.write(b'],"categories":' + msgspec.json.encode(named) + b"}")
    return total


def _write_annotations(stream: BinaryIO, rng: np.random.Generator, images: int, width: int, height: int) -> int:
    """Write them without the brackets of their list and return how many."""
    total = 0
    for first in range(1, images + 1, IMAGES_AT_ONCE):
        counts = rng.poisson(ANNOTATIONS_PER_IMAGE, min(IMAGES_AT_ONCE, images + 1 - first))
        owners = np.repeat(np.arange(first, first + len(counts)), counts).tolist()
        shapes = _shapes(rng, len(owners), width, height)
        categories = rng.integers(1, CATEGORIES + 1, len(owners)).tolist()
        drawn = enumerate(zip(owners, categories, shapes, strict=True), start=total + 1)
        made = [{"id": n, "image_id": owner, "category_id": category, **shape} for n, (owner, category, shape) in drawn]
        if made:
            stream.write(b"," * (total > 0) + msgspec.json.encode(made)[1:-1])
        total += len(made)
    return total


def _shapes(rng: np.random.Generator, number: int, width: int, height: int) -> list[dict[str, Any]]:
    """What each annotation says of its outline."""
    parts = 1 + (rng.random(number) < 0.1) * rng.integers(1, 4, number)
    points, rings = _rings(rng, int(parts.sum()), width, height)
    flat, ends = points.ravel().tolist(), (2 * np.cumsum(rings)).tolist()
    outlines = [flat[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    last = np.cumsum(parts)
    objects = [outlines[end - n : end] for end, n in zip(last.tolist(), parts.tolist(), strict=True)]
    boxes = _boxes(points, np.add.reduceat(rings, last - parts) if number else rings)
    crowds = (rng.random(number) < 0.01).tolist()
    return [
        _crowd(rng, width, height) if crowd else _outlined(rings_of_it, box)
        for rings_of_it, box, crowd in zip(objects, boxes, crowds, strict=True)
    ]


def _rings(rng: np.random.Generator, number: int, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Star-shaped outlines: all points (n, 2), to a hundredth of a pixel, and how many each outline has."""
    counts = np.clip(rng.lognormal(3.1, 0.6, number), 4, 300).astype(np.int64)
    owners = np.repeat(np.arange(number), counts)
    angles = 2 * np.pi * (np.sort(owners + rng.random(len(owners))) - owners)  # sorted within each ring
    radii = np.exp(rng.normal(np.log(0.08), 0.8, number))[owners] * rng.uniform(0.6, 1.0, len(owners))
    centres = rng.uniform(0.1, 0.9, (number, 2))[owners]
    unit = centres + np.column_stack([np.cos(angles), np.sin(angles)]) * radii[:, None]
    return np.round(np.clip(unit, 0, 1) * (width, height), 2), counts


def _boxes(points: np.ndarray, counts: np.ndarray) -> list[list[float]]:
    """The box (x, y, width, height) of each run of so many points."""
    starts = np.cumsum(counts) - counts
    low, high = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
    boxes: list[list[float]] = np.round(np.column_stack([low, high - low]), 2).tolist()
    return boxes


def _outlined(rings: Sequence[list[float]], bbox: list[float]) -> dict[str, Any]:
    return {"segmentation": rings, "bbox": bbox, "area": bbox[2] * bbox[3] / 2, "iscrowd": 0}


def _crowd(rng: np.random.Generator, width: int, height: int) -> dict[str, Any]:
    cuts = np.sort(rng.integers(1, width * height, 400))
    counts = np.diff([0, *cuts, width * height]).tolist()
    return {
        "segmentation": {"counts": counts, "size": [height, width]},
        "bbox": [0, 0, width, height],
        "area": sum(counts[1::2]),
        "iscrowd": 1,
    }


if __name__ == "__main__":
    main()
