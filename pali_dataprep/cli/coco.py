"""`pali-dataprep coco2jsonl`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pali_dataprep.cli.converting import convert_dataset
from pali_dataprep.cli.flags import CocoTask, ConvertFlags, split_commas, with_convert_flags
from pali_dataprep.options import Task


@with_convert_flags
def coco2jsonl(
    annotations: Annotated[
        Path,
        typer.Argument(
            help="COCO JSON, plain or gzip: instances, captions, results; or the folder of one, or of Roboflow's."
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The JSONL file to write; several subsets: OUT.train.jsonl, ...")
    ],
    task: Annotated[CocoTask, typer.Option(help="What the rows ask the model to do.")] = CocoTask.DETECT,
    images: Annotated[
        Path | None, typer.Option(help="Folder that file_name is relative to [default: the annotations' folder].")
    ] = None,
    ground_truth: Annotated[
        Path | None, typer.Option(help="For a results list: the COCO file with its images and categories.")
    ] = None,
    low_memory: Annotated[
        bool, typer.Option("--low-memory", help="Keep annotations on disk, so that memory does not grow with the file.")
    ] = False,
    subset: Annotated[
        list[str] | None,
        typer.Option(help="Of Roboflow's folder, only these: train, val, test; comma-separated or repeated."),
    ] = None,
    merge: Annotated[bool, typer.Option("--merge", help="Write all subsets to OUT itself.")] = False,
    *,
    flags: ConvertFlags,
) -> None:
    """COCO annotations to PaliGemma JSONL.

    Beside OUT goes OUT.manifest.json: the options, the grid, the codebook and all counts.
    A folder whose train, valid and test hold a file each, as Roboflow exports them, becomes a file for each.
    """
    from pali_dataprep.formats import FORMATS

    options = flags.to_options(Task(task))
    dataset = FORMATS["coco"].read(
        annotations,
        images=images,
        ground_truth=ground_truth,
        low_memory=low_memory,
        subsets=split_commas(subset),
        merge=merge,
    )
    convert_dataset(dataset, out, dataset.image_root(images), "coco2jsonl", options, flags)
