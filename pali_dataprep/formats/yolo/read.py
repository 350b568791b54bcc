"""YOLO: an image folder beside a folder of text files, one an image; see `yolo_layout` and `yolo_rows`.

Nothing is dropped here: a row that cannot be understood becomes an instance with a defect,
a label file that cannot be read a sample with one.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath

from pali_dataprep.errors import InputError
from pali_dataprep.findings import Finding, Location, Severity
from pali_dataprep.formats.base import Dataset
from pali_dataprep.formats.image_folder import walk_images
from pali_dataprep.formats.text_source import read_lines
from pali_dataprep.formats.yolo.layout import LABEL_FOLDERS, NAME_FILES, Layout, Subset, read_layout
from pali_dataprep.formats.yolo.rows import RowReader
from pali_dataprep.images import ImageHeader, exists, read_header
from pali_dataprep.options import YoloRows
from pali_dataprep.samples import Sample


def read(
    path: Path,
    *,
    images: Path | None = None,
    names: Path | None = None,
    subsets: Sequence[str] = (),
    merge: bool = False,
    rows: YoloRows = YoloRows.AUTO,
    allow_outside: bool = False,
) -> Dataset:
    """Read a YOLO set: a data.yaml, an obj.data, a file of class names, or the folder one lies in.

    `subsets` are those wanted, in order (default: all); several keep apart unless `merge`.
    `rows` settles what a row is where its length does not. Raises InputError for a set that
    cannot be read, see `read_layout`.
    """
    layout = read_layout(path, images=images, names=names, allow_outside=allow_outside).with_subsets(subsets)
    reader = _Reader(layout, RowReader(layout.names, YoloRows(rows), layout.pose_numbers))
    subset_names = tuple(subset.name for subset in layout.subsets if subset.name is not None)
    size = sum(map(reader.size, layout.subsets))
    if size == 0 and not reader.outside:
        raise InputError(f"{path}: no images in {', '.join(map(str, layout.subsets[0].sources))}")
    return Dataset(
        path=layout.path,
        categories=tuple(dict.fromkeys(layout.names.values())),
        category_ids=dict(layout.names),
        samples=reader.samples,
        size=size,
        findings=(*layout.findings, *reader.outside_findings(), *reader.orphan_findings()),
        inputs=layout.inputs,
        root=layout.root.folder,
        subsets=subset_names if len(subset_names) > 1 and not merge else (),
        reading={"rows": str(rows), "subsets": list(subset_names), "merge": merge},
    )


_FOLDERS_REMEMBERED = 4096


@dataclass(frozen=True)
class _Reader:
    """A layout being read. `outside` collects folders that were not entered."""

    layout: Layout
    rows: RowReader
    outside: set[str] = field(default_factory=set)

    def samples(self) -> Iterator[Sample]:
        """All images, subset by subset, in the order of their names or of their list."""
        for subset in self.layout.subsets:
            for file_name in self.file_names(subset):
                yield self._sample(file_name, subset.name)

    def file_names(self, subset: Subset) -> Iterator[str]:
        """The images of a subset, relative to the image root."""
        for source in subset.sources:
            if source.is_file():
                yield from self._listed(source)
            for folder, names in self._folders(source):
                inner = self.layout.root.inner(folder)
                yield from names if inner == os.curdir else (f"{inner}/{name}" for name in names)

    def size(self, subset: Subset) -> int:
        """How many images `file_names` gives, without looking for those that are listed."""
        listed = sum(len(_listed_lines(source)) for source in subset.sources if source.is_file())
        return listed + sum(len(names) for source in subset.sources for _, names in self._folders(source))

    def _listed(self, source: Path) -> Iterator[str]:
        """The images a text file lists, relative to the image root or to the file; one not found stays as written."""
        root = self.layout.root
        base = root.inner(source.parent)
        for line in _listed_lines(source):
            path = root.find(line, base)
            yield root.inner(path) if path is not None and path.is_file() else line

    def _folders(self, source: Path) -> Iterator[tuple[Path, list[str]]]:
        if source.is_dir() and self._may_enter(source):
            yield from walk_images(source, self._may_enter)

    def _may_enter(self, folder: Path) -> bool:
        if self.layout.root.holds(folder):
            return True
        self.outside.add(self.layout.root.inner(folder))
        return False

    def _sample(self, file_name: str, subset: str | None) -> Sample:
        path, status = self.layout.root.located(file_name)
        header = read_header(path, status) if path is not None and status is not None else None
        width, height = header.shown_size if isinstance(header, ImageHeader) else (None, None)
        label_file, label_path = self._label_file(file_name)
        lines, defects = self._lines(label_file, label_path)
        # Of an image that cannot be read only the number of its objects matters: the rules leave it out.
        instances = self.rows.instances(lines, label_file or "", width or 1, height or 1)
        return Sample(
            file_name=file_name,
            width=width,
            height=height,
            instances=tuple(instances),
            source_id=label_file or file_name,
            defects=defects,
            subset=subset,
            annotated=label_file is not None,
        )

    def _label_file(self, file_name: str) -> tuple[str | None, Path | None]:
        """The image's label file relative to the image root, and where it lies; None where there is none, or outside.

        It may be a file in one of the folders of label files, or anything else of its name.
        """
        folder, stem = _folder_and_stem(file_name.replace("\\", "/"))
        for beside in self._label_folders(folder):
            candidate = f"{beside}{stem}.txt"
            path, status = self.layout.root.located(candidate)
            if status is not None or exists(self.layout.root.folder / candidate):
                return candidate, path
        return None, None

    @cached_property
    def _label_folders(self) -> Callable[[str], Sequence[str]]:
        """Where the label files of a folder's images may be: the folders of `_beside_images` that are there, itself."""

        def look(folder: str) -> Sequence[str]:
            own = PurePosixPath(folder)
            beside = [found for found in _beside_images(own) if exists(self.layout.root.folder / found)]
            return tuple(f"{found / 'x'}"[:-1] for found in (*beside, own))

        return lru_cache(maxsize=_FOLDERS_REMEMBERED)(look)

    def _lines(self, label_file: str | None, path: Path | None) -> tuple[list[str], tuple[str, ...]]:
        if label_file is None:
            return [], ()
        if path is None:
            return [], (f"its label file {label_file} leads outside the image folder (--allow-outside permits it)",)
        try:
            return read_lines(path), ()
        except InputError as error:
            return [], (error.message,)

    def outside_findings(self) -> Iterator[Finding]:
        """Folders that were not entered because they lead outside the image root."""
        for folder in sorted(self.outside):
            message = f"{folder} leads outside {self.layout.root.folder} (--allow-outside)"
            yield Finding("SRC109", Severity.ERROR, message, Location(str(self.layout.path)), leaves_out=True)

    def orphan_findings(self) -> Iterator[Finding]:
        """Label files in a folder of label files that belong to no image."""
        sources = dict.fromkeys(source for subset in self.layout.subsets for source in subset.sources)
        for folder, names in (pair for source in sources for pair in self._folders(source)):
            image_folder = self.layout.root.inner(folder)
            label_folder = self._label_folder(image_folder)
            if label_folder is None:
                continue
            alone = set(_text_files(label_folder)).difference(NAME_FILES)
            alone.difference_update(f"{name.rpartition('.')[0]}.txt" for name in names)
            message = f"no image of this name in {image_folder}"
            for name in sorted(alone):
                location = Location(self.layout.root.inner(label_folder / name))
                yield Finding("SRC107", Severity.WARNING, message, location, leaves_out=True)

    def _label_folder(self, image_folder: str) -> Path | None:
        """Where the label files for a folder of images are, if they have a folder of their own."""
        for candidate in _beside_images(PurePosixPath(image_folder)):
            folder = self.layout.root.locate(candidate.as_posix())
            if folder is not None and folder.is_dir():
                return folder
        return None


def _folder_and_stem(path: str) -> tuple[str, str]:
    """The folder and the name without its suffix, as `PurePosixPath` has them."""
    head, _, name = path.rpartition("/")
    dot = name.rfind(".")
    if head and 0 < dot < len(name) - 1:
        return head, name[:dot]
    unusual = PurePosixPath(path)
    return unusual.parent.as_posix(), unusual.stem


def _text_files(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return fnmatch.filter((entry.name for entry in entries), "*.txt")
    except PermissionError:
        return []


def _listed_lines(source: Path) -> list[str]:
    """The lines of a list of images that hold something."""
    return [line for line in map(str.strip, read_lines(source)) if line]


def _beside_images(folder: PurePosixPath) -> Iterator[PurePosixPath]:
    """The folder with its last `images` replaced by each name a folder of label files has, Ultralytics' first."""
    at = next((n for n in reversed(range(len(folder.parts))) if folder.parts[n].lower() == "images"), None)
    if at is not None:
        for name in LABEL_FOLDERS:
            yield PurePosixPath(*folder.parts[:at], name, *folder.parts[at + 1 :])
