"""LabelMe sets: which files belong to one, which picture each means, what is no LabelMe file."""

from __future__ import annotations

import base64
import codecs
import json
from pathlib import Path
from typing import Any

import pytest
from builders import write_image
from cli_world import cli, rows_of
from labelme_builders import labelme, shape, write_labelme

from pali_dataprep.errors import InputError
from pali_dataprep.formats.labelme.read import read
from pali_dataprep.masks.segmentations import Polygons
from pali_dataprep.samples import Sample


def samples(path: Path, **options: Any) -> list[Sample]:
    return list(read(path, **options).samples())


def names(path: Path, **options: Any) -> list[tuple[str, str | None]]:
    return [(s.file_name, s.subset) for s in samples(path, **options)]


def test_folders(tmp_path: Path) -> None:
    for name in ("b", "a", "sub/c"):
        write_labelme(tmp_path / f"{name}.json", shape())
        write_image(tmp_path / f"{name}.jpg", 100, 50)
    assert names(tmp_path) == [("a.jpg", None), ("b.jpg", None), ("sub/c.jpg", None)]
    assert names(tmp_path / "sub/c.json") == [("c.jpg", None)]


def test_folders_of_subsets(tmp_path: Path) -> None:
    for name in ("train/a", "valid/b"):
        write_labelme(tmp_path / f"{name}.json", shape())
        write_image(tmp_path / f"{name}.jpg", 100, 50)
    assert names(tmp_path) == [("train/a.jpg", "train"), ("valid/b.jpg", "val")]
    assert (read(tmp_path).subsets, read(tmp_path, merge=True).subsets) == (("train", "val"), ())
    assert names(tmp_path, subsets=["valid"]) == [("valid/b.jpg", "val")]


@pytest.mark.parametrize(
    "written",
    ["a.jpg", "..\\images\\a.jpg", "../images/a.jpg", "C:\\me\\a.jpg", "/home/me/a.jpg", "a", None, "../../etc/a.jpg"],
)
def test_which_picture_is_meant(tmp_path: Path, written: str | None) -> None:
    write_image(tmp_path / "images/a.jpg", 100, 50)
    write_labelme(tmp_path / "labels/a.json", shape(), imagePath=written)
    (sample,) = samples(tmp_path / "labels", images=tmp_path / "images")
    assert (sample.file_name, sample.remarks) == ("a.jpg", ())
    (sample,) = samples(tmp_path, images=tmp_path)
    if written is not None and "images" in written:
        assert sample.file_name == "images/a.jpg"


def test_nothing_outside_the_root_is_meant(tmp_path: Path) -> None:
    write_image(tmp_path / "images/secret.jpg", 100, 50)
    write_labelme(tmp_path / "labels/a.json", shape(), imagePath="../images/secret.jpg")
    assert names(tmp_path / "labels") == [("../images/secret.jpg", None)]  # the rules refuse it
    assert names(tmp_path / "labels", allow_outside=True) == [("../images/secret.jpg", None)]


def test_a_picture_of_another_name_is_worth_a_look(tmp_path: Path) -> None:
    write_image(tmp_path / "a.jpg", 100, 50)
    write_labelme(tmp_path / "a.json", shape(), imagePath="old.png")
    (sample,) = samples(tmp_path)
    assert sample.remarks == ("a.json is of 'old.png', which is not there; taken for a.jpg",)


def test_a_picture_inside_the_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = write_image(tmp_path / "picture.jpg", 100, 50)
    data = base64.b64encode(picture.read_bytes()).decode()
    write_labelme(tmp_path / "json/a.json", shape(), imageData=data, imagePath="..\\images\\a.jpg")
    write_labelme(tmp_path / "json/b.json", shape(), imageData=f"data:image/jpeg;base64,{data}", imagePath="b.jpg")
    first, second = samples(tmp_path / "json")
    assert [(s.file_name, s.embedded) for s in (first, second)] == [
        ("a.jpg", picture.read_bytes()),
        ("b.jpg", picture.read_bytes()),
    ]
    out = tmp_path / "out/rows.jsonl"
    assert cli("convert", tmp_path / "json", "-o", out) == 1
    assert "only found inside its source (--image-paths copy writes it out" in capsys.readouterr().err
    assert cli("convert", tmp_path / "json", "-o", out, "--image-paths", "copy") == 0
    assert [row["image"] for row in rows_of(out)] == ["a.jpg", "b.jpg"]
    assert sorted(p.name for p in out.parent.iterdir()) == ["a.jpg", "b.jpg", "rows.jsonl", "rows.jsonl.manifest.json"]
    assert (tmp_path / "out/b.jpg").read_bytes() == picture.read_bytes()


