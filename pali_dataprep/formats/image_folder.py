"""The image files below a folder, in an order that does not depend on the machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

IMAGE_SUFFIXES = (
    ".avif",
    ".bmp",
    ".dng",
    ".heic",
    ".jp2",
    ".jpeg",
    ".jpg",
    ".mpo",
    ".pfm",
    ".png",
    ".tif",
    ".tiff",
    ".webp",
)
"""What Ultralytics takes for images (`ultralytics/data/utils.py`, IMG_FORMATS)."""


def walk_images(top: Path, enter: Callable[[Path], bool] = lambda _: True) -> Iterator[tuple[Path, list[str]]]:
    """Each folder that holds images, with their names, sorted; parents before their subfolders.

    Symbolic links are followed, none in circles. Hidden files and folders are passed over, as
    every trainer does, and so are folders that `enter` refuses.
    """
    for folder, subfolders, files in os.walk(top, followlinks=True):
        below = [Path(folder, name) for name in sorted(subfolders) if not name.startswith(".")]
        subfolders[:] = [path.name for path in below if not _leads_back(path, top) and enter(path)]
        images = sorted(name for name in files if is_image_name(name))
        if images:
            yield Path(folder), images


def walk_image_names(top: Path) -> Iterator[str]:
    """The paths of `walk_images` relative to `top`, with forward slashes."""
    for folder, names in walk_images(top):
        inner = folder.relative_to(top).as_posix()
        yield from names if inner == os.curdir else (f"{inner}/{name}" for name in names)


def is_image_name(name: str) -> bool:
    """Whether a file of this name is taken for an image."""
    return not name.startswith(".") and name.lower().endswith(IMAGE_SUFFIXES)


def _leads_back(folder: Path, top: Path) -> bool:
    """Whether a symbolic link leads to a folder it lies in, so that following it would never end."""
    if not folder.is_symlink():
        return False
    real = os.path.realpath(folder)
    above = folder.parents[: len(folder.parts) - len(top.parts)]
    return any(os.path.realpath(parent) == real for parent in above)
