"""What is known of a file of texts before its rows are read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pali_dataprep.restoration.predictions import PredictionFile, Survey

BOX = "<loc0100><loc0200><loc0300><loc0400>"
MASK = "".join(f"<seg{n * 7 % 128:03}>" for n in range(16))


def file_of(path: Path, *rows: tuple[str, str], **known: Path) -> PredictionFile:
    lines = [json.dumps({"image": image, "suffix": text}) for image, text in rows]
    path.write_text("\n".join(lines) + "\n")
    return PredictionFile(path, **known)


@pytest.mark.parametrize(
    ("images", "grouped"),
    [("", True), ("a", True), ("abc", True), ("aabbbc", True), ("aba", False), ("abca", False), ("aabba", False)],
)
def test_whether_rows_of_an_image_follow_each_other(tmp_path: Path, images: str, grouped: bool) -> None:
    file = file_of(tmp_path / "data.jsonl", *((f"{image}.jpg", f"{BOX} cat") for image in images))
    assert file.survey() == Survey(False, grouped)


def test_of_one_picture_all_rows_follow_each_other(tmp_path: Path) -> None:
    rows = [("a", ""), ("b", ""), ("a", "")]
    assert file_of(tmp_path / "data.jsonl", *rows, image=tmp_path / "one.jpg").survey().grouped


@pytest.mark.parametrize("escaped", ["<seg", "\\u003cseg", "<\\u0073eg"])
def test_masks_are_found_however_they_are_escaped(tmp_path: Path, escaped: str) -> None:
    file = file_of(tmp_path / "data.jsonl", ("a.jpg", f"{BOX} cat"), ("b.jpg", f"{BOX}{MASK} cat"))
    assert file.survey().holds_masks
    file.path.write_text(file.path.read_text().replace("<seg", escaped))
    assert file.survey() == Survey(True, True)


def test_seg_tokens_elsewhere_are_no_masks(tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text('{"image": "a.jpg", "suffix": "<seg001>", "text": "a cat"}\n')
    assert not PredictionFile(tmp_path / "data.jsonl").survey().holds_masks


def test_lines_that_are_no_rows_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_bytes(
        b'{"image": "<seg\n\n[1]\n{"suffix": "<seg001>"}\n{"image": "a", "text": "<loc"}\n'
    )
    assert PredictionFile(tmp_path / "data.jsonl").survey() == Survey(False, True)


def test_lines_of_text_may_hold_masks(tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text(f"a cat\n{BOX}{MASK} cat\n")
    assert PredictionFile(tmp_path / "data.txt", image=tmp_path / "1.jpg").survey() == Survey(True, True)