def test_two_pictures_of_one_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for n, width in enumerate((100, 50)):
        data = write_image(tmp_path / f"{n}.png", width, 50).read_bytes()
        own = {"imageData": base64.b64encode(data).decode(), "imageWidth": width, "imagePath": "same.png"}
        write_labelme(tmp_path / f"json/{n}.json", shape(), **own)
    out = tmp_path / "out/rows.jsonl"
    assert cli("convert", tmp_path / "json", "-o", out, "--image-paths", "copy") == 1
    assert "would both be put beside the output as same.png" in capsys.readouterr().err
    assert list(out.parent.iterdir()) == []


def test_a_picture_beside_the_json_comes_before_the_one_inside(tmp_path: Path) -> None:
    write_image(tmp_path / "a.jpg", 100, 50)
    write_labelme(tmp_path / "a.json", shape(), imageData="bm9uZQ==")
    assert [s.embedded for s in samples(tmp_path)] == [None]


def test_picture_data_that_is_none(tmp_path: Path) -> None:
    write_labelme(tmp_path / "a.json", shape(), imageData=7)
    write_labelme(tmp_path / "b.json", shape(), imageData="x")
    for sample in samples(tmp_path):
        assert "its imageData is no base64" in sample.defects[0]


@pytest.mark.parametrize(
    ("fields", "size", "defect"),
    [
        ({}, (100, 50), ""),
        ({"imageWidth": None, "imageHeight": 0}, (None, None), ""),
        ({"imageWidth": 100.0}, (100, 50), ""),
        ({"imageWidth": -100}, (None, 50), "imageWidth is '-100', not a number of pixels"),
        ({"imageHeight": "50"}, (100, None), "imageHeight is '50', not a number of pixels"),
        ({"imagePath": 3}, (100, 50), "imagePath is '3', not a path"),
    ],
)
def test_what_is_said_of_the_picture(tmp_path: Path, fields: Any, size: Any, defect: str) -> None:
    write_labelme(tmp_path / "a.json", **fields)
    (sample,) = samples(tmp_path)
    assert ((sample.width, sample.height), sample.defects) == (size, (defect,) if defect else ())


def test_old_versions_have_fewer_fields(tmp_path: Path) -> None:
    old = {"label": "cat", "line_color": None, "fill_color": None, "points": [[1, 2], [3, 4], [5, 9]]}
    (tmp_path / "a.json").write_text(json.dumps({"shapes": [old], "imagePath": "a.jpg", "lineColor": [0, 255, 0]}))
    (sample,) = samples(tmp_path)
    assert [i.label for i in sample.instances] == ["cat"]
    assert (sample.width, sample.defects) == (None, ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"shapes": [', ":1: not JSON: Expecting value (column 13)"),
        ("[]", ": Expected `object`, got `array`"),
        ('{"images": []}', ": Object missing required field `shapes`"),
        ('{"shapes": 3}', ": Expected `array`, got `int` - at `$.shapes`"),
        ('{"shapes": ["cat"]}', ": Expected `object`, got `str` - at `$.shapes[0]`"),
        ("", ":1: not JSON: Expecting value (column 1)"),
    ],
)
def test_files_that_are_none(tmp_path: Path, text: str, message: str) -> None:
    write_labelme(tmp_path / "b.json", shape())
    (tmp_path / "a.json").write_text(text)
    bad, good = samples(tmp_path)
    assert bad.defects == (f"{tmp_path / 'a.json'}{message}",)
    assert (len(good.instances), good.defects) == (1, ())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps(labelme(shape(label="höhle")), ensure_ascii=False), encoding)
    assert read(tmp_path).categories == ("höhle",)
    assert (tmp_path / "a.json").read_bytes().startswith((codecs.BOM_UTF8, codecs.BOM_UTF16))


def test_classes_are_those_of_labels_txt_and_then_by_name(tmp_path: Path) -> None:
    write_labelme(tmp_path / "a.json", shape(label="dog"), shape(label="cat"), shape(label="ant"))
    assert read(tmp_path).categories == ("ant", "cat", "dog")
    (tmp_path / "labels.txt").write_text("__ignore__\n_background_\ndog\n")
    assert read(tmp_path).categories == ("dog", "ant", "cat")


