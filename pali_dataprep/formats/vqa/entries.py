"""Entries: what every source of questions is taken apart into, before anyone asks what their fields mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from pali_dataprep.formats.cells import as_key, is_absent
from pali_dataprep.formats.tables import Record, record_of

ID_KEYS = ("question_id", "questionId", "qa_id", "id", "pid")
"""VQAv2 and TextVQA, DocVQA, Visual Genome, LLaVA, ScienceQA as exported to tables."""

_ASKING = ("human", "user")
_ANSWERING = ("gpt", "assistant", "model")
_IMAGE_MARK = re.compile(r"^\s*(?:<image>\s*)+|(?:\s*<image>)+\s*$")


class Entry(msgspec.Struct, frozen=True):
    """One question as its source holds it: fields by name, and where it was found.

    `turn` counts from 0 in a conversation. An entry with defects may lack any field.
    """

    place: str
    fields: Mapping[str, Any]
    turn: int = 0
    defects: tuple[str, ...] = ()

    @classmethod
    def of(cls, record: Record) -> Entry:
        """The entry of a table's row."""
        return cls(record.place, record.fields, 0, record.defects)


def entry_of(value: Any, place: str) -> Entry:
    """An entry of a JSON object; anything else is a defect."""
    return Entry.of(record_of(value, place))


def entry_id(fields: Mapping[str, Any]) -> str | None:
    """The question's id as text, if it has one; 7, 7.0 and "7" are the same id."""
    return next((as_key(fields[key]) for key in ID_KEYS if not is_absent(fields.get(key))), None)


def apart(entries: Iterable[Entry]) -> Iterator[Entry]:
    """One entry a question: those that hold several are taken apart.

    Visual Genome lists the questions of an image as `qas`, LLaVA a talk about it as
    `conversations` (`from`, `value`), chat formats as `messages` (`role`, `content`), the Cauldron as
    `texts` (`user`, `assistant`).
    """
    for entry in entries:
        if "qas" in entry.fields:
            yield from _listed_questions(entry)
        elif "conversations" in entry.fields or "messages" in entry.fields:
            yield from _turns(entry)
        elif "texts" in entry.fields:
            yield from _turns(_as_talk(entry))
        else:
            yield entry


def _listed_questions(entry: Entry) -> Iterator[Entry]:
    questions = entry.fields["qas"]
    if not isinstance(questions, list):
        yield replace(entry, defects=(f"{entry.place}: qas is not a list",))
        return
    shared = {"image_id": entry.fields.get("id", entry.fields.get("image_id"))}
    for n, fields in enumerate(questions):
        question = entry_of(fields, f"{entry.place} question {n}")
        yield replace(question, fields={**shared, **question.fields})


def _as_talk(entry: Entry) -> Entry:
    """The pairs of `texts` as messages."""
    fields = {key: value for key, value in entry.fields.items() if key != "texts"}
    pairs = entry.fields["texts"]
    talk: Any = pairs
    if isinstance(pairs, list):
        talk = [_said(pair, speaker) for pair in pairs for speaker in ("user", "assistant")]
    return replace(entry, fields={**fields, "messages": talk})


def _said(pair: Any, speaker: str) -> Any:
    return {"role": speaker, "content": pair.get(speaker)} if isinstance(pair, dict) else pair


def _turns(entry: Entry) -> Iterator[Entry]:
    talk = entry.fields.get("conversations", entry.fields.get("messages"))
    shared = {key: value for key, value in entry.fields.items() if key not in ("conversations", "messages", *ID_KEYS)}
    place = entry_id(entry.fields) or entry.place
    if not isinstance(talk, list):
        yield Entry(place, shared, defects=(f"{place}: the conversation is not a list",))
        return
    for turn, own in enumerate(_exchanges(talk)):
        where = f"{place} turn {turn}" if turn else place
        if isinstance(own, str):
            yield Entry(where, shared, turn, (f"{place}: {own}",))
        else:
            yield Entry(where, {**shared, **own}, turn)


def _exchanges(talk: Sequence[Any]) -> Iterator[dict[str, str | None] | str]:
    """Each question with its answer, if it got one; in words, a message that is neither."""
    asked: dict[str, str | None] | None = None
    for n, message in enumerate(talk):
        speaker, text = _message(message)
        if speaker in _ASKING:
            if asked is not None:
                yield asked
            asked = {"question": text}
        elif speaker in _ANSWERING and asked is not None:
            yield {**asked, "answer": text}
            asked = None
        elif speaker != "system":
            yield f"message {n} is neither a question nor its answer"
    if asked is not None:
        yield asked


def _message(message: Any) -> tuple[str, str | None]:
    """Who speaks, and the text without the marks for the place of the picture; nobody where there is no text."""
    if not isinstance(message, dict):
        return "", None
    speaker, text = message.get("from", message.get("role")), message.get("value", message.get("content"))
    if isinstance(text, list):
        text = _text_of_parts(text)
    if not isinstance(speaker, str) or not isinstance(text, str):
        return "", None
    return speaker, _IMAGE_MARK.sub("", text)


def _text_of_parts(parts: Sequence[Any]) -> str | None:
    """The text of `[{"type": "image"}, {"type": "text", "text": ...}]`; None where a part is neither."""
    texts = []
    for part in parts:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text" and isinstance(part.get("text"), str):
            texts.append(part["text"])
        elif kind not in ("image", "image_url"):
            return None
    return "\n".join(texts)
