"""Mask files: binary, class index, colour, instance ids, packed ids, VOC, COCO panoptic.

The kinds are in `kinds.py`, the layouts in `layouts.py`. A mask is decoded when its
sample is asked for, and one pass over its pixels gives the runs of all its objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from pali_dataprep.errors import InputError, UsageError
from pali_dataprep.findings import Finding, Location, Severity
from pali_dataprep.formats.base import Dataset
from pali_dataprep.formats.masks.ade20k import class_table
from pali_dataprep.formats.masks.classes import ClassTable, is_background, read_class_table, table_of_one
from pali_dataprep.formats.masks.guess import Guess, guess_kind
from pali_dataprep.formats.masks.kinds import KINDS
from pali_dataprep.formats.masks.label_map import KindSettings, LabelMap
from pali_dataprep.formats.masks.layouts import MaskLayout, find_layout
from pali_dataprep.formats.masks.objects import ObjectStyle, empty_instance
from pali_dataprep.formats.masks.pairs import Pairing
from pali_dataprep.formats.masks.panoptic import read_panoptic
from pali_dataprep.formats.masks.published import PUBLISHED
from pali_dataprep.formats.subsets import SUBSETS
from pali_dataprep.masks.segmentations import MaskError
from pali_dataprep.options import MaskInstances, MaskKind, MaskOptions, Task
from pali_dataprep.samples import Instance, Sample

_ONE_CLASS = (MaskKind.BINARY, MaskKind.IDS)


def read(path: Path, *, images: Path | None = None, options: MaskOptions | None = None) -> Dataset:
    """Read a set of masks: a folder, one mask file, or a COCO panoptic JSON.

    `images` is the image folder, or the image of one mask; where it is None the layout has
    to say. Raises InputError for what cannot be read or told apart, UsageError for options
    that do not fit the set.
    """
    options = options or MaskOptions()
    if path.suffix.lower() == ".json" or options.kind is MaskKind.PANOPTIC:
        return _read_panoptic(path, images, options)
    layout, pairing = find_layout(path, images, options)
    table, unread = _table(layout, pairing, options)
    guess = _kind(layout, pairing, table, options)
    table = _fitting(table, guess.kind, layout)
    objects = ObjectStyle(options.instances or _default_instances(guess.kind, layout), options.connectivity)
    reader = _Reader(layout, pairing, guess, _settings(layout, table, guess, options), objects)
    return Dataset(
        path=path,
        categories=table.foreground,
        category_ids={str(value): name for value, name in table.names.items() if not is_background(name)},
        samples=reader.samples,
        size=sum(1 for _ in pairing.pairs()),
        findings=(_taken_for(path, layout, guess, objects), *_joined(path, pairing), *unread, *_alone(path, pairing)),
        inputs=tuple(p for p in (options.classes or layout.class_file,) if p is not None and options.label is None),
        root=layout.images.top,
        task=Task.SEGMENT,
        reading={"masks": asdict(replace(options, kind=guess.kind, instances=objects.style))},
    )


def _table(layout: MaskLayout, pairing: Pairing, options: MaskOptions) -> tuple[ClassTable | None, Sequence[Finding]]:
    """What the user says of classes, else what lies beside the masks, else what is published.

    With it what could not be read of ADE20K's JSON files, one an image.
    """
    if options.label is not None:
        return table_of_one(options.label), ()
    if options.classes is not None:
        first = 1 if options.kind is MaskKind.MOTS else layout.first_class
        return read_class_table(options.classes, first=first), ()
    if MaskKind.ADE20K in (options.kind, layout.kind):
        return class_table(layout.masks.top / f"{pair.stem}.json" for pair in pairing.pairs())
    return layout.table() or PUBLISHED.get(options.kind), ()


def _kind(layout: MaskLayout, pairing: Pairing, table: ClassTable | None, options: MaskOptions) -> Guess:
    if options.kind is not MaskKind.AUTO:
        return Guess(options.kind, "--kind says so", smooth=True)
    if options.threshold is not None:
        return Guess(MaskKind.BINARY, "--threshold says so", smooth=True)
    if layout.kind is not MaskKind.AUTO:
        return Guess(layout.kind, f"the layout is that of {layout.title}")
    return guess_kind(layout.masks.top, pairing.masks, table)


def _fitting(table: ClassTable | None, kind: MaskKind, layout: MaskLayout) -> ClassTable:
    """The class table, once it is known to name what the kind needs."""
    title = KINDS[kind].title
    if table is None:
        raise InputError(f"{layout.masks.top}: {title}, and no class names", hint="--label or --classes gives them")
    if kind in _ONE_CLASS and len(table.foreground) != 1:
        names = f"{len(table.foreground)} classes"
        raise InputError(f"{layout.masks.top}: {title} tell one class, the table has {names}", hint="--label names it")
    if kind is MaskKind.RGB and not table.colours:
        raise InputError(f"{layout.masks.top}: {title}, and no colour table", hint="--classes with name,r,g,b")
    return table


def _default_instances(kind: MaskKind, layout: MaskLayout) -> MaskInstances:
    return MaskInstances.IDS if layout.masks.many_a_stem else KINDS[kind].instances


def _settings(layout: MaskLayout, table: ClassTable, guess: Guess, options: MaskOptions) -> KindSettings:
    top = layout.masks.top
    return KindSettings(
        table,
        options.threshold,
        strict=options.threshold is None and not guess.smooth,
        class_mask=lambda path: top.parent / "SegmentationClass" / path.relative_to(top),
    )


def _taken_for(path: Path, layout: MaskLayout, guess: Guess, objects: ObjectStyle) -> Finding:
    taken = f"{layout.title}: taken for {KINDS[guess.kind].title} ({guess.why})"
    files = f"masks {layout.masks.pattern} in {layout.masks.top}, images {layout.images.pattern} in {layout.images.top}"
    message = f"{taken}; an object is {objects.in_words}; {files}"
    return Finding("SRC121", Severity.NOTE, message, Location(str(path)))


def _joined(path: Path, pairing: Pairing) -> Iterator[Finding]:
    """Nothing keeps the folders of subsets apart here, so that whoever has some should know."""
    subsets = dict.fromkeys(name.partition("/")[0] for name in pairing.images)
    if len(subsets) > 1 and subsets.keys() <= SUBSETS.keys():
        message = f"{', '.join(subsets)} become one set: convert each folder on its own, or divide anew with --split"
        yield Finding("SRC133", Severity.WARNING, message, Location(str(path)))


def _alone(path: Path, pairing: Pairing) -> Iterator[Finding]:
    for name in pairing.masks_alone:
        yield _left_out("SRC122", f"no image belongs to the mask {name}", path, name)
    for name in pairing.images_alone:
        yield _left_out("SRC123", f"no mask belongs to the image {name}", path, name)


def _left_out(code: str, message: str, path: Path, name: str) -> Finding:
    return Finding(code, Severity.WARNING, message, Location(str(path), image=name), leaves_out=True)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Samples of a set of paired files."""

    layout: MaskLayout
    pairing: Pairing
    guess: Guess
    settings: KindSettings
    objects: ObjectStyle

    def samples(self) -> Iterator[Sample]:
        """One sample an image that has a mask, by stem."""
        many = self.layout.masks.many_a_stem
        for stem, images, masks in self.pairing.pairs():
            if len(images) > 1 or (len(masks) > 1 and not many):
                defect = f"more than one image or mask has the stem {stem!r}: {', '.join([*images, *masks])}"
                yield Sample(images[0], None, None, source_id=stem, defects=(defect,))
            elif many:
                yield self._of_many(images[0], masks)
            else:
                yield _sample_of_one(images[0], masks[0], self.objects, partial(self._decode, masks[0]))

    @property
    def _only_label(self) -> str | None:
        """The class of a mask without pixels, where there is only one."""
        labels = self.settings.table.foreground
        return labels[0] if len(labels) == 1 else None

    def _decode(self, name: str) -> LabelMap:
        return KINDS[self.guess.kind].decode(self.layout.masks.top / name, self.settings)

    def _of_many(self, image: str, masks: Iterable[str]) -> Sample:
        """An image whose objects lie in files of their own; the size of each is judged against the image's."""
        instances: list[Instance] = []
        defects = []
        for name in masks:
            try:
                label_map = self._decode(name)
            except MaskError as error:
                defects.append(f"{name}: {error}")
                continue
            instances += list(self.objects.of(name, label_map)) or [empty_instance(name, label_map, self._only_label)]
        return Sample(image, None, None, tuple(instances), source_id=image, defects=tuple(defects))


