"""What each kind of mask becomes; layouts after the publications named in `kinds.py`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mask_builders import colours, save_image, save_map, save_pair
from PIL import Image

from pali_dataprep.errors import InputError, UsageError
from pali_dataprep.formats import FORMATS, Dataset
from pali_dataprep.formats.masks.published import colour_map_voc
from pali_dataprep.masks.segmentations import Runs
from pali_dataprep.options import MaskInstances, MaskKind, MaskOptions
from pali_dataprep.samples import Instance, Sample

ROWS = [[0, 1, 1, 0, 2], [0, 0, 0, 0, 2], [1, 0, 0, 255, 0]]
NAMES = "0,background\n1,cat\n2,dog\n"
Shape = tuple[str | None, int]


def read(path: Path, images: Path | None = None, **options: Any) -> Dataset:
    return FORMATS["masks"].read(path, images=images, options=MaskOptions(**options))


def only(dataset: Dataset) -> Sample:
    (sample,) = dataset.samples()
    return sample


def shape(instance: Instance) -> Shape:
    assert isinstance(instance.segmentation, Runs)
    return instance.label, instance.segmentation.area


def shapes(dataset: Dataset) -> list[Shape]:
    """(label, area) of all instances; the source must be sound."""
    samples = list(dataset.samples())
    assert [s.defects for s in samples] == [()] * len(samples)
    return [shape(i) for s in samples for i in s.instances]


def taken_for(dataset: Dataset) -> str:
    return next(f.message for f in dataset.findings if f.code == "SRC121")


def class_file(folder: Path, text: str = NAMES, name: str = "classes.csv") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


BINARY = {
    "0 and 1": ([[0, 1], [1, 0]], {}),
    "0 and 255": ([[0, 255], [255, 0]], {}),
    "0 and 65535": ([[0, 65_535], [65_535, 0]], {}),
    "RGB black and white": (np.stack([[[0, 255], [255, 0]]] * 3, axis=-1), {}),
    "mode 1": ([[0, 255], [255, 0]], {"mode": "1"}),
    "grey, --threshold": ([[10, 90], [100, 20]], {"threshold": 90}),
    "grey, --kind": ([[10, 128], [130, 127]], {"kind": MaskKind.BINARY}),
}


@pytest.mark.parametrize(("values", "more"), BINARY.values(), ids=BINARY)
def test_binary_masks(tmp_path: Path, values: object, more: dict[str, Any]) -> None:
    options = {key: value for key, value in more.items() if key != "mode"}
    save_pair(tmp_path, "a", values, mode=more.get("mode"))
    dataset = read(tmp_path, label="cell", connectivity=4, **options)
    assert shapes(dataset) == [("cell", 1), ("cell", 1)]
    assert "taken for binary masks" in taken_for(dataset)
    assert shapes(read(tmp_path, label="cell", **options)) == [("cell", 2)]


def test_one_class_of_a_table_names_a_binary_mask(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", [[0, 255]])
    class_file(tmp_path, "0,background\n1,road\n")
    assert shapes(read(tmp_path)) == [("road", 1)]


def test_white_is_not_lost_as_void(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", [[0, 255]])
    class_file(tmp_path)
    with pytest.raises(InputError, match="black and white masks, and a table of several classes"):
        read(tmp_path)


def test_a_jpeg_mask_with_dozens_of_grey_levels(tmp_path: Path) -> None:
    disc = np.hypot(*np.mgrid[-20:20, -20:20]) < 12
    save_image(tmp_path / "images/a.png", 40, 40)
    path = save_map(tmp_path / "masks/a.png", disc * 255)
    Image.open(path).save(tmp_path / "masks/a.jpg", quality=30)
    path.unlink()
    assert len(np.unique(np.asarray(Image.open(tmp_path / "masks/a.jpg")))) > 20
    dataset = read(tmp_path, label="disc")
    (found,) = shapes(dataset)
    assert abs(found[1] - int(disc.sum())) < 25
    assert "JPEG can hold no exact values" in taken_for(dataset)


def test_a_jpeg_holds_no_class_indices(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", ROWS)
    Image.open(tmp_path / "masks/a.png").save(tmp_path / "masks/a.jpg")
    (tmp_path / "masks/a.png").unlink()
    sample = only(read(tmp_path, kind=MaskKind.INDEX, classes=class_file(tmp_path)))
    assert sample.defects[0].startswith("a.jpg: a JPEG's values are changed by compression")


def test_smoothed_edges_are_binary(tmp_path: Path) -> None:
    values = np.zeros((10, 10))
    values[2:9, 2:9] = 255
    values[2, 2:5] = 99
    save_pair(tmp_path, "a", values)
    dataset = read(tmp_path, label="cell")
    assert shapes(dataset) == [("cell", 46)]
    assert "black and white with grey edges" in taken_for(dataset)


def test_a_grey_mask_among_binary_ones_is_no_silent_guess(tmp_path: Path) -> None:
    for n in range(9):
        save_pair(tmp_path, f"{n}", [[0, 255]])
    save_pair(tmp_path, "8", [[0, 200]])  # not among the eight looked at
    *sound, odd = read(tmp_path, label="cell").samples()
    assert all(not s.defects for s in sound)
    assert odd.defects == (
        "8.png: the mask's values are neither 0/1 nor 0/255; --kind binary or --threshold takes it as grey",
    )


def test_a_cut_out_carries_its_mask_in_alpha(tmp_path: Path) -> None:
    pixels = np.full((2, 3, 4), (200, 10, 10, 0), dtype=np.uint8)
    pixels[..., 3] = [[0, 255, 255], [0, 0, 0]]
    save_image(tmp_path / "images/a.png", 3, 2)
    (tmp_path / "masks").mkdir()
    Image.fromarray(pixels).save(tmp_path / "masks/a.png")
    dataset = read(tmp_path, label="cell")
    assert shapes(dataset) == [("cell", 2)]
    assert "the alpha channel is the mask" in taken_for(dataset)


@pytest.mark.parametrize("palette", [(), [0, 0, 0, 9, 9, 9, 7, 200, 7]], ids=["grey", "palette"])
def test_class_indices_with_void(tmp_path: Path, palette: list[int]) -> None:
    save_pair(tmp_path, "a", ROWS, palette=palette)
    class_file(tmp_path)
    dataset = read(tmp_path)
    assert shapes(dataset) == [("cat", 1), ("cat", 2), ("dog", 2)]
    assert (dataset.categories, dataset.category_ids) == (("cat", "dog"), {"1": "cat", "2": "dog"})
    assert "taken for class indices (1 masks looked at, mode" in taken_for(dataset)
    where = [i.source_id for i in only(dataset).instances]
    assert where == ["a.png:1 at x=0 y=2", "a.png:1 at x=1 y=0", "a.png:2 at x=4 y=0"]


INSTANCES = {
    MaskInstances.COMPONENTS: [("cat", 1), ("cat", 2), ("dog", 2)],
    MaskInstances.CLASSES: [("cat", 3), ("dog", 2)],
    MaskInstances.IDS: [("cat", 3), ("dog", 2)],
}


@pytest.mark.parametrize(("instances", "expected"), INSTANCES.items())
def test_what_one_object_is(tmp_path: Path, instances: MaskInstances, expected: list[Shape]) -> None:
    save_pair(tmp_path, "a", ROWS)
    assert shapes(read(tmp_path, classes=class_file(tmp_path), instances=instances)) == expected


def test_a_class_without_a_name_is_one_object_without_a_label(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", [[7, 0, 7], [0, 1, 0]])
    found = only(read(tmp_path, classes=class_file(tmp_path), connectivity=4)).instances
    assert [(i.label, i.category_id, i.source_id) for i in found] == [
        ("cat", 1, "a.png:1 at x=1 y=1"),
        (None, 7, "a.png:7"),
    ]


TABLE = "background,0,0,0\ncat,200,0,0\ndog,0,0,200\n"
COLOURS = [[0, 0, 0], [200, 0, 0], [0, 0, 200]]


def test_class_colours(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", colours([[1, 1, 0, 2]], COLOURS))
    dataset = read(tmp_path, classes=class_file(tmp_path, TABLE))
    assert shapes(dataset) == [("dog", 1), ("cat", 2)]  # by colour, 0xRRGGBB
    assert [i.source_id for i in only(dataset).instances] == ["a.png:#0000c8 at x=3 y=0", "a.png:#c80000 at x=0 y=0"]
    assert "taken for class colours (1 masks looked at, mode RGB, 3 colours)" in taken_for(dataset)


def test_a_palette_in_an_order_of_its_own_is_read_by_its_colours(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", [[1, 1, 0, 2]], palette=[0, 0, 200, 0, 0, 0, 200, 0, 0])
    assert shapes(read(tmp_path, classes=class_file(tmp_path, TABLE))) == [("dog", 1), ("cat", 1)]


def test_a_colour_outside_the_table_has_no_name(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", [[[200, 0, 0], [1, 2, 3]]])
    *_, odd = only(read(tmp_path, classes=class_file(tmp_path, TABLE))).instances
    assert (odd.label, odd.category_id) == (None, "#010203")


def test_instance_ids_of_16_bits(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", [[0, 300, 300], [9, 0, 9]])
    dataset = read(tmp_path, label="cell")
    assert shapes(dataset) == [("cell", 2), ("cell", 2)]
    assert "taken for instance ids (one class and several values" in taken_for(dataset)
    assert len(shapes(read(tmp_path, label="cell", instances=MaskInstances.COMPONENTS))) == 3


def test_instance_ids_in_colour(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", [[[1, 0, 0], [1, 1, 0], [1, 1, 0]]])
    assert shapes(read(tmp_path, label="cell", kind=MaskKind.IDS)) == [("cell", 1), ("cell", 2)]


PACKED: dict[MaskKind, tuple[list[int], list[tuple[str | None, int, bool]]]] = {
    # cityscapesScripts json2instanceImg.py: 26 car, 24 person; 26 alone is a group of cars; 3 out of roi; 7 road
    MaskKind.CITYSCAPES: (
        [26_001, 26_001, 24_000, 26, 3, 7],
        [("road", 1, False), ("car", 1, True), ("person", 1, False), ("car", 2, False)],
    ),
    # KITTI devkit: class * 256 + instance
    MaskKind.KITTI: (
        [26 * 256 + 1, 26 * 256 + 2, 26 * 256, 7 * 256, 0, 0],
        [("road", 1, False), ("car", 1, True), ("car", 1, False), ("car", 1, False)],
    ),
    # MOTS: 1 car, 2 pedestrian, 10000 to be ignored
    MaskKind.MOTS: (
        [1000, 1001, 2005, 2005, 10_000, 0],
        [("car", 1, False), ("car", 1, False), ("pedestrian", 2, False)],
    ),
}


@pytest.mark.parametrize(("kind", "values", "expected"), [(k, *v) for k, v in PACKED.items()], ids=list(PACKED))
def test_packed_ids(tmp_path: Path, kind: MaskKind, values: list[int], expected: list[tuple[str, int, bool]]) -> None:
    save_pair(tmp_path, "a", [values])
    found = only(read(tmp_path, kind=kind)).instances
    assert [(*shape(i), i.iscrowd) for i in found] == expected


def test_mapillary_counts_classes_and_instances_from_zero(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", [[0, 1, 256, 256]])
    classes = class_file(tmp_path, '{"labels": [{"name": "bird"}, {"name": "car"}]}', "config.json")
    assert shapes(read(tmp_path, kind=MaskKind.MAPILLARY, classes=classes)) == [("bird", 1), ("bird", 1), ("car", 2)]


def test_packed_ids_are_told_by_the_class_table(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", [[0, 2001, 1002, 1002]])
    dataset = read(tmp_path, classes=class_file(tmp_path))
    assert "the class table has all classes of this packing" in taken_for(dataset)
    assert shapes(dataset) == [("cat", 2), ("dog", 1)]


def voc(folder: Path, objects: list[list[int]], classes: list[list[int]], *, rgb: bool = False) -> Path:
    """VOC devkit: palette PNGs; with `rgb` the colours themselves, as some tools save them."""
    table = [list(c.to_bytes(3, "big")) for c in colour_map_voc()]
    flat = [channel for colour in table for channel in colour]
    for name, rows in (("SegmentationObject", objects), ("SegmentationClass", classes)):
        values = colours(rows, table) if rgb else rows
        save_map(folder / name / "2007_000032.png", values, palette=() if rgb else flat)
    height, width = np.shape(objects)
    save_image(folder / "JPEGImages/2007_000032.jpg", width, height)
    return folder


@pytest.mark.parametrize("rgb", [False, True], ids=["palette", "RGB"])
def test_voc_objects_take_their_class_from_the_class_mask(tmp_path: Path, rgb: bool) -> None:
    folder = voc(tmp_path, [[1, 1, 255, 2, 2, 0]], [[15, 15, 255, 1, 15, 0]], rgb=rgb)
    dataset = read(folder)
    assert shapes(dataset) == [("person", 2), ("aeroplane", 2)]
    assert "Pascal VOC objects: taken for VOC object indices" in taken_for(dataset)


def test_voc_classes_alone(tmp_path: Path) -> None:
    folder = voc(tmp_path, [[1, 1, 255, 2, 2, 0]], [[15, 15, 255, 1, 1, 0]])
    assert sorted(shapes(read(folder / "SegmentationClass"))) == [("aeroplane", 2), ("person", 2)]


VOC_DEFECTS = {
    "a class mask of another size": ([[1, 1]], [[15]], "the objects are 2 x 1 pixels, their classes in .* 1 x 1"),
    "no class mask": ([[1, 1]], None, "its classes, .*SegmentationClass.*: not a readable image"),
}


@pytest.mark.parametrize(("objects", "classes", "message"), VOC_DEFECTS.values(), ids=VOC_DEFECTS)
def test_voc_defects(tmp_path: Path, objects: list[list[int]], classes: list[list[int]] | None, message: str) -> None:
    folder = voc(tmp_path, objects, classes or objects)
    if classes is None:
        (folder / "SegmentationClass/2007_000032.png").unlink()
    (defect,) = only(read(folder)).defects
    assert re.search(message, defect)


def nuclei(folder: Path) -> Path:
    """2018 Data Science Bowl: a folder an image."""
    for n in range(2):
        save_image(folder / f"id{n}/images/id{n}.png", 4, 2)
        save_map(folder / f"id{n}/masks/x.png", [[255, 0, 255, 0], [0, 0, 0, 0]])
        save_map(folder / f"id{n}/masks/y.png", [[0, 0, 0, 0], [0, 0, 0, 255]])
    return folder


def test_a_folder_of_one_mask_an_object(tmp_path: Path) -> None:
    dataset = read(nuclei(tmp_path), label="nucleus")
    assert shapes(dataset) == [("nucleus", 2), ("nucleus", 1)] * 2
    assert [s.file_name for s in dataset.samples()] == ["id0/images/id0.png", "id1/images/id1.png"]


def test_an_empty_mask_of_one_object_is_an_object_without_pixels(tmp_path: Path) -> None:
    folder = nuclei(tmp_path)
    save_map(folder / "id0/masks/x.png", [[0, 0, 0, 0], [0, 0, 0, 0]])
    found = next(iter(read(folder, label="nucleus").samples())).instances
    assert [(shape(i), i.source_id) for i in found] == [
        (("nucleus", 0), "id0/masks/x.png"),
        (("nucleus", 1), "id0/masks/y.png:1"),
    ]


def roboflow(folder: Path) -> Path:
    """Roboflow's "Semantic Segmentation Masks" export."""
    for split in ("train", "valid"):
        class_file(folder / split, "Pixel Value, Class\n0, background\n1, cat\n2, dog", "_classes.csv")
        save_image(folder / split / "a_jpg.rf.12.jpg", 5, 3)
        save_map(folder / split / "a_jpg.rf.12_mask.png", ROWS)
    return folder


