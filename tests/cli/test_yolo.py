"""`yolo2jsonl` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_world import cli, complaint, rows_of
from yolo_builders import BOX, add_image, add_pairs, make_roboflow, write_lines

import pali_dataprep

CAT = "<loc0307><loc0410><loc0717><loc0614> cat"
"""`yolo_builders.BOX` over 1024, rounded half to even: 0.3, 0.4, 0.7, 0.6."""


def convert(source: Path, out: Path, *options: object) -> int:
    return cli("yolo2jsonl", source, "--out", out, *options)


def findings(out: Path) -> dict[str, int]:
    manifest = json.loads(out.with_name(f"{out.name}.manifest.json").read_text("utf-8"))
    return {code: found["count"] for code, found in manifest["report"]["findings"].items()}


def test_each_subset_to_its_own_file(here: Path) -> None:
    assert convert(make_roboflow(here / "set"), here / "out.jsonl") == 0
    train, val = rows_of(here / "out.train.jsonl"), rows_of(here / "out.val.jsonl")
    assert train[0] == {"image": "set/train/images/a.jpg", "prefix": "detect cat", "suffix": CAT}
    assert ([len(train), len(val)], (here / "out.jsonl").exists()) == ([2, 1], False)
    manifest = json.loads((here / "out.val.jsonl.manifest.json").read_text("utf-8"))
    assert (manifest["command"], manifest["split"], manifest["report"]["rows_by_split"]) == (
        "yolo2jsonl",
        "val",
        {"train": 2, "val": 1},
    )
    assert {"rows": "auto", "subsets": ["train", "val"], "unlabelled": "negative"}.items() <= manifest[
        "options"
    ].items()


@pytest.mark.parametrize(
    ("options", "files"),
    [
        (["--subset", "val"], {"out.jsonl": 1}),
        (["--subset", "train,valid"], {"out.train.jsonl": 2, "out.val.jsonl": 1}),
        (["--merge"], {"out.jsonl": 3}),
        (["--split", "fit=0.7,held=0.3"], {"out.fit.jsonl": 2, "out.held.jsonl": 1}),
        (["--limit", "1", "--merge"], {"out.jsonl": 1}),
    ],
)
def test_which_subsets_go_where(here: Path, options: list[str], files: dict[str, int]) -> None:
    assert convert(make_roboflow(here / "set"), here / "out.jsonl", *options) == 0
    assert {path.name: len(rows_of(path)) for path in here.glob("out*.jsonl")} == files


def test_subset_that_the_set_does_not_have(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert convert(make_roboflow(here / "set"), here / "out.jsonl", "--subset", "dev") == 3
    assert "no subset 'dev' is there\nhint: there are: train, val" in complaint(capsys)


@pytest.mark.parametrize(
    ("options", "suffixes", "found"),
    [
        ([], [CAT, "", ""], {"IMG110": 1}),
        (["--unlabelled", "negative"], [CAT, "", ""], {"IMG110": 1}),
        (["--unlabelled", "skip"], [CAT, ""], {"IMG111": 1}),
        (["--unlabelled", "skip", "--empty", "skip"], [CAT], {"IMG111": 1, "SEL104": 1}),
    ],
)
def test_unlabelled_images(here: Path, options: list[str], suffixes: list[str], found: dict[str, int]) -> None:
    add_pairs(here, "a")
    add_image(here / "images/empty.jpg", here / "labels/empty.txt", [])
    add_image(here / "images/missing.jpg")
    write_lines(here / "classes.txt", "cat", "dog")
    assert convert(here, here / "out.jsonl", *options) == 0
    assert [row["suffix"] for row in rows_of(here / "out.jsonl")] == suffixes
    assert findings(here / "out.jsonl") == found


@pytest.mark.parametrize(("rows", "masks"), [("auto", 1), ("segment", 1), ("obb", 0)])
def test_eight_numbers_are_a_polygon_unless_told_otherwise(here: Path, rows: str, masks: int) -> None:
    corners = "0 0.4 0.3 0.6 0.3 0.6 0.7 0.4 0.7"
    add_image(here / "images/a.jpg", here / "labels/a.txt", [corners])
    write_lines(here / "classes.txt", "cat", "dog")
    assert convert(here, here / "boxes.jsonl", "--rows", rows) == 0
    assert rows_of(here / "boxes.jsonl")[0]["suffix"] == CAT
    assert convert(here, here / "masks.jsonl", "--rows", rows, "--task", "segment", "--codebook", "stand-in") == 0
    assert rows_of(here / "masks.jsonl")[0]["suffix"].count("<seg") == 16 * masks
    assert findings(here / "masks.jsonl") == ({} if masks else {"MSK101": 1})


def test_errors_name_file_and_line_and_stop_the_run(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_image(here / "images/a.jpg", here / "labels/a.txt", [BOX, "7 0.5 0.5 0.2 0.4", "", "0 320 240 64 48"])
    write_lines(here / "classes.txt", "cat")
    assert convert(here, here / "out.jsonl") == 1
    said = capsys.readouterr().err
    assert "annotation labels/a.txt:2: category id 7 is not among the categories" in said
    assert "annotation labels/a.txt:4: 320 is far outside 0-1" in said
    assert not (here / "out.jsonl").exists()
    assert convert(here, here / "out.jsonl", "--on-error", "skip") == 0
    assert [row["suffix"] for row in rows_of(here / "out.jsonl")] == [CAT]
    assert {"ANN101": 1, "ANN102": 1}.items() <= findings(here / "out.jsonl").items()


def test_linked_images_that_lead_outside_need_leave(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_image(here / "store/1.jpg")
    write_lines(here / "set/labels/a.txt", BOX)
    write_lines(here / "set/classes.txt", "cat")
    (here / "set/images").mkdir()
    (here / "set/images/a.jpg").symlink_to(here / "store/1.jpg")
    assert convert(here / "set", here / "out.jsonl") == 1
    assert "'images/a.jpg' leads outside the image folder" in capsys.readouterr().err
    assert convert(here / "set", here / "out.jsonl", "--allow-outside") == 0
    assert rows_of(here / "out.jsonl")[0]["suffix"] == CAT


def test_confidence_decides_what_is_dropped(here: Path) -> None:
    add_image(here / "images/a.jpg", here / "labels/a.txt", [f"{BOX} 0.2", "1 0.5 0.5 0.2 0.4 0.9"])
    write_lines(here / "classes.txt", "cat", "dog")
    options = ("--max-tokens", "16", "--overflow", "drop-objects")
    assert convert(here, here / "out.jsonl", *options) == 0
    assert rows_of(here / "out.jsonl")[0]["prefix"] == "detect dog"


def test_names_and_images_of_ones_own(here: Path) -> None:
    add_pairs(here / "set", "a")
    path = write_lines(here / "cfg/data.yaml", "train: images", "names: [dog]")
    names = write_lines(here / "names.txt", "cat")
    assert convert(path, here / "out.jsonl", "--images", here / "set", "--names", names) == 0
    assert rows_of(here / "out.jsonl") == [{"image": "set/images/a.jpg", "prefix": "detect cat", "suffix": CAT}]


def test_the_library_does_what_the_command_does(here: Path) -> None:
    source = make_roboflow(here / "set")
    assert convert(source, here / "command.jsonl", "--merge", "--rows", "detect") == 0
    report = pali_dataprep.yolo2jsonl(source, here / "library.jsonl", merge=True, rows=pali_dataprep.YoloRows.DETECT)
    assert report.counts["rows"] == 3
    assert (here / "library.jsonl").read_bytes() == (here / "command.jsonl").read_bytes()
