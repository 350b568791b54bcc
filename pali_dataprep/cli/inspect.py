"""`pali-dataprep inspect`: look at what the model will be taught."""

from __future__ import annotations

import collections
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pali_dataprep.cli.flag_fields import with_flags
from pali_dataprep.cli.inspect_flags import InspectFlags
from pali_dataprep.options import Sampling

if TYPE_CHECKING:
    from pali_dataprep.cli.reading import Reading
    from pali_dataprep.inspection import InspectedFile

ROWS = 12
"""Rows of a contact sheet or a table where no number is asked for."""


@with_flags(InspectFlags)
def inspect(
    data: Annotated[list[Path], typer.Argument(help="PaliGemma JSONL files; each is a split of the report.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="A .png for a contact sheet, an .html for a report, a folder for a picture a row."
        ),
    ] = None,
    *,
    flags: InspectFlags,
) -> None:
    """Show rows: boxes and masks rebuilt from the tokens, beside their source; without --out as a table.

    The masks shown are always those decoded from the tokens.
    """
    from pali_dataprep.atomic import refuse_existing, refuse_inputs
    from pali_dataprep.cli.inspected import say, show
    from pali_dataprep.cli.reading import open_for_reading
    from pali_dataprep.errors import InputError
    from pali_dataprep.inspection import Seen, sample_rows

    if out is not None:
        refuse_inputs(out, data if flags.source is None else [*data, flags.source])
        if out.suffix:
            refuse_existing(out, overwrite=flags.overwrite)
    readings = [open_for_reading(path, codebook=flags.codebook, grid=flags.grid, device=flags.device) for path in data]
    limit = _limit(readings, flags)
    files = _opened(readings, out, flags)
    passed, shown = Seen(), Seen()
    everything = passed.counting(row for file in files for row in file.rows())
    number = flags.rows or (ROWS if out is None or out.suffix == ".png" else None)
    chosen = shown.counting(sample_rows(everything, flags.sample, number, seed=flags.seed, limit=limit))
    show(chosen, files, out, limit, overwrite=flags.overwrite)
    if not shown.rows:
        raise InputError(_nothing(data, flags.sample))
    if out is None:
        collections.deque(everything, maxlen=0)  # figures of all rows go below the table of some
    say(passed if out is None else shown, out, sources=flags.source is not None)


def _opened(readings: Sequence[Reading], out: Path | None, flags: InspectFlags) -> list[InspectedFile]:
    """The files beside their source, judged by the rules where findings are shown."""
    from pali_dataprep.cli.convert import given_options
    from pali_dataprep.formats.recognition import read_source
    from pali_dataprep.inspection import open_file
    from pali_dataprep.tokens.tokenizer import open_counter

    counter, dataset = open_counter(flags.tokenizer), None
    if flags.source:
        dataset = read_source(flags.source, flags.source_format, given_options(flags.option or []), images=flags.images)
    judges = out is None or out.suffix == ".html" or flags.sample is Sampling.FINDINGS
    return [open_file(r, counter, dataset=dataset, images=flags.images, judges=judges) for r in readings]


def _limit(readings: Sequence[Reading], flags: InspectFlags) -> int:
    """As asked for, else that of the first file's manifest, else the default."""
    from pali_dataprep.tokens.budget import resolve_limit

    max_tokens, manifest = flags.max_tokens, readings[0].provenance.manifest
    if max_tokens is None and flags.checkpoint is None and manifest is not None:
        max_tokens = manifest.max_tokens
    return resolve_limit(max_tokens, flags.checkpoint).text_tokens


def _nothing(data: Sequence[Path], sample: Sampling) -> str:
    names = ", ".join(map(str, data))
    return f"{names}: no rows to show" + (f" with --sample {sample}" if sample is not Sampling.FIRST else "")