def _sample_of_one(image: str, mask: str, objects: ObjectStyle, decode: Callable[[], LabelMap]) -> Sample:
    """An image with one mask file, whose size is the annotated one."""
    try:
        label_map = decode()
        instances = tuple(objects.of(mask, label_map))
    except MaskError as error:
        return Sample(image, None, None, source_id=mask, defects=(f"{mask}: {error}",))
    height, width = label_map.values.shape
    remarks = () if instances else (f"the mask {mask} is empty: no object in it",)
    return Sample(image, width, height, instances, source_id=mask, remarks=remarks)


def _read_panoptic(path: Path, images: Path | None, options: MaskOptions) -> Dataset:
    """A COCO panoptic JSON; its PNGs are decoded as they are asked for."""
    _refuse(options, ("classes", "label", "mask_pattern", "image_pattern", "threshold"))
    found = read_panoptic(path)
    objects = ObjectStyle(options.instances or MaskInstances.IDS, options.connectivity)
    root = images or path.parent
    message = (
        f"taken for COCO panoptic masks; an object is {objects.in_words}; masks in {found.masks}, images in {root}"
    )
    alone = (_left_out("SRC123", f"no annotation is of the image {n}", path, n) for n in found.without_annotation)
    return Dataset(
        path=path,
        categories=tuple(dict.fromkeys(found.names.values())),
        category_ids=found.names,
        samples=lambda: (_sample_of_one(i.file_name, i.mask_name, objects, i.decode) for i in found.images),
        size=len(found.images),
        findings=(Finding("SRC121", Severity.NOTE, message, Location(str(path))), *alone),
        inputs=(path,),
        root=root,
        task=Task.SEGMENT,
        reading={"masks": asdict(replace(options, kind=MaskKind.PANOPTIC, instances=objects.style))},
    )


def _refuse(options: MaskOptions, names: Sequence[str]) -> None:
    for name in names:
        if getattr(options, name) is not None:
            flag = f"--{name.replace('_', '-')}"
            raise UsageError(f"{flag}: a COCO panoptic JSON says this itself")
