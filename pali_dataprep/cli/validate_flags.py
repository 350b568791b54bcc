"""Options of `validate`: each field is the setting of the same name, None or empty where it is not given."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from pali_dataprep.cli.flags import split_commas

RULES = "Which findings"
ROWS = "What rows are held against"
IMAGES = "Image files and masks"
ACCEPT = "What is tolerated"
OUTPUT = "Output"


class ImageFilesChoice(StrEnum):
    """How far image files are looked at."""

    NONE = "none"
    HEADER = "header"
    DECODE = "decode"


class FailOnChoice(StrEnum):
    """The least severity that makes the run fail."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"


def _option(*names: str, panel: str, help: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=panel)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateFlags:
    """What the command line says of the settings."""

    select: Annotated[
        list[str] | None, _option(panel=RULES, help="Run only rules whose codes start so: TOK,BOX201. [default: ALL]")
    ] = None
    ignore: Annotated[list[str] | None, _option(panel=RULES, help="Leave out rules whose codes start so.")] = None
    error: Annotated[list[str] | None, _option(panel=RULES, help="Findings of these rules are errors.")] = None
    warn: Annotated[list[str] | None, _option(panel=RULES, help="Findings of these rules are warnings.")] = None
    note: Annotated[list[str] | None, _option(panel=RULES, help="Findings of these rules are notes.")] = None
    extra_keys: Annotated[
        list[str] | None, _option(panel=ROWS, help="Keys that rows may have beside image, prefix, suffix.")
    ] = None
    max_tokens: Annotated[
        int | None,
        _option(panel=ROWS, help="Text tokens a row may have. [default: those the manifest tells, else 256]"),
    ] = None
    checkpoint: Annotated[
        str | None, _option(panel=ROWS, help="Take the limit from a checkpoint: pt-224, mix-224, pt-448, ...")
    ] = None
    trainer: Annotated[
        str | None, _option(panel=ROWS, help="Count as this trainer does: big_vision, transformers, maestro, ...")
    ] = None
    tokenizer: Annotated[Path | None, _option(panel=ROWS, help="PaliGemma's tokenizer: .model or tokenizer.json.")] = (
        None
    )
    source: Annotated[
        Path | None, _option(panel=ROWS, help="Annotations, of any format, that decoded masks are compared with.")
    ] = None
    images: Annotated[
        Path | None, _option(panel=IMAGES, help="Folder of `image` values. [default: that of the JSONL file]")
    ] = None
    image_files: Annotated[
        ImageFilesChoice | None, _option(panel=IMAGES, help="How far image files are looked at. [default: decode]")
    ] = None
    allow_outside: Annotated[
        bool, _option("--allow-outside", panel=IMAGES, help="Allow images outside their folder.")
    ] = False
    codebook: Annotated[
        str | None,
        _option(panel=IMAGES, help="official, stand-in or an .npz. [default: as the manifest says, else official]"),
    ] = None
    allow_stand_in: Annotated[
        bool, _option("--allow-stand-in", panel=IMAGES, help="Masks of the stand-in codebook are a note, no error.")
    ] = False
    fail_on: Annotated[
        FailOnChoice | None, _option(panel=ACCEPT, help="Least severity that makes the run fail. [default: error]")
    ] = None
    max_findings: Annotated[
        int | None, _option(panel=ACCEPT, help="As many failing findings are tolerated. [default: 0]")
    ] = None
    baseline: Annotated[Path | None, _option(panel=ACCEPT, help="Accept the findings listed in this file.")] = None
    show: Annotated[
        int | None, _option(panel=OUTPUT, help="Findings of each rule shown; all are counted. [default: 10]")
    ] = None

    def given(self) -> dict[str, Any]:
        """The settings that were given, by name."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        lists = {name: split_commas(value) for name, value in values.items() if isinstance(value, list)}
        return {name: value for name, value in {**values, **lists}.items() if value not in (None, False, ())}
