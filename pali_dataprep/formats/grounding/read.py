"""Phrases with their boxes or masks: Visual Genome's regions, RefCOCO's refs, MDETR's files, and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from msgspec import structs

from pali_dataprep.errors import InputError
from pali_dataprep.formats.base import Dataset
from pali_dataprep.formats.box_columns import BoxFormat
from pali_dataprep.formats.glimpse import Glimpse
from pali_dataprep.formats.grounding.layout import Layout
from pali_dataprep.formats.grounding.mdetr import read_mdetr
from pali_dataprep.formats.grounding.recognise import is_mdetr, is_refs, is_regions, refs_in
from pali_dataprep.formats.grounding.refs import PICKLES, read_refs
from pali_dataprep.formats.grounding.tables import read_phrases
from pali_dataprep.formats.grounding.visual_genome import read_regions
from pali_dataprep.formats.row_subsets import RowSubsets
from pali_dataprep.formats.tables import SUFFIXES
from pali_dataprep.samples import Sample


def read(
    path: Path,
    *,
    images: Path | None = None,
    instances: Path | None = None,
    image_data: Path | None = None,
    box_format: BoxFormat = BoxFormat.XYWH,
    subsets: Sequence[str] = (),
    merge: bool = False,
) -> Dataset:
    """Read phrases. Where refs name a subset, each goes to a file of its own, unless `merge`.

    `images` is the folder image names are relative to (default: the source's), `instances` the COCO file of refs and
    `image_data` that of Visual Genome (default: those beside the source), `box_format` what a table's `bbox`
    holds. Raises InputError.
    """
    root = images or (path if path.is_dir() else path.parent)
    layout = _layout(path, root, instances, image_data, box_format)
    chosen = RowSubsets.of(layout.subsets, subsets, path, merge=merge)
    return Dataset(
        path=path,
        categories=(),
        category_ids={},
        samples=partial(_samples, layout, chosen),
        size=layout.size,
        findings=layout.findings,
        inputs=layout.inputs,
        root=root,
        subsets=chosen.files,
        reading={"layout": layout.name, **chosen.reading},
        task=layout.task,
        phrases=True,
    )


def _layout(path: Path, root: Path, instances: Path | None, image_data: Path | None, box_format: BoxFormat) -> Layout:
    if path.is_dir():
        found = refs_in(Glimpse(path))
        if len(found) != 1:
            what = f"several files of refs ({', '.join(found)})" if found else "no refs(...).p in it"
            raise InputError(f"{path}: {what}", hint="give the file itself")
        path = path / found[0]
    if path.suffix in PICKLES:
        return read_refs(path, instances)
    if path.suffix.lower() in SUFFIXES:
        return read_phrases(path, box_format)
    glimpse = Glimpse(path)
    if is_mdetr(glimpse):
        return read_mdetr(path)
    if is_refs(glimpse):
        return read_refs(path, instances)
    if is_regions(glimpse):
        return read_regions(path, image_data, root)
    raise InputError(
        f"{path}: no phrases with boxes in it",
        hint="read are Visual Genome's regions, RefCOCO's refs, MDETR's files and tables; see docs/formats/text.md",
    )


def _samples(layout: Layout, subsets: RowSubsets) -> Iterator[Sample]:
    """The samples of the subsets that are wanted."""
    everything = subsets.wanted == subsets.found
    for sample in layout.samples(None if everything else frozenset(subsets.wanted)):
        if sample.subset is None and subsets.files:
            yield structs.replace(sample, defects=(*sample.defects, "its refs are of no subset, and others are"))
        else:
            yield sample
