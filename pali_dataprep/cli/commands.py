"""The commands by name, each imported when it is called.

Declaring the options of all of them would take as long as everything else that `--help` does.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from pali_dataprep.cli.plain_help import PlainHelpCommand

COMMANDS = {
    "convert": ("convert", "Annotations of any format to PaliGemma JSONL; says what it took them for, and why."),
    "coco2jsonl": ("coco", "COCO annotations to PaliGemma JSONL."),
    "yolo2jsonl": ("yolo", "YOLO label files to PaliGemma JSONL: boxes, polygons, oriented boxes, poses."),
    "masks2seg": (
        "masks",
        "Mask files to PaliGemma JSONL: binary, class index, colours, instance ids, VOC, Cityscapes, panoptic.",
    ),
    "vqa2jsonl": ("vqa", "Questions about images, with their answers, to PaliGemma JSONL."),
    "decode": (
        "decode",
        "Rebuild boxes and masks from tokens, of a dataset or of a model, and write them as annotations.",
    ),
    "evaluate": (
        "evaluate",
        "Score predictions: COCO AP of boxes and masks, big_vision's mIoU and box accuracy, VQA accuracy, exact match.",
    ),
    "inspect": (
        "inspect",
        "Show rows: boxes and masks rebuilt from the tokens, beside their source; without --out as a table.",
    ),
    "validate": ("validate", "Check JSONL files before they are trained on, and say which mistake was made where."),
    "rule": ("validate", "Explain a rule: what it checks, why it matters, an example, and what to do."),
    "fix": ("fix", "Repair a JSONL file into a new one: tokens, separators, white space, keys, line ends."),
    "diff": (
        "diff",
        "Say what changed from one JSONL file to another: rows, objects, boxes, masks, labels, prefixes.",
    ),
    "budget": ("budget", "Say how many boxes and masks fit in a row, and how many tokens the rows of a file have."),
    "formats": ("formats", "List the input formats with what each carries, is told by, and takes for options."),
    "info": ("info", "What is installed and which parts are used: codec, codebooks, token counts."),
    "weights": ("weights", "The mask codec's weights: fetch, verify, info."),
}
"""The module of each command, and what the list of commands says of it: the first paragraph of its own help."""


def implementation(name: str) -> Callable[..., Any] | typer.Typer:
    """The function of a command, or the Typer of a group of them."""
    found: Callable[..., Any] | typer.Typer = getattr(import_module(f"pali_dataprep.cli.{COMMANDS[name][0]}"), name)
    return found


class DeferredCommand(TyperCommand):
    """A command of which the name and the summary are known; the command itself takes its place when it is called."""

    def __init__(self, name: str, summary: str) -> None:
        super().__init__(name, help=summary, rich_markup_mode=None)

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **more: Any) -> Any:
        """The context of the command itself, so that its help, its options and its errors are its own."""
        return self.load().make_context(info_name, args, parent, **more)

    def load(self) -> Any:
        """The command as Typer makes it."""
        made = implementation(str(self.name))
        if not isinstance(made, typer.Typer):
            app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
            app.command(cls=PlainHelpCommand)(made)
            made = app
        return typer.main.get_command(made)


class CommandGroup(TyperGroup):
    """All commands, none of them imported yet."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, (_, summary) in COMMANDS.items():
            self.add_command(DeferredCommand(name, summary))
