"""Files that hold COCO, more or less: their encodings, their damages, and anything at all in place of a value."""

from __future__ import annotations

import codecs
import gzip
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from builders import coco_annotation, coco_categories, coco_document, write_json
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pali_dataprep.errors import InputError
from pali_dataprep.formats.coco.read import read

PLAIN = json.dumps(coco_document(annotations=[coco_annotation()], categories=coco_categories("café")))
WRAPPINGS = {
    "plain": PLAIN.encode(),
    "not escaped": json.dumps(json.loads(PLAIN), ensure_ascii=False).encode(),
    "BOM": codecs.BOM_UTF8 + PLAIN.encode(),
    "UTF-16": PLAIN.encode("utf-16"),
    "UTF-16 big endian": codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be"),
    "gzip": gzip.compress(PLAIN.encode()),
    "gzip of BOM": gzip.compress(codecs.BOM_UTF8 + PLAIN.encode()),
}


@pytest.mark.parametrize("data", WRAPPINGS.values(), ids=WRAPPINGS.keys())
def test_encodings(tmp_path: Path, data: bytes) -> None:
    # Named .json whatever is in it: the content says what it is.
    (tmp_path / "source.json").write_bytes(data)
    dataset = read(tmp_path / "source.json")
    assert dataset.categories == ("café",)
    assert [i.label for i in next(dataset.samples()).instances] == ["café"]


BOMB = 200_000
"""Levels of nesting: far beyond any recursion limit."""


def with_field(name: str, json_text: str) -> str:
    """A document whose one annotation has a field of this very text."""
    return json.dumps(coco_document(annotations=[coco_annotation(**{name: "?"})])).replace('"?"', json_text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("", r":1: not JSON: Expecting value \(column 1\)", id="empty"),
        pytest.param('{\n "images": [],\n "annotations": [\n', ":4: not JSON", id="cut off in line 4"),
        pytest.param('{\n "images": [],,\n}', ":2: not JSON", id="two commas"),
        pytest.param('{"images": [}', ":1: not JSON", id="brackets"),
        pytest.param("images:\n- id: 1", ":1: not JSON", id="YAML"),
        pytest.param('"images"', "Expected `object`, got `str`", id="text"),
        pytest.param("7", "Expected `object`, got `int`", id="number"),
        pytest.param("null", "Expected `object`, got `null`", id="null"),
        pytest.param("{}", "missing required field `images`", id="no images"),
        pytest.param('{"images": {}}', r"Expected `array`, got `object` - at `\$.images`", id="images by name"),
        pytest.param('{"images": [5]}', r"Expected `object`, got `int` - at `\$.images\[0\]`", id="image 5"),
        pytest.param('{"images": [], "annotations": null}', r"\$.annotations", id="null annotations"),
        pytest.param('{"images": [], "annotations": [{}, "x"]}', r"\$.annotations\[1\]", id="an annotation is text"),
        pytest.param('{"images": [], "categories": ["cat"]}', r"\$.categories\[0\]", id="categories are text"),
        pytest.param("[1, 2]", r"Expected `object`, got `int` - at `\$\[0\]`", id="a list of numbers"),
        pytest.param("[" * BOMB, r"got `array` - at `\$\[0\]`", id="brackets that never close"),
        pytest.param(with_field("score", "9" * 5000), "out of range", id="an integer of 5,000 digits"),
        pytest.param(with_field("caption", '"\\ud800"'), "half of a surrogate pair", id="half a surrogate pair"),
        pytest.param(
            with_field("bbox", "[NaN]") + " " + "9" * 5000, ":1: not JSON: Extra data", id="NaN and more text"
        ),
        pytest.param(with_field("bbox", f"[NaN, {'9' * 5000}]"), "4300 digits", id="NaN and 5,000 digits"),
        *[
            pytest.param(
                with_field(name, opening * BOMB + "1" + closing * BOMB), "nested too deeply", id=f"{name} {opening}"
            )
            for name, (opening, closing) in itertools.product(
                ("bbox", "segmentation", "unknown"), [("[", "]"), ('{"a":', "}")]
            )
        ],
    ],
)
def test_what_is_no_coco_file_is_refused_with_the_place(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "source.json"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=complaint) as error:
        read(path, ground_truth=write_json(tmp_path / "truth.json", coco_document()))
    assert error.value.message.startswith(str(path))


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (gzip.compress(b"{}" * 1000)[:-9], "damaged gzip"),
        (b"\x1f\x8b", "damaged gzip"),
        (b'{"images": [], "x": "\xff"', "not UTF-8 at byte 21"),
        (with_field("caption", '"?"').encode().replace(b"?", b"\xff\xfe"), r"not UTF-8 at byte \d+"),
        (codecs.BOM_UTF16_LE + b"{\x00x", ":1: not JSON"),
    ],
    ids=["gzip cut off", "gzip of nothing", "Latin 1, cut off", "Latin 1 in a field", "UTF-16 cut off"],
)
def test_damaged_bytes(tmp_path: Path, data: bytes, complaint: str) -> None:
    (tmp_path / "source.json").write_bytes(data)
    with pytest.raises(InputError, match=complaint):
        read(tmp_path / "source.json")


