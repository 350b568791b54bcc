"""Help in plain text, options under headings: drawing it with Rich would take longer than the rest of `--help`."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from typer.core import TyperCommand


class PlainHelpCommand(TyperCommand):
    """A command whose options are listed under the headings given as `rich_help_panel`."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments, then the options of each heading in the order they were declared."""
        for heading, parameters in groupby(self.get_params(ctx), key=_heading):
            records = [r for p in parameters if (r := p.get_help_record(ctx)) is not None]
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)


def _heading(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return "Arguments"
    return getattr(parameter, "rich_help_panel", None) or "Options"
