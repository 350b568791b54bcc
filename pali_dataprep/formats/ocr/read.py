"""Texts in pictures with their places: TextOCR, COCO-Text, ICDAR, and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from msgspec import structs

from pali_dataprep.formats.base import Dataset
from pali_dataprep.formats.box_columns import BoxFormat
from pali_dataprep.formats.ocr.icdar import read_folder
from pali_dataprep.formats.ocr.json_files import read_json
from pali_dataprep.formats.ocr.layout import Layout
from pali_dataprep.formats.ocr.tables import read_texts
from pali_dataprep.formats.row_subsets import RowSubsets, subset_name
from pali_dataprep.formats.tables import SUFFIXES
from pali_dataprep.images import is_file
from pali_dataprep.options import Task
from pali_dataprep.samples import Sample


def read(
    path: Path,
    *,
    images: Path | None = None,
    box_format: BoxFormat = BoxFormat.XYWH,
    illegible: str = "###",
    subsets: Sequence[str] = (),
    merge: bool = False,
) -> Dataset:
    """Read texts with their boxes. Where images name a subset, each goes to a file of its own, unless `merge`.

    `images` is the folder image names are relative to (default: the source's folder), `box_format` what a table's
    `bbox` holds, `illegible` the mark of a text in a table that cannot be read. Raises InputError.
    """
    root = images or (path if path.is_dir() else path.parent)
    layout = _layout(path, root, box_format, illegible)
    chosen = RowSubsets.of(layout.subsets, subsets, path, merge=merge)
    return Dataset(
        path=path,
        categories=(),
        category_ids={},
        samples=partial(_samples, layout, chosen, root),
        size=sum(chosen.holds(subset_name(s)) for s in layout.subsets) if layout.subsets else layout.size,
        findings=layout.findings,
        inputs=layout.inputs or (path,),
        root=root,
        subsets=chosen.files,
        reading={"layout": layout.name, **chosen.reading},
        task=Task.OCR,
        phrases=True,
    )


def _layout(path: Path, root: Path, box_format: BoxFormat, illegible: str) -> Layout:
    if path.is_dir():
        return read_folder(path, root)
    if path.suffix.lower() in SUFFIXES:
        return read_texts(path, box_format, illegible)
    return read_json(path)


def _samples(layout: Layout, subsets: RowSubsets, root: Path) -> Iterator[Sample]:
    """The samples of the subsets that are wanted, their images found where they lie.

    TextOCR names `train/a.jpg` what its archive has as `train_images/a.jpg`: without such a folder the name alone is
    looked for.
    """
    for sample in layout.samples():
        name, subset = sample.file_name, subset_name(sample.subset)
        if not subsets.holds(subset):
            continue
        base = name.rpartition("/")[2]
        if base != name and not is_file(root / name) and is_file(root / base):
            name = base
        defects = sample.defects
        if subset is None and subsets.files:
            defects = (*defects, f"{name} is of no subset, and others are")
        yield structs.replace(sample, file_name=name, subset=subset, defects=defects)
