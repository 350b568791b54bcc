"""`pali-dataprep vqa2jsonl`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from pali_dataprep.cli.converting import convert_dataset
from pali_dataprep.cli.flag_fields import with_flags
from pali_dataprep.cli.flags import ConvertFlags, with_convert_flags
from pali_dataprep.cli.vqa_flags import VqaFlags
from pali_dataprep.options import Task


@with_convert_flags
@with_flags(VqaFlags, name="own")
def vqa2jsonl(
    questions: Annotated[
        Path, typer.Argument(help="Questions: JSON, JSON Lines, CSV, TSV or Parquet, or a folder of one kind of them.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The JSONL file to write.")],
    *,
    own: VqaFlags,
    flags: ConvertFlags,
) -> None:
    """Questions about images, with their answers, to PaliGemma JSONL.

    VQAv2, OK-VQA, TextVQA, DocVQA, GQA, Visual Genome, ScienceQA, AI2D, CLEVR, LLaVA, lists and tables.
    """
    from pali_dataprep.formats import FORMATS

    options = replace(flags.to_options(Task.ANSWER), answers=own.answers, template=own.template)
    options = replace(options, choices=own.choices, turns=own.turns)
    dataset = FORMATS["vqa"].read(questions, images=own.images, options=own.to_reading())
    convert_dataset(dataset, out, dataset.image_root(), "vqa2jsonl", options, flags)
