"""What all converter commands do once their input is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pali_dataprep.cli.flags import ConvertFlags
from pali_dataprep.options import ConvertOptions

if TYPE_CHECKING:
    from pali_dataprep.conversion.pipeline import Conversion
    from pali_dataprep.formats import Dataset


def convert_dataset(
    dataset: Dataset, out: Path, images: Path, command: str, options: ConvertOptions, flags: ConvertFlags
) -> None:
    """Convert, with progress and the closing summary, or what stopped the run explained."""
    from pali_dataprep.cli.console import explain_stop, print_plan, print_report, progress
    from pali_dataprep.conversion.converters import run_with_manifest
    from pali_dataprep.errors import BudgetError, FindingsError
    from pali_dataprep.formats.json_source import few_collections

    conversion = _conversion(dataset, out, images, options, flags)
    if flags.plan:
        from pali_dataprep.conversion.planning import plan_prefixes

        print_plan(plan_prefixes(conversion), flags.report)
        return
    total = min(dataset.size, options.selection.limit or dataset.size)
    try:
        with few_collections(), progress(total, quiet=flags.quiet) as tick:
            run_with_manifest(conversion, command, overwrite=flags.overwrite, dry_run=flags.dry_run, progress=tick)
    except (FindingsError, BudgetError):
        explain_stop(conversion)
        if flags.report == "json":
            print_report(conversion.report, flags.report)
        raise
    if not flags.quiet or flags.report == "json":
        print_report(conversion.report, flags.report)


def _conversion(dataset: Dataset, out: Path, images: Path, options: ConvertOptions, flags: ConvertFlags) -> Conversion:
    """The conversion with its codec and token counter; weights that are missing are fetched with progress shown."""
    from pali_dataprep.cli.console import warn_of_stand_in
    from pali_dataprep.cli.weights import fetch_if_missing
    from pali_dataprep.conversion.converters import codec_for
    from pali_dataprep.conversion.pipeline import Conversion
    from pali_dataprep.tokens.tokenizer import open_counter

    writes_nothing = flags.dry_run or flags.plan
    if options.task.wants_masks and (options.min_mask_iou is not None or not writes_nothing):
        fetch_if_missing(flags.codebook)
    codec = codec_for(options, flags.codebook, flags.device, dry_run=writes_nothing)
    warn_of_stand_in(codec)
    counter, reason = open_counter(flags.tokenizer), flags.token_limit.reason
    return Conversion(dataset, out, options, images=images, counter=counter, codec=codec, limit_reason=reason)
