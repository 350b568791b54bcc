"""Boxes and masks of COCO annotations: what is odd is read as it is, or becomes a defect of its annotation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import coco_annotation, coco_document, only_sample, read_annotation, read_document

from pali_dataprep.masks.segmentations import Polygons, Rle

pytestmark = pytest.mark.usefixtures("kernel")  # each has its own way to read polygons

RING = [1, 1, 9, 1, 9, 9]
HOLE = [20.5, 20, 30, 20, 30, 30.25]


@pytest.mark.parametrize(
    ("segmentation", "expected"),
    [
        pytest.param([RING], Polygons([RING]), id="one part"),
        pytest.param([RING, HOLE], Polygons([RING, HOLE]), id="several parts are one mask"),
        pytest.param(RING, Polygons([RING]), id="a ring without the outer list"),
        pytest.param([RING, []], Polygons([RING]), id="an empty part beside another"),
        pytest.param({"size": [9, 7], "counts": [60, 3]}, Rle([60, 3], 9, 7), id="uncompressed RLE"),
        pytest.param({"size": [9, 7], "counts": "l13"}, Rle("l13", 9, 7), id="compressed RLE"),
        pytest.param({"counts": "l13", "size": [9.0, 7.0], "a": 1}, Rle("l13", 9, 7), id="sizes as floats"),
        *[pytest.param(empty, None, id=f"empty: {empty}") for empty in ([], [[]], [[], []], None, {}, "")],
    ],
)
@pytest.mark.parametrize("iscrowd", [0, 1])
def test_segmentations(tmp_path: Path, segmentation: Any, expected: Polygons | Rle | None, iscrowd: int) -> None:
    instance = read_annotation(tmp_path, segmentation=segmentation, iscrowd=iscrowd)
    assert instance.segmentation == expected
    # The form of a mask says nothing about crowds: RLE with iscrowd 0 is one object.
    assert instance.iscrowd == bool(iscrowd)
    assert instance.defects == ()


def test_no_segmentation_at_all(tmp_path: Path) -> None:
    instance = read_annotation(tmp_path)
    assert instance.segmentation is None
    assert instance.box_xyxy == (10, 20, 40, 60)
    assert instance.defects == ()


@pytest.mark.parametrize(
    "segmentation",
    [
        pytest.param("polygon", id="text"),
        pytest.param([[1, 2, "3", 4, 5, 6]], id="a number as text"),
        pytest.param([[1, 2, True, 4, 5, 6]], id="a truth value"),
        pytest.param([[1, 2, None, 4, 5, 6]], id="null"),
        pytest.param([[1, 2, float("nan"), 4, 5, 6]], id="NaN"),
        pytest.param([[[1, 2], [3, 4], [5, 6]]], id="points as pairs"),
        pytest.param([RING, 5], id="a ring and a number"),
        pytest.param(7, id="a number"),
        pytest.param({"size": [9, 7]}, id="RLE without counts"),
        pytest.param({"counts": [63]}, id="RLE without size"),
        pytest.param({"size": [9], "counts": [63]}, id="RLE with one side"),
        pytest.param({"size": "9x7", "counts": [63]}, id="RLE with its size as text"),
        pytest.param({"size": [9, True], "counts": [9]}, id="RLE with a truth value for a side"),
        pytest.param({"size": [9, 7], "counts": [[63]]}, id="RLE with nested counts"),
    ],
)
def test_a_malformed_segmentation_is_a_defect(tmp_path: Path, segmentation: Any) -> None:
    instance = read_annotation(tmp_path, segmentation=segmentation)
    assert instance.segmentation is None
    assert len(instance.defects) == 1
    assert instance.defects[0].startswith("segmentation")
    assert instance.box_xyxy == (10, 20, 40, 60), "the box is as good as before"


def test_a_ring_of_two_points_is_left_to_the_rules(tmp_path: Path) -> None:
    assert read_annotation(tmp_path, segmentation=[[1, 1, 5, 5]]).segmentation == Polygons([[1, 1, 5, 5]])


# --- boxes


@pytest.mark.parametrize(
    ("bbox", "box"),
    [
        ([10, 20, 30.5, 40], (10, 20, 40.5, 60)),
        ([-5, -6.5, 3, 4], (-5, -6.5, -2, -2.5)),
        ([5, 5, 0, 0], (5, 5, 5, 5)),
        ([9, 9, -4, -4], (9, 9, 5, 5)),
        ([], None),
        (None, None),
        ([float("nan")] * 4, None),
    ],
    ids=str,
)
def test_boxes_are_taken_as_they_are(tmp_path: Path, bbox: Any, box: tuple[float, ...] | None) -> None:
    instance = read_annotation(tmp_path, bbox=bbox)
    assert instance.box_xyxy == box
    assert instance.defects == ()


@pytest.mark.parametrize(
    "bbox",
    [
        [1, 2, 3],
        [1, 2, 3, 4, 5],
        ["1", "2", "3", "4"],
        [True, False, True, True],
        [1, 2, [3], 4],
        [1, 2, float("nan"), 4],
        [1, 2, float("inf"), 4],
        [1, 2, None, 4],
        [1, 2, 3, 10**400],
        "1,2,3,4",
        {"x": 1, "y": 2, "w": 3, "h": 4},
        7,
        False,
    ],
    ids=lambda bbox: str(bbox)[:30],
)
def test_a_malformed_box_is_a_defect(tmp_path: Path, bbox: Any) -> None:
    instance = read_annotation(tmp_path, bbox=bbox, segmentation=[RING])
    assert instance.box_xyxy is None
    assert len(instance.defects) == 1
    assert instance.defects[0].startswith("bbox is not four finite numbers")
    assert instance.segmentation == Polygons([RING])


def test_a_mask_without_a_box(tmp_path: Path) -> None:
    annotation = coco_annotation(segmentation=[RING])
    del annotation["bbox"]
    (instance,) = only_sample(read_document(tmp_path, coco_document(annotations=[annotation]))).instances
    assert (instance.box_xyxy, instance.segmentation) == (None, Polygons([RING]))
    assert instance.defects == ()


@pytest.mark.parametrize(
    ("iscrowd", "expected"),
    [(0, False), (1, True), (True, True), (1.0, True), ("1", True), (None, False), ("no", False), ([], False)],
    ids=repr,
)
def test_iscrowd(tmp_path: Path, iscrowd: Any, expected: bool) -> None:
    assert read_annotation(tmp_path, iscrowd=iscrowd).iscrowd is expected


@pytest.mark.parametrize(
    ("score", "expected"),
    [(0.25, 0.25), (1, 1.0), (True, None), ("0.9", None), (None, None), ([1], None), (10**400, None)],
    ids=lambda value: str(value)[:20],
)
def test_score(tmp_path: Path, score: Any, expected: float | None) -> None:
    assert read_annotation(tmp_path, score=score).score == expected
