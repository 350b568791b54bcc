"""YOLO: an image folder beside a folder of text files, one an image; see `yolo_layout` and `yolo_rows`.

Nothing is dropped here: a row that cannot be understood becomes an instance with a defect,
a label file that cannot be read a sample with one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pali_dataprep.errors import InputError
from pali_dataprep.findings import Finding, Location, Severity
from pali_dataprep.formats.base import Dataset
from pali_dataprep.formats.image_folder import walk_images
from pali_dataprep.formats.text_source import read_lines
from pali_dataprep.formats.yolo.layout import LABEL_FOLDERS, NAME_FILES, Layout, Subset, read_layout
from pali_dataprep.formats.yolo.rows import RowReader
from pali_dataprep.images import ImageHeader, exists, is_file, read_header
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
    size = sum(1 for subset in layout.subsets for _ in reader.file_names(subset))
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


@dataclass(frozen=True, slots=True)
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
                yield from (self.layout.root.inner(folder / name) for name in names)

    def _listed(self, source: Path) -> Iterator[str]:
        """The images a text file lists, relative to the image root or to the file; one not found stays as written."""
        root = self.layout.root
        base = root.inner(source.parent)
        for line in map(str.strip, read_lines(source)):
            if line:
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
        path = self.layout.root.locate(file_name)
        header = read_header(path) if path is not None and is_file(path) else None
        width, height = header.shown_size if isinstance(header, ImageHeader) else (None, None)
        label_file = self._label_file(file_name)
        lines, defects = self._lines(label_file)
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

    def _label_file(self, file_name: str) -> str | None:
        """The image's label file relative to the image root; None where there is none."""
        for candidate in _label_files(file_name):
            if exists(self.layout.root.folder / candidate):
                return candidate
        return None

    def _lines(self, label_file: str | None) -> tuple[list[str], tuple[str, ...]]:
        if label_file is None:
            return [], ()
        path = self.layout.root.locate(label_file)
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
            stems = {PurePosixPath(name).stem for name in names}
            for label_file in self._label_folder(self.layout.root.inner(folder)):
                if label_file.stem not in stems and label_file.name not in NAME_FILES:
                    location = Location(self.layout.root.inner(label_file))
                    message = f"no image of this name in {self.layout.root.inner(folder)}"
                    yield Finding("SRC107", Severity.WARNING, message, location, leaves_out=True)

    def _label_folder(self, image_folder: str) -> list[Path]:
        """The label files for a folder of images, where they have a folder of their own."""
        for candidate in _beside_images(PurePosixPath(image_folder)):
            folder = self.layout.root.locate(candidate.as_posix())
            if folder is not None and folder.is_dir():
                return sorted(folder.glob("*.txt"))
        return []


def _label_files(file_name: str) -> Iterator[str]:
    """Where the label file of an image may be: Ultralytics' `images` to `labels`, then beside the image."""
    image = PurePosixPath(file_name.replace("\\", "/"))
    for folder in _beside_images(image.parent):
        yield (folder / f"{image.stem}.txt").as_posix()
    yield (image.parent / f"{image.stem}.txt").as_posix()


def _beside_images(folder: PurePosixPath) -> Iterator[PurePosixPath]:
    """The folder with its last `images` replaced by each name a folder of label files has."""
    at = next((n for n in reversed(range(len(folder.parts))) if folder.parts[n].lower() == "images"), None)
    if at is not None:
        for name in LABEL_FOLDERS:
            yield PurePosixPath(*folder.parts[:at], name, *folder.parts[at + 1 :])
