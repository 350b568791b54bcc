"""From a sample as read to a sample as placed: rules judge, the selection selects, all is counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from msgspec import structs

from pali_dataprep.boxes import xyxy_area
from pali_dataprep.conversion.measuring import Measured, measure
from pali_dataprep.conversion.report import Report
from pali_dataprep.conversion.rows import PlacedObject, PlacedSample
from pali_dataprep.conversion.selection import Selector
from pali_dataprep.findings import Finding, Location, Severity
from pali_dataprep.images import ImageHeader, ImageNaming, Locator, inner_path, read_header
from pali_dataprep.options import ChoiceStyle, ConvertOptions, Empty, Task, Turns, Unlabelled
from pali_dataprep.questions import SpelledQuestion, on_one_line, spell
from pali_dataprep.rules.annotation import FAMILIES as ANNOTATION_FAMILIES
from pali_dataprep.rules.annotation import AnnotationSubject, is_plain, label_problem
from pali_dataprep.rules.base import findings_of_families
from pali_dataprep.rules.image import FAMILIES as IMAGE_FAMILIES
from pali_dataprep.rules.image import ImageSubject
from pali_dataprep.rules.question import FAMILIES as QUESTION_FAMILIES
from pali_dataprep.rules.question import MALFORMED, QuestionSubject
from pali_dataprep.rules.text import FAMILIES as TEXT_FAMILIES
from pali_dataprep.rules.text import TextSubject
from pali_dataprep.samples import ILLEGIBLE, Caption, Instance, Question, Sample
from pali_dataprep.tokens.grammar import YxyxBins

_Found: TypeAlias = tuple[Path, int, int]
"""An image's file, width and height in pixels; 0 where the size is not known and not needed."""

_Looked: TypeAlias = Measured | PlacedObject | None
"""An instance as rules judge it, or placed already since they have nothing to say; None where it is not wanted."""

IMAGES_AT_ONCE = 64
"""Whose masks are measured together, unless they are more than `MASKS_AT_ONCE`."""

MASKS_AT_ONCE = 1024
"""Of 16 KB each where they will be encoded; those of an image stay together."""


