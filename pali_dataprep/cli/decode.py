"""`pali-dataprep decode`: from tokens back to annotations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pali_dataprep.cli.flags import ReportStyle
from pali_dataprep.cli.read_flags import (
    Codebook,
    Column,
    Device,
    GridNumber,
    Images,
    OneImage,
    Overwrite,
    Report,
    Size,
    Texts,
)
from pali_dataprep.options import DecodeTo

if TYPE_CHECKING:
    from collections import Counter

    from pali_dataprep.cli.reading import Reading
    from pali_dataprep.restoration.decoding import Order


def decode(
    data: Texts,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file or, for yolo and PNGs, the folder to write.")],
    to: Annotated[DecodeTo, typer.Option(help="What to write.")] = DecodeTo.COCO,
    like: Annotated[
        Path | None,
        typer.Option(help="A COCO file of the same images: its ids, its order of classes, and sizes of images."),
    ] = None,
    images: Images = None,
    image: OneImage = None,
    size: Size = None,
    column: Column = None,
    codebook: Codebook = None,
    grid: GridNumber = None,
    device: Device = "auto",
    report: Report = ReportStyle.TEXT,
    overwrite: Overwrite = False,
) -> None:
    """Rebuild boxes and masks from tokens, of a dataset or of a model, and write them as annotations.

    DATA is JSON Lines with `image` and the text (in `prediction`, `output`, `text` or `suffix`; `--column`
    names another), perhaps with a `score`; or a .txt with one text a line. Grid and codebook come from
    the manifest beside DATA. Whole objects are kept whatever stands around them; each
    deviation is counted by name, and the first of each shown.
    """
    from functools import cache

    from pali_dataprep.atomic import refuse_existing, refuse_inputs
    from pali_dataprep.cli.reading import open_for_reading, parse_size
    from pali_dataprep.restoration.decoding import TARGETS, Order, read_ids, write_annotations
    from pali_dataprep.restoration.predictions import PredictionFile, Sizes
    from pali_dataprep.restoration.restore import restore_texts

    fixed = parse_size(size) if size else None
    if not TARGETS[to].is_folder:
        refuse_existing(out, overwrite=overwrite)
    refuse_inputs(out, [data, *([like] if like else [])])
    file = PredictionFile(data, column, images, image)
    survey = cache(file.survey)
    reading = open_for_reading(
        data, codebook=codebook, grid=grid, device=device, has_masks=lambda: survey().holds_masks
    )
    order = Order(out, read_ids(like) if like else None, overwrite, survey().grouped)
    sizes = Sizes(data, fixed, order.ids.size_of if order.ids else None)
    rows = reading.counting(restore_texts(file.rows(), reading.grid, reading.codec, sizes))
    left_out = write_annotations((row.sample for row in rows), to, order)
    _say(reading, order, left_out, report)


def _say(reading: Reading, order: Order, left_out: Counter[str], report: ReportStyle) -> None:
    import json

    from pali_dataprep.cli.console import warn
    from pali_dataprep.conversion.report import counted

    if report is ReportStyle.JSON:
        summary = {
            "out": str(order.out),
            "grid": int(reading.grid),
            "rows": reading.rows,
            "objects": reading.objects,
            "parts_left_out": reading.problems,
            "objects_left_out": dict(left_out),
            "deviations": reading.deviations.to_dict(),
        }
        print(json.dumps(summary, ensure_ascii=False, indent=2))
        return
    reading.say_deviations()
    for reason, count in left_out.items():
        warn(f"{counted(count, 'object')} left out: {reason}")
    numbers = ((reading.rows, "row"), (reading.objects, "object"), (reading.problems, "part"))
    counts = ", ".join(counted(number, noun) for number, noun in numbers) + " left out"
    print(f"wrote {order.out}: {counts}")
