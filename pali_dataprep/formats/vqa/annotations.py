"""Answers in a file of their own, joined to their questions by id: VQAv2, OK-VQA, in full or trimmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from pali_dataprep.errors import InputError
from pali_dataprep.findings import Finding, Location, Severity
from pali_dataprep.formats.cells import as_key
from pali_dataprep.formats.json_source import decode_json, read_json_bytes
from pali_dataprep.formats.vqa.entries import Entry, entry_id

_NOTHING = msgspec.Raw(b"null")


class _Annotation(msgspec.Struct, gc=False):
    """One question's answers, which stay text until they are needed: VQAv2 has 4.4 million in its training set."""

    question_id: Any = None
    image_id: Any = None
    answers: msgspec.Raw = _NOTHING
    multiple_choice_answer: Any = None


class _Document(msgspec.Struct):
    annotations: list[_Annotation]


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """Answers by question id."""

    path: Path
    by_question: Mapping[str, _Annotation]
    repeated: tuple[str, ...]

    def join(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Entries with their answers, if there are any; one about another image than its answers has a defect."""
        for entry in entries:
            annotation = self.by_question.get(entry_id(entry.fields) or "")
            yield _joined(entry, annotation) if annotation else _unanswered(entry)

    def findings(self, entries: Iterable[Entry]) -> Iterator[Finding]:
        """Answers to questions that are not asked, and questions answered twice."""
        asked = {entry_id(entry.fields) for entry in entries}
        for key in self.by_question:
            if key not in asked:
                yield self._finding("SRC131", Severity.WARNING, "its question is not listed", key)
        for key in self.repeated:
            yield self._finding("SRC132", Severity.ERROR, f"question {key} is answered twice", key)

    def _finding(self, code: str, severity: Severity, message: str, key: str) -> Finding:
        location = Location(str(self.path), annotation=key)
        return Finding(code, severity, message, location, leaves_out=code == "SRC131")


def read_answers(path: Path) -> AnswerFile:
    """Read VQA's annotation file, or the bare list in it. Raises InputError for anything else."""
    data = read_json_bytes(path)
    if data.lstrip()[:1] == b"[":
        annotations = decode_json(data, list[_Annotation], path)
    else:
        annotations = decode_json(data, _Document, path).annotations
    by_question: dict[str, _Annotation] = {}
    repeated = []
    for annotation in annotations:
        key = as_key(annotation.question_id)
        if key in by_question:
            repeated.append(key)
        by_question.setdefault(key, annotation)
    if annotations and by_question.keys() == {"None"}:
        raise InputError(f"{path}: no question_id, by which answers are joined to their questions")
    return AnswerFile(path, by_question, tuple(repeated))


def _unanswered(entry: Entry) -> Entry:
    return replace(entry, fields={"answers": None, **entry.fields})


def _joined(entry: Entry, annotation: _Annotation) -> Entry:
    fields = {**entry.fields, "multiple_choice_answer": annotation.multiple_choice_answer}
    defects = list(entry.defects)
    try:
        fields["answers"] = msgspec.json.decode(annotation.answers)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        defects.append(f"its answers: {error}")
    theirs, ours = annotation.image_id, entry.fields.get("image_id")
    if theirs is not None and ours is not None and as_key(theirs) != as_key(ours):
        defects.append(f"asked about image {as_key(ours)}, answered about image {as_key(theirs)}")
    return replace(entry, fields=fields, defects=tuple(defects))