def test_roboflow_masks(tmp_path: Path) -> None:
    dataset = read(roboflow(tmp_path))
    assert len(shapes(dataset)) == 6
    assert "Roboflow semantic masks" in taken_for(dataset)
    assert shapes(read(tmp_path / "valid")) == [("cat", 1), ("cat", 2), ("dog", 2)]


def test_roboflow_splits_that_differ_in_their_classes(tmp_path: Path) -> None:
    class_file(roboflow(tmp_path) / "valid", "1,dog\n2,cat\n", "_classes.csv")
    with pytest.raises(InputError, match=r"_classes\.csv differ"):
        read(tmp_path)


def test_cityscapes_layout(tmp_path: Path) -> None:
    save_map(tmp_path / "gtFine/val/ulm/ulm_000_001_gtFine_instanceIds.png", [[26_001, 0]])
    save_image(tmp_path / "leftImg8bit/val/ulm/ulm_000_001_leftImg8bit.png", 2, 1)
    dataset = read(tmp_path)
    assert shapes(dataset) == [("car", 1)]
    assert only(dataset).file_name == "val/ulm/ulm_000_001_leftImg8bit.png"


def test_one_mask_and_its_image(tmp_path: Path) -> None:
    mask = save_map(tmp_path / "m.png", [[0, 255]])
    image = save_image(tmp_path / "pictures/photo.jpg", 2, 1)
    dataset = read(mask, image, label="cat")
    assert (only(dataset).file_name, dataset.root, shapes(dataset)) == ("photo.jpg", image.parent, [("cat", 1)])


