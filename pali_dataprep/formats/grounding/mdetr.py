"""MDETR's files (`finetune_refcoco_train.json`, `final_flickr_mergedGT_train.json`): COCO with a caption an image.

MDETR (arXiv 2104.12763): an image is listed once for each caption, and an annotation is a box with the spans of the
caption (`tokens_positive`) that speak of it. In the files of referring expressions the spans hold no more than the
root of the expression, which is the whole caption; so that is taken where `dataset_name` says refcoco or refexp.
Elsewhere the phrase is what the spans hold.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from pali_dataprep.formats.cells import as_key
from pali_dataprep.formats.coco import read as read_coco
from pali_dataprep.formats.grounding.layout import Layout, phrase
from pali_dataprep.formats.json_source import decode_json, read_json_bytes
from pali_dataprep.options import Task
from pali_dataprep.samples import Instance, Sample


class _Image(msgspec.Struct, gc=False):
    id: Any = None
    caption: Any = None
    dataset_name: Any = None


class _Annotation(msgspec.Struct, gc=False):
    image_id: Any = None
    tokens_positive: Any = None


class _Document(msgspec.Struct):
    images: list[_Image]
    annotations: list[_Annotation]


def read_mdetr(path: Path) -> Layout:
    """The layout of a file of MDETR's. Raises InputError for a file that cannot be read."""
    document = decode_json(read_json_bytes(path), _Document, path)
    coco = read_coco(path)
    spans: dict[str, list[Any]] = defaultdict(list)
    for annotation in document.annotations:
        spans[as_key(annotation.image_id)].append(annotation.tokens_positive)

    def samples(_: frozenset[str | None] | None) -> Iterator[Sample]:
        pairs = zip(coco.samples(), document.images, strict=True)
        for _name, group in itertools.groupby(pairs, key=lambda pair: pair[0].file_name):
            yield _joined([_spoken(sample, image, spans) for sample, image in group])

    return Layout("MDETR", samples, coco.size, Task.DETECT, findings=_without_categories(coco.findings), inputs=(path,))


def _without_categories(findings: Sequence[Any]) -> tuple[Any, ...]:
    """The findings on images and annotations: nothing is made of the categories."""
    return tuple(f for f in findings if f.code not in ("SRC103", "SRC104", "SRC105", "SRC106"))


def _spoken(sample: Sample, image: _Image, spans: Mapping[str, Sequence[Any]]) -> Sample:
    """The image with phrases for labels."""
    found = spans.get(as_key(image.id), ())
    instances = tuple(_instance(instance, image, span) for instance, span in zip(sample.instances, found, strict=True))
    return structs.replace(sample, instances=instances)


def _instance(instance: Instance, image: _Image, spans: Any) -> Instance:
    if not isinstance(image.caption, str):
        return structs.replace(instance, label="", defects=(*instance.defects, f"image {image.id} has no caption"))
    if isinstance(image.dataset_name, str) and ("refcoco" in image.dataset_name or "refexp" in image.dataset_name):
        return structs.replace(instance, label=phrase(image.caption))
    pieces = _pieces(image.caption, spans)
    if pieces is None:
        problem = f"tokens_positive are not spans of the caption: {str(spans)[:80]}"
        return structs.replace(instance, label="", defects=(*instance.defects, problem))
    return structs.replace(instance, label=phrase(" ".join(pieces)) or phrase(image.caption))


def _pieces(caption: str, spans: Any) -> list[str] | None:
    if spans is None:
        return []
    if not isinstance(spans, list):
        return None
    good = [s for s in spans if isinstance(s, list) and len(s) == 2 and all(isinstance(n, int) for n in s)]
    if len(good) < len(spans) or not all(0 <= start < end <= len(caption) for start, end in good):
        return None
    return [caption[start:end] for start, end in good]


def _joined(samples: Sequence[Sample]) -> Sample:
    """Captions of one image one after the other, as one image with all their phrases."""
    first = samples[0]
    defects = tuple(dict.fromkeys(defect for sample in samples for defect in sample.defects))
    return structs.replace(first, instances=tuple(i for sample in samples for i in sample.instances), defects=defects)
