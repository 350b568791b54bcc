"""The folder a set's images lie in, and the picture an annotation file means by a name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PureWindowsPath

from pali_dataprep.formats.image_folder import IMAGE_SUFFIXES, is_image_name
from pali_dataprep.images import Located, Locator, Relative

_LIKELY_SUFFIXES = (".jpg", ".png", ".jpeg")
_BARE_NAME = re.compile(r"[^./\\][^/\\]*")
_SUFFIXES = (*_LIKELY_SUFFIXES, *(s for s in IMAGE_SUFFIXES if s not in _LIKELY_SUFFIXES))


@dataclass(frozen=True)
class ImageRoot:
    """The folder a set's images lie in, and whether its paths may lead out of it. It is for one reading of the set."""

    folder: Path
    allow_outside: bool = False

    def locate(self, inner: str) -> Path | None:
        """A path below the root, there or not; None when it leads outside and may not."""
        return self._locator.locate(inner)

    def located(self, inner: str) -> Located:
        """The same, and the state of the file that is there."""
        return self._locator.find(inner)

    def inner(self, path: Path) -> str:
        """The path relative to the root, with forward slashes."""
        return self._relative.to(path)

    def holds(self, folder: Path) -> bool:
        """Whether the folder may be entered."""
        return self.locate(self.inner(folder)) is not None

    def find_image(self, written: str, folder: str = ".", stem: str = "") -> str:
        """The image, relative to the root, that is meant by the path `written` in an annotation file.

        Such paths are often those of another machine (`C:\\Users\\me\\a.jpg`), and some tools leave the suffix out.
        Tried are: the path relative to `folder` (below the root) and to the root; its last part in
        both; with each suffix an image has; then `stem` in the same way. What is not there is returned as
        written, relative to `folder`, so that a finding can name it.
        """
        for candidate in _readings(written, folder, stem):
            path, status = self.located(candidate)
            if path is not None and status is not None:
                return self.inner(path)
        return _joined(folder, written or stem)

    @cached_property
    def _locator(self) -> Locator:
        return Locator(self.folder, allow_outside=self.allow_outside)

    @cached_property
    def _relative(self) -> Relative:
        return Relative(self.folder)


def _readings(written: str, folder: str, stem: str) -> Iterator[str]:
    name = PureWindowsPath(written).name if written else ""
    if written and is_image_name(name):
        yield from (_joined(folder, written), _joined(".", written))
    for bare in dict.fromkeys((name, stem)):
        if bare:
            suffixes = ("",) if is_image_name(bare) else _SUFFIXES
            yield from (_joined(place, bare + suffix) for suffix in suffixes for place in dict.fromkeys((folder, ".")))


def _joined(folder: str, written: str) -> str:
    """The path below the root, `..` taken out where it can be."""
    if folder == "." and _BARE_NAME.fullmatch(written):
        return written
    return posixpath.normpath(posixpath.join(folder, written.replace("\\", "/")))