def test_one_mask_finds_its_image_in_a_folder(tmp_path: Path) -> None:
    mask = save_map(tmp_path / "masks/photo_mask.png", [[0, 255]])
    save_image(tmp_path / "pictures/photo.jpg", 2, 1)
    save_image(tmp_path / "pictures/other.jpg", 2, 1)
    assert only(read(mask, tmp_path / "pictures", label="cat")).file_name == "photo.jpg"


def test_partners_that_are_missing_are_named(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", [[0, 255]])
    save_map(tmp_path / "masks/b.png", [[0, 255]])
    save_image(tmp_path / "images/c.png", 2, 1)
    dataset = read(tmp_path, label="cat")
    lone = [(f.code, f.location.image, f.leaves_out) for f in dataset.findings if f.code != "SRC121"]
    assert lone == [("SRC122", "b.png", True), ("SRC123", "c.png", True)]
    assert dataset.size == 1


def test_two_images_of_one_stem_are_a_defect(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", [[0, 255]])
    save_image(tmp_path / "images/a.jpg", 2, 1)
    assert only(read(tmp_path, label="cat")).defects == (
        "more than one image or mask has the stem 'a': a.jpg, a.png, a.png",
    )


def test_an_empty_mask_is_a_remark_and_its_image_has_no_objects(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", [[0, 0]])
    sample = only(read(tmp_path, label="cat"))
    assert (sample.instances, sample.remarks) == ((), ("the mask a.png is empty: no object in it",))


def test_samples_can_be_read_again_and_are_decoded_when_asked_for(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", [[0, 255]])
    dataset = read(tmp_path, label="cat")
    assert shapes(dataset) == shapes(dataset)
    (tmp_path / "masks/a.png").write_bytes(b"no image any more")
    assert only(dataset).defects == ("a.png: not an image that Pillow can read",)


UNREADABLE: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "no class names": ({}, InputError, "no class names"),
    "binary and several classes": (
        {"kind": MaskKind.BINARY, "classes": "classes.csv"},
        InputError,
        "tell one class, the table has 2",
    ),
    "no colour table": ({"kind": MaskKind.RGB, "classes": "classes.csv"}, InputError, "no colour table"),
    "nothing pairs": (
        {"label": "cat", "mask_pattern": "gt_{stem}.png"},
        InputError,
        r"no mask and image belong together.*a\.png",
    ),
    "a class file that is not there": ({"classes": "nowhere.csv"}, InputError, "No such file"),
}


@pytest.mark.parametrize(("options", "error", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read(tmp_path: Path, options: dict[str, Any], error: type[Exception], message: str) -> None:
    save_pair(tmp_path, "a", [[0, 1], [2, 0]])
    class_file(tmp_path / "other")
    if "classes" in options:
        options = {**options, "classes": tmp_path / "other" / options["classes"]}
    with pytest.raises(error, match=message):
        read(tmp_path, **options)


def test_16_bit_values_of_no_known_packing(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", [[0, 40_000]])
    with pytest.raises(InputError, match="neither classes of the table nor of one packing"):
        read(tmp_path, classes=class_file(tmp_path))


def test_masks_in_colour_without_a_table(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", colours([[1, 2]], COLOURS))
    with pytest.raises(InputError, match="masks in colour, and no colour table"):
        read(tmp_path, label="cat")


@pytest.mark.parametrize("missing", ["masks", "images"])
def test_folders_that_are_not_there(tmp_path: Path, missing: str) -> None:
    save_pair(tmp_path, "a", [[0, 255]])
    folders = {"masks": tmp_path / "masks", "images": tmp_path / "images"} | {missing: tmp_path / "nowhere"}
    with pytest.raises(InputError, match="nowhere: no such file or folder"):
        read(folders["masks"], folders["images"], label="cat")


def test_a_folder_without_any_mask(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no masks there"):
        read(tmp_path, label="cat")


WRONG_OPTIONS = [
    ({"connectivity": 6}, "--connectivity 6"),
    ({"threshold": 0}, "--threshold 0"),
    ({"threshold": 9, "kind": MaskKind.INDEX}, "--kind index has none"),
    ({"label": "a", "classes": Path("b")}, "give one of them"),
    ({"mask_pattern": "*.png"}, "must hold {stem} once"),
    ({"image_pattern": "{stem}{stem}"}, "must hold {stem} once"),
]


@pytest.mark.parametrize(("options", "message"), WRONG_OPTIONS)
def test_options_that_make_no_sense(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        MaskOptions(**options)


@pytest.mark.parametrize(
    ("folders", "found"),
    [
        (
            ("train", "valid"),
            ["train, valid become one set: convert each folder on its own, or divide anew with --split"],
        ),
        (("train",), []),
        (("a", "test"), []),
    ],
)
def test_subsets_that_become_one_set_are_named(tmp_path: Path, folders: tuple[str, ...], found: list[str]) -> None:
    for folder in folders:
        save_pair(tmp_path, f"{folder}/{folder}1", [[0, 1]])
    assert [f.message for f in read(tmp_path, label="cat").findings if f.code == "SRC133"] == found
