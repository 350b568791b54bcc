"""The command line: parse, call the library, print, exit code. The only part that knows Typer and Rich.

A command is imported when it is called, and imports what it needs when it runs, so that starting stays fast.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from pali_dataprep.cli.commands import CommandGroup
from pali_dataprep.cli.printable import printable
from pali_dataprep.errors import PaliDataprepError
from pali_dataprep.version import __version__

app = typer.Typer(
    name="pali-dataprep",
    cls=CommandGroup,
    help="Turn annotations into PaliGemma fine-tuning JSONL, and look at what the model will be taught.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"pali-dataprep {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Options before any command."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (default: the process's own) and return its exit code.

    0: done. 1: findings or budget stopped the run, or it failed. 2: usage. 3: unreadable input.
    """
    try:
        app(args=list(arguments) if arguments is not None else None)
    except PaliDataprepError as error:
        for line in f"error: {error.message}".split("\n"):
            print(printable(line), file=sys.stderr)
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    return 0


def main() -> None:
    """Entry point of the `pali-dataprep` script."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # it looks for them in every installed package
    code = run()
    gc.freeze()  # an interpreter that ends collects garbage: it need not look through all modules once more for that
    sys.exit(code)
