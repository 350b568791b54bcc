"""`coco2jsonl` as a user drives it: files, exit codes, what is said and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from builders import write_json
from cli_world import World, annotation, cli, complaint, document, image_entry, make_world, picture, rows_of

from pali_dataprep.cli.console import STAND_IN_WARNING

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


def edit(world: World, change: Any) -> None:
    """Apply a function to the COCO file's content."""
    content = world.source()
    change(content)
    world.write_source(content)


# --- what comes out


def test_boxes(world: World, capsys: Captured) -> None:
    assert world.convert() == 0
    assert rows_of(world.out)[0] == {
        "image": "../images/001.png",
        "prefix": "detect cat ; dog",
        "suffix": "<loc0064><loc0032><loc0277><loc0352> cat ; <loc0096><loc0512><loc0608><loc0768> dog",
    }
    captured = capsys.readouterr()
    assert f"wrote    {world.out}" in captured.out
    assert "rows     3 from 3 images (1 with an empty suffix)" in captured.out
    assert "objects  4 of 4 annotations, 0 as masks" in captured.out
    assert captured.err == ""


def test_masks(world: World, capsys: Captured) -> None:
    assert world.convert_segment() == 0
    row = rows_of(world.out)[0]
    assert row["prefix"] == "segment cat ; dog"
    assert row["suffix"].count("<seg") == 32
    assert row["suffix"].startswith("<loc0064><loc0032><loc0277><loc0352><seg")
    assert "4 of 4 masks rebuilt and compared" in capsys.readouterr().out


def test_captions(world: World) -> None:
    captions = [{"image_id": 1, "caption": " two  of\nthem "}, {"image_id": 1, "caption": "b"}]
    edit(world, lambda content: content.update(annotations=[{"id": n, **c} for n, c in enumerate(captions)]))
    assert world.convert("--captions", "all", "--lang", "de", task="caption") == 0
    made = [(row["prefix"], row["suffix"]) for row in rows_of(world.out)]
    assert made == [("caption de", "two of them"), ("caption de", "b")]
    assert world.convert("--captions", "first", "--overwrite", task="caption") == 0
    assert len(rows_of(world.out)) == 1


def test_options_reach_the_rows(world: World) -> None:
    (world.folder / "names.json").write_text('{"cat": "feline"}')
    options = ("--rename", world.folder / "names.json", "--categories", "1,dog", "--exclude", "2", "--grid", 1023)
    assert world.convert(*options, "--empty", "skip", "--image-paths", "root", "--target", "keras") == 0
    assert rows_of(world.out)[0] == {
        "image": "001.png",
        "prefix": "detect feline\n",
        "suffix": "<loc0064><loc0032><loc0277><loc0352> feline",
    }
    assert len(rows_of(world.out)) == 2


def test_an_image_folder_is_the_annotations_own_by_default(world: World) -> None:
    world.annotations.rename(world.images / "a.json")
    assert cli("coco2jsonl", world.images / "a.json", "-o", world.out) == 0
    assert rows_of(world.out)[0]["image"] == "../images/001.png"


def test_results_with_ground_truth(world: World) -> None:
    results = [{"image_id": 1, "category_id": 2, "bbox": [1, 1, 9, 9], "score": 0.5}]
    (world.folder / "results.json").write_text(json.dumps(results))
    command = ("coco2jsonl", world.folder / "results.json", "--images", world.images, "-o", world.out)
    assert cli(*command, "--ground-truth", world.annotations) == 0
    assert [row["prefix"] for row in rows_of(world.out)] == ["detect dog"]


def test_relative_paths_from_the_current_folder(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world.folder)
    assert cli("coco2jsonl", "annotations.json", "--images", "images", "-o", "made.jsonl") == 0
    assert rows_of(Path("made.jsonl"))[0]["image"] == "images/001.png"


# --- what is said


def test_the_report_as_json(world: World, capsys: Captured) -> None:
    assert world.convert_segment("--report", "json") == 0
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert report["counts"]["masks"] == report["mask_iou"]["measured"] == 4
    assert report.pop("near_ties")["codewords"] == 4 * 16, "which depends on the backend and is not in the manifest"
    assert report["codebook"] == "stand-in"
    assert report["outputs"] == [world.out.as_posix()]
    manifest = json.loads(world.out.with_name("train.jsonl.manifest.json").read_text("utf-8"))
    assert manifest["report"] == report


def test_quiet_is_silent(world: World, capsys: Captured) -> None:
    assert world.convert("--quiet") == 0
    assert capsys.readouterr() == ("", "")
    assert world.out.exists()


def test_quiet_json_is_json_alone(world: World, capsys: Captured) -> None:
    assert world.convert("-q", "--report", "json") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["counts"]["rows"] == 3
    assert captured.err == ""


@pytest.mark.parametrize("options", [(), ("--quiet",), ("--report", "json")], ids=["plain", "quiet", "json"])
def test_the_stand_in_is_always_called_one(world: World, capsys: Captured, options: tuple[str, ...]) -> None:
    assert world.convert_segment(*options) == 0
    assert capsys.readouterr().err == f"warning: {STAND_IN_WARNING}\n"


