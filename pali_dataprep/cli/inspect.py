"""`pali-dataprep inspect`: look at what the model will be taught."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pali_dataprep.comparison import ComparedObject
    from pali_dataprep.preview import Panel, SheetLine
    from pali_dataprep.restore import RestoredRow


def inspect(
    data: Annotated[Path, typer.Argument(help="A PaliGemma JSONL file.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The PNG to write.")],
    source: Annotated[
        Path | None, typer.Option(help="The COCO file the rows were made from: drawn beside them, with IoU.")
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="Folder that `image` values are relative to [default: the file's folder].")
    ] = None,
    rows: Annotated[int, typer.Option(help="How many rows, from the first.", min=1)] = 12,
    codebook: Annotated[
        str | None, typer.Option(help="official, stand-in or an .npz [default: as the manifest says].")
    ] = None,
    grid: Annotated[int | None, typer.Option(help="1024 or 1023 [default: as the manifest says].")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or gpu.")] = "auto",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")] = False,
) -> None:
    """Draw rows as a contact sheet: boxes and masks rebuilt from the tokens, beside their source."""
    import itertools

    from pali_dataprep.atomic import atomic_path, refuse_existing, refuse_inputs
    from pali_dataprep.cli.reading import open_for_reading
    from pali_dataprep.comparison import SourceIndex
    from pali_dataprep.errors import InputError
    from pali_dataprep.formats import FORMATS
    from pali_dataprep.preview import contact_sheet
    from pali_dataprep.restore import restore_rows

    refuse_existing(out, overwrite=overwrite)
    refuse_inputs(out, [data] if source is None else [data, source])
    reading = open_for_reading(data, codebook=codebook, grid=grid, device=device)
    restored = restore_rows(data, reading.grid, reading.codec, images=images)
    shown = list(itertools.islice(reading.reporting(restored), rows))
    if not shown:
        raise InputError(f"{data}: no rows to show")
    index = None
    if source is not None:
        dataset = FORMATS["coco"].read(source)
        index = SourceIndex(dataset, reading.grid, source.parent, (row.example.image for row in shown))
    compared = [list(index.compare(row)) if index else None for row in shown]
    sheet = contact_sheet([_sheet_line(row, objects) for row, objects in zip(shown, compared, strict=True)])
    with atomic_path(out, overwrite=overwrite) as temporary:
        sheet.save(temporary, format="PNG", optimize=True)
    ious = [o.iou for objects in compared for o in objects or () if o.iou is not None]
    mean = f", mean mask IoU {sum(ious) / len(ious):.3f} of {len(ious)} masks" if ious else ""
    print(f"wrote {out}: {len(shown)} rows, {reading.objects} objects{mean}")


def _sheet_line(row: RestoredRow, compared: list[ComparedObject] | None) -> SheetLine:
    from pali_dataprep.preview import SheetLine

    path = row.sample.path
    assert path is not None
    text = f"{row.example.image}   prefix: {row.example.prefix}"
    if not row.objects:
        text += f"   suffix: {row.example.suffix!r}"
    return SheetLine(path, list(_panels(row, compared)), text)


def _panels(row: RestoredRow, compared: Iterable[ComparedObject] | None) -> Iterator[Panel]:
    from pali_dataprep.masks import Runs
    from pali_dataprep.preview import Panel
    from pali_dataprep.preview.drawing import DrawnObject

    known = list(compared) if compared is not None else None
    instances = row.sample.instances
    if known is not None:
        pairs = list(zip(known, instances, strict=True))
        yield Panel("annotation", [DrawnObject(o.label, i.box_xyxy, o.source) for o, i in pairs])
    notes = [f"{o.iou:.2f}" if o.iou is not None else "" for o in known] if known else [""] * len(instances)
    rebuilt = [i.segmentation if isinstance(i.segmentation, Runs) else None for i in instances]
    title = "rebuilt from the tokens, with IoU" if any(notes) else "rebuilt from the tokens"
    yield Panel(
        title,
        [DrawnObject(i.label or "", i.box_xyxy, m, n) for i, m, n in zip(instances, rebuilt, notes, strict=True)],
    )
