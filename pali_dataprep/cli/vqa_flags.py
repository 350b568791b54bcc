"""Options of `vqa2jsonl` beside those of every converter."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

import typer

from pali_dataprep.cli.flags import split_commas
from pali_dataprep.cli.row_flags import Answers, Choices, ConversationTurns, Template
from pali_dataprep.options import AnswerPolicy, ChoiceStyle, Turns, VqaOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class VqaFlags:
    """Where a source of questions keeps what a row needs, and what becomes of it."""

    annotations: Annotated[
        Path | None, typer.Option(help="VQAv2 and OK-VQA: the file of the answers, joined by question_id.")
    ] = None
    images: Annotated[
        Path | None, typer.Option(help="Folder that image names are relative to [default: the questions' folder].")
    ] = None
    image_template: Annotated[
        str | None, typer.Option(help="File name from fields of an entry: COCO_train2014_{image_id:012d}.jpg")
    ] = None
    image_lookup: Annotated[
        bool, typer.Option("--image-lookup", help="Find files anywhere below the folder by name, stem or id.")
    ] = False
    answers: Answers = AnswerPolicy.MAJORITY
    template: Template = None
    choices: Choices = ChoiceStyle.TEXT
    turns: ConversationTurns = Turns.FIRST
    columns: Annotated[
        list[str] | None,
        typer.Option(help="Names of the places in lists, or in a table without a header: question,answer,image"),
    ] = None
    question_column: Annotated[str | None, typer.Option(help="Field that holds the question.")] = None
    answer_column: Annotated[str | None, typer.Option(help="Field that holds the answer or answers.")] = None
    image_column: Annotated[str | None, typer.Option(help="Field that holds the image's file name or id.")] = None
    lang_column: Annotated[str | None, typer.Option(help="Field that holds the language of a row.")] = None
    choices_column: Annotated[str | None, typer.Option(help="Field that holds the choices.")] = None

    def to_reading(self) -> VqaOptions:
        """The reader's options, which have the same names. Raises UsageError for values that make no sense."""
        given = {f.name: getattr(self, f.name) for f in fields(VqaOptions)}
        return VqaOptions(**{**given, "columns": split_commas(self.columns)})
