from __future__ import annotations

from pathlib import Path

import pytest
from mask_builders import save_image

from pali_dataprep.formats.masks.pairs import FilePattern, pair, stem_of

STEMS = [
    ("a.png", "{stem}.*", "a"),
    ("train/a.b.png", "{stem}.*", "train/a.b"),
    ("a_mask.png", "{stem}_mask.*", "a"),
    ("valid/a_jpg.rf.0_mask.png", "{stem}_mask.png", "valid/a_jpg.rf.0"),
    ("a.png", "{stem}_mask.*", None),
    ("gt_0001.png", "gt_{stem}.png", "0001"),
    ("a_mask_1.png", "{stem}_mask_*.png", "a"),
    ("train/x/masks/1.png", "{stem}/masks/*", "train/x"),
    ("x/masks/deep/1.png", "{stem}/masks/*", None),
    ("masks/1.png", "{stem}/masks/*", None),
    ("a+(1).png", "{stem}+(1).png", "a"),
    ("a.png", "{stem}.PNG", None),
]


@pytest.mark.parametrize(("name", "pattern", "stem"), STEMS)
def test_what_a_stem_is(name: str, pattern: str, stem: str | None) -> None:
    assert stem_of(name, pattern) == stem


MANY = [("{stem}.*", False), ("{stem}_mask.png", False), ("{stem}/masks/*", True), ("{stem}_*.png", True)]


@pytest.mark.parametrize(("pattern", "many"), MANY)
def test_whether_an_image_has_several_masks(pattern: str, many: bool) -> None:
    assert FilePattern(Path(), pattern).many_a_stem is many


def test_masks_are_no_images_where_both_lie_in_one_folder(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.jpg", "a_mask.png", "c_mask.png", "notes.txt", ".hidden.png"):
        save_image(tmp_path / name, 4, 4) if not name.endswith("txt") else (tmp_path / name).touch()
    pairing = pair(FilePattern(tmp_path, "{stem}_mask.png"), FilePattern(tmp_path, "{stem}.*"))
    assert [found.stem for found in pairing.pairs()] == ["a"]
    assert pairing.masks_alone == ["c_mask.png"]
    assert pairing.images_alone == ["b.jpg"]


def test_a_pattern_for_masks_does_not_reach_across_folders(tmp_path: Path) -> None:
    for name in ("images/train/1.jpg", "masks/train/1.png", "masks/val/1.png"):
        save_image(tmp_path / name, 4, 4)
    pairing = pair(FilePattern(tmp_path / "masks", "{stem}.*"), FilePattern(tmp_path / "images", "{stem}.*"))
    assert [found.stem for found in pairing.pairs()] == ["train/1"]
    assert pairing.masks_alone == ["val/1.png"]


FOLDERS = [(".", "."), ("masks", "."), (".", "images"), ("masks", "images")]


@pytest.mark.parametrize(("masks", "images"), FOLDERS)
def test_masks_are_no_images_wherever_the_folders_lie(tmp_path: Path, masks: str, images: str) -> None:
    for name in ("images/a.jpg", "images/a_mask.png", "masks/a.jpg", "masks/a_mask.png", "masks/b_mask.png"):
        save_image(tmp_path / name, 4, 4)
    pairing = pair(FilePattern(tmp_path / masks, "{stem}_mask.png"), FilePattern(tmp_path / images, "{stem}.*"))
    reached = {tmp_path / masks / name for name in (*pairing.masks, *pairing.masks_alone)}
    seen = {tmp_path / images / name for name in (*pairing.images, *pairing.images_alone)}
    assert not reached & seen
    assert (tmp_path / "images/a_mask.png" in seen) == (masks == "masks")
    assert tmp_path / "images/a.jpg" in seen


def test_several_files_of_a_stem_stay_together_in_the_order_of_stems(tmp_path: Path) -> None:
    for name in (
        "b/images/1.png",
        "b/masks/2.png",
        "b/masks/1.png",
        "a/images/1.png",
        "a/images/2.png",
        "a/masks/1.png",
    ):
        save_image(tmp_path / name, 4, 4)
    pairing = pair(FilePattern(tmp_path, "{stem}/masks/*"), FilePattern(tmp_path, "{stem}/images/*"))
    assert list(pairing.pairs()) == [
        ("a", ["a/images/1.png", "a/images/2.png"], ["a/masks/1.png"]),
        ("b", ["b/images/1.png"], ["b/masks/1.png", "b/masks/2.png"]),
    ]
