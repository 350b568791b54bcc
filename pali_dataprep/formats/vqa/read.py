"""Questions about images with their answers, in any of the layouts of `json_files.py` and `tables.py`.

Samples come in source order: consecutive questions about an image share one, and an image
that comes back later has another.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from msgspec import structs

from pali_dataprep.errors import InputError
from pali_dataprep.formats.base import Dataset
from pali_dataprep.formats.embedded import embedded_name, embedded_picture
from pali_dataprep.formats.image_lookup import ImageLookup, UnnamedError
from pali_dataprep.formats.table_columns import picture_columns
from pali_dataprep.formats.tables import SUFFIXES as TABLE_SUFFIXES
from pali_dataprep.formats.tables import read_table
from pali_dataprep.formats.vqa.annotations import AnswerFile, read_answers
from pali_dataprep.formats.vqa.entries import Entry, apart, entry_id
from pali_dataprep.formats.vqa.fields import FieldNames
from pali_dataprep.formats.vqa.images import ImageFinder, ImageTemplate
from pali_dataprep.formats.vqa.json_files import Layout, read_json
from pali_dataprep.images import is_file, locate
from pali_dataprep.options import Task, VqaOptions
from pali_dataprep.samples import Question, Sample

SUFFIXES = (".json", *TABLE_SUFFIXES)
"""Files that are read of a folder; a single file with any other suffix is taken for JSON."""

_ENTRIES_TO_KNOW = 100

_Image: TypeAlias = tuple[str, tuple[str, ...]]
"""A file name below the image folder, and what keeps it from being told."""


@dataclass(frozen=True, slots=True)
class _Source:
    """A file's entries, and what makes questions and image names of them.

    `full` are the entries with the pictures that the file itself holds, where it does.
    """

    layout: Layout
    names: FieldNames
    finder: ImageFinder
    prefix: str
    full: Callable[[], Iterator[Entry]] | None = None

    def question(self, entry: Entry) -> Question:
        """The question; its id says which file of several it is in."""
        question = self.names.to_question(entry)
        return structs.replace(question, source_id=self.prefix + question.source_id) if self.prefix else question

    def embedded(self, entry: Entry) -> bytes | None:
        """The picture in the entry, where there is no file of its name."""
        if self.full is None or (data := embedded_picture(self.names.image_cell(entry))) is None:
            return None
        value = self.names.image_value(entry)
        path = locate(value, self.finder.lookup.folder, allow_outside=False) if isinstance(value, str) else None
        return None if path is not None and is_file(path) else data

    def image(self, entry: Entry) -> _Image:
        """The image, as file name and defects; neither for a question about no image."""
        cell = self.names.image_cell(entry)
        if (data := self.embedded(entry)) is not None:
            return embedded_name(cell, data), ()
        value = self.names.image_value(entry)
        unstated = self.finder.template is not None and not self.names.states_image(entry)
        if value is None and (entry.defects or not unstated):
            return "", ()
        try:
            return self.finder.file_name(value, entry.fields), ()
        except UnnamedError as error:
            return "", (f"{self.prefix}{entry_id(entry.fields) or entry.place}: {error}",)


def read(path: Path, *, images: Path | None = None, options: VqaOptions | None = None) -> Dataset:
    """Read questions from a file, or from all files of one kind in a folder, in order of their names.

    `images` is the folder to look image files up in (default: the file's folder). Raises
    InputError for what cannot be read or is no layout of questions, UsageError for an image template that is none.
    """
    options = options or VqaOptions()
    answers = read_answers(options.annotations) if options.annotations else None
    files = _files(path)
    root = images or (path if path.is_dir() else path.parent)
    lookup = ImageLookup(root)
    sources = [_source(file, options, lookup, answers, f"{file.name}: " if path.is_dir() else "") for file in files]
    findings = tuple(answers.findings(e for s in sources for e in s.layout.entries())) if answers else ()
    named = {name: value for name, value in asdict(options).items() if value}
    return Dataset(
        path=path,
        categories=(),
        category_ids={},
        samples=partial(_samples, sources),
        size=_size(sources),
        findings=findings,
        inputs=(*files, *((options.annotations,) if options.annotations else ())),
        root=root,
        reading={"layout": sources[0].layout.name, **named},
        asks=True,
        task=Task.ANSWER,
    )


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(child for child in path.iterdir() if child.suffix.lower() in SUFFIXES and child.is_file())
    kinds = {file.suffix.lower() for file in files}
    if len(kinds) != 1:
        found = f"files of several kinds ({', '.join(sorted(kinds))})" if kinds else f"no {', '.join(SUFFIXES)} file"
        raise InputError(f"{path}: {found}", hint="give one of the files, or a folder with files of one kind")
    return files


def _source(path: Path, options: VqaOptions, lookup: ImageLookup, answers: AnswerFile | None, prefix: str) -> _Source:
    layout = _layout(path, options)
    if answers is not None:
        layout = replace(layout, entries=partial(_answered, layout, answers))
    names = FieldNames.of(options)
    known = _known_fields(layout)
    if answers is None and layout.name == "VQAv2" and not any(name in known for name in names.answer):
        raise InputError(f"{path}: questions without answers", hint="give the answer file with --annotations")
    names.check(known, options, str(path))
    usual = layout.image_template if options.image_column is None else None
    template = ImageTemplate(options.image_template) if options.image_template is not None else None
    finder = ImageFinder(template, ImageTemplate(usual) if usual else None, lookup, options.image_lookup)
    finds = options.image_template is not None or options.image_lookup or answers is not None
    holds = path.suffix.lower() == ".parquet" and not finds and picture_columns(path)
    return _Source(layout, names, finder, prefix, partial(_with_pictures, path) if holds else None)


def _with_pictures(path: Path) -> Iterator[Entry]:
    return apart(map(Entry.of, read_table(path, pictures=True)))


def _answered(layout: Layout, answers: AnswerFile) -> Iterator[Entry]:
    return answers.join(layout.entries())


def _layout(path: Path, options: VqaOptions) -> Layout:
    suffix = path.suffix.lower()
    if suffix not in TABLE_SUFFIXES:
        return read_json(path, options.columns)
    return Layout("table", lambda: apart(map(Entry.of, read_table(path, options.columns))))


def _known_fields(layout: Layout) -> tuple[str, ...]:
    """The names of the fields of the first entries, which need not all have the same."""
    first = itertools.islice(layout.entries(), _ENTRIES_TO_KNOW)
    return tuple(dict.fromkeys(name for entry in first for name in entry.fields))


def _by_image(sources: list[_Source]) -> Iterator[tuple[_Image, Iterator[tuple[_Source, Entry]]]]:
    """Consecutive entries about one image."""
    entries = ((source, entry) for source in sources for entry in (source.full or source.layout.entries)())
    return itertools.groupby(entries, key=lambda pair: pair[0].image(pair[1]))


def _size(sources: list[_Source]) -> int:
    """The number of samples; of rows where files hold the pictures, so that none is read to count them."""
    if any(source.full for source in sources):
        return sum(1 for source in sources for _ in source.layout.entries())
    return sum(1 for _ in _by_image(sources))


def _samples(sources: list[_Source]) -> Iterator[Sample]:
    for (file_name, defects), group in _by_image(sources):
        source, first = next(group)
        data, same = source.embedded(first), itertools.chain(((source, first),), group)
        asked = tuple(source.question(entry) for source, entry in same)
        place = asked[0].source_id
        yield Sample(file_name, None, None, questions=asked, source_id=place, defects=defects, embedded=data)
