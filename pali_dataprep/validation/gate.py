"""The gate: files in, findings out, in one pass and bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from pali_dataprep.dialects import DialectLinter
from pali_dataprep.findings import Finding, Location, Severity
from pali_dataprep.restoration.comparison import SourceIndex
from pali_dataprep.rules.base import Accumulator, DatasetRule, Rule, finding_of
from pali_dataprep.rules.jsonl import DATASET_RULES, DIALECT_RULES, FILE_RULES, LINE_FAMILY, ROW_FAMILIES, SET_RULES
from pali_dataprep.rules.jsonl.masks import NEEDS_DECODING
from pali_dataprep.rules.jsonl.subject import Context, FileEnd, Row, SourceFile
from pali_dataprep.tokens.budget import resolve_limit
from pali_dataprep.validation.baseline import Baseline
from pali_dataprep.validation.changed import ChangedLines
from pali_dataprep.validation.lines import Line, read_lines
from pali_dataprep.validation.masks import MaskReader
from pali_dataprep.validation.parse import LineParser
from pali_dataprep.validation.pictures import PictureReader
from pali_dataprep.validation.settings import ImageFiles, Settings
from pali_dataprep.validation.severities import Choice
from pali_dataprep.validation.sources import describe, find_files
from pali_dataprep.validation.tally import Tally

AnyRule = TypeVar("AnyRule", Rule[Any], DatasetRule[Any])

ROWS_AT_ONCE = 256
"""Rows whose masks are decoded together."""

Progress = Callable[[int], None]
"""Called with the bytes read so far."""


@dataclass(slots=True)
class Outcome:
    """What a run saw and found."""

    tally: Tally
    settings: Settings
    files: int = 0
    rows: int = 0
    bytes: int = 0
    accepted: int = 0
    """Findings that the baseline knows."""
    unchanged: int = 0
    """Rows that only cross-row rules saw, since `--changed-only` leaves them out."""

    def fails(self, code: str) -> bool:
        """Whether findings of this code weigh enough to fail the run."""
        weights = (*map(str, reversed(Severity)), "never")
        found = self.tally.counts[code] > 0
        return found and weights.index(self.tally.severities[code]) >= weights.index(self.settings.fail_on)

    @property
    def failing(self) -> int:
        """Findings that weigh enough to fail the run."""
        return sum(n for code, n in self.tally.counts.items() if self.fails(code))

    @property
    def failed(self) -> bool:
        """Whether there are more failing findings than `max-findings` tolerates."""
        return self.failing > self.settings.max_findings


@dataclass(slots=True)
class _Running:
    """An accumulator at work."""

    rule: DatasetRule[Row]
    accumulator: Accumulator[Row]


def chosen(rules: Iterable[AnyRule], choice: Choice) -> tuple[AnyRule, ...]:
    """The rules that run, with the severity they were given."""
    weighed = ((rule, choice.severity(rule.code)) for rule in rules)
    return tuple(replace(rule, severity=severity) for rule, severity in weighed if severity is not None)


class Gate:
    """One run over a set of files."""

    def __init__(
        self,
        settings: Settings,
        context: Context,
        *,
        baseline: Baseline | None = None,
        changed: ChangedLines | None = None,
        source: Callable[[SourceFile], SourceIndex | None] = lambda _: None,
        device: str = "auto",
        progress: Progress | None = None,
    ) -> None:
        choice = settings.choice
        self.outcome = Outcome(Tally(settings.show), settings)
        self._settings, self._context, self._choice = settings, context, choice
        self._baseline, self._changed, self._source = baseline, changed, source
        self._device, self._progress = device, progress
        families = [(applies, chosen(rules, choice)) for applies, rules in (LINE_FAMILY, *ROW_FAMILIES)]
        self._families_of_lines, self._families_of_rows = families[:1], families
        self._file_rules, self._set_rules = chosen(FILE_RULES, choice), chosen(SET_RULES, choice)
        self._dataset_rules = chosen(DATASET_RULES, choice)
        self._dialect_rules = chosen(DIALECT_RULES, choice)
        self._decodes = any(rule.code in NEEDS_DECODING for _, rules in families for rule in rules)
        self._ignored: dict[str, frozenset[str]] = {}

    def run(self, paths: Sequence[Path]) -> Outcome:
        """Judge files and folders. Raises InputError for what cannot be read at all."""
        files, folders = find_files(paths)
        across = [_Running(rule, rule.start()) for rule in self._dataset_rules if not rule.per_file]
        for folder in folders:
            self._judge(self._set_rules, folder, Location(folder.folder))
        for path in files:
            self._file(path, across)
        while across:  # each forgets its rows before the next one sorts its own
            self._conclude(across.pop(0), Location())
        return self.outcome

    def _file(self, path: Path, across: Sequence[_Running]) -> None:
        file = describe(path)
        source = self._source(file)
        masks = MaskReader(file, self._settings.codebook, device=self._device, source=source)
        own = [_Running(rule, rule.start()) for rule in self._dataset_rules if rule.per_file]
        accumulators = (*across, *own)
        linter = DialectLinter(file.grid, newline_expected=file.keras)
        end = FileEnd(file, 0)
        before = self.outcome.bytes
        for rows, line in self._batches(path, file, source):
            if self._decodes:
                masks.attach([row for row in rows if row.whole and "<seg" in row.suffix])
            for row in rows:
                self._row(row, accumulators)
                if self._dialect_rules and row.whole:
                    linter.add(row.prefix, row.suffix, row.scanned, line=row.line, size=row.size)
            end = FileEnd(file, end.rows + sum(bool(row.fields) for row in rows), bool(line.end))
            self.outcome.bytes = before + line.offset + line.length + len(line.end)
            if self._progress:
                self._progress(self.outcome.bytes)
        self.outcome.files += 1
        self.outcome.rows += end.rows
        for running in own:
            self._conclude(running, Location(file.path))
        self._judge(self._dialect_rules, linter, Location(file.path))
        end = replace(end, unread_masks=masks.unread, codec_problem=masks.problem)
        self._judge(self._file_rules, end, Location(file.path))

    def _batches(self, path: Path, file: SourceFile, source: SourceIndex | None) -> Iterator[tuple[list[Row], Line]]:
        """Rows in batches, each with its last line, and with what is known of their pictures."""
        parser, pictures = LineParser(file, self._context_of(file)), self._pictures(path)
        lines = read_lines(path, self._context.thresholds.max_line_bytes)
        while batch := list(islice(lines, ROWS_AT_ONCE)):
            rows = [parser.parse(line) for line in batch]
            for row in rows:
                if row.whole and row.image.strip():
                    _look_up(row, pictures, source)
            yield rows, batch[-1]

    def _context_of(self, file: SourceFile) -> Context:
        """Where nobody states a limit, a file is held to the one it was written for."""
        if self._settings.states_limit or file.max_tokens is None:
            return self._context
        return replace(self._context, limit=resolve_limit(file.max_tokens))

    def _pictures(self, path: Path) -> PictureReader | None:
        settings = self._settings
        if settings.image_files is ImageFiles.NONE:
            return None
        return PictureReader(
            settings.images or path.parent,
            settings.image_files,
            allow_outside=settings.allow_outside,
            max_pixels=self._context.thresholds.max_pixels,
        )

    def _row(self, row: Row, accumulators: Iterable[_Running]) -> None:
        if self._changed is None or self._changed.touches(row.file.path, row.line):
            for applies, rules in self._families_of_rows if row.whole else self._families_of_lines:
                if applies(row):
                    self._judge(rules, row, _place(row), row)
        else:
            self.outcome.unchanged += 1
        for running in accumulators:
            for said in running.accumulator.see(row):
                self._report(finding_of(running.rule, said, _place(row)), row)

    def _judge(self, rules: Iterable[Rule[Any]], subject: Any, location: Location, row: Row | None = None) -> None:
        for rule in rules:
            for said in rule.check(subject):
                self._report(finding_of(rule, said, location), row)

    def _conclude(self, running: _Running, location: Location) -> None:
        for said in running.accumulator.conclude():
            self._report(finding_of(running.rule, said, location), None)

    def _report(self, finding: Finding, row: Row | None) -> None:
        path = finding.location.path
        if path not in self._ignored:
            self._ignored[path] = self._choice.ignored_in(path)
        if finding.code in self._ignored[path]:
            return
        if self._baseline is not None and self._baseline.knows(finding, row):
            self.outcome.accepted += 1
            return
        self.outcome.tally.add(finding, row)


def _place(row: Row) -> Location:
    return Location(row.file.path, row.line, row.image)


def _look_up(row: Row, pictures: PictureReader | None, source: SourceIndex | None) -> None:
    """Give the row what is known of its picture."""
    if pictures is not None:
        row.picture = pictures.facts(row.image)
        row.size = row.picture.size
    if row.size is None and source is not None:
        row.size = source.size(row.image)
