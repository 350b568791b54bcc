"""Which masks belong to which image: names that share a stem, after two patterns.

A pattern holds `{stem}` once and any number of `*`. Without a slash it is matched against
the file's name, and the stem is that part with the file's folder before it; with a slash
against the whole path below the top folder. So `{stem}_mask.png` pairs by name,
`{stem}/masks/*.png` by folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pali_dataprep.formats.image_folder import walk_images


@dataclass(frozen=True, slots=True)
class FilePattern:
    """Files below `top` whose names match `pattern`."""

    top: Path
    pattern: str

    def by_stem(self, excluded: frozenset[Path] = frozenset()) -> dict[str, list[str]]:
        """Paths relative to `top`, in order, by stem; without the files in `excluded`."""
        found: dict[str, list[str]] = {}
        for name in self._names():
            stem = stem_of(name, self.pattern)
            if stem is not None and not (excluded and self.top / name in excluded):
                found.setdefault(stem, []).append(name)
        return found

    @property
    def many_a_stem(self) -> bool:
        """Whether a stem stands for several files: there is a `*` besides the suffix."""
        return "*" in PurePosixPath(self.pattern).with_suffix("").as_posix()

    def _names(self) -> Iterator[str]:
        for folder, names in walk_images(self.top):
            inner = folder.relative_to(self.top)
            yield from ((inner / name).as_posix() for name in names)


@dataclass(frozen=True, slots=True)
class Pairing:
    """Images and masks by stem, as paths relative to their top folders; sorted by stem.

    `pairs` are the stems with both; an image has one mask or several.
    """

    images: dict[str, list[str]]
    masks: dict[str, list[str]]

    @property
    def pairs(self) -> list[str]:
        """Stems with an image and a mask."""
        return sorted(self.images.keys() & self.masks.keys())

    def masks_alone(self) -> Iterator[str]:
        """Masks without an image."""
        return (name for stem in sorted(self.masks.keys() - self.images.keys()) for name in self.masks[stem])

    def images_alone(self) -> Iterator[str]:
        """Images without a mask."""
        return (name for stem in sorted(self.images.keys() - self.masks.keys()) for name in self.images[stem])


def pair(masks: FilePattern, images: FilePattern) -> Pairing:
    """Pair the files. A mask is never an image, so that both may lie in one folder."""
    by_stem = masks.by_stem()
    taken = frozenset(masks.top / name for names in by_stem.values() for name in names)
    return Pairing(images.by_stem(excluded=taken), by_stem)


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


def _expression(pattern: str) -> re.Pattern[str]:
    """`*` stays within a folder; `{stem}` may cross folders, and takes as much as it can."""
    parts = re.split(r"(\{stem\}|\*)", pattern)
    wild = {"{stem}": "(?P<stem>.+)", "*": "[^/]*"}
    return re.compile("".join(wild.get(part, re.escape(part)) for part in parts))
