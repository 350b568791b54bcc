"""Image files: finding them under their root, their size, and the path a row names them by.

Sizes are those of the picture as shown, EXIF orientation applied, because annotation
tools draw on shown pictures (CVAT, Label Studio, TACO's own loader) and Hugging Face's
loaders train on them (`datasets` from 2.19.0, `transformers.image_utils.load_image`).
Others train on the stored pixels: big_vision (`tf.io.decode_image`), maestro, the Roboflow
notebooks (`Image.open`) and Keras. So a picture with an orientation is a finding, and
`--image-paths copy` writes it upright, which every loader reads alike.
"""

from __future__ import annotations

import filecmp
import io
import itertools
import os
import shutil
import stat
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import Generic, NamedTuple, TypeVar

from PIL import ExifTags, Image, UnidentifiedImageError

from pali_dataprep.errors import OutputError
from pali_dataprep.options import ImagePaths

_FOLDERS_REMEMBERED = 4096

_HEADERS_REMEMBERED = 256
"""Several times what a conversion reads ahead: a reader that needs a size and the judge after it read one header."""

_NO_NAMES = ("", os.curdir, os.pardir)
"""What a path may end in that is no file's own name."""

_TURNED = (5, 6, 7, 8)
"""EXIF orientations that swap width and height."""

_TIFF = ("TIFF", "MIC")
"""Formats that Pillow reads with its TIFF reader, which is not imported for others."""


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """Size in pixels as stored, and the EXIF orientation (1 is upright, 2 to 8 are not)."""

    stored_width: int
    stored_height: int
    orientation: int = 1

    @property
    def shown_size(self) -> tuple[int, int]:
        """(width, height) of the picture as shown."""
        stored = self.stored_size
        return stored[::-1] if self.orientation in _TURNED else stored

    @property
    def stored_size(self) -> tuple[int, int]:
        """(width, height) of the pixels in the file."""
        return (self.stored_width, self.stored_height)


