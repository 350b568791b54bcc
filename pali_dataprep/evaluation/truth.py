"""Ground truth of any source: annotations of every format, or the JSON Lines a model is trained on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import structs

from pali_dataprep.errors import InputError
from pali_dataprep.formats.recognition import AUTO, read_source
from pali_dataprep.images import ImageHeader, NameIndex, is_file, read_header
from pali_dataprep.masks.runs import runs_from_segmentation
from pali_dataprep.masks.segmentations import MaskError
from pali_dataprep.options import AnswerPolicy, ConvertOptions
from pali_dataprep.questions import spell
from pali_dataprep.restoration.decoding import join_rows
from pali_dataprep.restoration.restore import RestoredRow, is_drawn
from pali_dataprep.samples import Instance, Sample
from pali_dataprep.sinks import read_jsonl

Texts = dict[str, list[str]]
"""Right answers by prompt."""


@dataclass(slots=True)
class Truth:
    """Images with their objects, and the right texts by image and prompt.

    `captions` are right for any prompt that starts with `caption`.
    """

    samples: list[Sample]
    texts: NameIndex[Texts] = field(default_factory=NameIndex)
    captions: NameIndex[tuple[str, ...]] = field(default_factory=NameIndex)
    drawn: bool = True

    def answers(self, image: str, prompt: str) -> list[str]:
        """What is right to say about an image when asked this; empty where nobody knows."""
        found = (self.texts.find(image) or {}).get(prompt.strip(), [])
        if not found and prompt.startswith("caption"):
            found = list(self.captions.find(image) or ())
        return found

    def size_of(self, image: str) -> tuple[int, int] | None:
        """(width, height) of an image; None where the truth does not say."""
        sample = self._by_name.find(image)
        return (sample.width, sample.height) if sample and sample.width and sample.height else None

    def sample(self, image: str) -> Sample | None:
        """The image of this name."""
        return self._by_name.find(image)

    _by_name: NameIndex[Sample] = field(default_factory=NameIndex)

    def __post_init__(self) -> None:
        for sample in self.samples:
            self._by_name.add(sample.file_name, sample)


def is_rows(path: Path) -> bool:
    """Whether a file is PaliGemma JSON Lines: the first row has the three strings."""
    if path.suffix.lower() not in (".jsonl", ".ndjson") or not path.is_file():
        return False
    try:
        return next(read_jsonl(path), None) is not None
    except InputError:
        return False


def truth_of_rows(rows: Iterator[RestoredRow]) -> Truth:
    """Of the rows a model is trained on: their objects as tokens tell them, their texts as answers."""
    samples, texts = [], defaultdict[str, Texts](dict)
    drawn = False
    for row in rows:
        if is_drawn(row.example):
            drawn = True
            samples.append(row.sample)
        else:
            texts[row.example.image].setdefault(row.example.prefix.strip(), []).append(row.example.suffix)
    truth = Truth(join_rows(samples), drawn=drawn)
    for image, answers in texts.items():
        truth.texts.add(image, answers)
    return truth


def truth_of_source(path: Path, format_name: str = AUTO, images: Path | None = None) -> Truth:
    """Of annotations of any format. Raises InputError for a source that cannot be told or read."""
    dataset = read_source(path, format_name, images=images)
    root = dataset.image_root(images)
    samples = [_with_runs(_with_size(sample, root)) for sample in dataset.samples()]
    truth = Truth(samples, drawn=any(sample.instances for sample in samples))
    options = ConvertOptions(answers=AnswerPolicy.ALL)
    for sample in samples:
        if sample.captions:
            truth.captions.add(sample.file_name, tuple(c.text for c in sample.captions))
        asked: Texts = {}
        for question in sample.questions:
            for prefix, suffix in spell(question, options).rows:
                asked.setdefault(prefix.strip(), []).append(suffix)
        if asked:
            truth.texts.add(sample.file_name, asked)
    return truth


def _with_size(sample: Sample, root: Path) -> Sample:
    """With the picture file's size where the annotations say none."""
    if sample.width and sample.height:
        return structs.replace(sample, embedded=None)
    source = sample.embedded or sample.path or root / sample.file_name
    header = read_header(source) if isinstance(source, bytes) or is_file(source) else None
    if not isinstance(header, ImageHeader):
        return structs.replace(sample, embedded=None)
    width, height = header.shown_size
    return structs.replace(sample, width=width, height=height, embedded=None)


def _with_runs(sample: Sample) -> Sample:
    """Masks as runs, made once; a segmentation that is none is no mask, and its annotation counts as one without."""
    if not sample.width or not sample.height:
        return sample
    width, height = sample.width, sample.height
    return structs.replace(sample, instances=tuple(_with_mask(i, height, width) for i in sample.instances))


def _with_mask(instance: Instance, height: int, width: int) -> Instance:
    if instance.segmentation is None:
        return instance
    try:
        return structs.replace(instance, segmentation=runs_from_segmentation(instance.segmentation, height, width))
    except MaskError:
        return structs.replace(instance, segmentation=None)
