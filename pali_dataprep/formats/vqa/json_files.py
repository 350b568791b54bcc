"""Questions in one JSON file: the layouts of the published sets, told apart by what they hold.

VQAv2 and OK-VQA (https://visualqa.org/download.html), CLEVR, TextVQA and DocVQA keep a list under
a key; GQA and ScienceQA are objects by id; Visual Genome, LLaVA and VizWiz are lists of objects;
AI2D has a file for each image; easy-VQA is a list of lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pali_dataprep.errors import InputError
from pali_dataprep.formats.json_source import decode_json, read_json_bytes
from pali_dataprep.formats.vqa.entries import ID_KEYS, Entry, apart, entry_of

TRIPLE = ("question", "answer", "image")
"""The order of easy-VQA's lists."""

_LIST = b"["
_OBJECT = b"{"


@dataclass(frozen=True, slots=True)
class Layout:
    """A source taken for a layout: its entries, and how that layout names its images.

    `image_template` is None where entries name a file or an id that has to be looked up.
    """

    name: str
    entries: Callable[[], Iterator[Entry]]
    image_template: str | None = None


def read_json(path: Path, columns: Sequence[str] = ()) -> Layout:
    """Take a file for one of the layouts above. Raises InputError for one that is none of them."""
    data = read_json_bytes(path)
    if data.lstrip()[:1] == _LIST:
        return _list_layout(decode_json(data, list[msgspec.Raw], path), path, columns)
    document = decode_json(data, dict[str, msgspec.Raw], path)
    for key in ("questions", "data"):
        if _kind(document.get(key)) == _LIST:
            return _keyed_layout(document, key, path)
    if _kind(document.get("questions")) == _OBJECT and "imageName" in document:
        return _ai2d(document, path)
    if "annotations" in document:
        raise _not_questions(document, path)
    if document and all(_kind(value) == _OBJECT for value in document.values()):
        return _by_id(document)
    hint = "docs/formats/vqa.md shows the layouts that are read"
    raise InputError(f"{path}: no layout of questions; it holds {', '.join(document) or 'nothing'}"[:300], hint=hint)


def _not_questions(document: Mapping[str, msgspec.Raw], path: Path) -> InputError:
    if "images" in document:
        return InputError(f"{path}: a COCO file, which holds no questions", hint="coco2jsonl reads it")
    hint = "give the question file, and this one with --annotations"
    return InputError(f"{path}: answers without their questions", hint=hint)


def _list_layout(items: list[msgspec.Raw], path: Path, columns: Sequence[str]) -> Layout:
    if not items:
        raise InputError(f"{path}: an empty list")
    if _kind(items[0]) == _LIST:
        names = tuple(columns) or TRIPLE
        return Layout("lists", lambda: (_listed(raw, names, f"entry {n}") for n, raw in enumerate(items)))
    first = _first_object(items)
    if "qas" in first:
        return Layout("Visual Genome", lambda: apart(_objects(items)), "{image_id}.jpg")
    talks = "conversations" in first or "messages" in first
    return Layout("conversations" if talks else "records", lambda: apart(_objects(items)))


def _keyed_layout(document: Mapping[str, msgspec.Raw], key: str, path: Path) -> Layout:
    items = decode_json(bytes(document[key]), list[msgspec.Raw], path)
    first = _first_object(items)
    if "image_filename" in first:
        return Layout("CLEVR", lambda: _objects(items))
    if key == "data":
        by_id = "image_id" in first and "image" not in first
        return Layout("TextVQA" if by_id else "DocVQA", lambda: _objects(items), "{image_id}.jpg" if by_id else None)
    return Layout("VQAv2", lambda: _objects(items), _coco_template(document))


def _coco_template(document: Mapping[str, msgspec.Raw]) -> str | None:
    """`COCO_train2014_000000458752.jpg` for sets on COCO's photographs; VQA's own files say which of them."""
    kind, subset = (_decoded(document[key]) if key in document else None for key in ("data_type", "data_subtype"))
    if kind != "mscoco" or not isinstance(subset, str) or not subset.isalnum():
        return None
    return f"COCO_{subset}_{{image_id:012d}}.jpg"


def _ai2d(document: Mapping[str, msgspec.Raw], path: Path) -> Layout:
    """One image's questions by their text: `answerTexts`, `correctAnswer`, `questionId`."""
    questions = decode_json(bytes(document["questions"]), dict[str, msgspec.Raw], path)
    image = _decoded(document["imageName"])

    def entries() -> Iterator[Entry]:
        for text, raw in questions.items():
            entry = entry_of(_decoded(raw), f"question {text[:80]!r}")
            own = {"choices": entry.fields.get("answerTexts"), "answer": entry.fields.get("correctAnswer")}
            yield Entry(entry.place, {**entry.fields, "question": text, "image": image, **own}, 0, entry.defects)

    return Layout("AI2D", entries)


def _by_id(document: Mapping[str, msgspec.Raw]) -> Layout:
    """GQA, or ScienceQA's `problems.json`, where `answer` is the index of a choice."""

    def entries() -> Iterator[Entry]:
        for key, raw in document.items():
            entry = entry_of(_decoded(raw), key)
            yield Entry(key, {ID_KEYS[0]: key, "id": key, **entry.fields}, 0, entry.defects)

    first = next(entries()).fields
    if "choices" in first:
        return Layout("ScienceQA", entries, "{split}/{id}/{image}")
    return Layout("GQA", entries, "{imageId}.jpg" if "imageId" in first else None)


def _objects(items: Sequence[msgspec.Raw]) -> Iterator[Entry]:
    for n, raw in enumerate(items):
        yield entry_of(_decoded(raw), f"entry {n}")


def _listed(raw: msgspec.Raw, names: Sequence[str], place: str) -> Entry:
    values = _decoded(raw)
    if isinstance(values, list) and len(values) == len(names):
        return Entry(place, dict(zip(names, values, strict=True)))
    found = f"{len(values)} values" if isinstance(values, list) else str(values)[:80]
    return Entry(place, {}, defects=(f"{place} is not a list of {', '.join(names)}: {found}",))


def _first_object(items: Sequence[msgspec.Raw]) -> Mapping[str, Any]:
    """The first entry that is an object, by which a list is told."""
    return next((entry.fields for entry in _objects(items) if entry.fields), {})


def _kind(raw: msgspec.Raw | None) -> bytes:
    return bytes(raw).lstrip()[:1] if raw is not None else b""


def _decoded(raw: msgspec.Raw) -> Any:
    """The value; where its text cannot be decoded, what is wrong with it, which no caller takes for an entry."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return f"{error}"