def test_a_copy_of_the_stand_in_is_called_one_too(world: World, capsys: Captured) -> None:
    from pali_dataprep.vqvae.weights import find_stand_in

    copy = world.folder / "mine.npz"
    copy.write_bytes(find_stand_in().read_bytes())
    assert world.convert_segment("--codebook", copy, "-q") == 0
    assert STAND_IN_WARNING in capsys.readouterr().err


def test_boxes_are_made_without_a_codebook_and_without_a_warning(world: World, capsys: Captured) -> None:
    assert world.convert("--codebook", "stand-in") == 0
    assert capsys.readouterr().err == ""


def test_what_was_left_out_is_said(world: World, capsys: Captured) -> None:
    world.add(annotation(1, 1, (1, 1, 5, 5), iscrowd=1), annotation(1, 1, (99, 99, 5, 5)))
    assert world.convert() == 0
    said = capsys.readouterr().out
    assert "objects  4 of 6 annotations" in said
    assert "SEL101 crowd: 1, left out" in said
    assert "BOX103 outside-image: 1, left out" in said
    assert "001.png, annotation 1005" in said


def test_names_are_printed_as_they_are(world: World, capsys: Captured) -> None:
    """Neither as markup, nor as emoji, nor as lines of ours."""
    names = ["[red]:cat:.png", "a\nerror: no.png", "\x1b[31mred.png"]
    edit(world, lambda content: content["images"].extend(image_entry(50 + n, x, 9, 9) for n, x in enumerate(names)))
    assert world.convert("--on-error", "skip") == 0
    said = capsys.readouterr().out
    assert "[red]:cat:.png" in said
    assert "\x1b" not in said
    assert world.convert("--overwrite") == 1
    said = capsys.readouterr().err
    assert r"a\nerror: no.png" in said
    assert "\nerror: no.png" not in said
    assert "\x1b" not in said


