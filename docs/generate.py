"""Write docs/cli.md and docs/rules.md from the code; `--check` fails where they are not up to date."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_type_hints

import typer
from typer.models import ArgumentInfo, ParameterInfo

from pali_dataprep.cli.commands import COMMANDS, implementation
from pali_dataprep.rules.pages import PAGES, Page

DOCS = Path(__file__).parent
NOTE = "<!-- Written by docs/generate.py; do not edit. -->"


def cli_reference() -> str:
    """Every command with its arguments and options."""
    lines = [NOTE, "# Command line", "", "Exit codes: 0 done, 1 findings or the budget stopped the run, or it failed,"]
    lines += ["2 usage, 3 an input that cannot be read. Bold is the default.", ""]
    for name, function in _commands():
        lines += [f"## pali-dataprep {name}", "", inspect.cleandoc(function.__doc__ or ""), "", *_parameters(function)]
    return "\n".join(lines).rstrip() + "\n"


def _commands() -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in COMMANDS:
        made = implementation(name)
        if not isinstance(made, typer.Typer):
            yield name, made
            continue
        for command in made.registered_commands:
            if command.callback is not None:
                yield f"{name} {command.callback.__name__}", command.callback


def _parameters(function: Callable[..., Any]) -> Iterator[str]:
    hints = get_type_hints(function, include_extras=True)
    shown = [p for p in inspect.signature(function).parameters.values() if p.name in hints]
    if shown:
        yield "| | | |"
        yield "|---|---|---|"
        for p in shown:
            kind, info = get_args(hints[p.name])
            yield f"| {_spelling(p.name, info)} | {_values(kind, p.default)} | {_help(info, p.default)} |"
        yield ""


def _spelling(name: str, info: ParameterInfo) -> str:
    if isinstance(info, ArgumentInfo):
        return f"`{name.upper()}`"
    first = (info.default,) if isinstance(info.default, str) and info.default.startswith("-") else ()
    return ", ".join(f"`{o}`" for o in (*first, *(info.param_decls or ())) or (f"--{name.replace('_', '-')}",))


def _values(kind: Any, default: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " ".join(f"**`{c.value}`**" if c is default else f"`{c.value}`" for c in kind)
    return "" if default is None or default is False or default is inspect.Parameter.empty else f"**`{default}`**"


def _help(info: ParameterInfo, default: Any) -> str:
    required = " Required." if default is inspect.Parameter.empty else ""
    return (info.help or "").replace("|", "\\|") + required


def rule_reference() -> str:
    """Every rule's page, from its docstring: those of `validate`, then those of conversions."""
    judged = [page for page in PAGES.values() if page.code[3] == "2"]
    found = [page for page in PAGES.values() if page.code[3] != "2"]
    lines = [NOTE, "# Rules", "", "`pali-dataprep rule CODE` prints the page of one.", "", "## Of `validate`", ""]
    lines += [
        "What `pali-dataprep validate` finds in JSONL. [validate.md](validate.md) says how to choose.",
        "",
    ]
    lines += ["| code | name | severity |", "|---|---|---|"]
    lines += [f"| [{p.code}](#{p.code.lower()}-{p.name}) | {p.name} | {p.severity} |" for p in judged]
    lines += ["", "## Of conversions", "", "What a conversion can report. Errors stop it with nothing written, unless"]
    lines += ["`--on-error skip` is given; what is left out is counted and named either way.", ""]
    lines += ["| code | name | severity | leaves out |", "|---|---|---|---|"]
    lines += [
        f"| [{p.code}](#{p.code.lower()}-{p.name}) | {p.name} | {p.severity} | {_yes(p.leaves_out)} |" for p in found
    ]
    return "\n".join([*lines, *(line for page in (*judged, *found) for line in _page(page))]) + "\n"


def _page(page: Page) -> Iterator[str]:
    yield from ("", f"### {page.code} {page.name}", "", page.markdown)


def _yes(value: bool) -> str:
    return "yes" if value else ""


def pages() -> dict[Path, str]:
    """Each generated file with its text."""
    return {DOCS / "cli.md": cli_reference(), DOCS / "rules.md": rule_reference()}


def main() -> int:
    """Write the pages, or with --check compare them."""
    stale = [path for path, text in pages().items() if not path.is_file() or path.read_text() != text]
    if "--check" in sys.argv:
        print(*(f"{path.name} is not up to date: run docs/generate.py" for path in stale), sep="\n")
        return 1 if stale else 0
    for path, text in pages().items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
