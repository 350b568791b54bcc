"""Rows, objects kept and objects left out under each overflow policy: the tables of docs/budget.md.

    python bench/overflow.py --tokenizer paligemma_tokenizer.model annotations.json [more.json ...]

Nothing is written and no image or weights are needed; masks count 16 tokens whatever their codewords.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pali_dataprep.errors import BudgetError
from pali_dataprep.formats import FORMATS, Dataset
from pali_dataprep.options import ConvertOptions, OnError, Overflow, Task
from pali_dataprep.pipeline import Conversion
from pali_dataprep.tokenizer import TokenCounter, open_counter

LIMITS = (128, 256, 512)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("annotations", type=Path, nargs="+")
    parser.add_argument("--tokenizer", type=Path)
    parser.add_argument("--task", choices=["detect", "segment"], default="segment")
    arguments = parser.parse_args()
    counter = open_counter(arguments.tokenizer)
    for path in arguments.annotations:
        dataset = FORMATS["coco"].read(path)
        print(f"\n{path.name}, {arguments.task}, {counter.name}\n")
        print("| limit | `--overflow` | rows | objects kept | objects left out | rows left out |")
        print("|---|---|---|---|---|---|")
        for limit in LIMITS:
            for policy in Overflow:
                print(table_row(dataset, counter, Task(arguments.task), limit, policy), flush=True)


def table_row(dataset: Dataset, counter: TokenCounter, task: Task, limit: int, policy: Overflow) -> str:
    """One conversion, counted."""
    options = ConvertOptions(task, max_tokens=limit, overflow=policy, allow_missing=True, on_error=OnError.SKIP)
    conversion = Conversion(dataset, Path("unused.jsonl"), options, images=dataset.path.parent, counter=counter)
    try:
        report = conversion.run(dry_run=True)
    except BudgetError:
        return f"| {limit} | `{policy}` | stops: {conversion.over_budget.rows:,} rows do not fit | | | |"
    counts, out = report.counts, report.left_out
    figures = (counts["rows"], counts["objects"], out["BUD102"], out["BUD101"])
    return f"| {limit} | `{policy}` | " + " | ".join(f"{n:,}" for n in figures) + " |"


if __name__ == "__main__":
    main()