class Judge:
    """Judges samples of one source; findings go into `report`. `encodes` is whether masks will be encoded."""

    def __init__(
        self,
        options: ConvertOptions,
        selector: Selector,
        naming: ImageNaming,
        report: Report,
        source: Path,
        *,
        encodes: bool = False,
    ) -> None:
        self._options = options
        self._selector = selector
        self._naming = naming
        self._locator = Locator(naming.root, allow_outside=options.allow_outside)
        self._report = report
        self._source = str(source)
        self._wants_masks = options.task.wants_masks
        self._lists_objects = options.task.lists_objects
        self._places_objects = options.task.places_objects
        self._asks = options.task is Task.ANSWER
        self._encodes = encodes
        self._known: dict[int, tuple[int, int] | None] = {}  # by a name's 64-bit hash: 90 bytes, with the name 150
        self._sizes: dict[tuple[int, int], tuple[int, int]] = {}  # those there are, each kept once

    def place(self, samples: Iterable[Sample]) -> Iterator[PlacedSample]:
        """The samples that make rows, in order."""
        for some in _together(samples):
            if not self._places_objects:
                yield from self._placed((sample, None, ()) for sample in some)
            else:
                subjects = [self._image_subject(sample) for sample in some]
                yield from self._placed(zip(some, subjects, self._looked_at(subjects), strict=True))

    def _placed(
        self, samples: Iterable[tuple[Sample, ImageSubject | None, Sequence[_Looked]]]
    ) -> Iterator[PlacedSample]:
        """Those of the samples that make rows, each with what was seen of its instances."""
        for sample, subject, looked in samples:
            found = self._found(sample, subject, self._location(sample))
            if found is None:
                self._leave_out_all(sample)
                continue
            placed = self._place_on(sample, looked, *found)
            if not self.is_empty(placed):
                yield placed

    def _location(self, sample: Sample) -> Location:
        return Location(self._source, image=sample.file_name or sample.source_id)

    def _looked_at(self, subjects: Sequence[ImageSubject]) -> Iterator[Sequence[_Looked]]:
        """Each image's instances: those that are not plain are measured together."""
        looks = [self._first_look(subject) for subject in subjects]
        open_ones = [
            (instance, *subject.size)
            for subject, look in zip(subjects, looks, strict=True)
            if subject.size
            for instance in look
            if isinstance(instance, Instance)
        ]
        measured = iter(measure(open_ones, wants_masks=self._wants_masks, encodes=self._encodes))
        for look in looks:
            yield [next(measured) if isinstance(seen, Instance) else seen for seen in look]

    def _first_look(self, subject: ImageSubject) -> list[Instance | PlacedObject | None]:
        """The image's instances: None for one that is not wanted, placed where that needs no measuring and no rule."""
        if subject.size is None:
            return []
        wanted = [None if self._selector.rejects(i) else i for i in subject.sample.instances]
        if self._wants_masks or not self._lists_objects:
            return [*wanted]
        width, height = subject.size
        return [i and (self._plainly_placed(i, subject.sample, width, height) or i) for i in wanted]

    def _plainly_placed(self, instance: Instance, sample: Sample, width: int, height: int) -> PlacedObject | None:
        """The object of a row of boxes, if there is nothing to say of it."""
        label, box = self._selector.rename(instance.label or ""), instance.box_xyxy
        if box is None or not is_plain(instance, label, width, height):
            return None
        area = xyxy_area(box)
        if self._selector.rejects_size(box[2] - box[0], box[3] - box[1], area):
            return None
        bins = self._options.grid.encode_box(box, width, height)
        return PlacedObject(instance, label, box, bins, area, image=sample.file_name)

    def _found(self, sample: Sample, subject: ImageSubject | None, location: Location) -> _Found | None:
        """The image's file and size, or None where it is left out; judged and counted here.

        Questions and captions come back to the same image again and again: it is judged the first time.
        """
        returns = not self._places_objects
        if self._asks and not sample.file_name and not sample.defects:
            self._report.add(f for q in sample.questions for f in _without_image(q, location))
            return None
        known = hash(sample.file_name)
        if returns and known in self._known:
            size = self._known[known]
            path = self._path(sample) if size else None
            return (path, *size) if path and size else None
        self._report.counts["images"] += 1
        subject = subject or self._image_subject(sample)
        findings = findings_of_families(IMAGE_FAMILIES, subject, location)
        size = subject.size or (None if subject.needs_size else (0, 0))
        left_out = self._report.add(findings)
        found = None if left_out or size is None or subject.path is None else (subject.path, *size)
        if returns and sample.file_name:
            self._known[known] = self._sizes.setdefault(found[1:], found[1:]) if found else None
        return found

    def _path(self, sample: Sample) -> Path | None:
        """Where the image lies, or will lie where only the source holds it."""
        if sample.embedded is not None:
            return self._naming.out_folder / inner_path(sample.file_name)
        return self._locator.locate(sample.file_name)

    def _image_subject(self, sample: Sample) -> ImageSubject:
        header: ImageHeader | str | None = None
        if sample.embedded is not None:
            path = self._path(sample)
            header = read_header(sample.embedded)
        else:
            path, status = self._locator.find(sample.file_name)
            if path is not None and status is not None:
                header = read_header(path, status)
        skip_unlabelled = self._options.unlabelled is Unlabelled.SKIP
        unwritten = sample.embedded is not None and not self._options.image_paths.places_files
        return ImageSubject(
            sample, path, header, self._options.allow_missing, skip_unlabelled, self._places_objects, unwritten
        )

    def _place_on(self, sample: Sample, looked: Sequence[_Looked], path: Path, width: int, height: int) -> PlacedSample:
        objects: list[PlacedObject] = []
        if self._places_objects:
            placed = [
                seen if isinstance(seen, PlacedObject) else self._place_instance(instance, seen, sample, width, height)
                for instance, seen in zip(sample.instances, looked, strict=True)
            ]
            objects = [o for o in placed if o is not None]
            self._report.counts["annotations"] += len(placed)
            self._report.counts["annotations_left_out"] += len(placed) - len(objects)
        labels = frozenset([self._selector.rename(i.label) for i in sample.instances if i.label is not None])
        image = self._naming.value(sample.file_name, path)
        if self._options.task is Task.REFCOCO:
            objects = self._unambiguous(objects, sample)
        questions = tuple(self._spelled(sample)) if self._asks else ()
        absent = self._absent(sample)
        captions = tuple(self._captions(sample)) if self._options.task is Task.CAPTION else ()
        return PlacedSample(sample, path, image, width, height, tuple(objects), labels, questions, captions, absent)

    def _absent(self, sample: Sample) -> frozenset[str] | None:
        """What the picture is known to lack: classes, or, where there are none, expressions to be asked for in vain."""
        absent = self._selector.verified_absent(sample)
        if absent is None or self._selector.labels:
            return absent
        return frozenset(words for words in sorted(absent) if not self._report.add(self._in_vain(words, sample)))

    def _in_vain(self, words: str, sample: Sample) -> Iterator[Finding]:
        """Why no row can ask for an expression that names nothing."""
        location = Location(self._source, image=sample.file_name, annotation=words)
        if not self._options.task.lists_objects:
            yield Finding("SEL112", Severity.NOTE, f"{words!r} names nothing in the picture", location, leaves_out=True)
        elif problem := label_problem(words):
            yield Finding("TXT101", Severity.ERROR, problem, location, leaves_out=True)

    def _captions(self, sample: Sample) -> Iterator[Caption]:
        """The captions that make rows, each on one line."""
        for caption in sample.captions:
            self._report.counts["captions"] += 1
            text = on_one_line(caption.text)
            location = Location(self._source, image=sample.file_name, annotation=caption.source_id)
            if self._report.add(_text_findings(TextSubject(text, caption.defects), location)):
                self._report.counts["captions_left_out"] += 1
            else:
                yield structs.replace(caption, text=text)

    def _unambiguous(self, objects: Sequence[PlacedObject], sample: Sample) -> list[PlacedObject]:
        """The objects whose expression names no other object of the image."""
        places: dict[str, set[YxyxBins]] = defaultdict(set)
        for o in objects:
            places[o.label].add(o.yxyx_bins)
        kept = []
        for o in objects:
            location = Location(self._source, image=sample.file_name, annotation=o.instance.source_id)
            if (others := len(places[o.label])) == 1:
                kept.append(o)
            else:
                message = f"{o.label!r} names {others} objects"
                self._report.add([Finding("SEL110", Severity.WARNING, message, location, leaves_out=True)])
                self._report.counts["annotations_left_out"] += 1
        return kept

    def _spelled(self, sample: Sample) -> Iterator[SpelledQuestion]:
        """The questions that make rows."""
        counts = self._report.counts
        for question in sample.questions:
            counts["questions"] += 1
            location = Location(self._source, image=sample.file_name, annotation=question.source_id)
            spelled = spell(question, self._options)
            if self._rejects(spelled, location):
                counts["questions_left_out"] += 1
            else:
                counts["further_answers"] += len(spelled.rows) - 1
                yield spelled

    def _rejects(self, spelled: SpelledQuestion, location: Location) -> bool:
        question, options = spelled.question, self._options
        if question.turn > 0 and options.turns is Turns.FIRST:
            return self._report.add([_question_finding("SEL108", question, location)])
        lettered = options.choices is ChoiceStyle.LETTERS
        subject = QuestionSubject(question, spelled.answers, spelled.rows, spelled.template.fields, lettered)
        return self._report.add(findings_of_families(QUESTION_FAMILIES, subject, location))

    def _leave_out_all(self, sample: Sample) -> None:
        """Count the annotations or questions of an image that is left out."""
        kinds = {Task.ANSWER: ("questions", sample.questions), Task.CAPTION: ("captions", sample.captions)}
        kind, items = kinds.get(self._options.task, ("annotations", sample.instances))
        for count in (kind, f"{kind}_left_out"):
            self._report.counts[count] += len(items)

    def is_empty(self, placed: PlacedSample) -> bool:
        """Whether the image makes no row, counted where it is left out."""
        if placed.objects and self._places_objects:
            return False
        location = self._location(placed.sample)
        if self._asks:
            return not placed.questions  # each was named
        if self._options.task is Task.CAPTION:
            if not placed.sample.captions:
                self._report.add([Finding("SEL105", Severity.WARNING, "no caption", location, True)])
            return not placed.captions  # those that were left out were named
        if self._options.empty is Empty.KEEP and self._can_ask(placed):
            return False
        asks_for_classes = self._options.task.lists_objects and self._options.empty is Empty.KEEP
        code = "SEL106" if asks_for_classes else "SEL104"
        return self._report.add([Finding(code, Severity.NOTE, _REASONS[code], location, leaves_out=True)])

    def _can_ask(self, placed: PlacedSample) -> bool:
        """Whether an image without objects can be asked something: for a class that it does not show, or to be read."""
        if not self._options.task.lists_objects:
            return self._options.task is Task.OCR and all(ILLEGIBLE in i.flags for i in placed.sample.instances)
        return any(placed.lacks(label) for label in self._selector.labels or placed.verified_absent or ())

    def _place_instance(
        self, instance: Instance, measured: Measured | None, sample: Sample, width: int, height: int
    ) -> PlacedObject | None:
        location = Location(self._source, image=sample.file_name, annotation=instance.source_id)
        if measured is None:
            code = self._selector.rejects(instance) or ""
            self._report.add([Finding(code, Severity.NOTE, _REASONS[code], location, leaves_out=True)])
            return None
        subject = self._annotation_subject(instance, measured, width, height)
        findings = findings_of_families(ANNOTATION_FAMILIES, subject, location)
        if not subject.listed and instance.label is not None:
            findings += _text_findings(TextSubject(subject.label), location)
        if self._report.add(findings) or subject.box is None:
            return None
        area = float(measured.area) if measured.area is not None else xyxy_area(subject.box)
        x1, y1, x2, y2 = subject.box
        if self._selector.rejects_size(x2 - x1, y2 - y1, area):
            message = f"{x2 - x1:g} x {y2 - y1:g} pixels, area {area:g}"
            self._report.add([Finding("SEL103", Severity.NOTE, message, location, leaves_out=True)])
            return None
        bins = self._options.grid.encode_box(subject.box, width, height)
        mask = measured.mask if self._wants_masks else None
        place = (subject.label, subject.box, bins, area)
        return PlacedObject(instance, *place, mask, measured.mask64, image=sample.file_name)

    def _annotation_subject(self, instance: Instance, measured: Measured, width: int, height: int) -> AnnotationSubject:
        label = self._selector.rename(instance.label) if instance.label is not None else ""
        return AnnotationSubject(
            instance,
            label,
            width,
            height,
            measured.box,
            wants_mask=self._wants_masks,
            mask_area=measured.area,
            mask_defect=measured.defect,
            inside=measured.inside,
            listed=self._lists_objects,
        )