def test_a_large_picture_is_no_cause_for_alarm(world: World, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow warns of 89 megapixels and more, which aerial photographs have."""
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 96 * 80 - 1)
    assert world.convert("-q", "--on-error", "skip") == 0
    assert cli("inspect", world.out, "-o", world.folder / "sheet.png", "--rows", 2) == 0
    assert capsys.readouterr().err == ""
    assert len(rows_of(world.out)) == 3


# --- errors in the data, and the budget


def test_errors_stop_the_run_and_are_all_named(world: World, capsys: Captured) -> None:
    edit(world, lambda content: content["images"].append(image_entry(7, "gone.jpg", 9, 9)))
    world.add(annotation(1, 55, (1, 1, 5, 5)), annotation(2, 56, (1, 1, 5, 5)))
    assert world.convert() == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert "ANN102 unknown-category: 2" in lines
    assert "IMG103 missing-image: 1" in lines
    assert any("image gone.jpg: no file" in line and "--allow-missing" in line for line in lines)
    assert lines[-1] == "error: 3 errors; nothing was written"
    assert not world.out.parent.exists() or not list(world.out.parent.iterdir())


def test_errors_can_be_left_out(world: World, capsys: Captured) -> None:
    world.add(annotation(1, 55, (1, 1, 5, 5)))
    assert world.convert("--on-error", "skip") == 0
    assert "error    ANN102 unknown-category: 1, left out" in capsys.readouterr().out


def test_missing_images_can_be_allowed(world: World, capsys: Captured) -> None:
    for path in world.images.iterdir():
        path.unlink()
    assert world.convert("--allow-missing") == 0
    assert "IMG104 missing-image-kept: 3, kept" in capsys.readouterr().out
    assert len(rows_of(world.out)) == 3


def test_rows_over_the_budget_stop_the_run_with_advice(world: World, capsys: Captured) -> None:
    assert world.convert("--max-tokens", 12) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert lines[0] == "2 rows of more than 12 tokens; the longest:"
    assert "001.png: 19 tokens, 2 objects" in lines[1]
    table = {line.split()[0]: line.split()[1:] for line in lines if line.startswith(("drop", "split", "per", "skip"))}
    assert table["skip"][:3] == ["0", "4", "2"]
    assert set(table) == {"drop-objects", "split-rows", "per-class", "skip"}
    assert "--tokenizer" in captured.err
    assert lines[-1] == "error: 2 rows exceed 12 tokens; nothing was written"
    assert not world.out.exists()


@pytest.mark.parametrize("policy", ["drop-objects", "split-rows", "per-class", "skip"])
def test_a_policy_makes_rows_fit(world: World, capsys: Captured, policy: str) -> None:
    assert world.convert("--max-tokens", 14, "--overflow", policy, "--report", "json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["tokens"]["max"] <= 14
    assert report["counts"]["objects"] + len(report["dropped_for_budget"]) == 4


def test_the_limit_names_its_reason(world: World, capsys: Captured) -> None:
    assert world.convert("--checkpoint", "pt-448") == 0
    assert "of 512 a row (pt-448 was trained with 512)" in capsys.readouterr().out


# --- dry runs and weights


def test_a_dry_run_writes_nothing_and_needs_no_weights(world: World, capsys: Captured) -> None:
    before = world.files()
    assert world.convert("--dry-run", "--codebook", "official", "--image-paths", "copy", task="segment") == 0
    said = capsys.readouterr()
    assert "nothing written (dry run)" in said.out
    assert "4 as masks" in said.out
    assert said.err == ""
    assert world.files() == before


def test_without_the_official_weights_segmentation_stops(world: World, capsys: Captured) -> None:
    before = world.files()
    assert world.convert("--codebook", "official", task="segment") == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: the official mask codec weights could not be downloaded:")
    for needed in ("vae-oid.npz", "5586010257b8536dddefab65e7755077f21d5672d5674dacf911f73ae95a4447", "stand-in"):
        assert needed in captured.err
    assert world.files() == before


@pytest.mark.parametrize("codebook", ["standin", "nowhere.npz"])
def test_an_unknown_codebook(world: World, capsys: Captured, codebook: str) -> None:
    assert world.convert("--codebook", codebook, task="segment") == 1
    assert "'stand-in'" in complaint(capsys)


def test_a_device_that_is_not_there(world: World, capsys: Captured) -> None:
    assert world.convert_segment("--device", "abacus") == 2
    assert complaint(capsys) == "error: JAX sees no abacus here; it sees cpu\n"


# --- splits and copies


def test_splits(world: World, capsys: Captured) -> None:
    assert world.convert("--split", "train=2,val=1") == 0
    assert {name for name in world.files() if name.startswith("out/")} == {
        "out/train.train.jsonl",
        "out/train.train.jsonl.manifest.json",
        "out/train.val.jsonl",
        "out/train.val.jsonl.manifest.json",
    }
    assert "2 train, 1 val" in capsys.readouterr().out


def test_copies_lie_beside_the_output(world: World) -> None:
    assert world.convert("--image-paths", "copy") == 0
    assert {"out/001.png", "out/002.png", "out/003.png"} <= world.files()
    assert rows_of(world.out)[0]["image"] == "001.png"


def test_another_picture_in_the_place_of_a_copy(world: World, capsys: Captured) -> None:
    picture(world.folder / "out/002.png", 7, 7)
    assert world.convert("--image-paths", "copy") == 1
    assert "002.png: another picture is there" in complaint(capsys)
    assert not world.out.exists()
    assert world.convert("--image-paths", "copy", "--overwrite") == 0
    assert (world.folder / "out/002.png").read_bytes() == (world.images / "002.png").read_bytes()


def test_files_outside_the_image_folder_are_not_published(world: World, capsys: Captured) -> None:
    picture(world.folder / "secret.png", 40, 30)
    edit(world, lambda content: content["images"].append(image_entry(9, "../secret.png", 40, 30)))
    assert world.convert("--image-paths", "copy") == 1
    assert "IMG102 outside-root" in capsys.readouterr().err
    assert "out/secret.png" not in world.files()
    assert world.convert("--allow-outside", "--image-paths", "root") == 0
    assert rows_of(world.out)[-1]["image"] == "../secret.png"


@pytest.mark.parametrize(
    ("options", "files"),
    [
        ((), {"out.train.jsonl": 1, "out.val.jsonl": 1}),
        (("--subset", "valid"), {"out.jsonl": 1}),
        (("--merge",), {"out.jsonl": 2}),
    ],
)
def test_the_splits_of_a_folder(tmp_path: Path, options: tuple[str, ...], files: dict[str, int]) -> None:
    for name in ("train", "valid"):
        (tmp_path / name).mkdir()
        picture(tmp_path / name / "a.png", 40, 30)
        listed = document([image_entry(1, "a.png", 40, 30)], [annotation(1, 1, (4, 3, 20, 15))])
        write_json(tmp_path / name / "_annotations.coco.json", listed)
    assert cli("coco2jsonl", tmp_path, "--out", tmp_path / "out.jsonl", *options) == 0
    assert {path.name: len(rows_of(path)) for path in tmp_path.glob("out*.jsonl")} == files
    images = {row["image"] for path in tmp_path.glob("out*.jsonl") for row in rows_of(path)}
    assert images <= {"train/a.png", "valid/a.png"}


def test_an_image_folder_that_is_not_there(world: World, capsys: Captured) -> None:
    """Said once, not once an image."""
    options = ("--images", world.folder / "pictures", "--out", world.out)
    assert cli("coco2jsonl", world.annotations, *options) == 3
    said = complaint(capsys)
    assert "pictures: no such image folder\nhint: --images says where the images are" in said
    assert "IMG103" not in said
    assert cli("coco2jsonl", world.annotations, *options, "--allow-missing") == 0
