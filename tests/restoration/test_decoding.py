"""Rows of one image become one, whether they stand together or not, and whatever is held meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pali_dataprep.formats import FORMATS
from pali_dataprep.formats.coco import CocoIds, write
from pali_dataprep.masks.runs import runs_from_bitmap
from pali_dataprep.options import DecodeTo
from pali_dataprep.restoration.decoding import Order, write_annotations
from pali_dataprep.samples import Instance, Sample

MASK = runs_from_bitmap(np.eye(8, dtype=bool))


def sample(name: str, *labels: str, masked: bool = False) -> Sample:
    mask = MASK if masked else None
    return Sample(f"{name}.jpg", 8, 8, tuple(Instance(label, (0.0, 1.0, 2.0, 5.0), mask) for label in labels))


ROWS = [sample("a", "cat"), sample("a", "dog", masked=True), sample("b"), sample("c", "bird", "cat", masked=True)]


@pytest.fixture
def ids(tmp_path: Path) -> CocoIds:
    """Of an annotation file with two of the images and two of the classes."""
    write([sample("c", "cat"), sample("a", "dog")], tmp_path / "like.json", ("cat", "dog"))
    return CocoIds(FORMATS["coco"].read(tmp_path / "like.json"))


@pytest.mark.parametrize("target", [DecodeTo.COCO, DecodeTo.RESULTS])
@pytest.mark.parametrize("rows", [ROWS, ROWS[:1], [], ROWS[2:]], ids=len)
def test_what_is_written_row_by_row_is_what_is_written_at_once(
    tmp_path: Path, ids: CocoIds, target: DecodeTo, rows: list[Sample]
) -> None:
    out = {grouped: tmp_path / f"{grouped}.json" for grouped in (True, False)}
    said = [write_annotations(iter(rows), target, Order(path, ids, grouped=grouped)) for grouped, path in out.items()]
    assert said[0] == said[1]
    assert out[True].read_bytes() == out[False].read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["False.json", "True.json", "like.json"]


def test_rows_apart_are_joined_where_the_image_first_appears(tmp_path: Path) -> None:
    write_annotations([ROWS[0], ROWS[3], ROWS[1]], DecodeTo.COCO, Order(tmp_path / "apart.json"))
    write_annotations([ROWS[0], ROWS[1], ROWS[3]], DecodeTo.COCO, Order(tmp_path / "together.json", grouped=True))
    assert (tmp_path / "apart.json").read_bytes() == (tmp_path / "together.json").read_bytes()


def test_results_without_any_mask_are_boxes(tmp_path: Path, ids: CocoIds) -> None:
    order = Order(tmp_path / "out.json", ids, grouped=True)
    assert write_annotations([sample("a", "cat", "dog")], DecodeTo.RESULTS, order) == {}
    assert (tmp_path / "out.json").read_text().count('"bbox"') == 2


def test_beside_masks_boxes_are_left_out_even_where_no_mask_is_written(tmp_path: Path, ids: CocoIds) -> None:
    order = Order(tmp_path / "out.json", ids, grouped=True)
    rows = [sample("a", "cat"), sample("a", "zebra", masked=True)]
    left_out = write_annotations(rows, DecodeTo.RESULTS, order)
    assert left_out == {"without a mask": 1, "of classes that like.json has not": 1}
    assert (tmp_path / "out.json").read_text() == "[]"


def test_a_row_that_cannot_be_read_leaves_nothing_behind(tmp_path: Path) -> None:
    def rows() -> Iterator[Sample]:
        yield ROWS[0]
        raise KeyboardInterrupt

    for target in (DecodeTo.COCO, DecodeTo.YOLO):
        with pytest.raises(KeyboardInterrupt):
            write_annotations(rows(), target, Order(tmp_path / "out", grouped=True))
    assert list(tmp_path.iterdir()) == []