@contextmanager
def open_image(source: str | Path | bytes) -> Iterator[Image.Image]:
    """A picture from a file or its bytes, without Pillow's warning on large ones; its error on twice as large stays."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image: Image.Image = Image.open(io.BytesIO(source) if isinstance(source, bytes) else source)
    with image:
        yield image


def read_header(source: Path | bytes, status: os.stat_result | None = None) -> ImageHeader | str:
    """Size and orientation of a file or its bytes without decoding pixels, or in words why it is no image.

    `status` is the file's state where it is known already.
    """
    if isinstance(source, bytes):
        return _parse_header(source)
    try:
        status = status or source.stat()
    except (OSError, ValueError):
        return _parse_header(source)  # which says why in its own words
    state = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return _remembered_header(os.fspath(source), *state)


@lru_cache(maxsize=_HEADERS_REMEMBERED)
def _remembered_header(path: str, *_state: int) -> ImageHeader | str:
    """The header of a file in the state that the numbers stand for."""
    return _parse_header(path)


def _parse_header(source: str | Path | bytes) -> ImageHeader | str:
    try:
        with open_image(source) as image:
            # PNG's own getexif decodes all pixels to look for a tag behind them.
            orientation = Image.Image.getexif(image).get(ExifTags.Base.Orientation, 1)
            return ImageHeader(*_stored_size(image), orientation if orientation in range(1, 9) else 1)
    except UnidentifiedImageError:
        return "not an image that Pillow can read"
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return f"not a readable image: {error}"


def _stored_size(image: Image.Image) -> tuple[int, int]:
    """(width, height) as stored; Pillow turns TIFF by itself, and newer versions tell the turned size."""
    if image.format not in _TIFF:
        return image.size
    from PIL.TiffImagePlugin import TiffImageFile

    assert isinstance(image, TiffImageFile)
    width, height = (int(image.tag_v2[tag]) for tag in (ExifTags.Base.ImageWidth, ExifTags.Base.ImageLength))
    return (width, height)


def locate(file_name: str, root: Path, *, allow_outside: bool) -> Path | None:
    """Where `file_name` lies under `root`; None when it leads outside and may not.

    Windows separators are understood. The path need not exist.
    """
    return Locator(root, allow_outside=allow_outside).locate(file_name)


class Located(NamedTuple):
    """Where a file lies, None when it leads outside and may not, and its state, links followed; None without a file."""

    path: Path | None
    status: os.stat_result | None


class _Folder(NamedTuple):
    """A folder of files: its path, twice, and whether what lies in it is inside the root, as far as names can tell."""

    path: Path
    text: str
    inside: bool


class Locator:
    """Finds many files under one root. It remembers where folders really lie, so it is for one run."""

    def __init__(self, root: Path, *, allow_outside: bool) -> None:
        self._root = root
        self._allow_outside = allow_outside
        self._real_folder: Callable[[str], str] = lru_cache(maxsize=_FOLDERS_REMEMBERED)(os.path.realpath)
        self._folder: Callable[[str], _Folder] = lru_cache(maxsize=_FOLDERS_REMEMBERED)(self._look_at_folder)

    def locate(self, file_name: str) -> Path | None:
        """See `locate`."""
        return self.find(file_name).path

    def find(self, file_name: str) -> Located:
        """See `locate`; and the file's state. A file in a folder that is known costs one question to the system."""
        head, name = os.path.split(_native(file_name))
        folder = self._folder(head)
        if folder.inside and name not in _NO_NAMES:
            try:
                status = os.lstat(f"{folder.text}{os.sep}{name}")
            except FileNotFoundError:
                return Located(folder.path / name, None)
            except (OSError, ValueError):
                return self._find(file_name)
            if stat.S_ISREG(status.st_mode):
                return Located(folder.path / name, status)
        return self._find(file_name)

    def _look_at_folder(self, head: str) -> _Folder:
        path = self._root / head
        text = os.fspath(path)
        try:
            inside = self._allow_outside or self._holds(self._real_folder(text))
        except (OSError, ValueError):
            inside = False
        return _Folder(path, text.rstrip(os.sep), inside)

    def _find(self, file_name: str) -> Located:
        """Of links, folders, and names that no system can hold."""
        path = self._root / _native(file_name)
        try:
            inside = self._allow_outside or self._holds(self._real(path))
        except (OSError, ValueError):  # too long, or with a NUL: no such file can be opened, so it leads nowhere
            inside = True
        return Located(path, _file_status(path)) if inside else Located(None, None)

    def _holds(self, real: str) -> bool:
        root = self._real_folder(os.fspath(self._root))
        return real == root or real.startswith(f"{root.rstrip(os.sep)}{os.sep}")

    def _real(self, path: Path) -> str:
        if path.name == os.pardir or path.is_symlink():
            return os.path.realpath(path)
        return f"{self._real_folder(os.fspath(path.parent)).rstrip(os.sep)}{os.sep}{path.name}".rstrip(os.sep)


def _file_status(path: Path) -> os.stat_result | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status if stat.S_ISREG(status.st_mode) else None


class Relative:
    """Spells many paths relative to one folder. It remembers how to get to other folders, so it is for one run."""

    def __init__(self, start: Path) -> None:
        self._folder = lru_cache(maxsize=_FOLDERS_REMEMBERED)(partial(_relative, start=start))

    def to(self, path: Path) -> str:
        """The path relative to the start, with forward slashes, `..` where it leads out."""
        head, name = os.path.split(os.fspath(path))
        folder = self._folder(head or os.curdir)
        if name in _NO_NAMES or folder.endswith(os.pardir):  # the path may be where the start lies
            return self._folder(os.fspath(path))
        return name if folder == os.curdir else f"{folder.rstrip('/')}/{name}"


def _relative(path: str, start: Path) -> str:
    return Path(os.path.relpath(path, start)).as_posix()


def inner_path(file_name: str) -> PurePosixPath:
    """The file name without a leading slash, drive, or `..`: a path that stays inside a folder."""
    parts = PurePosixPath(file_name.replace("\\", "/")).parts
    return PurePosixPath(*(p for p in parts if p not in ("/", "..") and not p.endswith(":")))


