"""Pascal VOC XML: an annotation file for each image, in the devkit's folders or beside the images.

The layouts are in `layout.py`, the file in `annotation.py`, its coordinates in `coordinates.py`. The files are read
twice: for the class names, which no file lists, and then one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from msgspec import structs

from pali_dataprep.errors import InputError
from pali_dataprep.findings import Finding, Location, Severity
from pali_dataprep.formats.base import Dataset
from pali_dataprep.formats.image_folder import walk_image_names
from pali_dataprep.formats.masks.classes import read_class_table
from pali_dataprep.formats.voc.annotation import VocAnnotation, read_annotation
from pali_dataprep.formats.voc.coordinates import CoordinateSurvey
from pali_dataprep.formats.voc.layout import Entry, VocLayout, find_layout, read_list
from pali_dataprep.formats.voc.masks import deferred_mask, mask_files
from pali_dataprep.options import VocCoordinates
from pali_dataprep.samples import Instance, Sample


def read(
    path: Path,
    *,
    images: Path | None = None,
    subsets: Sequence[str] = (),
    merge: bool = False,
    coordinates: VocCoordinates = VocCoordinates.AUTO,
    parts: bool = False,
    allow_outside: bool = False,
) -> Dataset:
    """Read a VOC set: its folder, its annotation folder, one annotation, or a list of ImageSets.

    `images` is the image folder where the layout does not say; `subsets` are those wanted (default: all), several
    keep apart unless `merge`. With `parts`, the parts of objects (`head`, `hand`) are objects too. Raises
    InputError for a set that cannot be read.
    """
    layout = find_layout(path, images, allow_outside=allow_outside)
    survey = _survey(layout, layout.subsets(subsets), parts)
    names = tuple(name for name in layout.subsets(subsets) if name in survey.subsets)
    if not survey.entries:
        raise InputError(f"{path}: its lists name no image that has an annotation")
    settled, why = survey.coordinates.conclusion()
    if coordinates is not VocCoordinates.AUTO:
        settled, why = VocCoordinates(coordinates), "as asked for"
    reader = _Reader(layout, names, settled, parts, layout.has_masks)
    taken_for = _finding("SRC121", Severity.NOTE, _taken_for(layout, settled, why), path)
    return Dataset(
        path=path,
        categories=_categories(layout, survey),
        category_ids={},
        samples=reader.samples,
        size=survey.entries,
        findings=(taken_for, *_parts_finding(path, survey), *_alone(path, layout, survey)),
        inputs=(path,) if path.is_file() else (),
        root=layout.images.folder,
        subsets=names if len(names) > 1 and not merge else (),
        reading={"coordinates": str(settled), "subsets": list(names), "merge": merge, "parts": parts},
    )


@dataclass(slots=True)
class _Survey:
    """What a first look at all files tells."""

    entries: int = 0
    subsets: set[str | None] = field(default_factory=set)
    unannotated: list[str] = field(default_factory=list)
    names: Counter[str] = field(default_factory=Counter)
    coordinates: CoordinateSurvey = field(default_factory=CoordinateSurvey)
    parts_left_out: int = 0


def _survey(layout: VocLayout, subsets: Sequence[str], parts: bool) -> _Survey:
    survey = _Survey()
    for entry in layout.entries(subsets):
        file = layout.annotation_file(entry)
        if file is None:
            survey.unannotated.append(entry.name)
            continue
        survey.entries += 1
        survey.subsets.add(entry.subset)
        annotation = read_annotation(file)
        for item in annotation.named_objects(parts=parts):
            if item.name is not None:
                survey.names[item.name] += 1
            if item.corners is not None:
                survey.coordinates.add(item.corners, f"{entry.name}.xml object {item.number}")
            survey.parts_left_out += 0 if parts else len(item.parts)
    return survey


def _categories(layout: VocLayout, survey: _Survey) -> tuple[str, ...]:
    """The names of `labelmap.txt` in its order, then the rest by name: VOC has no order of its own."""
    listed = read_class_table(layout.label_map).foreground if layout.label_map is not None else ()
    return tuple(dict.fromkeys((*listed, *sorted(survey.names))))


def _taken_for(layout: VocLayout, coordinates: VocCoordinates, why: str) -> str:
    meaning = {VocCoordinates.PIXELS: "pixels counted from 1, the last inside", VocCoordinates.EDGES: "edges from 0"}
    return f"Pascal VOC, boxes taken for {meaning[coordinates]} ({why}); images in {layout.images.folder}"


def _parts_finding(path: Path, survey: _Survey) -> Iterator[Finding]:
    if survey.parts_left_out:
        message = f"{survey.parts_left_out} parts of objects are not written (parts=true writes them)"
        yield _finding("SRC124", Severity.NOTE, message, path)


def _alone(path: Path, layout: VocLayout, survey: _Survey) -> Iterator[Finding]:
    """Images without an annotation and, where there are lists, annotations that are in none."""
    for name in survey.unannotated:  # those of VOC's test sets
        yield _finding("SRC123", Severity.WARNING, f"no annotation belongs to the image {name}", path, name)
    if layout.only is not None:
        return
    annotated = {entry.name for entry in replace(layout, lists={}).entries(())}
    if layout.lists:
        listed = {name for file in _all_lists(layout) for name in read_list(file)}
        for name in sorted(annotated - listed):
            yield _finding("SRC125", Severity.WARNING, f"{name}.xml is in no list of ImageSets", path, name)
        return
    for image in walk_image_names(layout.images.folder):
        if image.rpartition(".")[0] not in annotated:
            yield _finding("SRC123", Severity.WARNING, f"no annotation belongs to the image {image}", path, image)


def _finding(code: str, severity: Severity, message: str, path: Path, image: str = "") -> Finding:
    return Finding(code, severity, message, Location(str(path), image=image), leaves_out=bool(image))


def _all_lists(layout: VocLayout) -> list[Path]:
    """Every list of the folder the set's own lie in, also those of subsets that are not read."""
    return sorted(next(iter(layout.lists.values())).parent.glob("*.txt"))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Samples of a set whose coordinates are settled."""

    layout: VocLayout
    subsets: Sequence[str]
    coordinates: VocCoordinates
    parts: bool
    has_masks: bool

    def samples(self) -> Iterator[Sample]:
        """One sample an image, in the order of the lists or of the files' names."""
        for entry in self.layout.entries(self.subsets):
            file = self.layout.annotation_file(entry)
            if file is not None:
                yield self._sample(entry, read_annotation(file))

    def _sample(self, entry: Entry, annotation: VocAnnotation) -> Sample:
        stem = PurePosixPath(entry.name).name
        file_name = self.layout.images.find_image(annotation.filename, entry.folder, stem)
        return Sample(
            file_name=file_name,
            width=annotation.width,
            height=annotation.height,
            instances=tuple(self._instances(entry, annotation)),
            source_id=f"{entry.name}.xml",
            defects=annotation.defects,
            subset=entry.subset,
            remarks=tuple(_other_name(annotation.filename, file_name, entry)),
        )

    def _instances(self, entry: Entry, annotation: VocAnnotation) -> Iterator[Instance]:
        files = mask_files(self.layout, entry) if self.has_masks else None
        for item in annotation.objects:
            instance = item.instance(f"{entry.name}.xml", self.coordinates)
            if instance.segmentation is None and files is not None:
                instance = structs.replace(instance, segmentation=deferred_mask(files, item.number, instance))
            yield instance
            for part in item.parts if self.parts else ():
                yield part.instance(f"{entry.name}.xml", self.coordinates)


def _other_name(written: str, found: str, entry: Entry) -> Iterator[str]:
    """A picture found by the name of its annotation instead of the one written in it."""
    if not written:
        return
    meant = PurePosixPath(written.replace("\\", "/"))
    if PurePosixPath(found).name != meant.name and PurePosixPath(found).stem != meant.name:
        yield f"{entry.name}.xml is of {written!r}, which is not there; taken for {found}"
