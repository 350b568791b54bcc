"""COCO JSON: instances, captions, results lists, and the dialects of LVIS, Roboflow and TACO.

https://cocodataset.org/#format-data and #format-results. Nothing is dropped here: what
cannot be understood becomes a defect of the sample or instance it belongs to.

LVIS (arXiv 1908.03195, section 3.1) annotates a few classes an image: of the others nobody looked. Its
`neg_category_ids` are the classes verified to be absent, and of `not_exhaustive_category_ids`
some objects lack an annotation; these get the flag `not-exhaustive`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from pali_dataprep.errors import InputError
from pali_dataprep.findings import Finding, Location, Severity
from pali_dataprep.formats.base import Dataset
from pali_dataprep.formats.coco.document import NO_ID, Category, key_of
from pali_dataprep.formats.coco.index import CocoIndex, DiskIndex, read_into_memory
from pali_dataprep.formats.coco.recognise import ROBOFLOW_NAME
from pali_dataprep.formats.coco.records import to_sample
from pali_dataprep.formats.coco.subsets import join_subsets, subset_files
from pali_dataprep.formats.glimpse import Glimpse
from pali_dataprep.formats.subsets import wanted_subsets
from pali_dataprep.masks.kernel import ring_reader
from pali_dataprep.options import Task
from pali_dataprep.samples import Sample


def read(
    path: Path,
    *,
    images: Path | None = None,
    ground_truth: Path | None = None,
    low_memory: bool = False,
    subsets: Sequence[str] = (),
    merge: bool = False,
) -> Dataset:
    """Read a COCO file (plain or gzip), the only one of a folder, or Roboflow's folder with a file for each subset.

    A results list has neither images nor categories; they are taken from `ground_truth`,
    a COCO file of the same images. With `low_memory` annotations are kept on disk, so that memory
    does not grow with the file. `subsets` are those wanted (default: all), several keep apart unless `merge`;
    `images` is the folder that theirs are in, where it is not `path`. Raises InputError for a file that cannot be read.
    """
    files = subset_files(path) if path.is_dir() else {}
    chosen = wanted_subsets(tuple(files), subsets, path)
    if chosen:
        parts = {name: _read_file(files[name], ground_truth, low_memory=low_memory) for name in chosen}
        return join_subsets(path, parts, images=images, merge=merge)
    return _read_file(_annotation_file(path) if path.is_dir() else path, ground_truth, low_memory=low_memory)


def _read_file(path: Path, ground_truth: Path | None, *, low_memory: bool) -> Dataset:
    truth = _ground_truth_of(path, ground_truth)
    index: CocoIndex = DiskIndex(path, truth) if low_memory else read_into_memory(path, truth)
    names, category_findings = _category_names(index.categories, path)
    placeholders = _placeholders(index)
    return Dataset(
        path=path,
        categories=tuple(dict.fromkeys(name for key, name in names.items() if key not in placeholders)),
        category_ids=names,
        samples=lambda: _samples(index, names),
        size=index.size,
        findings=(*category_findings, *_image_findings(index, path), *_placeholder_findings(placeholders, names, path)),
        inputs=(path,) if ground_truth is None else (path, ground_truth),
        task=Task.CAPTION if index.only_captions else Task.DETECT,
    )


def _annotation_file(folder: Path) -> Path:
    """The only JSON file in the folder, in its `annotations`, or Roboflow's below it."""
    for pattern in (ROBOFLOW_NAME, "*.json", "annotations/*.json", f"*/{ROBOFLOW_NAME}"):
        found = sorted(folder.glob(pattern))
        if len(found) > 1:
            listed = ", ".join(file.relative_to(folder).as_posix() for file in found)
            raise InputError(f"{folder}: holds {listed}", hint="give the one to convert instead of the folder")
        if found:
            return found[0]
    raise InputError(f"{folder}: a folder without a JSON file", hint="give the file of the annotations")


def _ground_truth_of(path: Path, ground_truth: Path | None) -> Path | None:
    """The file a results list takes its images from; None for a file that has its own."""
    if not Glimpse(path).text.lstrip().startswith("["):
        return None
    if ground_truth is None:
        raise InputError(
            f"{path}: a COCO results list, which names neither images nor categories",
            hint="give the annotation file of the same images with --ground-truth",
        )
    return ground_truth


def _category_names(categories: Sequence[Category], path: Path) -> tuple[dict[str, str], list[Finding]]:
    """Names by id, white space normalised; a category without a usable name has no entry."""
    names: dict[str, str] = {}
    findings = []
    for category in categories:
        key, name = key_of(category.id), category.name
        if not isinstance(name, str) or category.id is None:
            findings.append(_finding("SRC105", Severity.ERROR, f"category {key} has no name or no id", path))
            continue
        if key in names:
            findings.append(_finding("SRC106", Severity.ERROR, f"category id {key} is listed twice", path))
        names.setdefault(key, " ".join(name.split()))
    for name, count in Counter(names.values()).items():
        if count > 1:
            message = f"{count} category ids are named {name!r}; they become one class"
            findings.append(_finding("SRC103", Severity.NOTE, message, path))
    return names, findings


def _placeholders(index: CocoIndex) -> set[str]:
    """Ids of unused categories that only name other categories' supercategory, as Roboflow exports them."""
    named = [c for c in index.categories if isinstance(c.name, str) and c.id is not None]
    parents = {c.supercategory for c in named if isinstance(c.supercategory, str) and c.supercategory != c.name}
    suspects = {key_of(c.id) for c in named if c.name in parents and c.supercategory in ("none", None)}
    return suspects - index.used_categories() if suspects else set()


def _placeholder_findings(placeholders: set[str], names: dict[str, str], path: Path) -> Iterator[Finding]:
    for key in sorted(placeholders):
        message = f"category {names[key]!r} only groups others and has no annotations; it is not a class"
        yield _finding("SRC104", Severity.NOTE, message, path)


def _image_findings(index: CocoIndex, path: Path) -> Iterator[Finding]:
    for key, count in index.repeated_images():
        yield _finding("SRC102", Severity.ERROR, f"image id {key} is listed {count} times", path)
    for key, annotation in index.unlisted():
        location = Location(str(path), image=key, annotation=key_of(annotation.id))
        if key == NO_ID:
            message = f"its image_id is {annotation.image_id!r}, which is no id"
            yield Finding("SRC111", Severity.ERROR, message, location, leaves_out=True)
        else:
            yield Finding("SRC101", Severity.WARNING, "its image is not listed", location, leaves_out=True)


def _finding(code: str, severity: Severity, message: str, path: Path) -> Finding:
    return Finding(code, severity, message, Location(str(path)))


def _samples(index: CocoIndex, names: dict[str, str]) -> Iterator[Sample]:
    read_rings = ring_reader()
    for image in index.images():
        key = key_of(image.id)
        yield to_sample(image, index.annotations(key) if key != NO_ID else (), names, read_rings)
