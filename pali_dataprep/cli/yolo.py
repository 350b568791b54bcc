"""`pali-dataprep yolo2jsonl`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from pali_dataprep.cli.converting import convert_dataset
from pali_dataprep.cli.flags import ConvertFlags, ObjectTask, split_commas, with_convert_flags
from pali_dataprep.cli.row_flags import UnlabelledImages
from pali_dataprep.options import Task, Unlabelled, YoloRows


@with_convert_flags
def yolo2jsonl(
    source: Annotated[
        Path, typer.Argument(help="data.yaml, obj.data or classes.txt of a YOLO set, or the folder it lies in.")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The JSONL file to write; several subsets: OUT.train.jsonl, ...")
    ],
    task: Annotated[ObjectTask, typer.Option(help="What the rows ask the model to do.")] = ObjectTask.DETECT,
    images: Annotated[
        Path | None,
        typer.Option(help="Folder the set's paths are relative to [default: `path` of data.yaml, or SOURCE's folder]."),
    ] = None,
    subset: Annotated[
        list[str] | None, typer.Option(help="Only these subsets: train, val, test; comma-separated or repeated.")
    ] = None,
    merge: Annotated[bool, typer.Option("--merge", help="Write all subsets to OUT itself.")] = False,
    rows: Annotated[
        YoloRows,
        typer.Option(help="What rows are where their length does not tell: 8 numbers with auto are a polygon."),
    ] = YoloRows.AUTO,
    names: Annotated[
        Path | None,
        typer.Option(help="File of class names, one a line, or another data.yaml, in place of the set's own."),
    ] = None,
    unlabelled: UnlabelledImages = Unlabelled.NEGATIVE,
    *,
    flags: ConvertFlags,
) -> None:
    """YOLO label files to PaliGemma JSONL: boxes, polygons, oriented boxes, poses.

    Each subset of data.yaml goes to a file of its own, or with --split images are dealt out anew.
    Beside each goes its manifest: the options, the grid, the codebook and all counts.
    """
    from pali_dataprep.formats import FORMATS

    options = replace(flags.to_options(Task(task)), unlabelled=unlabelled)
    dataset = FORMATS["yolo"].read(
        source,
        images=images,
        names=names,
        subsets=split_commas(subset),
        merge=merge,
        rows=rows,
        allow_outside=flags.allow_outside,
    )
    convert_dataset(dataset, out, dataset.image_root(), "yolo2jsonl", options, flags)
