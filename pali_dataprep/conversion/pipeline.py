"""Annotations to PaliGemma JSONL: a chain of generators from samples to written rows.

    samples ── judge ──▶ placed samples ── plan ──▶ rows that fit ── encode ──▶ examples ── sink

Everything streams and keeps the order of the input. Nothing is put in place before the
last row is known to be good.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pali_dataprep.atomic import refuse_existing, refuse_inputs
from pali_dataprep.conversion.encoding import RowEncoder, SplitRow
from pali_dataprep.conversion.fitting import OverBudget, RowFitter
from pali_dataprep.conversion.judge import Judge
from pali_dataprep.conversion.pictures import PicturesToPlace
from pali_dataprep.conversion.report import NearTies, Report, TokenUse, counted
from pali_dataprep.conversion.rows import PlacedSample, PlannedRow, RowPlanner
from pali_dataprep.conversion.screening import MaskScreen
from pali_dataprep.conversion.selection import Selector
from pali_dataprep.conversion.splits import stratify
from pali_dataprep.errors import BudgetError, FindingsError, InputError, UsageError
from pali_dataprep.formats import Dataset
from pali_dataprep.images import ImageNaming, is_folder
from pali_dataprep.options import ConvertOptions, OnError, Overflow, PrefixClasses, Task
from pali_dataprep.samples import Example, Sample
from pali_dataprep.sinks import SINKS, Writer
from pali_dataprep.tokens.tokenizer import TokenCounter

if TYPE_CHECKING:
    from pali_dataprep.vqvae.codec import MaskCodec

Progress = Callable[[int], None]
"""Told after each image how many are done."""


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
        if options.task is Task.ANSWER and not dataset.asks:
            raise UsageError(f"--task answer: {dataset.path} holds no questions", hint="vqa2jsonl reads questions")
        if options.task is Task.OCR and dataset.task is not Task.OCR:
            raise UsageError(f"--task ocr: the labels of {dataset.path} are not what is written in the pictures")
        if not options.allow_missing and not is_folder(images):
            raise InputError(f"{images}: no such image folder", hint="--images says where the images are")
        self.options = options = _asking_for_phrases(options) if dataset.phrases else options
        self.dataset = dataset
        self.out = out
        self.report = Report(TokenUse(counter.name, counter.exact, options.max_tokens, limit_reason))
        self.report.codebook = codec.name if codec else None
        self.codec = codec
        self.counter = counter
        self._selector = Selector(options.selection, dataset.categories, dataset.category_ids)
        self._naming = ImageNaming(options.image_paths, images, out.parent)
        self._fitter = RowFitter(options, RowPlanner(options, self.labels), counter, self.report, str(dataset.path))
        self._encoder = RowEncoder(codec, options)
        self._classes = frozenset(self.labels)

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes that are wanted, as they are written, in category order."""
        return self._selector.labels

    @property
    def over_budget(self) -> OverBudget:
        """The rows met so far that do not fit."""
        return self._fitter.over_budget

    def placed(self, progress: Progress | None = None, *, encodes: bool = False) -> Iterator[PlacedSample]:
        """The images that make rows, judged; what is left out is counted in the report.

        `encodes` is whether the masks of the rows will be encoded.
        """
        self.report.add(self.dataset.findings)
        self.report.add(self._selector.findings(self.dataset.path))
        for count in ("annotations", "annotations_left_out"):
            self.report.counts[count] += self.report.left_out["SRC101"] + self.report.left_out["SRC111"]
        encodes = encodes or self.options.min_mask_iou is not None
        judge = Judge(self.options, self._selector, self._naming, self.report, self.dataset.path, encodes=encodes)
        placed = judge.place(self._samples(progress))
        if self.options.min_mask_iou is None:
            yield from placed
        else:
            screen = MaskScreen(self._encoder, self.options, self.report, str(self.dataset.path))
            yield from screen.screened(placed, judge.is_empty)

    def outputs(self) -> dict[str | None, Path]:
        """The file of each split: drawn, or else the source's own; without splits the one file, under None."""
        splits = tuple(self.options.splits) or self.dataset.subsets
        if not splits:
            return {None: self.out}
        return {split: self.out.with_name(f"{self.out.stem}.{split}{self.out.suffix}") for split in splits}

    def run(self, *, overwrite: bool = False, dry_run: bool = False, progress: Progress | None = None) -> Report:
        """Convert everything, then put the outputs in place.

        Raises FindingsError or BudgetError, with nothing written, when the options say
        that errors or rows over the budget stop the run; OutputError when a file may not
        be replaced. With `dry_run` nothing is written and the codec is used for `min_mask_iou` alone.
        """
        outputs = self.outputs()
        for path in outputs.values():
            if not dry_run:  # which has to be given a name, even /dev/null
                refuse_existing(path, overwrite=overwrite)
            refuse_inputs(path, self.dataset.inputs)
        measures_all = self.options.min_mask_iou is not None
        if self.options.task.wants_masks and self.codec is None and (measures_all or not dry_run):
            raise UsageError(f"--task {self.options.task} needs a mask codec")
        with ExitStack() as stack:
            pictures = stack.enter_context(PicturesToPlace(self._naming, keep=not dry_run))
            rows = self._rows(pictures, progress, encodes=not dry_run)
            if dry_run:
                for _ in rows:
                    pass
                self._stop_on_trouble()
                return self.report
            writers = {split: stack.enter_context(SINKS["jsonl"](p, overwrite=True)) for split, p in outputs.items()}
            self._write(self._while_good(rows), writers)
            self._stop_on_trouble()
            pictures.place(overwrite=overwrite)
            self._encoder.measure_sample()
            self.report.quality = self._encoder.quality
            self.report.quality.of_masks = self.report.counts["masks"]
        if self.codec is not None:
            self.report.near_ties = NearTies(self.codec.codewords, self.codec.near_ties, self.codec.recomputed)
        self.report.outputs = [path.as_posix() for path in outputs.values()]
        return self.report

    def _rows(self, pictures: PicturesToPlace, progress: Progress | None, *, encodes: bool) -> Iterator[SplitRow]:
        """Rows that fit the budget, each with its split."""
        assigned = self._assign_splits()
        for placed in self.placed(progress, encodes=encodes):
            split = assigned[placed.sample.file_name] if assigned else self._own_split(placed.sample)
            places = self.options.image_paths.places_files and not self._stopped
            for row in self._fitter.rows(pictures.plan(placed) if places else placed):
                self._count(row, split)
                yield split, row

    def _own_split(self, sample: Sample) -> str | None:
        return sample.subset if self.dataset.subsets else None

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
        labels = ((s.file_name, self._strata(s)) for s in self._samples(None))
        return stratify(labels, self.options.splits, self.options.seed)

    def _strata(self, sample: Sample) -> frozenset[str]:
        """The classes to deal out evenly; phrases are none."""
        if self.dataset.phrases:
            return frozenset()
        rejects = self._selector.rejects
        return frozenset(i.label for i in sample.instances if i.label is not None and not rejects(i))

    def _count(self, row: PlannedRow, split: str | None) -> None:
        counts = self.report.counts
        counts["rows"] += 1
        counts["empty_rows"] += row.is_empty
        counts["masks"] += row.masks
        if row.source.boxes_only:
            counts["box_rows"] += 1
            counts["box_row_objects"] += len(row.objects)
        else:
            counts["objects"] += len(row.objects)
            self.report.objects_by_label.update([o.label for o in row.objects if o.label in self._classes])
        if split is not None:
            self.report.rows_by_split[split] += 1

    @property
    def _stopped(self) -> bool:
        """Whether the run will end without output: what is left is only judged."""
        found_errors = self.report.errors > 0 and self.options.on_error is OnError.STOP
        return found_errors or (self.over_budget.rows > 0 and self.options.overflow is Overflow.ERROR)

    def _stop_on_trouble(self) -> None:
        if self.report.errors > 0 and self.options.on_error is OnError.STOP:
            raise FindingsError(f"{counted(self.report.errors, 'error')}; nothing was written")
        if self.over_budget.rows > 0 and self.options.overflow is Overflow.ERROR:
            rows, limit = self.over_budget.rows, self.options.max_tokens
            exceed = "exceeds" if rows == 1 else "exceed"
            raise BudgetError(f"{counted(rows, 'row')} {exceed} {limit} tokens; nothing was written")
        if self.report.counts["rows"] == 0:
            raise FindingsError(
                f"no row is left of {counted(self.report.counts['images'], 'image')}; nothing was written",
                hint="the findings say what was left out; --task says what rows are made of",
            )

    def _write(self, rows: Iterable[SplitRow], writers: dict[str | None, Writer]) -> None:
        for batch in self._encoder.examples(rows):
            by_split: dict[str | None, list[Example]] = defaultdict(list)
            for split, example in batch:
                by_split[split].append(example)
            for split, examples in by_split.items():
                writers[split].write(examples)


def _asking_for_phrases(options: ConvertOptions) -> ConvertOptions:
    """Options for objects that are named by words of their own: each is asked for in a row of its own.

    Raises UsageError where classes are to be asked for that are not there, of which phrases have none.
    """
    if options.prefix_classes in (PrefixClasses.ALL, PrefixClasses.PRESENT_NEGATIVES):
        raise UsageError(
            f"--prefix-classes {options.prefix_classes}: the source has phrases for its objects, not a list of classes"
        )
    return replace(options, prefix_classes=PrefixClasses.PER_CLASS)
