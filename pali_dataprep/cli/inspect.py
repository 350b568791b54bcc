"""`pali-dataprep inspect`: look at what the model will be taught."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pali_dataprep.cli.read_flags import Codebook, Data, Device, GridNumber, Images, Overwrite

if TYPE_CHECKING:
    from pali_dataprep.cli.reading import Reading
    from pali_dataprep.comparison import ComparedObject, SourceIndex
    from pali_dataprep.preview import Panel, SheetLine
    from pali_dataprep.restore import RestoredRow


def inspect(
    data: Data,
    out: Annotated[Path, typer.Option("--out", "-o", help="The PNG to write.")],
    source: Annotated[
        Path | None, typer.Option(help="The COCO file the rows were made from: drawn beside them, with IoU.")
    ] = None,
    images: Images = None,
    rows: Annotated[int, typer.Option(help="How many rows, from the first.", min=1)] = 12,
    codebook: Codebook = None,
    grid: GridNumber = None,
    device: Device = "auto",
    overwrite: Overwrite = False,
) -> None:
    """Draw rows as a contact sheet: boxes and masks rebuilt from the tokens, beside their source."""
    import itertools

    from pali_dataprep.atomic import atomic_path, refuse_existing, refuse_inputs
    from pali_dataprep.cli.reading import open_for_reading
    from pali_dataprep.errors import InputError
    from pali_dataprep.preview import contact_sheet
    from pali_dataprep.restore import restore_rows

    refuse_existing(out, overwrite=overwrite)
    refuse_inputs(out, [data] if source is None else [data, source])
    reading = open_for_reading(data, codebook=codebook, grid=grid, device=device)
    restored = restore_rows(data, reading.grid, reading.codec, images=images)
    shown = list(itertools.islice(reading.reporting(restored), rows))
    if not shown:
        raise InputError(f"{data}: no rows to show")
    index = _source_index(source, reading, shown) if source is not None else None
    compared = [list(index.compare(row)) if index else [] for row in shown]
    lines = [_sheet_line(row, objects, index) for row, objects in zip(shown, compared, strict=True)]
    with atomic_path(out, overwrite=overwrite) as temporary:
        contact_sheet(lines).save(temporary, format="PNG", optimize=True)
    print(f"wrote {out}: {len(shown)} rows, {reading.objects} objects{_agreement(compared) if index else ''}")


def _source_index(source: Path, reading: Reading, rows: list[RestoredRow]) -> SourceIndex:
    from pali_dataprep.comparison import SourceIndex
    from pali_dataprep.formats import FORMATS
    from pali_dataprep.options import Task

    task = Task.SEGMENT if any(_holds_masks(row) for row in rows) else Task.DETECT
    images = (row.example.image for row in rows)
    return SourceIndex(FORMATS["coco"].read(source), reading.grid, source.parent, images, task)


def _agreement(compared: list[list[ComparedObject]]) -> str:
    """How many objects have an annotation, and the mean IoU of their masks."""
    from pali_dataprep.cli.console import warn

    objects = [o for row in compared for o in row]
    matched = sum(o.annotation is not None for o in objects)
    if matched < len(objects):
        warn(f"{len(objects) - matched} of {len(objects)} objects have no annotation with their box in the source")
    ious = [o.iou for o in objects if o.iou is not None]
    mean = f", mean mask IoU {sum(ious) / len(ious):.3f} of {len(ious)} masks" if ious else ""
    return f", {matched} matched{mean}"


def _holds_masks(row: RestoredRow) -> bool:
    return any(o.codebook_indices is not None for o in row.objects)


def _sheet_line(row: RestoredRow, compared: list[ComparedObject], index: SourceIndex | None) -> SheetLine:
    from pali_dataprep.preview import SheetLine

    path = row.sample.path
    assert path is not None
    text = f"{row.example.image}   prefix: {row.example.prefix}"
    if not row.objects:
        text += f"   suffix: {row.example.suffix!r}"
    panels = [_source_panel(row, index)] if index else []
    return SheetLine(path, [*panels, _row_panel(row, compared)], text)


def _source_panel(row: RestoredRow, index: SourceIndex) -> Panel:
    """All annotations of the image, in the row or not: as masks beside masks, as boxes beside boxes."""
    from pali_dataprep.preview import Panel
    from pali_dataprep.preview.drawing import DrawnObject

    masks = _holds_masks(row)
    return Panel("annotation", [DrawnObject(a.label, a.box, a.runs if masks else None) for a in index.annotations(row)])


def _row_panel(row: RestoredRow, compared: list[ComparedObject]) -> Panel:
    """What the row's tokens say."""
    from pali_dataprep.masks import Runs
    from pali_dataprep.preview import Panel
    from pali_dataprep.preview.drawing import DrawnObject

    notes = [f"{o.iou:.2f}" if o.iou is not None else "" for o in compared] or [""] * len(row.objects)
    drawn = [
        DrawnObject(i.label or "", i.box_xyxy, i.segmentation if isinstance(i.segmentation, Runs) else None, note)
        for i, note in zip(row.sample.instances, notes, strict=True)
    ]
    return Panel("rebuilt from the tokens, with IoU" if any(notes) else "rebuilt from the tokens", drawn)
