"""Where a VOC set has its annotations, images, lists and masks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import msgspec

from pali_dataprep.errors import InputError
from pali_dataprep.formats.annotation_files import first_folder, walk_annotations
from pali_dataprep.formats.image_folder import is_image_name
from pali_dataprep.formats.image_root import ImageRoot
from pali_dataprep.formats.subsets import SUBSETS, wanted_subsets
from pali_dataprep.formats.text_source import read_lines

ANNOTATION_FOLDERS = ("Annotations", "annotations")
IMAGE_FOLDERS = ("JPEGImages", "images", "Images", "imgs")
OBJECT_MASKS = "SegmentationObject"
LIST_FOLDERS = ("Main", "Segmentation", "Layout", "Action")

_SUFFIX = ".xml"

_HINT = "give the folder that holds Annotations, a folder of .xml files, one .xml, or a list of ImageSets"


class Entry(msgspec.Struct, frozen=True):
    """An image of the set: its name below the annotation folder, without suffix, and its part of the set."""

    name: str
    subset: str | None = None

    @property
    def folder(self) -> str:
        """The folder of the name."""
        return PurePosixPath(self.name).parent.as_posix() if "/" in self.name else "."


@dataclass(frozen=True, slots=True)
class VocLayout:
    """A set: `lists` has the list file of each subset; without lists, all annotation files belong to it."""

    top: Path
    annotations: ImageRoot
    images: ImageRoot
    lists: Mapping[str, Path]
    only: Path | None = None

    @property
    def has_masks(self) -> bool:
        """Whether there is a folder of the objects' masks."""
        return (self.top / OBJECT_MASKS).is_dir()

    @property
    def label_map(self) -> Path | None:
        """CVAT's and Datumaro's table of class names, where there is one."""
        path = self.top / "labelmap.txt"
        return path if path.is_file() else None

    def annotation_file(self, entry: Entry) -> Path | None:
        """The entry's file, where there is one inside the annotation folder."""
        path, status = self.annotations.located(f"{entry.name}.xml")
        return path if status is not None else None

    def subsets(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """The subsets to read, of lists or else of folders; `trainval` only on request where its halves are there."""
        there = [*self.lists] or list(dict.fromkeys(e.subset for e in self._files() if e.subset))
        if not wanted and {"train", "val", "trainval"} <= set(there):
            there.remove("trainval")
        return wanted_subsets(tuple(there), wanted, self.top)

    def entries(self, subsets: Sequence[str]) -> Iterator[Entry]:
        """The images of these subsets, list by list, or by name; all where the set is not divided."""
        if self.only is not None:
            yield Entry(self.only.stem)
        elif self.lists:
            for subset in subsets:
                yield from (Entry(name, subset) for name in read_list(self.lists[subset]))
        else:
            yield from (entry for entry in self._files() if not subsets or entry.subset in subsets)

    def _files(self) -> Iterator[Entry]:
        """All annotation files; folders named train, valid, ... divide them where no file lies elsewhere."""
        if self.only is not None:
            return
        names = list(walk_annotations(self.annotations.folder, _SUFFIX))
        tops = {name.partition("/")[0] for name in names if "/" in name}
        divided = names and all("/" in name for name in names) and tops <= SUBSETS.keys()
        for name in names:
            yield Entry(name[: -len(_SUFFIX)], SUBSETS[name.partition("/")[0]] if divided else None)


def find_layout(path: Path, images: Path | None, *, allow_outside: bool) -> VocLayout:
    """The layout of the set at `path`: its folder, its annotation folder, one annotation, or a list of ImageSets.

    `images` replaces the image folder. Raises InputError where there is no such set.
    """
    if images is not None and not images.is_dir():
        raise InputError(f"{images}: no such folder")
    if path.is_file():
        return _of_file(path, images, allow_outside)
    if not path.is_dir():
        raise InputError(f"{path}: no such file or folder", hint=_HINT)
    top, annotations = _folders(path)
    lists = _lists(top)
    if not lists and next(walk_annotations(annotations, ".xml"), None) is None:
        raise InputError(f"{path}: no Pascal VOC annotations (.xml) there", hint=_HINT)
    return _layout(top, annotations, images, lists, allow_outside)


def _of_file(path: Path, images: Path | None, allow_outside: bool) -> VocLayout:
    if path.suffix.lower() == ".xml":
        top = path.parent.parent if path.parent.name in ANNOTATION_FOLDERS else path.parent
        return _layout(top, path.parent, images, {}, allow_outside, only=path)
    if path.suffix == ".txt" and path.parent.parent.name == "ImageSets":
        top, annotations = _folders(path.parents[2])
        return _layout(top, annotations, images, {path.stem: path}, allow_outside)
    raise InputError(f"{path}: neither a Pascal VOC annotation (.xml) nor a list of ImageSets", hint=_HINT)


def _layout(
    top: Path,
    annotations: Path,
    images: Path | None,
    lists: Mapping[str, Path],
    allow_outside: bool,
    only: Path | None = None,
) -> VocLayout:
    root = images or first_folder(top, IMAGE_FOLDERS) or annotations
    return VocLayout(top, ImageRoot(annotations, allow_outside), ImageRoot(root, allow_outside), lists, only)


def _folders(path: Path) -> tuple[Path, Path]:
    """The set's own folder and that of its annotations, given either or the devkit around it."""
    if path.name in ANNOTATION_FOLDERS and first_folder(path.parent, IMAGE_FOLDERS) is not None:
        return path.parent, path
    own = first_folder(path, ANNOTATION_FOLDERS)
    if own is not None:
        return path, own
    inner = sorted(child for child in path.iterdir() if first_folder(child, ("Annotations",)) is not None)
    if len(inner) > 1:
        listed = ", ".join(child.name for child in inner)
        raise InputError(f"{path}: holds {listed}", hint="give one of them instead of the folder around them")
    return (inner[0], inner[0] / "Annotations") if inner else (path, path)


def _lists(top: Path) -> dict[str, Path]:
    """The lists of `ImageSets/Main`, or of the first folder beside it that has some, by subset.

    `aeroplane_train.txt` says which images of `train.txt` show an aeroplane; it divides nothing.
    """
    for name in LIST_FOLDERS:
        folder = top / "ImageSets" / name
        stems = {path.stem: path for path in sorted(folder.glob("*.txt"))}
        own = {s: p for s, p in stems.items() if not any(s.endswith(f"_{other}") for other in stems)}
        if own:
            order = {subset: n for n, subset in enumerate(("train", "val", "trainval", "test"))}
            return {s: own[s] for s in sorted(own, key=lambda s: (order.get(s, len(order)), s))}
    return {}


def read_list(path: Path) -> Iterator[str]:
    """The names in a list; what follows a name, as in the lists of a class, is passed over."""
    for line in map(str.strip, read_lines(path)):
        if line and not line.startswith("#"):
            name = line.split('"')[1] if line.startswith('"') and line.count('"') > 1 else line
            head, _, last = name.rpartition(" ")
            name = head.strip() if head and last in ("-1", "0", "1") else name
            yield PurePosixPath(name).with_suffix("").as_posix() if is_image_name(PurePosixPath(name).name) else name
