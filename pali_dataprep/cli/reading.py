"""What every command that reads a JSONL file does first: grid and codebook, and saying where they came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pali_dataprep.cli.console import warn, warn_of_stand_in
from pali_dataprep.errors import InputError, UsageError
from pali_dataprep.manifest import read_provenance
from pali_dataprep.restore import RestoredRow, codec_for_reading, holds_masks
from pali_dataprep.tokens import Grid
from pali_dataprep.vqvae import MaskCodec


@dataclass(slots=True)
class Reading:
    """A JSONL file being read; counts rows, objects and unparsed parts as they pass."""

    path: Path
    grid: Grid
    codec: MaskCodec | None
    rows: int = 0
    objects: int = 0
    problems: int = 0

    def reporting(self, rows: Iterable[RestoredRow]) -> Iterator[RestoredRow]:
        """Pass rows on, counting them and naming each part that is no whole object."""
        for row in rows:
            self.rows += 1
            self.objects += len(row.objects)
            self.problems += len(row.problems)
            for problem in row.problems:
                warn(f"{self.path}:{row.line}: {problem}")
            yield row


def open_for_reading(path: Path, *, codebook: str | None, grid: int | None, device: str) -> Reading:
    """Settle grid and codec, with a warning for whatever had to be assumed. Raises UsageError, InputError."""
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if grid not in (None, *map(int, Grid)):
        raise UsageError(f"--grid {grid}: a grid is 1024 or 1023")
    provenance = read_provenance(path)
    if provenance.warning:
        warn(provenance.warning)
    if grid is not None and provenance.manifest is not None and grid != provenance.grid:
        raise UsageError(
            f"--grid {grid}: {path.name} was written on grid {int(provenance.grid)}, as its manifest says",
            hint="decoded on another grid its boxes would be wrong",
        )
    codec = codec_for_reading(provenance, codebook, device) if holds_masks(path) else None
    warn_of_stand_in(codec)
    return Reading(path, provenance.grid if grid is None else Grid(grid), codec)
