"""YOLO sets as tests build them: pictures of 100 x 50 pixels, label files, whatever describes them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from builders import write_image

BOX = "0 0.5 0.5 0.2 0.4"
"""A cat's box, (40, 15, 60, 35) pixels on these pictures."""


def write_lines(path: Path, *lines: str) -> Path:
    """A text file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def add_image(path: Path, label_file: Path | None = None, rows: Iterable[str] = (BOX,)) -> Path:
    """A picture and, where its path is given, its label file."""
    write_image(path, 100, 50)
    if label_file is not None:
        write_lines(label_file, *rows)
    return path


def add_pairs(folder: Path, *stems: str) -> None:
    """Pictures in `images` and label files in `labels`, of which each has one cat."""
    for stem in stems:
        add_image(folder / f"images/{stem}.jpg", folder / f"labels/{stem}.txt")


def make_roboflow(folder: Path) -> Path:
    """A set as Roboflow exports it: two images to train with, one to validate with; its data.yaml."""
    add_pairs(folder / "train", "a", "b")
    add_pairs(folder / "valid", "c")
    return write_lines(
        folder / "data.yaml", "train: ../train/images", "val: ../valid/images", "nc: 2", "names: ['cat', 'dog']"
    )
