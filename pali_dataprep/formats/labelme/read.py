"""LabelMe: a JSON for each image, or the XML of its older web tool.

The layouts are in `layout.py`, the two forms of a file in `json_file.py` and `xml_file.py`, what shapes mean in
`shapes.py`. The files are read twice: for the class names, which no file lists, and then one by one.
"""

from __future__ import annotations

import base64
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

import msgspec

from pali_dataprep.findings import Finding, Location, Severity
from pali_dataprep.formats.base import Dataset
from pali_dataprep.formats.labelme.layout import LabelmeLayout, find_layout
from pali_dataprep.formats.labelme.page import Page
from pali_dataprep.formats.labelme.shapes import Shape, instances
from pali_dataprep.formats.subsets import wanted_subsets
from pali_dataprep.formats.text_source import read_lines
from pali_dataprep.images import is_file
from pali_dataprep.samples import Sample

_NO_CLASS = ("__ignore__", "_background_")
"""What labelme's own lists of labels begin with. Shapes called so are regions to ignore and background in labelme's own
converters, and no class that a model is asked for."""


def read(
    path: Path,
    *,
    images: Path | None = None,
    subsets: Sequence[str] = (),
    merge: bool = False,
    allow_outside: bool = False,
) -> Dataset:
    """Read a LabelMe set: a file, a folder of JSON, or the web tool's folder.

    `images` is the folder of the images where they are not beside the files. Folders named train, valid, ... are
    subsets; `subsets` are those wanted (default: all), several keep apart unless `merge`. Raises
    InputError for a set that cannot be read.
    """
    layout = find_layout(path, images, allow_outside=allow_outside)
    there = tuple(dict.fromkeys(s for name in layout.names if (s := layout.subset(name)) is not None))
    chosen = wanted_subsets(there, subsets, path)
    names = [name for name in layout.names if not chosen or layout.subset(name) in chosen]
    survey = _survey(layout, names)
    return Dataset(
        path=path,
        categories=tuple(dict.fromkeys((*_listed(layout), *sorted(survey.labels)))),
        category_ids={},
        samples=lambda: (_sample(layout, name, layout.read(name)) for name in names),
        size=len(names),
        findings=tuple(_findings(path, survey)),
        inputs=(path,) if path.is_file() else (),
        root=layout.images.folder,
        subsets=chosen if len(chosen) > 1 and not merge else (),
        reading={"subsets": list(chosen), "merge": merge},
    )


@dataclass(slots=True)
class _Survey:
    """What a first look at all files tells."""

    labels: set[str] = field(default_factory=set)
    deleted: int = 0
    classless: int = 0


def _survey(layout: LabelmeLayout, names: Sequence[str]) -> _Survey:
    survey = _Survey()
    for page in map(layout.read, names):
        objects = _objects(page)
        survey.labels.update(shape.label for shape in objects if shape.label is not None)
        survey.deleted += page.deleted
        survey.classless += len(page.shapes) - len(objects)
    return survey


def _objects(page: Page) -> list[Shape]:
    """The shapes of a class."""
    return [shape for shape in page.shapes if shape.label not in _NO_CLASS]


def _listed(layout: LabelmeLayout) -> list[str]:
    """The classes of `labels.txt`, where labelme was started with one."""
    lines = read_lines(layout.label_file) if layout.label_file is not None else []
    return [name for line in lines if (name := " ".join(line.split())) and name not in _NO_CLASS]


def _findings(path: Path, survey: _Survey) -> Iterator[Finding]:
    if survey.deleted:
        message = f"{survey.deleted} shapes are marked as deleted, and are passed over"
        yield Finding("SRC126", Severity.NOTE, message, Location(str(path)))
    if survey.classless:
        message = f"{survey.classless} shapes are labelled {' or '.join(_NO_CLASS)}, and are passed over"
        yield Finding("SRC129", Severity.NOTE, message, Location(str(path)))


def _sample(layout: LabelmeLayout, name: str, page: Page) -> Sample:
    folder, stem = layout.folder_of(name), PurePosixPath(name).stem
    file_name = layout.images.find_image(page.picture, folder, stem)
    found = layout.images.locate(file_name)
    defects, remarks = list(page.defects), []
    data = None
    if page.embedded and (found is None or not is_file(found)):
        data = _decoded(page.embedded, name, defects)
        file_name = posixpath.normpath(posixpath.join(folder, PureWindowsPath(page.picture).name or f"{stem}.png"))
    elif page.picture and PurePosixPath(file_name).stem != PurePosixPath(page.picture.replace("\\", "/")).stem:
        remarks.append(f"{name} is of {page.picture!r}, which is not there; taken for {file_name}")
    return Sample(
        file_name=file_name,
        width=page.width,
        height=page.height,
        instances=tuple(instances(_objects(page))),
        source_id=name,
        defects=tuple(defects),
        subset=layout.subset(name),
        remarks=tuple(remarks),
        embedded=data,
    )


def _decoded(text: bytes, name: str, defects: list[str]) -> bytes | None:
    """The picture in a file, where there is none beside it; some tools write it as a data URI."""
    try:
        return base64.b64decode(msgspec.json.decode(text, type=str).rpartition("base64,")[2])
    except (ValueError, msgspec.DecodeError) as error:
        defects.append(f"{name}: its imageData is no base64: {error}")
        return None
