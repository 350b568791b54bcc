"""COCO files of one set, one a subset, as Roboflow exports them: `train/_annotations.coco.json` and so on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

from msgspec import structs

from pali_dataprep.formats.base import Dataset
from pali_dataprep.formats.coco.recognise import ROBOFLOW_NAME
from pali_dataprep.formats.subsets import SUBSETS
from pali_dataprep.samples import Sample


def subset_files(folder: Path) -> dict[str, Path]:
    """The file of each subset, train first; none where there is but one file, or one of another folder among them."""
    found = {file.parent.name: file for file in folder.glob(f"*/{ROBOFLOW_NAME}")}
    files = {SUBSETS[name]: found[name] for name in SUBSETS if name in found}
    return files if len(files) == len(found) > 1 else {}


def join_subsets(folder: Path, parts: Mapping[str, Dataset], *, images: Path | None, merge: bool) -> Dataset:
    """One dataset of several files, images named by their folders below `images` (default: the set's own)."""
    datasets = parts.values()
    return Dataset(
        path=folder,
        categories=tuple(dict.fromkeys(chain.from_iterable(d.categories for d in datasets))),
        category_ids=_agreed_ids(datasets),
        samples=lambda: chain.from_iterable(_samples(name, dataset) for name, dataset in parts.items()),
        size=sum(d.size for d in datasets),
        findings=tuple(chain.from_iterable(d.findings for d in datasets)),
        inputs=tuple(chain.from_iterable(d.inputs for d in datasets)),
        root=images or folder,
        subsets=tuple(parts) if len(parts) > 1 and not merge else (),
        reading={"subsets": list(parts), "merge": merge},
        task=next(iter(datasets)).task,
    )


def _agreed_ids(datasets: Iterable[Dataset]) -> dict[str, str]:
    """Names by id, without the ids that stand for one class here and for another there."""
    names: dict[str, set[str]] = defaultdict(set)
    for dataset in datasets:
        for key, name in dataset.category_ids.items():
            names[key].add(name)
    return {key: name for key, (name, *others) in names.items() if not others}


def _samples(subset: str, dataset: Dataset) -> Iterator[Sample]:
    folder = dataset.path.parent.name
    for sample in dataset.samples():
        name = f"{folder}/{sample.file_name}" if sample.file_name else ""
        yield structs.replace(sample, file_name=name, subset=subset)