def _together(samples: Iterable[Sample]) -> Iterator[list[Sample]]:
    some: list[Sample] = []
    masks = 0
    for sample in samples:
        some.append(sample)
        masks += len(sample.instances)
        if len(some) == IMAGES_AT_ONCE or masks >= MASKS_AT_ONCE:
            yield some
            some, masks = [], 0
    if some:
        yield some


_REASONS = {
    "SEL101": "iscrowd (--crowd keep writes it)",
    "SEL102": "its category is not wanted",
    "SEL104": "no object to write",
    "SEL106": "no object to write, and no class is absent that could be asked for",
    "SEL107": "a question without an image",
    "SEL109": "marked with a flag that is not wanted",
    "SEL108": "a later turn of a conversation (--turns all writes it)",
    "SEL111": "the source says that the text cannot be read",
}


def _text_findings(subject: TextSubject, location: Location) -> list[Finding]:
    return findings_of_families(TEXT_FAMILIES, subject, location)


def _without_image(question: Question, location: Location) -> list[Finding]:
    """What there is to say of a question that names no image: it may be nothing that can be read."""
    subject = QuestionSubject(question, (), (), frozenset())
    malformed = MALFORMED.findings(subject, structs.replace(location, annotation=question.source_id))
    return list(malformed) or [_question_finding("SEL107", question, location)]


def _question_finding(code: str, question: Question, location: Location) -> Finding:
    where = structs.replace(location, annotation=question.source_id)
    severity = Severity.WARNING if code == "SEL107" else Severity.NOTE
    return Finding(code, severity, _REASONS[code], where, leaves_out=True)
