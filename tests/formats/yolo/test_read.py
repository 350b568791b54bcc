"""Reading YOLO sets: what describes them, where images and labels are, what is named when it is missing."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from builders import write_image
from yolo_builders import BOX, add_image, add_pairs, make_roboflow, write_lines

from pali_dataprep.errors import InputError
from pali_dataprep.formats import Dataset
from pali_dataprep.formats.yolo.read import _folder_and_stem, read


def file_names(dataset: Dataset) -> list[str]:
    return [sample.file_name for sample in dataset.samples()]


def objects(dataset: Dataset) -> int:
    return sum(len(sample.instances) for sample in dataset.samples())


def codes(dataset: Dataset) -> list[str]:
    return [finding.code for finding in dataset.findings]


# --- data.yaml


def test_roboflow_paths_are_taken_below_the_set(tmp_path: Path) -> None:
    dataset = read(make_roboflow(tmp_path))
    assert file_names(dataset) == ["train/images/a.jpg", "train/images/b.jpg", "valid/images/c.jpg"]
    assert [s.subset for s in dataset.samples()] == ["train", "train", "val"]
    assert (dataset.subsets, dataset.size, dataset.categories) == (("train", "val"), 3, ("cat", "dog"))
    assert dataset.root == tmp_path
    first = next(dataset.samples())
    assert (first.width, first.height, first.source_id) == (100, 50, "train/labels/a.txt")
    assert first.instances[0].box_xyxy == pytest.approx((40, 15, 60, 35))
    assert first.instances[0].source_id == "train/labels/a.txt:1"


@pytest.mark.parametrize(
    "names",
    [
        ["names: [cat, dog]"],
        ["names:", "  0: cat", "  1: dog"],
        ["names:", "- cat", "- 'dog'"],
        ["names: {1: dog, 0: cat}"],
        ["names: {'0': cat, '1': dog}"],
    ],
)
def test_names_as_list_and_as_mapping(tmp_path: Path, names: list[str]) -> None:
    add_pairs(tmp_path, "a")
    dataset = read(write_lines(tmp_path / "data.yaml", "train: images", *names))
    assert dataset.category_ids == {"0": "cat", "1": "dog"}
    assert set(dataset.categories) == {"cat", "dog"}


def test_names_of_another_data_yaml(tmp_path: Path) -> None:
    """Its lines would be names of nothing: `path: .`, `train: images`."""
    add_pairs(tmp_path, "a")
    own = write_lines(tmp_path / "data.yaml", "train: images", "names: [x, y]")
    other = write_lines(tmp_path / "other/data.yml", "# theirs", "path: .", "names: {0: cat, 1: dog}")
    dataset = read(own, names=other)
    assert dataset.categories == ("cat", "dog")
    with pytest.raises(InputError, match=r"none\.yaml: has no `names`"):
        read(own, names=write_lines(tmp_path / "none.yaml", "train: images"))


def test_names_are_the_text_that_is_written(tmp_path: Path) -> None:
    add_pairs(tmp_path, "a")
    dataset = read(write_lines(tmp_path / "data.yaml", "train: images", "names: [no, 1.0, 007, jack  of clubs, ~x]"))
    assert dataset.categories == ("no", "1.0", "007", "jack of clubs", "~x")


@pytest.mark.parametrize(
    ("lines", "code", "message"),
    [
        (["names: [cat, '']"], "SRC105", "names: class 1 is '', not a name by its number"),
        (["names: [cat, [dog]]"], "SRC105", "names: class 1 is ['dog'], not a name by its number"),
        (["names: {cat: 0}"], "SRC105", "names: class None is '0', not a name by its number"),
        (["names: [cat, dog]", "nc: 3"], "SRC105", "nc is 3, names has 2"),
        (["names: [cat, cat]"], "SRC103", "2 class numbers are named 'cat'; they become one class"),
    ],
)
def test_names_that_are_no_names(tmp_path: Path, lines: list[str], code: str, message: str) -> None:
    add_pairs(tmp_path, "a")
    dataset = read(write_lines(tmp_path / "data.yaml", "train: images", *lines))
    assert [(f.code, f.message) for f in dataset.findings] == [(code, message)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("names: [cat\ntrain: images\n", r"data\.yaml:2: not YAML"),
        ("names: [cat]\n\ttrain: x\n", r"data\.yaml:2: not YAML"),
        ("- cat\n- dog\n", "not a data.yaml, which has keys"),
        ("", "not a data.yaml, which has keys"),
        ("names: cat\ntrain: images\n", "`names` is neither a list nor a mapping"),
        ("train: images\n", "has no `names`"),
        ("names: [cat]\ntrain: {a: b}\n", "`train` is neither a path nor a list of paths"),
        ("names: [cat]\ntrain: images\npath: [a]\n", "`path` is not a folder's name"),
        ("names: [cat]\ntrain: images\nkpt_shape: [17]\n", "`kpt_shape` is"),
        ("names: [cat]\ntrain: images\nkpt_shape: 17\n", "`kpt_shape` is 17"),
        ("names: [cat]\ntrain: img\n", "'img' is not there below"),
        ("names: [cat]\ntrain: " + "[" * 5000, "data.yaml"),
        ("names: !!python/object/apply:os.system [ls]\ntrain: nowhere\n", "is not there below"),
    ],
)
def test_a_data_yaml_that_is_none(tmp_path: Path, text: str, message: str) -> None:
    add_pairs(tmp_path, "a")
    path = tmp_path / "data.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_data_yaml_with_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    add_pairs(tmp_path, "a")
    (tmp_path / "data.yaml").write_bytes("train: images\nnames: [café]\n".encode(encoding))
    assert read(tmp_path).categories == ("café",)


def test_data_yaml_in_another_encoding(tmp_path: Path) -> None:
    add_pairs(tmp_path, "a")
    (tmp_path / "data.yaml").write_bytes("train: images\nnames: [café]\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"data\.yaml: not YAML"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("declared", "entry"),
    [
        ("path: set", "train: images"),
        ("path: ./set", "train: ./images"),
        ("", "train: set/images"),
        ("path: ''", "train: set/images"),
        ("path: ../datasets/set", "train: set/images"),
        ("path: /content/elsewhere", "train: set/images"),
        ("path: set", r"train: ..\images"),
        ("path: set", "train: /content/set/images"),
        ("path: set", r"train: C:\Users\me\set\images"),
        ("path: set", "train: set/images"),
        ("path: set", "train: data/images"),
        ("path: set", "train: [images/x, images/y]"),
    ],
)
def test_paths_of_another_machine(tmp_path: Path, declared: str, entry: str) -> None:
    add_pairs(tmp_path / "set", "x/a", "y/b")
    path = write_lines(tmp_path / "data.yaml", declared, entry, "names: [cat]")
    assert objects(read(path)) == 2


def test_images_replaces_the_root(tmp_path: Path) -> None:
    add_pairs(tmp_path / "set/train", "a")
    path = write_lines(tmp_path / "cfg/data.yaml", "path: gone", "train: ../train/images", "names: [cat]")
    with pytest.raises(InputError, match="is not there below"):
        read(path)
    dataset = read(path, images=tmp_path / "set")
    assert (file_names(dataset), objects(dataset)) == (["train/images/a.jpg"], 1)


def test_subset_that_is_not_there_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    path = make_roboflow(tmp_path)
    path.write_text(path.read_text() + "test: ../test/images\n")
    dataset = read(path)
    assert codes(dataset) == ["SRC108"]
    assert dataset.size == 3
    with pytest.raises(InputError, match="no subset 'test' is there"):
        read(path, subsets=["test"])


@pytest.mark.parametrize(
    ("wanted", "merge", "found", "own"),
    [
        ([], False, 3, ("train", "val")),
        ([], True, 3, ()),
        (["val", "train"], False, 3, ("val", "train")),
        (["valid"], False, 1, ()),
        (["train"], False, 2, ()),
    ],
)
def test_subsets_that_are_wanted(
    tmp_path: Path, wanted: list[str], merge: bool, found: int, own: tuple[str, ...]
) -> None:
    dataset = read(make_roboflow(tmp_path), subsets=wanted, merge=merge)
    assert (dataset.size, len(file_names(dataset)), dataset.subsets) == (found, found, own)


def test_two_subsets_of_the_same_folder(tmp_path: Path) -> None:
    add_pairs(tmp_path, "a")
    dataset = read(write_lines(tmp_path / "data.yaml", "train: images", "val: ./images", "names: [cat]"))
    assert codes(dataset) == ["SRC110"]
    assert dataset.size == 2


def test_a_shared_folder_is_named_as_the_set_names_it(here: Path) -> None:
    """Its absolute path would be in the manifest, which is to have the same bytes wherever the set lies."""
    add_pairs(here / "set", "a")
    write_lines(here / "set/data.yaml", "train: images", "val: ./images", "names: [cat]")
    (finding,) = read(Path("set/data.yaml")).findings
    assert finding.message == f"{Path('set/images')} is in train and val"


def test_pose_rows_by_kpt_shape(tmp_path: Path) -> None:
    add_image(tmp_path / "images/a.jpg", tmp_path / "labels/a.txt", [f"{BOX} 0.1 0.1 2 0.2 0.2 1"])
    dataset = read(write_lines(tmp_path / "data.yaml", "train: images", "names: [cat]", "kpt_shape: [2, 3]"))
    (instance,) = next(dataset.samples()).instances
    assert (instance.box_xyxy, instance.segmentation, instance.defects) == (pytest.approx((40, 15, 60, 35)), None, ())


# --- lists of images


@pytest.mark.parametrize(
    "line",
    [
        "images/a.jpg",
        "./images/a.jpg",
        "./../images/a.jpg",
        "/content/set/images/a.jpg",
        r"images\a.jpg",
        "data/images/a.jpg",
    ],
)
def test_a_list_of_images(tmp_path: Path, line: str) -> None:
    add_pairs(tmp_path / "set", "a")
    write_lines(tmp_path / "set/lists/train.txt", line, "")
    dataset = read(write_lines(tmp_path / "set/data.yaml", "train: lists/train.txt", "names: [cat]"))
    assert (file_names(dataset), objects(dataset), dataset.size) == (["images/a.jpg"], 1, 1)
    assert [p.name for p in dataset.inputs] == ["data.yaml", "train.txt"]


def test_listed_images_that_are_not_there_stay_as_written(tmp_path: Path) -> None:
    lines = ("images/b.jpg", "../../etc/passwd", "/", ".", "x" * 300, "a\0b")
    add_pairs(tmp_path, "a")
    write_lines(tmp_path / "train.txt", *lines)
    dataset = read(write_lines(tmp_path / "data.yaml", "train: train.txt", "names: [cat]"))
    samples = list(dataset.samples())
    assert [s.file_name for s in samples] == list(lines)
    assert not any(s.annotated or s.width for s in samples)


# --- Darknet and plain folders


@pytest.mark.parametrize("source", ["", "obj.data"])
def test_darknet(tmp_path: Path, source: str) -> None:
    write_lines(tmp_path / "obj.names", "cat", "dog")
    write_lines(
        tmp_path / "obj.data",
        "classes = 2",
        "train = data/train.txt",
        "valid = data/valid.txt",
        "names = data/obj.names",
    )
    add_image(tmp_path / "obj_train_data/a.jpg", tmp_path / "obj_train_data/a.txt")
    write_lines(tmp_path / "train.txt", "data/obj_train_data/a.jpg")
    dataset = read(tmp_path / source)
    assert (file_names(dataset), objects(dataset), dataset.categories) == (["obj_train_data/a.jpg"], 1, ("cat", "dog"))
    assert codes(dataset) == ["SRC108"]


@pytest.mark.parametrize(
    ("image", "label", "names"),
    [
        ("images/a.jpg", "labels/a.txt", "classes.txt"),
        ("images/a.jpg", "labels/a.txt", "labels/classes.txt"),
        ("images/a.jpg", "images/a.txt", "classes.txt"),
        ("a.jpg", "a.txt", "classes.txt"),
        ("Images/a.jpg", "Annotations/a.txt", "obj.names"),
        ("images/x/a.b.jpg", "labels/x/a.b.txt", "obj.names"),
        ("images/x/images/a.jpg", "images/x/labels/a.txt", "classes.txt"),
        ("all/a.jpg", "all/a.txt", "all/_darknet.labels"),
    ],
)
def test_plain_folders(tmp_path: Path, image: str, label: str, names: str) -> None:
    add_image(tmp_path / image, tmp_path / label)
    write_lines(tmp_path / names, "cat")
    dataset = read(tmp_path)
    assert (file_names(dataset), objects(dataset), dataset.subsets, codes(dataset)) == ([image], 1, (), [])
    assert objects(read(tmp_path / names, images=tmp_path)) == 1


@pytest.mark.parametrize("layout", ["images/{}/a.jpg", "{}/images/a.jpg"])
def test_plain_folders_divided_by_name(tmp_path: Path, layout: str) -> None:
    for name in ("train", "valid", "test"):
        image = layout.format(name)
        add_image(tmp_path / image, tmp_path / image.replace("images", "labels").replace("jpg", "txt"))
    write_lines(tmp_path / "classes.txt", "cat")
    dataset = read(tmp_path)
    assert dataset.subsets == ("train", "val", "test")
    assert objects(dataset) == 3


def test_a_folder_beside_the_subsets_keeps_them_together(tmp_path: Path) -> None:
    for name in ("train", "other"):
        add_image(tmp_path / f"images/{name}/a.jpg")
    write_lines(tmp_path / "classes.txt", "cat")
    dataset = read(tmp_path)
    assert (dataset.subsets, file_names(dataset)) == ((), ["images/other/a.jpg", "images/train/a.jpg"])


def test_class_names_of_a_file(tmp_path: Path) -> None:
    add_pairs(tmp_path, "a")
    (tmp_path / "classes.txt").write_bytes("cat\r\n\r\ntraffic  light\r\n\r\n".encode("utf-16"))
    dataset = read(tmp_path)
    assert dataset.category_ids == {"0": "cat", "2": "traffic light"}
    assert [f.message for f in dataset.findings] == ["class 1 has no name"]
    assert read(tmp_path, names=write_lines(tmp_path / "other.txt", "dog")).categories == ("dog",)
    write_lines(tmp_path / "data.yaml", "train: images", "nc: 5", "names: [cat, cat]")
    assert codes(read(tmp_path, names=tmp_path / "other.txt")) == []


def test_ten_thousand_classes(tmp_path: Path) -> None:
    add_image(tmp_path / "images/a.jpg", tmp_path / "labels/a.txt", [BOX.replace("0", "9999", 1)])
    write_lines(tmp_path / "classes.txt", *(f"thing {n}" for n in range(10_000)))
    assert next(read(tmp_path).samples()).instances[0].label == "thing 9999"


def test_what_is_no_yolo_set(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        read(tmp_path / "gone")
    with pytest.raises(InputError, match=r"neither a data\.yaml, an obj\.data nor a file of class names"):
        read(tmp_path)
    with pytest.raises(InputError, match="not the description of a YOLO set"):
        read(add_image(tmp_path / "a.jpg"))
    write_lines(tmp_path / "classes.txt", "cat")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no images in"):
        read(tmp_path / "classes.txt", images=tmp_path / "empty")
    with pytest.raises(InputError, match="no such folder"):
        read(tmp_path, images=tmp_path / "gone")
    write_lines(tmp_path / "a.yaml", "names: [cat]")
    write_lines(tmp_path / "b.yaml", "names: [dog]")
    with pytest.raises(InputError, match=r"holds a\.yaml, b\.yaml"):
        read(tmp_path)


def test_files_of_class_names_that_differ(tmp_path: Path) -> None:
    for name in ("train", "valid"):
        add_image(tmp_path / name / "a.jpg", tmp_path / name / "a.txt")
        write_lines(tmp_path / name / "_darknet.labels", name)
    with pytest.raises(InputError, match=r"train/_darknet\.labels, valid/_darknet\.labels differ"):
        read(tmp_path)


# --- label files


def test_empty_and_missing_label_files(tmp_path: Path) -> None:
    add_image(tmp_path / "images/empty.jpg", tmp_path / "labels/empty.txt", [])
    add_image(tmp_path / "images/missing.jpg")
    write_lines(tmp_path / "classes.txt", "cat")
    samples = list(read(tmp_path).samples())
    assert [(s.file_name, s.annotated, s.instances) for s in samples] == [
        ("images/empty.jpg", True, ()),
        ("images/missing.jpg", False, ()),
    ]


def test_label_files_without_an_image_are_named(tmp_path: Path) -> None:
    add_pairs(tmp_path, "a")
    write_lines(tmp_path / "labels/b.txt", BOX)
    write_lines(tmp_path / "labels/classes.txt", "cat")
    (finding,) = read(tmp_path).findings
    assert (finding.code, finding.location.path) == ("SRC107", "labels/b.txt")


@pytest.mark.parametrize("data", [b"\xff\xd8\xff\xe0 JPEG", b"0 0.5 0.5 0.2 0.4 \xe9"])
def test_label_file_that_is_not_text(tmp_path: Path, data: bytes) -> None:
    add_pairs(tmp_path, "a", "b")
    (tmp_path / "labels/a.txt").write_bytes(data)
    write_lines(tmp_path / "classes.txt", "cat")
    bad, good = read(tmp_path).samples()
    assert "labels/a.txt: not text" in bad.defects[0]
    assert (good.defects, len(good.instances)) == ((), 1)


def test_label_file_that_is_a_folder(tmp_path: Path) -> None:
    add_image(tmp_path / "images/a.jpg")
    (tmp_path / "labels/a.txt").mkdir(parents=True)
    write_lines(tmp_path / "classes.txt", "cat")
    (sample,) = read(tmp_path).samples()
    assert "Is a directory" in sample.defects[0]


def test_boxes_are_in_pixels_of_the_picture_as_shown(tmp_path: Path) -> None:
    write_image(tmp_path / "images/a.jpg", 100, 50, orientation=6)
    write_lines(tmp_path / "labels/a.txt", BOX)
    write_lines(tmp_path / "classes.txt", "cat")
    (sample,) = read(tmp_path).samples()
    assert (sample.width, sample.height) == (50, 100)
    assert sample.instances[0].box_xyxy == pytest.approx((20, 30, 30, 70))


def test_image_that_cannot_be_read_keeps_its_count_of_objects(tmp_path: Path) -> None:
    add_pairs(tmp_path, "a")
    (tmp_path / "images/a.jpg").write_bytes(b"no picture")
    write_lines(tmp_path / "classes.txt", "cat")
    (sample,) = read(tmp_path).samples()
    assert (sample.width, len(sample.instances)) == (None, 1)


# --- links


def test_linked_images_have_their_labels_beside_the_link(tmp_path: Path) -> None:
    add_image(tmp_path / "store/1234.jpg")
    write_lines(tmp_path / "labels/a.txt", BOX)
    write_lines(tmp_path / "classes.txt", "cat")
    (tmp_path / "images").mkdir()
    (tmp_path / "images/a.jpg").symlink_to(tmp_path / "store/1234.jpg")
    (sample,) = read(tmp_path).samples()
    assert (sample.file_name, sample.width, len(sample.instances)) == ("images/a.jpg", 100, 1)


def test_links_that_lead_outside(tmp_path: Path) -> None:
    add_pairs(tmp_path / "store", "x", "y")
    folder = tmp_path / "set"
    add_pairs(folder, "a")
    add_image(folder / "images/b.jpg")
    (folder / "labels/b.txt").symlink_to(tmp_path / "store/labels/x.txt")
    (folder / "images/linked").symlink_to(tmp_path / "store/images")
    write_lines(folder / "classes.txt", "cat")
    dataset = read(folder)
    assert file_names(dataset) == ["images/a.jpg", "images/b.jpg"]
    assert [(f.code, f.message.split(" leads")[0]) for f in dataset.findings] == [("SRC109", "images/linked")]
    outside = list(dataset.samples())[1]
    assert "leads outside the image folder" in outside.defects[0]
    assert outside.instances == ()
    allowed = read(folder, allow_outside=True)
    assert (allowed.size, allowed.findings) == (4, ())
    assert [s.defects for s in allowed.samples()] == [()] * 4


@pytest.mark.parametrize("entry", ["../store/images", "{}/store/images"])
def test_entries_that_lead_outside(tmp_path: Path, entry: str) -> None:
    add_pairs(tmp_path / "store", "x")
    add_pairs(tmp_path / "set", "a")
    entry = entry.format(tmp_path)
    path = write_lines(tmp_path / "set/data.yaml", "train: images", f"val: {entry}", "names: [cat]")
    dataset = read(path)
    assert (codes(dataset), file_names(dataset)) == (["SRC109"], ["images/a.jpg"])
    allowed = read(path, allow_outside=True)
    assert (codes(allowed), file_names(allowed)) == ([], ["images/a.jpg", "../store/images/x.jpg"])
    assert objects(allowed) == 2


@pytest.mark.parametrize(
    "path",
    [
        "a.jpg",
        "images/a.jpg",
        "a/b/c.tar.gz",
        "a//b/c.jpg",
        "./a.jpg",
        "a/./b.jpg",
        "/a.jpg",
        "/a/b.jpg",
        "a/",
        "..",
        ".",
        "a/.jpg",
        "a/b.",
        "a/b",
        "a/..jpg",
        "a.b/c",
        "../a.jpg",
        "a/../b.jpg",
    ],
)
def test_folder_and_stem_are_those_of_a_path(path: str) -> None:
    folder, stem = _folder_and_stem(path)
    assert (PurePosixPath(folder), stem) == (PurePosixPath(path).parent, PurePosixPath(path).stem)
