"""Masks as TensorFlow itself resizes them: writes resize_tf.npz.

Run by hand, in an environment with NumPy and TensorFlow; the tests need only the file, which was
made with tensorflow-cpu 2.21.0.

    python tests/data/make_resize_tf.py

The file holds, for each case: `name`; `size` (height, width) of the image; `crop` (y1, x1, y2, x2);
uncompressed COCO RLE, being `counts[offset[i]:offset[i + 1]]`; and `mask64`, float32 (64, 64).
Nothing here is shared with the package, so that the two cannot be wrong together.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

OUTPUT = Path(__file__).with_name("resize_tf.npz")
SEED = 20240607


class Case(NamedTuple):
    """What to draw on an image of `size` (height, width), and the `crop` (y1, x1, y2, x2) to resize."""

    name: str
    drawing: str
    size: tuple[int, int]
    crop: tuple[int, int, int, int]


CASES = (
    Case("shrinks", "blob", (480, 640), (100, 120, 400, 520)),
    Case("shrinks a little", "blob", (80, 90), (4, 5, 75, 88)),
    Case("enlarges", "blob", (60, 50), (10, 8, 40, 45)),
    Case("enlarges a few pixels", "noise", (9, 9), (2, 3, 7, 6)),
    Case("keeps 64 x 64", "noise", (70, 66), (3, 1, 67, 65)),
    Case("65 x 63", "noise", (65, 63), (0, 0, 65, 63)),
    Case("127 x 129", "noise", (127, 129), (0, 0, 127, 129)),
    Case("1 x 1 inside", "full", (20, 20), (7, 9, 8, 10)),
    Case("1 x 1 in the last corner", "full", (20, 20), (19, 19, 20, 20)),
    Case("1 pixel wide", "noise", (200, 60), (20, 50, 180, 51)),
    Case("1 pixel high", "noise", (60, 200), (50, 20, 51, 180)),
    Case("2 x 2", "diagonal", (2, 2), (0, 0, 2, 2)),
    Case("3 x 500", "blob", (400, 600), (200, 40, 203, 540)),
    Case("500 x 3", "blob", (600, 400), (40, 200, 540, 203)),
    Case("10 x 300", "noise", (12, 310), (1, 5, 11, 305)),
    Case("4000 x 4000", "blob", (4000, 4000), (0, 0, 4000, 4000)),
    Case("3900 x 2500 of 4032 x 3024", "blob", (4032, 3024), (100, 300, 4000, 2800)),
    Case("4000 x 5", "blob", (4000, 300), (0, 150, 4000, 155)),
    Case("crop inside the mask", "full", (300, 300), (50, 60, 200, 250)),
    Case("mask larger than the crop", "blob", (400, 400), (180, 150, 260, 270)),
    Case("mask half outside the crop", "left half", (100, 100), (20, 30, 90, 95)),
    Case("mask outside the crop", "left half", (100, 100), (10, 50, 90, 100)),
    Case("nothing drawn", "empty", (100, 100), (10, 50, 90, 100)),
    Case("rows of one pixel", "rows", (230, 150), (3, 2, 227, 149)),
    Case("columns of one pixel", "columns", (150, 230), (2, 3, 149, 227)),
)


def draw(drawing: str, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """The mask to be resized, bool (height, width)."""
    y, x = np.mgrid[: size[0], : size[1]]
    drawings = {
        "empty": lambda: np.zeros(size, dtype=bool),
        "full": lambda: np.ones(size, dtype=bool),
        "noise": lambda: rng.random(size) < 0.5,
        "rows": lambda: y % 2 == 0,
        "columns": lambda: x % 2 == 0,
        "diagonal": lambda: x == y,
        "left half": lambda: x < size[1] // 2,
        "blob": lambda: blob(y / size[0], x / size[1], rng),
    }
    return drawings[drawing]()


def blob(y: np.ndarray, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Five discs around the middle, with a hole and a slit."""
    mask = np.zeros(y.shape, dtype=bool)
    for cy, cx, radius in rng.uniform((0.3, 0.3, 0.08), (0.7, 0.7, 0.3), (5, 3)):
        mask |= (y - cy) ** 2 + (x - cx) ** 2 < radius**2
    cy, cx = rng.uniform(0.4, 0.6, 2)
    mask &= (y - cy) ** 2 + (x - cx) ** 2 > 0.05**2
    return mask & (np.abs(x + y - 1.1) > 0.01)


def rle_counts(mask: np.ndarray) -> np.ndarray:
    """Run lengths in column-major order, background first."""
    pixels = mask.ravel(order="F")
    changes = np.flatnonzero(np.diff(pixels)) + 1
    lengths = np.diff(changes, prepend=0, append=pixels.size)
    return np.insert(lengths, 0, 0) if pixels[0] else lengths


def tensorflow_mask64(mask: np.ndarray, crop: tuple[int, int, int, int]) -> np.ndarray:
    """What PaliGemma's training data went through: 0..255, cropped, resized, divided by 255."""
    import tensorflow as tf

    y1, x1, y2, x2 = crop
    pixels = (mask[y1:y2, x1:x2, None] * 255).astype(np.uint8)
    return (tf.image.resize(pixels, [64, 64], method="bilinear", antialias=True) / 255.0).numpy()[..., 0]


def main() -> None:
    masks = [draw(case.drawing, case.size, np.random.default_rng([SEED, n])) for n, case in enumerate(CASES)]
    counts = [rle_counts(mask) for mask in masks]
    np.savez_compressed(
        OUTPUT,
        name=np.array([case.name for case in CASES]),
        size=np.array([case.size for case in CASES], dtype=np.int32),
        crop=np.array([case.crop for case in CASES], dtype=np.int32),
        counts=np.concatenate(counts).astype(np.int32),
        offset=np.cumsum([0, *map(len, counts)]).astype(np.int32),
        mask64=np.stack([tensorflow_mask64(mask, case.crop) for mask, case in zip(masks, CASES, strict=True)]),
    )
    print(f"{OUTPUT.name}: {len(CASES)} cases, {OUTPUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
