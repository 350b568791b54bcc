"""Rows a second and memory of the commands as a user runs them, at sizes ten times apart: is growth linear?

    python bench/commands.py [--sizes 1000 10000 100000 1000000] [--only validate vqa2jsonl]

Every command is a process of its own, so that small sizes show what starting it costs; seconds are of CPU, since
other work on the machine is none of the command's. Images are not there (`--allow-missing`, `--size`) except for
`inspect`, whose rows share a hundred; what reading them adds is the disk's speed. The third figure of a table is how
often the rows a second of the first, smallest size are reached: where it does not fall, time grows no faster than rows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

import make_rows
from measure import Table, repeat_process

SIZES = (1_000, 10_000, 100_000, 1_000_000)
PICTURES = 100
TOKENS = ["--max-tokens", "100000"]
WRITES = ["--allow-missing", "--quiet", "--overwrite", *TOKENS]
REPORT = ["--rows", "100", "--out", "{report.html}", "--overwrite"]

# Where a command has {name}, the folder's file of that name stands; those named here are made first.
COMMANDS = {
    "coco2jsonl --task detect": ["coco2jsonl", "{coco.json}", "--out", "{detect.jsonl}", *WRITES],
    "vqa2jsonl": ["vqa2jsonl", "{questions.jsonl}", "--out", "{answers.jsonl}", *WRITES],
    "validate": ["validate", "{boxes.jsonl}", "--ignore", "IMG", *TOKENS],
    "inspect": ["inspect", "{seen.jsonl}", "--images", "{pictures}", *TOKENS],
    "inspect --rows 100 --out report.html": ["inspect", "{seen.jsonl}", "--images", "{pictures}", *TOKENS, *REPORT],
    "decode": ["decode", "{boxes.jsonl}", "--out", "{back.json}", "--size", "640x480", "--overwrite"],
    "fix": ["fix", "{boxes.jsonl}", "--out", "{fixed.jsonl}", "--overwrite"],
    "diff": ["diff", "{boxes.jsonl}", "{boxes.jsonl}"],
    "budget": ["budget", "{boxes.jsonl}", *TOKENS],
}


def tables(sizes: Sequence[int], rounds: int, only: Collection[str] = tuple(COMMANDS)) -> list[Table]:
    """A table a command; a way is a number of rows."""
    said = f"python bench/commands.py --sizes {' '.join(map(str, sizes))}"
    found = {name: Table(f"`{name}`", "rows", sizes[0], said) for name in COMMANDS if name in only}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            _make(Path(folder), size, only)
            for name, table in found.items():
                line = _line(name, Path(folder))
                table.ways[f"{size:,} rows"] = repeat_process(line, rounds, size, good=(0, 1), cpu=True)  # 1: findings
    return list(found.values())


def _line(name: str, folder: Path) -> list[str]:
    words = [str(folder / word[1:-1]) if word.startswith("{") else word for word in COMMANDS[name]]
    return [sys.executable, "-m", "pali_dataprep", *words]


def _make(folder: Path, count: int, only: Collection[str]) -> None:
    """The files that the commands read."""
    wanted = {word for name in only for word in COMMANDS[name]}
    if "{coco.json}" in wanted:
        make_rows.write_coco(folder / "coco.json", count)
    if "{questions.jsonl}" in wanted:
        make_rows.write_questions(folder / "questions.jsonl", count)
    if "{boxes.jsonl}" in wanted:
        make_rows.write_jsonl(folder / "boxes.jsonl", count)
    if "{seen.jsonl}" in wanted:
        make_rows.write_pictures(folder / "pictures", PICTURES)
        make_rows.write_jsonl(folder / "seen.jsonl", count, pictures=PICTURES)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=COMMANDS, default=tuple(COMMANDS))
    given = parser.parse_args()
    for made in tables(given.sizes, given.rounds, given.only):
        print(made.to_markdown())
