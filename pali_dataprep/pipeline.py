"""Annotations to PaliGemma JSONL: a chain of generators from samples to written rows.

    samples ── judge ──▶ placed samples ── plan ──▶ rows that fit ── encode ──▶ examples ── sink

Everything streams and keeps the order of the input. Nothing is put in place before the
last row is known to be good.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from pali_dataprep.atomic import refuse_existing
from pali_dataprep.budget import count_row
from pali_dataprep.encoding import RowEncoder, SplitRow
from pali_dataprep.errors import BudgetError, FindingsError, UsageError
from pali_dataprep.findings import Finding, Location, Severity
from pali_dataprep.formats import Dataset
from pali_dataprep.images import ImageNaming
from pali_dataprep.judge import Judge
from pali_dataprep.options import ConvertOptions, OnError, Overflow, Task
from pali_dataprep.overflow import Fit, fit_row
from pali_dataprep.report import MaskQuality, Report, TokenUse
from pali_dataprep.rows import PlacedObject, PlacedSample, PlannedRow, RowPlanner
from pali_dataprep.samples import Sample
from pali_dataprep.selection import Selector
from pali_dataprep.sinks import SINKS, Writer
from pali_dataprep.splits import stratify
from pali_dataprep.tokenizer import TokenCounter
from pali_dataprep.vqvae.codec import MaskCodec

Progress = Callable[[int], None]
"""Told after each image how many are done."""

WORST_ROWS = 10


@dataclass(slots=True)
class OverBudget:
    """Rows that do not fit, the worst in words, and what each policy would cost."""

    rows: int = 0
    worst: list[tuple[int, str]] = field(default_factory=list)
    costs: dict[Overflow, Counter[str]] = field(default_factory=dict)

    def add(self, tokens: int, row: PlannedRow, fits: dict[Overflow, Fit]) -> None:
        """Count one row and what the policies would make of it."""
        self.rows += 1
        described = f"{row.source.sample.file_name}: {tokens} tokens, {len(row.objects)} objects"
        self.worst = sorted([*self.worst, (tokens, described)], key=lambda w: -w[0])[:WORST_ROWS]
        for policy, fit in fits.items():
            cost = self.costs.setdefault(policy, Counter())
            cost["rows"] += len(fit.rows)
            cost["objects_left_out"] += len(fit.dropped) + sum(len(lost.objects) for lost in fit.lost)
            cost["rows_left_out"] += len(fit.lost)


class Conversion:
    """One run from a dataset to JSONL files; `run` does it, `report` tells of it."""

    def __init__(
        self,
        dataset: Dataset,
        out: Path,
        options: ConvertOptions,
        *,
        images: Path,
        counter: TokenCounter,
        codec: MaskCodec | None = None,
        limit_reason: str = "",
    ) -> None:
        self.options = options
        self.dataset = dataset
        self.out = out
        self.report = Report(TokenUse(counter.name, counter.exact, options.max_tokens, limit_reason))
        self.report.codebook = codec.name if codec else None
        self.codec = codec
        self.over_budget = OverBudget()
        self._counter = counter
        self._selector = Selector(options.selection, dataset.categories, dataset.category_ids)
        self._planner = RowPlanner(options, self._selector.labels)
        self._naming = ImageNaming(options.image_paths, images, out.parent)
        self._encoder = RowEncoder(codec, options)
        self._files_to_place: dict[str, Path] = {}

    def outputs(self) -> dict[str | None, Path]:
        """The file of each split; without splits the one file, under None."""
        if not self.options.splits:
            return {None: self.out}
        return {split: self.out.with_name(f"{self.out.stem}.{split}{self.out.suffix}") for split in self.options.splits}

    def run(self, *, overwrite: bool = False, dry_run: bool = False, progress: Progress | None = None) -> Report:
        """Convert everything, then put the outputs in place.

        Raises FindingsError or BudgetError, with nothing written, when the options say
        that errors or rows over the budget stop the run; OutputError when a file may not
        be replaced. With `dry_run` the codec is not used and nothing is written.
        """
        outputs = self.outputs()
        for path in outputs.values():
            refuse_existing(path, overwrite=overwrite or dry_run)
        self.report.add(self.dataset.findings)
        self.report.counts["annotations"] += self.report.left_out["SRC101"]
        rows = self._rows(progress)
        if self.options.task is Task.SEGMENT and self.codec is None and not dry_run:
            raise UsageError("--task segment needs a mask codec")
        if dry_run:
            for _ in rows:
                pass
            self._stop_on_trouble()
            return self.report
        with ExitStack() as stack:
            writers = {split: stack.enter_context(SINKS["jsonl"](p, overwrite=True)) for split, p in outputs.items()}
            self._write(self._while_good(rows), writers)
            self._stop_on_trouble()
            for file_name, path in self._files_to_place.items():
                self._naming.place(file_name, path)
        self.report.quality = MaskQuality(self._encoder.measure(), of_masks=self.report.counts["masks"])
        self.report.outputs = [path.as_posix() for path in outputs.values()]
        return self.report

    def _rows(self, progress: Progress | None) -> Iterator[SplitRow]:
        """Rows that fit the budget, each with its split."""
        assigned = self._assign_splits()
        judge = Judge(self.options, self._selector, self._naming, self.report, self.dataset.path)
        for placed in judge.place(self._samples(progress)):
            split = assigned.get(placed.sample.file_name)
            if self.options.image_paths.places_files:
                self._files_to_place[placed.sample.file_name] = placed.path
            for row in self._fitting_rows(placed):
                self._count(row, split)
                yield split, row

    def _while_good(self, rows: Iterable[SplitRow]) -> Iterator[SplitRow]:
        """Rows until the run is known to end without output; from then on they are only judged."""
        return (row for row in rows if not self._stopped)

    def _samples(self, progress: Progress | None) -> Iterator[Sample]:
        samples = itertools.islice(self.dataset.samples(), self.options.selection.limit)
        for n, sample in enumerate(samples, start=1):
            yield sample
            if progress is not None:
                progress(n)

    def _assign_splits(self) -> dict[str, str]:
        if not self.options.splits:
            return {}
        rejects = self._selector.rejects
        labels = (
            (s.file_name, frozenset(i.label for i in s.instances if i.label is not None and not rejects(i)))
            for s in self._samples(None)
        )
        return stratify(labels, self.options.splits, self.options.seed)

    def _fitting_rows(self, placed: PlacedSample) -> Iterator[PlannedRow]:
        for row in self._planner.rows(placed):
            tokens = self._cost(row)
            if tokens <= self.options.max_tokens:
                yield row
            else:
                yield from self._fit(row, tokens)

    def _cost(self, row: PlannedRow) -> int:
        return count_row(self._counter, row.prefix, row.suffix()).total

    def _fit(self, row: PlannedRow, tokens: int) -> list[PlannedRow]:
        policy = self.options.overflow
        tried = [p for p in Overflow if p is not Overflow.ERROR] if policy is Overflow.ERROR else [policy]
        limit, cost, planner = self.options.max_tokens, self._cost, self._planner
        fits: dict[Overflow, Fit] = {p: fit_row(row, limit, p, cost, planner) for p in tried}
        self.over_budget.add(tokens, row, fits)
        location = Location(str(self.dataset.path), image=row.source.sample.file_name)
        message = f"{tokens} tokens, {len(row.objects)} objects; the limit is {self.options.max_tokens}"
        if policy is Overflow.ERROR:
            self.report.add([Finding("BUD101", Severity.WARNING, message, location, leaves_out=True)])
            return []
        fit = fits[policy]
        for lost in fit.lost:
            self._lose(lost, location)
        self._drop(fit.dropped, location)
        return fit.rows

    def _lose(self, row: PlannedRow, location: Location) -> None:
        message = f"{self._cost(row)} tokens, {len(row.objects)} objects; the limit is {self.options.max_tokens}"
        self.report.add([Finding("BUD101", Severity.WARNING, message, location, leaves_out=True)])
        self._drop(row.objects, location)

    def _drop(self, objects: Iterable[PlacedObject], location: Location) -> None:
        for o in objects:
            self.report.add([_dropped(o, location)])
            record = {"image": location.image, "annotation": o.instance.source_id, "label": o.label}
            self.report.dropped_for_budget.append(record)

    def _count(self, row: PlannedRow, split: str | None) -> None:
        counts = self.report.counts
        counts["rows"] += 1
        counts["empty_rows"] += not row.suffix()
        counts["objects"] += len(row.objects)
        counts["masks"] += sum(o.mask64 is not None for o in row.objects)
        self.report.objects_by_label.update(o.label for o in row.objects)
        tokens = count_row(self._counter, row.prefix, row.suffix())
        self.report.tokens.add(tokens.total, tokens.prefix)
        if split is not None:
            self.report.rows_by_split[split] += 1

    @property
    def _stopped(self) -> bool:
        """Whether the run will end without output: what is left is only judged."""
        found_errors = self.report.errors > 0 and self.options.on_error is OnError.STOP
        return found_errors or (self.over_budget.rows > 0 and self.options.overflow is Overflow.ERROR)

    def _stop_on_trouble(self) -> None:
        if self.report.errors > 0 and self.options.on_error is OnError.STOP:
            raise FindingsError(f"{self.report.errors} errors; nothing was written")
        if self.over_budget.rows > 0 and self.options.overflow is Overflow.ERROR:
            rows, limit = self.over_budget.rows, self.options.max_tokens
            raise BudgetError(f"{rows} rows exceed {limit} tokens; nothing was written")

    def _write(self, rows: Iterable[SplitRow], writers: dict[str | None, Writer]) -> None:
        for batch in self._encoder.examples(rows):
            for split, writer in writers.items():
                writer.write([example for s, example in batch if s == split])


def _dropped(o: PlacedObject, location: Location) -> Finding:
    where = Location(location.path, image=location.image, annotation=o.instance.source_id)
    return Finding("BUD102", Severity.WARNING, f"{o.label}, area {o.area:g}: over the budget", where, leaves_out=True)
