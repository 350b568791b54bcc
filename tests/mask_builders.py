"""Mask files and their images, made small."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

Rows = Sequence[Sequence[int]]


def save_map(path: Path, values: object, *, mode: str | None = None, palette: Sequence[int] = ()) -> Path:
    """A mask file: (h, w) as L, P (with a palette) or I;16 by its values, (h, w, 3) as RGB."""
    array = np.asarray(values)
    image = Image.fromarray(array.astype(np.uint16 if array.max() > 255 else np.uint8))
    if palette:
        image.putpalette([*palette, *[0] * (768 - len(palette))])  # Pillow writes as many bits as it has colours
    if mode is not None:
        image = image.convert(mode)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path


def save_image(path: Path, width: int, height: int) -> Path:
    """A grey picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height), (90, 120, 60)).save(path)
    return path


def save_pair(folder: Path, stem: str, values: object, **more: object) -> Path:
    """`images/<stem>.png` and `masks/<stem>.png` of one size; the mask's path."""
    height, width = np.asarray(values).shape[:2]
    save_image(folder / f"images/{stem}.png", width, height)
    return save_map(folder / f"masks/{stem}.png", values, **more)  # type: ignore[arg-type]


def colours(rows: Rows, table: Sequence[Sequence[int]]) -> np.ndarray:
    """RGB pixels of class numbers."""
    return np.asarray(table, dtype=np.uint8)[np.asarray(rows)]
