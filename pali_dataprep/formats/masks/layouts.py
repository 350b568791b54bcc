"""Where masks, images and class tables lie: the published layouts, and plain folders."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pali_dataprep.errors import InputError
from pali_dataprep.formats.image_folder import is_image_name, walk_images
from pali_dataprep.formats.masks.ade20k import IMAGES_PATTERN, OBJECTS_PATTERN
from pali_dataprep.formats.masks.classes import ClassTable, read_class_table
from pali_dataprep.formats.masks.pairs import FilePattern, Pairing, pair, stem_of
from pali_dataprep.formats.masks.published import CITYSCAPES, MOTS, VOC
from pali_dataprep.options import MaskKind, MaskOptions

ANY_NAME = "{stem}.*"
_MASK_SUFFIX = "{stem}_mask.*"


@dataclass(frozen=True, slots=True)
class MaskLayout:
    """Where the files of one set lie, and what the layout says of the pixels.

    `class_file` is a class table that belongs to the set, `published` one that belongs to
    its kind; `first_class` is the value of the first line of a list of names.
    """

    title: str
    masks: FilePattern
    images: FilePattern
    kind: MaskKind = MaskKind.AUTO
    class_file: Path | None = None
    published: ClassTable | None = None
    first_class: int = 0

    def table(self) -> ClassTable | None:
        """The class table that comes with the layout."""
        if self.class_file is not None:
            return read_class_table(self.class_file, first=self.first_class)
        return self.published


@dataclass(frozen=True, slots=True)
class KnownLayout:
    """A published layout: its mask and image folder below the set, and what it says of the rest."""

    title: str
    masks: str
    images: str
    mask_pattern: str = ANY_NAME
    image_pattern: str = ANY_NAME
    kind: MaskKind = MaskKind.AUTO
    class_file: str = ""
    published: ClassTable | None = None
    first_class: int = 0
    needs_class_file: bool = False


KNOWN_LAYOUTS = (
    KnownLayout(
        "Pascal VOC objects",
        "SegmentationObject",
        "JPEGImages",
        kind=MaskKind.VOC,
        class_file="labelmap.txt",
        published=VOC,
    ),
    KnownLayout("Pascal VOC classes", "SegmentationClass", "JPEGImages", class_file="labelmap.txt", published=VOC),
    KnownLayout(
        "Cityscapes",
        "gtFine",
        "leftImg8bit",
        "{stem}_gtFine_instanceIds.png",
        "{stem}_leftImg8bit.*",
        MaskKind.CITYSCAPES,
        published=CITYSCAPES,
    ),
    KnownLayout("KITTI", "instance", "image_2", kind=MaskKind.KITTI, published=CITYSCAPES),
    KnownLayout(
        "Mapillary Vistas 2.0", "v2.0/instances", "images", kind=MaskKind.MAPILLARY, class_file="../config_v2.0.json"
    ),
    KnownLayout(
        "Mapillary Vistas 1.2", "v1.2/instances", "images", kind=MaskKind.MAPILLARY, class_file="../config_v1.2.json"
    ),
    KnownLayout(
        "MOTS",
        "instances",
        "images",
        kind=MaskKind.MOTS,
        class_file="instances/labels.txt",
        published=MOTS,
        first_class=1,
        needs_class_file=True,
    ),
)

MASK_FOLDERS = ("masks", "mask", "labels", "annotations", "GT", "GTLeft", "SemSeg")
_IMAGE_FOLDERS = ("images", "image", "imgs", "RGB", "RGBLeft", "JPEGImages")
_CLASS_FILES = (
    "_classes.csv",
    "class_dict.csv",
    "classes.csv",
    "dataset_meta.json",
    "label_colors.txt",
    "labelmap.txt",
)


def find_layout(path: Path, images: Path | None, options: MaskOptions) -> tuple[MaskLayout, Pairing]:
    """The layout of the set at `path`, and its files in pairs.

    `images` and the options' patterns come before what the layout suggests. Raises
    InputError where there is no such folder, or nothing pairs.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file or folder")
    if images is not None and not images.exists():
        raise InputError(f"{images}: no such file or folder")
    if path.is_file():
        return _single(path, images, options)
    layout = next((found for finder in _FINDERS if (found := finder(path)) is not None), None) or _plain(path, images)
    if layout.class_file is None and layout.published is None and layout.kind is not MaskKind.ADE20K:
        layout = replace(layout, class_file=_class_file(path, layout.masks.top))
    return _paired(layout, images, options)


def _single(path: Path, images: Path | None, options: MaskOptions) -> tuple[MaskLayout, Pairing]:
    """One mask: its image is the file given, or the one of its stem in the folder given."""
    if images is None:
        raise InputError(f"{path}: one mask, and no image", hint="name the image, or its folder, with --images")
    masks = FilePattern(path.parent, options.mask_pattern or ANY_NAME)
    if images.is_file():
        layout = MaskLayout("one mask", masks, FilePattern(images.parent, ANY_NAME))
        return layout, Pairing.of_one(path.stem, [images.name], path.name)
    layout, pairing = _paired(MaskLayout("one mask", masks, FilePattern(images, ANY_NAME)), None, options)
    found = next((p for p in pairing.pairs() if path.name in p.masks), None)
    if found is None:
        raise InputError(f"{path}: no image in {images} belongs to it", hint="name the image with --images")
    return layout, Pairing.of_one(found.stem, found.images, path.name)


