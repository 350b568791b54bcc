"""What people see: progress on a terminal or in plain lines, the closing summary, explained errors."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from pali_dataprep.findings import Severity
from pali_dataprep.rules import NAMES
from pali_dataprep.vqvae.weights import STAND_IN

if TYPE_CHECKING:
    from pali_dataprep.pipeline import Conversion
    from pali_dataprep.report import Report

PLAIN_INTERVAL_SECONDS = 10.0
STAND_IN_WARNING = "made with the stand-in codebook: these <seg> tokens mean nothing to PaliGemma; do not train on them"


@contextmanager
def progress(total: int, *, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """A progress callback: a bar on a terminal, a line every ten seconds elsewhere, none when quiet."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _bar(total) as tick:
            yield tick
    else:
        yield _plain_lines(total)


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("images"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("images", total=total)
        yield lambda done: bar.update(task, completed=done)


def _plain_lines(total: int) -> Callable[[int], None]:
    last = time.monotonic()

    def tick(done: int) -> None:
        nonlocal last
        if time.monotonic() - last >= PLAIN_INTERVAL_SECONDS:
            last = time.monotonic()
            print(f"{done:,} of {total:,} images", file=sys.stderr, flush=True)

    return tick


def warn(message: str) -> None:
    """One warning line on standard error."""
    print(f"warning: {message}", file=sys.stderr)


def print_report(report: Report, style: str) -> None:
    """The closing summary on standard output."""
    if style == "json":
        print(json.dumps(report.to_dict(), indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    for line in _headline(report):
        console.print(line, markup=False)
    for line in _findings(report):
        console.print(line, markup=False)
    if report.codebook == STAND_IN:
        warn(STAND_IN_WARNING)


def _headline(report: Report) -> Iterator[str]:
    counts = report.counts
    written = ", ".join(report.outputs) or "nothing written (dry run)"
    splits = "".join(f", {n:,} {split}" for split, n in report.rows_by_split.items())
    yield f"wrote    {written}" if report.outputs else written
    empty = f"{counts['empty_rows']:,} with an empty suffix"
    yield f"rows     {counts['rows']:,} of {counts['images']:,} images ({empty}{splits})"
    yield f"objects  {counts['objects']:,} of {counts['annotations']:,} annotations, {counts['masks']:,} as masks"
    yield f"tokens   {_tokens(report)}"
    quality = report.quality.to_dict()
    if quality["measured"]:
        measured = f"{quality['measured']:,} of {quality['of_masks']:,} masks rebuilt and compared"
        yield (
            f"mask IoU {quality['mean']:.3f} mean, {quality['median']:.3f} median,"
            f" {quality['p10']:.3f} tenth percentile ({measured})"
        )


def _tokens(report: Report) -> str:
    use = report.tokens
    if not use.histogram:
        return "no rows"
    how = "counted" if use.exact else "estimated"
    return (
        f"{use.percentile(0.5)} median, {use.percentile(0.95)} at 95 %, {max(use.histogram)} at most,"
        f" of {use.limit} a row{f' ({use.limit_reason})' if use.limit_reason else ''}; {how} ({use.counter})"
    )


def _findings(report: Report) -> Iterator[str]:
    """A line for each code with its count, and below it the first place it was found."""
    for code in sorted(report.by_code, key=lambda c: (-report.left_out[c], c)):
        count, left_out = report.by_code[code], report.left_out[code]
        what = "left out" if left_out == count else f"left out {left_out:,}" if left_out else "kept"
        yield f"{report.severities[code]:<8} {code} {NAMES[code]}: {count:,}, {what}"
        first = report.examples[code][0]
        where = ", annotation ".join(p for p in (first.location.image, first.location.annotation) if p)
        yield f"         e.g. {where}: {first.message}" if where else f"         {first.message}"


def explain_errors(report: Report) -> None:
    """Errors that stopped a run, with their first places, on standard error."""
    for code in sorted(report.by_code):
        if report.severities[code] is not Severity.ERROR:
            continue
        print(f"{code} {NAMES[code]}: {report.by_code[code]:,}", file=sys.stderr)
        for finding in report.examples[code]:
            print(f"  {finding.location}: {finding.message}", file=sys.stderr)
    print("--on-error skip leaves out what these concern and converts the rest", file=sys.stderr)


def explain_budget(conversion: Conversion) -> None:
    """The worst rows over the budget and what each policy would cost, on standard error."""
    over, limit = conversion.over_budget, conversion.options.max_tokens
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"{over.rows:,} rows exceed {limit} tokens; the longest:")
    for _, described in over.worst:
        console.print(f"  {described}", markup=False)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("--overflow", "rows of these images", "objects left out", "rows left out"):
        table.add_column(heading, justify="left" if heading == "--overflow" else "right")
    for policy, cost in over.costs.items():
        table.add_row(policy, *(f"{cost[key]:,}" for key in ("rows", "objects_left_out", "rows_left_out")))
    console.print(table)
    if not conversion.report.tokens.exact:
        console.print("the counts are an upper estimate: --tokenizer gives exact ones")
