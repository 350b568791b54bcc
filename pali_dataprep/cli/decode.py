"""`pali-dataprep decode`: from JSONL back to annotations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pali_dataprep.cli.read_flags import Codebook, Data, Device, GridNumber, Images, Overwrite


def decode(
    data: Data,
    out: Annotated[Path, typer.Option("--out", "-o", help="The COCO JSON file to write.")],
    images: Images = None,
    codebook: Codebook = None,
    grid: GridNumber = None,
    device: Device = "auto",
    overwrite: Overwrite = False,
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