def _paired(layout: MaskLayout, images: Path | None, options: MaskOptions) -> tuple[MaskLayout, Pairing]:
    """The layout with what the user said in place of its own, and its pairs.

    Masks named `<stem>_mask` are tried where equal names give no pair.
    """
    image_files = FilePattern(images or layout.images.top, options.image_pattern or layout.images.pattern)
    own = options.mask_pattern or layout.masks.pattern
    tried = [own, _MASK_SUFFIX] if own == ANY_NAME and options.mask_pattern is None else [own]
    for pattern in tried:
        mask_files = FilePattern(layout.masks.top, pattern)
        pairing = pair(mask_files, image_files)
        if pairing.masks:
            return replace(layout, masks=mask_files, images=image_files), pairing
    raise InputError(
        _nothing_pairs(tried, mask_files, image_files), hint="--mask-pattern and --image-pattern, with {stem}"
    )


def _nothing_pairs(tried: list[str], masks: FilePattern, images: FilePattern) -> str:
    mask, image = (next(FilePattern(f.top, ANY_NAME).names(), "none") for f in (masks, images))
    patterns = " or ".join(repr(p) for p in tried)
    where = f"{masks.top} ({patterns}, e.g. {mask}) and {images.top} ({images.pattern!r}, e.g. {image})"
    return f"no mask and image belong together: {where}"


def _published(path: Path) -> MaskLayout | None:
    """A layout of the table, given its set or its mask folder."""
    for known in KNOWN_LAYOUTS:
        for top in (path, *(path.parents[: known.masks.count("/") + 1])):
            masks = top / known.masks
            if masks.is_dir() and (top == path or masks == path) and _has_needed(known, top):
                return _from_known(known, top)
    return None


def _has_needed(known: KnownLayout, top: Path) -> bool:
    return not known.needs_class_file or (top / known.class_file).is_file()


def _from_known(known: KnownLayout, top: Path) -> MaskLayout:
    class_file = top / known.class_file if known.class_file and (top / known.class_file).is_file() else None
    masks = FilePattern(top / known.masks, known.mask_pattern)
    images = FilePattern(top / known.images, known.image_pattern)
    return MaskLayout(known.title, masks, images, known.kind, class_file, known.published, known.first_class)


def _folder_an_image(path: Path) -> MaskLayout | None:
    """The 2018 Data Science Bowl's nuclei: `<id>/images/<id>.png`, `<id>/masks/*.png`."""
    for folder in _folders_below(path, depth=2):
        if (folder / "masks").is_dir() and (folder / "images").is_dir():
            masks = FilePattern(path, "{stem}/masks/*")
            return MaskLayout("a folder an image", masks, FilePattern(path, "{stem}/images/*"), MaskKind.BINARY)
    return None


def _folders_below(path: Path, depth: int) -> Iterator[Path]:
    """Folders below `path`, sorted, down to `depth`, without hidden ones."""
    with os.scandir(path) as entries:
        names = sorted(e.name for e in entries if e.is_dir() and not e.name.startswith("."))
    for name in names:
        yield path / name
        if depth > 1:
            yield from _folders_below(path / name, depth - 1)


def _roboflow(path: Path) -> MaskLayout | None:
    """Roboflow's semantic masks: `<stem>_mask.png` beside the image, `_classes.csv` in each split.

    Raises InputError when the splits' class tables differ.
    """
    tables = [t for f in (path, *_folders_below(path, depth=1)) if (t := f / "_classes.csv").is_file()]
    if not tables:
        return None
    for other in tables[1:]:
        if read_class_table(other) != read_class_table(tables[0]):
            raise InputError(f"{tables[0]} and {other} differ", hint="convert one folder at a time")
    files = FilePattern(path, "{stem}_mask.png"), FilePattern(path, ANY_NAME)
    return MaskLayout("Roboflow semantic masks", *files, MaskKind.INDEX, tables[0])


def _ade20k(path: Path) -> MaskLayout | None:
    """ADE20K's `x_seg.png` with `x.json` beside it, at any depth."""
    for folder, names in walk_images(path):
        stems = filter(None, (stem_of(name, OBJECTS_PATTERN) for name in names))
        if any((folder / f"{stem}.json").is_file() for stem in stems):
            files = FilePattern(path, OBJECTS_PATTERN), FilePattern(path, IMAGES_PATTERN)
            return MaskLayout("ADE20K", *files, MaskKind.ADE20K)
    return None


_FINDERS: tuple[Callable[[Path], MaskLayout | None], ...] = (_published, _folder_an_image, _roboflow, _ade20k)


def _plain(path: Path, images: Path | None) -> MaskLayout:
    """A mask folder and an image folder: below `path`, or `path` and its sibling, or one folder for both."""
    masks = _first_folder(path, MASK_FOLDERS)
    if masks is None and _holds_images(path):
        masks = path
    if masks is None:
        raise InputError(f"{path}: no masks there", hint="give the folder that holds the mask files")
    own = _first_folder(path, _IMAGE_FOLDERS) or _first_folder(path.parent, _IMAGE_FOLDERS) or path
    return MaskLayout("mask files", FilePattern(masks, ANY_NAME), FilePattern(images or own, ANY_NAME))


def _first_folder(path: Path, names: tuple[str, ...]) -> Path | None:
    return next((path / name for name in names if (path / name).is_dir()), None)


def _holds_images(path: Path) -> bool:
    return any(is_image_name(name) for _, _, names in os.walk(path) for name in names)


def _class_file(path: Path, masks: Path) -> Path | None:
    """A class table under a name that tools give it, beside the masks or above them."""
    folders = dict.fromkeys((masks, path, masks.parent))
    return next((f / name for f in folders for name in _CLASS_FILES if (f / name).is_file()), None)
