"""Options of `inspect`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from pali_dataprep.cli.read_flags import Codebook, Device, GridNumber, Images, Overwrite
from pali_dataprep.options import Sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectFlags:
    """What stands beside the rows, which rows are shown, and how their tokens are read."""

    source: Annotated[
        Path | None,
        typer.Option(help="The annotations the rows were made from, in any format: shown beside, with IoU."),
    ] = None
    source_format: Annotated[str, typer.Option(help="The format of --source, as `pali-dataprep formats` names it.")] = (
        "auto"
    )
    option: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE for the format of --source, as in `convert`; repeat it.")
    ] = None
    images: Images = None
    rows: Annotated[
        int | None, typer.Option(help="How many rows [default: 12; all in a report or a folder].", min=1)
    ] = None
    sample: Annotated[Sampling, typer.Option(help="Which rows.")] = Sampling.FIRST
    seed: Annotated[int, typer.Option(help="Seed of --sample random.")] = 0
    max_tokens: Annotated[
        int | None, typer.Option(help="Token limit rows are shown against [default: as the manifest says, else 256].")
    ] = None
    checkpoint: Annotated[str | None, typer.Option(help="Take the limit from a checkpoint: pt-224, pt-448, ...")] = None
    tokenizer: Annotated[Path | None, typer.Option(help="PaliGemma's tokenizer: .model or tokenizer.json.")] = None
    codebook: Codebook = None
    grid: GridNumber = None
    device: Device = "auto"
    overwrite: Overwrite = False
