"""RefCOCO, RefCOCO+, RefCOCOg and their like: `refs(unc).p` beside `instances.json`.

https://github.com/lichengunc/refer: a list of refs, each of an object (`ann_id`) with several sentences; `sent` is
the sentence in lower case without punctuation, which every model is trained on, `raw` as it was typed. The same
list as JSON is read too (gRefCOCO's `grefs(unc).json`, where `ann_id` is a list and -1 is no object at all).
"""

from __future__ import annotations

import reprlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import structs

from pali_dataprep.errors import InputError
from pali_dataprep.findings import Finding, Location, Severity
from pali_dataprep.formats.base import Dataset
from pali_dataprep.formats.cells import as_key
from pali_dataprep.formats.coco import read as read_coco
from pali_dataprep.formats.grounding.layout import Layout, phrase
from pali_dataprep.formats.grounding.plain_pickle import read_plain_pickle
from pali_dataprep.formats.json_source import decode_json, read_json_bytes
from pali_dataprep.formats.row_subsets import subset_name
from pali_dataprep.options import Task
from pali_dataprep.samples import Instance, Sample

INSTANCES = "instances.json"
_NO_OBJECT = "-1"
PICKLES = (".p", ".pkl", ".pickle")


@dataclass(frozen=True, slots=True)
class _Ref:
    """An expression for objects: sentences without repetitions; `place` names it."""

    place: str
    annotations: tuple[str, ...]
    sentences: tuple[str, ...]
    subset: str | None
    defects: tuple[str, ...] = ()

    @property
    def names_nothing(self) -> bool:
        """Whether it is gRefCOCO's, about no object."""
        return self.annotations == (_NO_OBJECT,) and not self.defects


def read_refs(path: Path, instances: Path | None) -> Layout:
    """The layout of a file of refs; `instances` is the COCO file of their objects (default: the one beside it).

    Raises InputError for a file that is none, or without its instances.
    """
    objects = instances or path.parent / INSTANCES
    if not objects.is_file():
        message = f"{objects}: no such file, and the refs of {path.name} are about objects in it"
        raise InputError(message, hint="--option instances=PATH names the COCO file")
    refs = read_plain_pickle(path) if path.suffix in PICKLES else decode_json(read_json_bytes(path), list[Any], path)
    if not isinstance(refs, list) or not all(isinstance(ref, dict) for ref in refs):
        raise InputError(f"{path}: not a list of refs")
    by_image: dict[str, list[_Ref]] = defaultdict(list)
    for n, ref in enumerate(refs):
        by_image[as_key(ref.get("image_id"))].append(_ref(ref, n))
    coco = read_coco(objects)
    return Layout(
        "refs",
        partial(_samples, coco, by_image),
        len(by_image),
        Task.DETECT,
        findings=(*coco.findings, *_strays(coco, by_image, path)),
        subsets=tuple(ref.subset for found in by_image.values() for ref in found),
        inputs=(path, objects),
    )


def _ref(ref: Mapping[str, Any], n: int) -> _Ref:
    place = f"ref {as_key(ref.get('ref_id', n))}"
    given, subset = ref.get("ann_id"), subset_name(ref.get("split"))
    annotations = tuple(as_key(key) for key in (given if isinstance(given, list) else [given]))
    sentences = ref.get("sentences")
    if not isinstance(sentences, list) or not sentences:
        return _Ref(place, annotations, ("",), subset, (f"{place} has no list of sentences",))
    given_texts = [s.get("sent", s.get("raw")) if isinstance(s, dict) else s for s in sentences]
    texts = [text for text in given_texts if isinstance(text, str)]
    if len(texts) < len(given_texts):
        return _Ref(
            place, annotations, ("",), subset, (f"{place}: a sentence is not text: {reprlib.repr(given_texts)}",)
        )
    return _Ref(place, annotations, tuple(dict.fromkeys(map(phrase, texts))), subset)


def _strays(coco: Dataset, by_image: Mapping[str, Sequence[_Ref]], path: Path) -> Iterator[Finding]:
    listed = {sample.source_id for sample in coco.samples()}
    for image in (image for image in by_image if image not in listed):
        for ref in by_image[image]:
            location = Location(str(path), image=image, annotation=ref.place)
            yield Finding("SRC101", Severity.WARNING, "its image is not listed", location, leaves_out=True)


def _samples(
    coco: Dataset, by_image: Mapping[str, Sequence[_Ref]], wanted: frozenset[str | None] | None
) -> Iterator[Sample]:
    """Images in the order of the COCO file, each once for every subset that has refs of it."""
    for sample in coco.samples():
        refs = by_image.get(sample.source_id, ())
        objects = {instance.source_id: instance for instance in sample.instances} if refs else {}
        for subset in dict.fromkeys(ref.subset for ref in refs):
            if wanted is None or subset in wanted:
                own = [ref for ref in refs if ref.subset == subset]
                found = tuple(i for ref in own if not ref.names_nothing for i in _instances(ref, objects))
                in_vain = frozenset(words for ref in own if ref.names_nothing for words in ref.sentences)
                yield structs.replace(sample, instances=found, subset=subset, verified_absent=in_vain)


def _instances(ref: _Ref, objects: Mapping[str, Instance]) -> Iterator[Instance]:
    for sentence in ref.sentences:
        for key in ref.annotations:
            if key in objects:
                found = objects[key]
                defects = (*found.defects, *ref.defects)
                yield structs.replace(found, label=sentence, source_id=ref.place, defects=defects)
            else:
                missing = f"{sentence!r} is about annotation {key}, which the image has not"
                yield Instance(sentence, source_id=ref.place, defects=(*ref.defects, missing))
