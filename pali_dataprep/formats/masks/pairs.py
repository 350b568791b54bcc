"""Which masks belong to which image: names that share a stem, after two patterns.

A pattern holds `{stem}` once and any number of `*`. Without a slash it is matched against
the file's name, and the stem is that part with the file's folder before it; with a slash
against the whole path below the top folder. So `{stem}_mask.png` pairs by name,
`{stem}/masks/*.png` by folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from pali_dataprep.formats.image_folder import walk_image_names


@dataclass(frozen=True, slots=True)
class FilePattern:
    """Files below `top` whose names match `pattern`."""

    top: Path
    pattern: str

    def names(self) -> Iterator[str]:
        """Paths relative to `top`, folder by folder."""
        return (name for name in walk_image_names(self.top) if stem_of(name, self.pattern) is not None)

    def stem(self, name: str) -> str:
        """The stem of one of the names."""
        return stem_of(name, self.pattern) or ""

    @property
    def many_a_stem(self) -> bool:
        """Whether a stem stands for several files: there is a `*` besides the suffix."""
        return "*" in PurePosixPath(self.pattern).with_suffix("").as_posix()


class Pair(NamedTuple):
    """What belongs together: one image, or several that cannot be told apart, and its masks."""

    stem: str
    images: list[str]
    masks: list[str]


@dataclass(frozen=True, slots=True)
class Pairing:
    """Images and masks as paths relative to their top folders, sorted by stem: those with both, and those alone.

    Of a set of a hundred thousand files nothing but the names is held; stems are found in them again.
    """

    images: Sequence[str]
    masks: Sequence[str]
    images_alone: Sequence[str]
    masks_alone: Sequence[str]
    stem_of_image: Callable[[str], str]
    stem_of_mask: Callable[[str], str]

    @classmethod
    def of_one(cls, stem: str, images: Sequence[str], mask: str) -> Pairing:
        """One mask and its image."""
        return cls(images, [mask], (), (), lambda _: stem, lambda _: stem)

    def pairs(self) -> Iterator[Pair]:
        """Every stem with an image and a mask, ascending."""
        images, masks = groupby(self.images, self.stem_of_image), groupby(self.masks, self.stem_of_mask)
        for (stem, some_images), (_, some_masks) in zip(images, masks, strict=True):
            yield Pair(stem, list(some_images), list(some_masks))


def pair(masks: FilePattern, images: FilePattern) -> Pairing:
    """Pair the files. A mask is never an image, so that both may lie in one folder."""
    mask_names = sorted(masks.names(), key=masks.stem)
    taken = frozenset(_below(images.top, mask_names, masks.top))
    image_names = sorted((name for name in images.names() if name not in taken), key=images.stem)
    both = set(map(masks.stem, mask_names)).intersection(map(images.stem, image_names))
    return Pairing(
        images=[name for name in image_names if images.stem(name) in both],
        masks=[name for name in mask_names if masks.stem(name) in both],
        images_alone=[name for name in image_names if images.stem(name) not in both],
        masks_alone=[name for name in mask_names if masks.stem(name) not in both],
        stem_of_image=images.stem,
        stem_of_mask=masks.stem,
    )


def _below(folder: Path, names: Iterable[str], top: Path) -> Iterable[str]:
    """Those of the files `names` below `top` that lie below `folder`, relative to it."""
    if folder == top:
        return names
    if top.is_relative_to(folder):
        return (f"{top.relative_to(folder).as_posix()}/{name}" for name in names)
    if folder.is_relative_to(top):
        inner = f"{folder.relative_to(top).as_posix()}/"
        return (name.removeprefix(inner) for name in names if name.startswith(inner))
    return ()


def stem_of(name: str, pattern: str) -> str | None:
    """The part of a relative path (forward slashes) that `{stem}` stands for; None where the pattern does not fit."""
    folder, _, last = name.rpartition("/")
    if "/" in pattern:
        match = _expression(pattern).fullmatch(name)
        return match["stem"] if match else None
    match = _expression(pattern).fullmatch(last)
    if match is None:
        return None
    return f"{folder}/{match['stem']}" if folder else match["stem"]


@lru_cache(maxsize=16)
def _expression(pattern: str) -> re.Pattern[str]:
    """`*` stays within a folder; `{stem}` may cross folders, and takes as much as it can."""
    parts = re.split(r"(\{stem\}|\*)", pattern)
    wild = {"{stem}": "(?P<stem>.+)", "*": "[^/]*"}
    return re.compile("".join(wild.get(part, re.escape(part)) for part in parts))
