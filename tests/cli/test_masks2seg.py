from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_world import cli, complaint, rows_of
from mask_builders import save_image, save_map, save_pair

from pali_dataprep import ConvertOptions, MaskOptions, Task, masks2seg

BLOCKS = [[0] * 8, [0, 1, 1, 0, 0, 0, 2, 0], [0, 1, 1, 0, 0, 0, 2, 0], [0] * 8]


def convert(source: Path, *options: object) -> int:
    """`masks2seg` with the stand-in; OUT is out.jsonl beside the set's folders."""
    return cli("masks2seg", source, "--out", source / "out.jsonl", "--codebook", "stand-in", *options)


def make_set(folder: Path) -> Path:
    save_pair(folder, "a", BLOCKS)
    (folder / "classes.csv").write_text("0,background\n1,cat\n2,dog\n")
    return folder


def report(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_rows(tmp_path: Path) -> None:
    assert convert(make_set(tmp_path)) == 0
    (row,) = rows_of(tmp_path / "out.jsonl")
    assert (row["image"], row["prefix"]) == ("images/a.png", "segment cat ; dog")
    cat, dog = row["suffix"].split(" ; ")
    # Rows 1 to 3 of 4, columns 1 to 3 and 6 to 7 of 8, over 1024.
    assert cat.startswith("<loc0256><loc0128><loc0768><loc0384><seg")
    assert dog.startswith("<loc0256><loc0768><loc0768><loc0896><seg")
    assert (cat.count("<seg"), cat.split(" ")[-1], dog.split(" ")[-1]) == (16, "cat", "dog")


def test_boxes_alone(tmp_path: Path) -> None:
    assert convert(make_set(tmp_path), "--task", "detect") == 0
    assert rows_of(tmp_path / "out.jsonl")[0]["suffix"] == (
        "<loc0256><loc0128><loc0768><loc0384> cat ; <loc0256><loc0768><loc0768><loc0896> dog"
    )


def test_the_library_call_writes_the_same(tmp_path: Path) -> None:
    convert(make_set(tmp_path))
    done = masks2seg(tmp_path, tmp_path / "library.jsonl", codebook="stand-in")
    assert (tmp_path / "library.jsonl").read_bytes() == (tmp_path / "out.jsonl").read_bytes()
    assert done.counts["objects"] == 2
    options = ConvertOptions(task=Task.DETECT)
    masks2seg(tmp_path, tmp_path / "boxes.jsonl", options, reading=MaskOptions(classes=tmp_path / "classes.csv"))
    assert "<seg" not in (tmp_path / "boxes.jsonl").read_text()


def test_summary_and_manifest_say_what_the_set_was_taken_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert convert(make_set(tmp_path), "--classes", tmp_path / "classes.csv") == 0
    assert "taken for class indices (1 masks looked at, mode L, 3 values from 0 to 2)" in capsys.readouterr().out
    manifest = json.loads((tmp_path / "out.jsonl.manifest.json").read_text())
    masks = manifest["options"]["masks"]
    assert (masks["kind"], masks["instances"], masks["connectivity"]) == ("index", "components", 8)
    assert masks["classes"].endswith("classes.csv")


def test_least_area_of_components(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert convert(make_set(tmp_path), "--min-area", "3", "--report", "json") == 0
    found = report(capsys)
    assert (found["objects_by_label"], found["findings"]["SEL103"]["count"]) == ({"cat": 1}, 1)


def test_sizes_that_differ_are_an_error_with_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_image(make_set(tmp_path) / "images/a.png", 16, 8)
    assert convert(tmp_path) == 1
    assert "image a.png: annotated as 8 x 4, the file is 16 x 8" in capsys.readouterr().err
    assert not (tmp_path / "out.jsonl").exists()


def test_one_mask_an_object_of_another_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_image(tmp_path / "x/images/x.png", 4, 2)
    save_map(tmp_path / "x/masks/1.png", [[255, 0, 0, 0], [0, 0, 0, 0]])
    save_map(tmp_path / "x/masks/2.png", [[255, 0], [0, 0]])
    assert convert(tmp_path, "--label", "nucleus") == 1
    said = capsys.readouterr().err
    assert "annotation x/masks/2.png:1: the mask is made for 2 x 2 pixels, the image has 4 x 2" in said
    assert convert(tmp_path, "--label", "nucleus", "--on-error", "skip") == 0
    assert rows_of(tmp_path / "out.jsonl")[0]["suffix"].count("nucleus") == 1


def test_empty_and_full_masks_are_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_pair(tmp_path, "empty", [[0] * 10] * 10)
    save_pair(tmp_path, "full", [[255] * 10] * 10)
    save_pair(tmp_path, "nearly", [[255] * 10] * 9 + [[255] * 9 + [0]])
    save_pair(tmp_path, "not", [[255] * 10] * 9 + [[255] * 8 + [0, 0]])
    assert convert(tmp_path, "--label", "cat", "--report", "json") == 0
    found = report(capsys)["findings"]
    assert "the mask empty.png is empty" in found["IMG112"]["examples"][0]
    assert [("100.0%" in e, "99.0%" in e) for e in found["MSK105"]["examples"]] == [(True, False), (False, True)]


def test_what_has_no_partner_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_map(make_set(tmp_path) / "masks/b.png", BLOCKS)
    save_image(tmp_path / "images/c.png", 8, 4)
    assert convert(tmp_path) == 0
    said = capsys.readouterr().out
    assert "no image belongs to the mask b.png" in said
    assert "no mask belongs to the image c.png" in said


def test_a_damaged_mask_stops_the_run_or_leaves_its_image_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_pair(make_set(tmp_path), "b", BLOCKS).write_bytes((tmp_path / "masks/a.png").read_bytes()[:45])
    assert convert(tmp_path) == 1
    assert "image b.png: b.png: not a readable image" in capsys.readouterr().err
    assert convert(tmp_path, "--on-error", "skip") == 0
    assert [row["image"] for row in rows_of(tmp_path / "out.jsonl")] == ["images/a.png"]


def test_a_class_without_a_name_stops_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_pair(make_set(tmp_path), "b", [[7, 0]])
    assert convert(tmp_path, "--kind", "index") == 1
    assert "annotation b.png:7: category id 7 is not among the categories" in capsys.readouterr().err


def test_patterns_and_folders(tmp_path: Path) -> None:
    save_image(tmp_path / "photos/image_1.png", 8, 4)
    save_map(tmp_path / "truth/gt_1.png", [[min(v, 1) for v in row] for row in BLOCKS])
    patterns = ("--mask-pattern", "gt_{stem}.png", "--image-pattern", "image_{stem}.png")
    options = ("--images", tmp_path / "photos", "--label", "cat", "--out", tmp_path / "out.jsonl")
    command = ("masks2seg", tmp_path / "truth", *options, *patterns, "--codebook", "stand-in")
    assert cli(*command, "--instances", "classes") == 0
    (row,) = rows_of(tmp_path / "out.jsonl")
    assert (row["image"], row["suffix"].count("cat")) == ("photos/image_1.png", 1)
    assert cli(*command, "--overwrite", "--connectivity", "4") == 0
    assert rows_of(tmp_path / "out.jsonl")[0]["suffix"].count("cat") == 2


WRONG = [
    (("--connectivity", "5"), 2, "--connectivity 5"),
    (("--label", "x", "--classes", "y"), 2, "give one of them"),
    (("--mask-pattern", "x"), 2, "must hold {stem} once"),
    (("--images", "nowhere"), 3, "nowhere: no such file or folder"),
    (("--kind", "rgb"), 3, "no colour table"),
]


@pytest.mark.parametrize(("options", "code", "message"), WRONG)
def test_one_clear_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], code: int, message: str
) -> None:
    assert convert(make_set(tmp_path), *options) == code
    assert message in complaint(capsys)