def test_what_is_to_be_ignored_is_no_object(tmp_path: Path) -> None:
    """A row that asks for `__ignore__` would teach a word that nobody says."""
    write_labelme(tmp_path / "a.json", shape(label="__ignore__"), shape(), shape(label="_background_"))
    dataset = read(tmp_path)
    assert dataset.categories == ("cat",)
    assert [i.label for i in samples(tmp_path)[0].instances] == ["cat"]
    assert [(f.code, f.message) for f in dataset.findings] == [
        ("SRC129", "2 shapes are labelled __ignore__ or _background_, and are passed over")
    ]


def test_ten_thousand_classes(tmp_path: Path) -> None:
    write_labelme(tmp_path / "a.json", *(shape(label=f"class {n:05}") for n in range(10_000)))
    assert len(read(tmp_path).categories) == len(samples(tmp_path)[0].instances) == 10_000


@pytest.mark.parametrize("make", [lambda p: None, lambda p: p.mkdir(), lambda p: p.write_text("x")])
def test_what_is_no_set(tmp_path: Path, make: Any) -> None:
    make(tmp_path / "x")
    with pytest.raises(InputError) as caught:
        read(tmp_path / "x")
    assert str(tmp_path / "x") in caught.value.message
    assert "give a LabelMe JSON" in caught.value.hint


# --- the web tool's XML


def web_tool(folder: Path, *objects: str) -> Path:
    path = folder / "Annotations/sub/a.xml"
    path.parent.mkdir(parents=True)
    sizes = "<imagesize><nrows>50</nrows><ncols>100</ncols></imagesize>"
    path.write_text(f"<annotation><filename>a.jpg</filename><folder>sub</folder>{sizes}{''.join(objects)}</annotation>")
    write_image(folder / "Images/sub/a.jpg", 100, 50)
    return folder


def web_object(inside: str, name: str = "cat", deleted: int = 0) -> str:
    return f"<object><name>{name}</name><deleted>{deleted}</deleted>{inside}</object>"


POINTS = "".join(f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in ((20, 10), (60, 10), (60, 40)))
POLYGON = f"<polygon><username>me</username>{POINTS}</polygon>"
BOX = "<box><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></box>"


def test_xml(tmp_path: Path) -> None:
    objects = [POLYGON, f"<type>bounding_box</type><occluded>yes</occluded>{POLYGON}"]
    (sample,) = samples(web_tool(tmp_path, *map(web_object, objects)))
    assert (sample.file_name, sample.width, sample.height, sample.defects) == ("sub/a.jpg", 100, 50, ())
    polygon, box = sample.instances
    assert (polygon.segmentation, polygon.flags) == (Polygons([[20.0, 10, 60, 10, 60, 40]]), ())
    assert (box.box_xyxy, box.segmentation, box.flags) == ((20, 10, 60, 40), None, ("occluded",))


def test_deleted_shapes_are_counted(tmp_path: Path) -> None:
    dataset = read(web_tool(tmp_path, web_object(POLYGON), web_object(POLYGON, "dog", deleted=1)))
    assert [(f.code, f.message) for f in dataset.findings] == [
        ("SRC126", "1 shapes are marked as deleted, and are passed over")
    ]
    assert dataset.categories == ("cat",)


@pytest.mark.parametrize(
    ("element", "defect"),
    [
        (web_object("<polygon><pt><x>1</x><y>2</y></pt></polygon>"), "its polygon has 1 points; it needs 3"),
        (web_object(POLYGON.replace("60", "x", 1)), "('x', '10') is not a point"),
        (web_object(POLYGON.replace("60", "nan", 1)), "('nan', '10') is not a point"),
        (web_object(POLYGON, name=""), "it has no name"),
        (web_object(f"<segm><mask>none.png</mask>{BOX}</segm>"), "its mask 'none.png' is not in"),
        (web_object(f"<segm><mask>../../../secret.png</mask>{BOX}</segm>"), "its mask '../../../secret.png' is not in"),
    ],
)
def test_defects_of_xml(tmp_path: Path, element: str, defect: str) -> None:
    write_image(tmp_path / "secret.png", 100, 50)
    bad, good = samples(web_tool(tmp_path / "set", element, web_object(POLYGON)))[0].instances
    assert bad.defects[0].startswith(defect)
    assert good.defects == ()


def test_an_xml_that_is_none(tmp_path: Path) -> None:
    web_tool(tmp_path)
    (tmp_path / "Annotations/sub/a.xml").write_text("<annotation>")
    assert samples(tmp_path)[0].defects == (f"{tmp_path}/Annotations/sub/a.xml:1: not XML: no element found",)