@pytest.mark.parametrize("text", ["1e999", "[[1, 1, 9, 1, 9, 1e999]]", "9" * 5000], ids=lambda text: text[:20])
def test_a_segmentation_that_cannot_be_read_is_a_defect(tmp_path: Path, text: str) -> None:
    # It is parsed when its image is reached, long after the file was accepted.
    (tmp_path / "source.json").write_text(with_field("segmentation", text), "utf-8")
    (instance,) = next(read(tmp_path / "source.json").samples()).instances
    assert instance.segmentation is None
    assert len(instance.defects) == 1
    assert "out of range" in instance.defects[0]


def test_a_number_beyond_floats_is_as_good_as_infinity(tmp_path: Path) -> None:
    (tmp_path / "source.json").write_text(with_field("bbox", "[1e999, 2, 3, 4]"))
    (instance,) = next(read(tmp_path / "source.json").samples()).instances
    assert (instance.box_xyxy, instance.defects) == (None, ("bbox is not four finite numbers: [None, 2, 3, 4]",))


def test_a_segmentation_that_is_not_utf8_is_a_defect(tmp_path: Path) -> None:
    data = with_field("segmentation", '{"size": [1, 1], "counts": "~"}').encode().replace(b"~", b"\xff")
    (tmp_path / "source.json").write_bytes(data)
    (instance,) = next(read(tmp_path / "source.json").samples()).instances
    assert instance.segmentation is None
    assert "codec can't decode" in instance.defects[0]


def test_a_box_that_is_not_utf8_is_a_defect(tmp_path: Path) -> None:
    data = with_field("bbox", '"~"').encode().replace(b"~", b"\xff")
    (tmp_path / "source.json").write_bytes(data)
    (instance,) = next(read(tmp_path / "source.json").samples()).instances
    assert (instance.box_xyxy, instance.defects) == (None, ('bbox is not four finite numbers: "\ufffd"',))


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_path_that_is_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"No such file|a folder without a JSON file"):
        read(tmp_path / name)


# --- anything at all

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([10**400, "1", 1]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["size", "counts", "x"]), inner),
    max_leaves=8,
)
FIELDS = ["id", "image_id", "category_id", "bbox", "segmentation", "iscrowd", "caption", "score"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), junk), max_size=5))
def test_junk_is_refused_or_read_to_the_last_annotation(tmp_path: Path, annotations: list[dict[str, Any]]) -> None:
    document = coco_document(annotations=[{"image_id": 1, **fields} for fields in annotations])
    try:
        dataset = read(write_json(tmp_path / "source.json", document))
        (sample,) = dataset.samples()
    except InputError:
        return
    unlisted = sum(finding.code in ("SRC101", "SRC111") for finding in dataset.findings)
    assert len(sample.instances) + len(sample.captions) + unlisted == len(annotations)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(["id", "file_name", "width", "height", "coco_url"]), junk),
    st.lists(st.dictionaries(st.sampled_from(["id", "name", "supercategory"]), junk), max_size=4),
)
def test_junk_in_images_and_categories(tmp_path: Path, image: Any, categories: Any) -> None:
    try:
        dataset = read(write_json(tmp_path / "source.json", coco_document([image], categories=categories)))
        samples = list(dataset.samples())
    except InputError:
        return
    assert len(samples) == 1
    assert len(dataset.category_ids) <= len(categories)