def is_file(path: Path) -> bool:
    """Whether there is such a file; False also for a name that no file system can hold."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Whether there is such a folder; False also for a name that no file system can hold."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def exists(path: Path) -> bool:
    """Whether there is such a file or folder; False also for a name that no file system can hold."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _native(file_name: str) -> str:
    return file_name.replace("\\", "/") if os.sep == "/" else file_name


T = TypeVar("T")


class NameIndex(Generic[T]):
    """Things by the name of their image, found by another name of it: the path that agrees longest from its end."""

    def __init__(self) -> None:
        self._by_name: dict[str, list[tuple[PurePosixPath, T]]] = defaultdict(list)

    def add(self, name: str, thing: T) -> None:
        """Keep a thing under its image's path."""
        path = PurePosixPath(name.replace("\\", "/"))
        self._by_name[path.name].append((path, thing))

    def find(self, name: str) -> T | None:
        """The thing of the image that this path names; the first of those that agree equally long."""
        path = PurePosixPath(name.replace("\\", "/"))
        same_name = self._by_name.get(path.name, ())
        best = max(same_name, key=lambda entry: _common_tail(entry[0], path), default=None)
        return best[1] if best else None


def _common_tail(a: PurePosixPath, b: PurePosixPath) -> int:
    """Number of parts that two paths share from their ends."""
    pairs = zip(reversed(a.parts), reversed(b.parts), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


@dataclass(frozen=True)
class ImageNaming:
    """How rows name images: the style, the image root, and the folder of the output file. It is for one run."""

    style: ImagePaths
    root: Path
    out_folder: Path

    def value(self, file_name: str, path: Path) -> str:
        """The row's `image` string, with forward slashes."""
        if self.style is ImagePaths.ABSOLUTE:
            return path.absolute().as_posix()
        if self.style is ImagePaths.RELATIVE:
            return self._from_out_folder.to(path)
        if self.style is ImagePaths.ROOT:
            return self._from_root.to(path)
        return inner_path(file_name).as_posix()

    @cached_property
    def _from_out_folder(self) -> Relative:
        return Relative(self.out_folder)

    @cached_property
    def _from_root(self) -> Relative:
        return Relative(self.root)

    def place(self, image: str, path: Path, *, overwrite: bool = False, move: bool = False) -> None:
        """Put the file where a row's `image` value names it, if the style asks for that; with `move` take it there.

        Raises OutputError when that fails, or when a file of other content is there and may not be replaced.
        """
        target = self.out_folder / image
        if not self.style.places_files or not is_file(path) or (target.exists() and target.samefile(path)):
            return
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._put(path.absolute(), target, _move_upright if move else _PLACERS[self.style], overwrite=overwrite)
        except OSError as error:
            raise OutputError(f"{target}: cannot {self.style} {path} there ({error.strerror or error})") from error

    def _put(self, path: Path, target: Path, put: Callable[[Path, Path], None], *, overwrite: bool) -> None:
        temporary = target.with_name(f".{target.name}.part")
        temporary.unlink(missing_ok=True)
        try:
            put(path, temporary)
            if not overwrite and target.exists() and not filecmp.cmp(temporary, target, shallow=False):
                raise OutputError(f"{target}: another picture is there", hint="add --overwrite to replace it")
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


def _copy_upright(source: Path, target: Path) -> None:
    """Copy a file; one with an EXIF orientation is turned and saved again without the tag."""
    from PIL import ImageOps

    header = read_header(source)
    if isinstance(header, ImageHeader) and header.orientation != 1:
        with open_image(source) as image:
            upright = ImageOps.exif_transpose(image)
            upright.save(target, format=image.format, exif=upright.getexif(), quality=95)
    else:
        shutil.copyfile(source, target)


def _move_upright(source: Path, target: Path) -> None:
    header = read_header(source)
    if isinstance(header, ImageHeader) and header.orientation != 1:
        _copy_upright(source, target)
    else:
        source.replace(target)


def _symlink(source: Path, target: Path) -> None:
    target.symlink_to(source)


def _hardlink(source: Path, target: Path) -> None:
    target.hardlink_to(source)


_PLACERS = {ImagePaths.COPY: _copy_upright, ImagePaths.SYMLINK: _symlink, ImagePaths.HARDLINK: _hardlink}
