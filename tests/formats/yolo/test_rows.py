"""Rows of label files, one at a time, on an image of 200 x 100 pixels."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pali_dataprep.formats.yolo import rows as rows_module
from pali_dataprep.formats.yolo.rows import RowReader
from pali_dataprep.masks.segmentations import Polygons
from pali_dataprep.options import YoloRows
from pali_dataprep.samples import Instance

NAMES = {"0": "cat", "1": "dog"}
WIDTH, HEIGHT = 200, 100

CORNERS = "0.1 0.2 0.3 0.2 0.3 0.4 0.1 0.4"
CORNERS_BOX = (20, 20, 60, 40)
POSE = "0.5 0.5 0.2 0.4 " + "0.5 0.5 2 " * 2


def read_row(row: str, rows: YoloRows = YoloRows.AUTO, pose_numbers: int | None = None) -> Instance:
    (instance,) = RowReader(NAMES, rows, pose_numbers).instances([row], "labels/a.txt", WIDTH, HEIGHT)
    return instance


@pytest.mark.parametrize(
    ("row", "rows", "pose_numbers", "box", "score", "has_ring"),
    [
        ("0 0.5 0.5 0.2 0.4", "auto", None, (80, 30, 120, 70), None, False),
        ("0 0.5 0.5 0.2 0.4 0.75", "auto", None, (80, 30, 120, 70), 0.75, False),
        ("0 0.5 0.5 0.2 0.4", "detect", None, (80, 30, 120, 70), None, False),
        ("0 0.1 0.2 0.3 0.2 0.3 0.4", "auto", None, CORNERS_BOX, None, True),
        ("0 0.1 0.2 0.3 0.2 0.3 0.4 0.5", "auto", None, CORNERS_BOX, 0.5, True),
        (f"0 {CORNERS}", "auto", None, CORNERS_BOX, None, True),
        (f"0 {CORNERS}", "segment", None, CORNERS_BOX, None, True),
        (f"0 {CORNERS}", "obb", None, CORNERS_BOX, None, False),
        (f"0 {CORNERS} 0.5", "obb", None, CORNERS_BOX, 0.5, False),
        ("0 0.2 0.1 0.3 0.3 0.2 0.5 0.1 0.3", "obb", None, (20, 10, 60, 50), None, False),  # a square on its corner
        (f"0 {POSE}", "auto", 6, (80, 30, 120, 70), None, False),
        (f"0 {POSE} 0.5", "auto", 6, (80, 30, 120, 70), 0.5, False),
        ("0 0.5 0.5 0.2 0.4", "auto", 6, (80, 30, 120, 70), None, False),
        (f"0 {POSE}", "pose", None, (80, 30, 120, 70), None, False),
        (f"0 {CORNERS}", "segment", 6, CORNERS_BOX, None, True),
    ],
)
def test_a_row_is_what_its_length_and_the_options_make_it(
    row: str, rows: str, pose_numbers: int | None, box: tuple[float, ...], score: float | None, has_ring: bool
) -> None:
    instance = read_row(row, YoloRows(rows), pose_numbers)
    assert instance.defects == ()
    assert instance.box_xyxy == pytest.approx(box)
    assert instance.score == score
    assert isinstance(instance.segmentation, Polygons) == has_ring
    assert (instance.label, instance.category_id, instance.source_id) == ("cat", "0", "labels/a.txt:1")


def test_ring_in_pixels_keeps_the_order_of_its_points() -> None:
    shape = read_row("1 0.1 0.2 0.3 0.2 0.3 0.4").segmentation
    assert isinstance(shape, Polygons)
    assert shape.rings == [pytest.approx([20, 20, 60, 20, 60, 40])]


@pytest.mark.parametrize(
    ("row", "rows", "complaint"),
    [
        ("0", "auto", "0 numbers after the class; a box has 4"),
        ("0 0.5 0.5 0.2", "auto", "3 numbers after the class; a box has 4"),
        ("0 0.5 0.5 0.2 0.4 0.1 0.1", "detect", "6 numbers after the class; a box has 4"),
        ("0 0.1 0.2 0.3 0.4", "segment", "4 numbers after the class; a polygon has x, y of 3 points or more"),
        ("0 0.5 0.5 0.2 0.4", "obb", "4 numbers after the class; an oriented box has 8"),
        ("0 0.5 0.5", "pose", "2 numbers after the class; a pose begins with the 4 of a box"),
        ("0 0.5 0.5 0.2 x", "auto", "'x' is not a finite number"),
        ("0 0.5 nan 0.2 0.4", "auto", "'nan' is not a finite number"),
        ("0 0.5 0.5 inf 0.4", "auto", "'inf' is not a finite number"),
        ("0,0.5,0.5,0.2,0.4", "auto", "0 numbers after the class"),
        ("0 320 240 64 48", "auto", "320 is far outside 0-1"),
        ("0 0.5 0.5 -0.2 0.4", "auto", "-0.2 is far outside 0-1"),
        ("0 0.1 0.2 0.3 1.2 0.3 0.4", "auto", "1.2 is far outside 0-1"),
        ("0 0.5 0.5 0.2 0.4 1.5", "auto", "the confidence 1.5 is not between 0 and 1"),
        ("0 0.5 0.5 0.2 0.4 1e400", "auto", "is not a finite number"),
    ],
)
def test_a_row_that_means_nothing_is_a_defect_of_its_instance(row: str, rows: str, complaint: str) -> None:
    instance = read_row(row, YoloRows(rows))
    (defect,) = instance.defects
    assert complaint in defect
    assert instance.source_id == "labels/a.txt:1"
    assert instance.box_xyxy is None


def test_pose_row_of_another_length_than_kpt_shape_says() -> None:
    (defect,) = read_row(f"0 {CORNERS}", pose_numbers=51).defects
    assert defect.startswith("8 numbers after the class; a pose of this kpt_shape has 55")


@pytest.mark.parametrize("field", ["7", "-1", "cat", "1.5", "nan"])
def test_class_without_a_name_has_no_label(field: str) -> None:
    instance = read_row(f"{field} 0.5 0.5 0.2 0.4")
    assert (instance.label, instance.category_id, instance.defects) == (None, field, ())


def test_class_number_written_as_a_float() -> None:
    assert read_row("1.0 0.5 0.5 0.2 0.4").label == "dog"


@pytest.mark.parametrize(
    ("row", "box"),
    [
        ("0 0.5 0.5 1.004 1.008", (0, 0, 200, 100)),
        ("0 0.1 0.2 1.005 0.2 1.005 -0.005", (20, 0, 200, 20)),
    ],
)
def test_a_hair_outside_is_clipped(row: str, box: tuple[float, ...]) -> None:
    assert read_row(row).box_xyxy == pytest.approx(box)


def test_box_reaching_far_beyond_its_image_is_left_to_the_rules() -> None:
    assert read_row("0 0.9 0.5 0.6 0.4").box_xyxy == pytest.approx((120, 30, 240, 70))


@pytest.mark.parametrize("row", ["20 20 60 20 60 40 20 40 cat 0", "20 20 60 20 60 40 20 40 cat"])
def test_dota_row_is_in_pixels_and_names_its_class(row: str) -> None:
    instance = read_row(row)
    assert (instance.label, instance.box_xyxy, instance.segmentation) == ("cat", (20, 20, 60, 40), None)


def test_dota_row_of_an_unknown_class_or_without_numbers() -> None:
    assert read_row("20 20 60 20 60 40 20 40 plane 0").label is None
    assert read_row("20 20 60 20 60 40 20 x cat 0").defects == ("'x' is not a finite number",)


def test_lines_are_numbered_as_an_editor_numbers_them() -> None:
    lines = ["imagesource:GoogleEarth", "gsd:0.1", "", "  ", "0 0.5 0.5 0.2 0.4", "", "1 0.5 0.5 0.2 0.4"]
    instances = RowReader(NAMES).instances(lines, "a.txt", WIDTH, HEIGHT)
    assert [i.source_id for i in instances] == ["a.txt:5", "a.txt:7"]


fraction = st.floats(0, 1)


@settings(max_examples=50)
@given(st.lists(st.tuples(fraction, fraction), min_size=3, max_size=8))
def test_box_of_a_polygon_is_around_its_points(points: list[tuple[float, float]]) -> None:
    instance = read_row("0 " + " ".join(f"{x!r} {y!r}" for x, y in points), YoloRows.SEGMENT)
    assert instance.box_xyxy is not None
    x1, y1, x2, y2 = instance.box_xyxy
    assert all(x1 <= x * WIDTH <= x2 and y1 <= y * HEIGHT <= y2 for x, y in points)
    assert {x1, x2} <= {x * WIDTH for x, _ in points}


@settings(max_examples=50)
@given(st.lists(st.floats() | st.text(max_size=5), max_size=20), st.sampled_from(YoloRows))
def test_any_row_is_read_or_a_defect(values: list[float | str], rows: YoloRows) -> None:
    line = "0 " + " ".join(str(v) for v in values)
    for instance in RowReader(NAMES, rows).instances([line], "a.txt", WIDTH, HEIGHT):
        assert instance.defects or instance.label is None or instance.box_xyxy is not None
        assert instance.box_xyxy is None or all(map(math.isfinite, instance.box_xyxy))


NUMBERS = st.one_of(
    st.floats(-0.02, 1.02).map(repr),
    st.sampled_from(["0", "1", "0.5", "1.0", "0.25", "1e-3", "-0.005", "1.005", "nan", "inf", "x", "", "1_0", "2"]),
)


@settings(deadline=None)
@given(st.lists(NUMBERS, min_size=3, max_size=5), st.sampled_from([YoloRows.AUTO, YoloRows.DETECT, YoloRows.POSE]))
def test_a_plain_box_is_read_as_any_other(numbers: list[str], rows: YoloRows) -> None:
    row = f"1 {' '.join(numbers)}"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(rows_module, "_plain_box", lambda fields: None)
        usual = read_row(row, rows)
    assert read_row(row, rows) == usual
