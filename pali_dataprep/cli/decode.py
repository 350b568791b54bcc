"""`pali-dataprep decode`: from JSONL back to annotations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def decode(
    data: Annotated[Path, typer.Argument(help="A PaliGemma JSONL file.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The COCO JSON file to write.")],
    images: Annotated[
        Path | None, typer.Option(help="Folder that `image` values are relative to [default: the file's folder].")
    ] = None,
    codebook: Annotated[
        str | None, typer.Option(help="official, stand-in or an .npz [default: as the manifest says].")
    ] = None,
    grid: Annotated[int | None, typer.Option(help="1024 or 1023 [default: as the manifest says].")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or gpu.")] = "auto",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")] = False,
) -> None:
    """Rebuild boxes and masks from tokens and write them as COCO instances.

    Grid and codebook come from the manifest beside DATA. Parts of a suffix that are no
    whole object are named and left out.
    """
    from pali_dataprep.atomic import refuse_existing, refuse_inputs
    from pali_dataprep.cli.reading import open_for_reading
    from pali_dataprep.formats import coco
    from pali_dataprep.restore import restore_rows

    refuse_existing(out, overwrite=overwrite)
    refuse_inputs(out, [data])
    reading = open_for_reading(data, codebook=codebook, grid=grid, device=device)
    rows = reading.reporting(restore_rows(data, reading.grid, reading.codec, images=images))
    coco.write((row.sample for row in rows), out, (), overwrite=overwrite)
    print(f"wrote {out}: {reading.rows:,} rows, {reading.objects:,} objects, {reading.problems:,} parts left out")
