"""The image files below a folder, in an order that does not depend on the machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

IMAGE_SUFFIXES = frozenset(
    (".avif", ".bmp", ".dng", ".heic", ".jp2", ".jpeg", ".jpg", ".mpo", ".pfm", ".png", ".tif", ".tiff", ".webp")
)
"""What Ultralytics takes for images (`ultralytics/data/utils.py`, IMG_FORMATS)."""


def walk_images(top: Path, enter: Callable[[Path], bool] = lambda _: True) -> Iterator[tuple[Path, list[str]]]:
    """Each folder that holds images, with their names, sorted; parents before their subfolders.

    Symbolic links are followed, none in circles. Hidden files and folders are passed over, as
    every trainer does, and so are folders that `enter` refuses.
    """
    entered = {os.path.realpath(top)}
    for folder, subfolders, files in os.walk(top, followlinks=True):
        subfolders[:] = [
            name
            for name in sorted(subfolders)
            if not name.startswith(".") and _is_new(Path(folder, name), entered) and enter(Path(folder, name))
        ]
        images = sorted(name for name in files if is_image_name(name))
        if images:
            yield Path(folder), images


def is_image_name(name: str) -> bool:
    """Whether a file of this name is taken for an image."""
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES


def _is_new(folder: Path, entered: set[str]) -> bool:
    """Whether the folder was not met before, by whatever name; ordinary folders are met once."""
    if not folder.is_symlink():
        return True
    real = os.path.realpath(folder)
    if real in entered or any(real == str(parent) for parent in _real_parents(folder)):
        return False
    entered.add(real)
    return True


def _real_parents(folder: Path) -> Iterator[Path]:
    yield from Path(os.path.realpath(folder.parent)).parents
    yield Path(os.path.realpath(folder.parent))
