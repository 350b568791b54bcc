"""Rows against the token budget: each is counted, and one that is too long is dealt with as the policy says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pali_dataprep.conversion.overflow import Fit, fit_row
from pali_dataprep.conversion.report import Report
from pali_dataprep.conversion.rows import PlacedObject, PlacedSample, PlannedRow, RowPlanner
from pali_dataprep.findings import Finding, Location, Severity
from pali_dataprep.options import ConvertOptions, Overflow, Task, overflow_policies
from pali_dataprep.tokens.budget import RowTokens
from pali_dataprep.tokens.tokenizer import TokenCounter

WORST_ROWS = 10


@dataclass(slots=True)
class OverBudget:
    """Rows that do not fit: how many, the worst in words, the longest prefix, and what each policy would cost."""

    rows: int = 0
    worst: list[tuple[int, str]] = field(default_factory=list)
    longest_prefix: int = 0
    costs: dict[Overflow, Counter[str]] = field(default_factory=dict)

    def add(self, tokens: RowTokens, row: PlannedRow, fits: dict[Overflow, Fit]) -> None:
        """Count one row and what the policies would make of it."""
        self.rows += 1
        self.longest_prefix = max(self.longest_prefix, tokens.prefix)
        described = f"{row.source.sample.file_name}: {tokens.total} tokens, {len(row.objects)} objects"
        self.worst = sorted([*self.worst, (tokens.total, described)], key=lambda w: -w[0])[:WORST_ROWS]
        for policy, fit in fits.items():
            cost = self.costs.setdefault(policy, Counter())
            cost["rows"] += len(fit.rows)
            cost["objects_left_out"] += len(fit.dropped) + sum(len(lost.objects) for lost in fit.lost)
            cost["rows_left_out"] += len(fit.lost)


class RowFitter:
    """Plans the rows of an image and makes them fit. Findings and token use go into `report`."""

    def __init__(
        self, options: ConvertOptions, planner: RowPlanner, counter: TokenCounter, report: Report, source: str
    ) -> None:
        self.over_budget = OverBudget()
        self._options = options
        self._planner = planner
        self._counter = counter
        self._report = report
        self._source = source

    def rows(self, placed: PlacedSample) -> Iterator[PlannedRow]:
        """The image's rows, all within the limit."""
        for row in self._planner.rows(placed):
            tokens = self._tokens(row)
            if tokens.total <= self._options.max_tokens:
                self._report.tokens.add(tokens.total, tokens.prefix)
                yield row
            else:
                yield from self._fit(row, tokens)

    def _tokens(self, row: PlannedRow) -> RowTokens:
        return row.tokens(self._counter)

    def _cost(self, row: PlannedRow) -> int:
        return self._tokens(row).total

    def _fit(self, row: PlannedRow, tokens: RowTokens) -> Iterator[PlannedRow]:
        policy, limit = self._options.overflow, self._options.max_tokens
        possible = overflow_policies(self._options.task)[1:]
        tried = possible if policy is Overflow.ERROR else (policy,)
        fits: dict[Overflow, Fit] = {p: fit_row(row, limit, p, self._cost, self._planner) for p in tried}
        self.over_budget.add(tokens, row, fits)
        if policy is Overflow.ERROR:
            self._leave_out(row, tokens.total)
            return
        location = Location(self._source, image=row.source.sample.file_name)
        for lost in fits[policy].lost:
            self._leave_out(lost, self._cost(lost))
            self._drop(lost.objects, location, boxes_only=row.source.boxes_only)
        self._drop(fits[policy].dropped, location, boxes_only=row.source.boxes_only)
        for fitted in fits[policy].rows:
            cost = self._tokens(fitted)
            self._report.tokens.add(cost.total, cost.prefix)
            yield fitted

    def _leave_out(self, row: PlannedRow, tokens: int) -> None:
        message = f"{tokens} tokens, {len(row.objects)} objects; the limit is {self._options.max_tokens}"
        location = Location(self._source, image=row.source.sample.file_name, annotation=row.source_id)
        self._report.add([Finding("BUD101", Severity.WARNING, message, location, leaves_out=True)])
        if self._options.task in (Task.ANSWER, Task.CAPTION):
            kind = "questions" if self._options.task is Task.ANSWER else "captions"
            self._report.counts[f"{kind}_left_out"] += 1

    def _drop(self, objects: Iterable[PlacedObject], location: Location, *, boxes_only: bool) -> None:
        """Name and count objects left out; one of a row of boxes is counted as left out, or kept, as a mask."""
        for o in objects:
            where = Location(location.path, image=location.image, annotation=o.instance.source_id)
            message = f"{o.label}, area {o.area:g}: over the budget"
            self._report.add([Finding("BUD102", Severity.WARNING, message, where, leaves_out=True)])
            record = {"image": location.image, "annotation": o.instance.source_id, "label": o.label}
            self._report.dropped_for_budget.append(record)
            self._report.counts["annotations_left_out"] += not boxes_only
