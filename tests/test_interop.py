"""The real packages read what we write: supervision, Hugging Face datasets, pycocotools."""

from __future__ import annotations

import importlib
import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_world import World, annotation, cli, make_world, rows_of
from pycocotools import mask as coco_mask
from shared_data import SHARED, needs_shared

PHOTOS = SHARED / "data/coco_mini_permissive"

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Boxes of many sizes, at the edges too, on pictures of many sizes."""
    world = make_world(tmp_path, images=7)
    rng = np.random.default_rng(0)
    for image in world.source()["images"]:
        for _ in range(4):
            width, height = rng.integers(2, image["width"]), rng.integers(2, image["height"])
            x, y = rng.integers(0, image["width"] - width), rng.integers(0, image["height"] - height)
            world.add(annotation(image["id"], int(rng.integers(1, 4)), [float(v) for v in (x, y, width, height)]))
    return world


def xyxy(box: list[float]) -> np.ndarray:
    x, y, width, height = box
    return np.array([x, y, x + width, y + height])


def by_image(world: World) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each image of the source with its annotations, in order."""
    content = world.source()
    for image in content["images"]:
        yield image, [a for a in content["annotations"] if a["image_id"] == image["id"]]


# --- supervision


def import_supervision() -> Any:
    """The package; without OpenCV it says on import that it does without."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"OpenCV .* is not installed", UserWarning)
        return importlib.import_module("supervision")


@pytest.mark.parametrize("task", ["detect", "segment"])
def test_supervision_reads_our_boxes_to_within_a_bin(world: World, task: str) -> None:
    sv = import_supervision()
    names = {1: "cat", 2: "dog", 3: "traffic light"}
    assert world.convert("--max-tokens", 2000, task=task) == 0
    for row, (image, originals) in zip(rows_of(world.out), by_image(world), strict=True):
        size = (image["width"], image["height"])
        # Its parser knows no seg tokens and passes over an object that has some.
        suffix = re.sub(r"<seg\d{3}>", "", row["suffix"])
        found = sv.Detections.from_vlm(sv.VLM.PALIGEMMA, suffix, resolution_wh=size, classes=[*names.values()])
        assert list(found["class_name"]) == [names[a["category_id"]] for a in originals]
        expected = np.array([xyxy(a["bbox"]) for a in originals])
        bin_size = np.array([*size, *size]) / 1024
        assert (np.abs(found.xyxy - expected) <= bin_size).all()


def test_supervision_reads_a_row_without_objects(tmp_path: Path) -> None:
    sv = import_supervision()
    world = make_world(tmp_path)
    assert world.convert() == 0
    empty = rows_of(world.out)[-1]
    assert empty["suffix"] == ""
    assert len(sv.Detections.from_vlm(sv.VLM.PALIGEMMA, empty["suffix"], resolution_wh=(9, 9))) == 0


# --- Hugging Face datasets


@pytest.fixture
def offline_datasets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The package, kept off the network and out of the user's caches."""
    for name in ("HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "HF_DATASETS_DISABLE_PROGRESS_BARS"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    return pytest.importorskip("datasets")


@pytest.mark.parametrize("task", ["detect", "segment"])
def test_datasets_loads_every_row(world: World, tmp_path: Path, offline_datasets: Any, task: str) -> None:
    assert world.convert("--max-tokens", 2000, "--split", "train=2,val=1", task=task) == 0
    files = {name: str(world.folder / f"out/train.{name}.jsonl") for name in ("train", "val")}
    loaded = offline_datasets.load_dataset("json", data_files=files, cache_dir=str(tmp_path / "cache"))
    for name, path in files.items():
        assert loaded[name].column_names == ["image", "prefix", "suffix"]
        assert list(loaded[name]) == rows_of(Path(path))


# --- COCO and back


def load_in_pycocotools(path: Path, capsys: Captured) -> Any:
    from pycocotools.coco import COCO

    loaded = COCO(str(path))
    capsys.readouterr()
    return loaded


def round_trip(source: Path, images: Path, folder: Path, *options: object) -> Path:
    """COCO to JSONL to COCO, by the command line."""
    out, back = folder / "out/there.jsonl", folder / "back.json"
    assert cli("coco2jsonl", source, "--images", images, "-o", out, "-q", "--max-tokens", 20_000, *options) == 0
    assert cli("decode", out, "-o", back) == 0
    return back


def ious(made: list[dict[str, Any]], original: list[dict[str, Any]]) -> np.ndarray:
    """IoU of each box with its own, as pycocotools counts."""
    boxes = (np.array([a["bbox"] for a in made]), np.array([a["bbox"] for a in original]))
    return np.diag(coco_mask.iou(*boxes, [0] * len(original)))


@pytest.mark.parametrize("grid", [1024, 1023])
def test_boxes_come_back_as_coco(world: World, capsys: Captured, grid: int) -> None:
    back = load_in_pycocotools(round_trip(world.annotations, world.images, world.folder, "--grid", grid), capsys)
    for number, (image, originals) in enumerate(by_image(world), start=1):
        made = back.loadAnns(back.getAnnIds(imgIds=number))
        assert back.loadImgs(number)[0]["width"] == image["width"]
        assert ious(made, originals).min() > 0.9


@needs_shared
def test_real_masks_come_back_as_coco(tmp_path: Path, capsys: Captured) -> None:
    source, images = PHOTOS / "annotations/instances_val2017.json", PHOTOS / "val2017"
    options = ("--task", "segment", "--codebook", "stand-in", "--iou-sample", 0)
    back = load_in_pycocotools(round_trip(source, images, tmp_path, *options), capsys)
    truth = load_in_pycocotools(source, capsys)
    listed = json.loads(source.read_text("utf-8"))["images"]
    box_ious: list[float] = []
    mask_ious: list[float] = []
    for number, image in enumerate(listed, start=1):
        made = back.loadAnns(back.getAnnIds(imgIds=number))
        original = truth.loadAnns(truth.getAnnIds(imgIds=image["id"], iscrowd=False))
        original.sort(key=lambda a: [entry["id"] for entry in truth.dataset["annotations"]].index(a["id"]))
        assert [_name(back, a) for a in made] == [_name(truth, a) for a in original]
        if made:
            box_ious += ious(made, original).tolist()
            masks = ([a["segmentation"] for a in made], [truth.annToRLE(a) for a in original])
            mask_ious += np.diag(coco_mask.iou(*masks, [0] * len(original))).tolist()
    assert len(box_ious) == 211
    assert np.mean(box_ious) > 0.97
    assert np.mean(mask_ious) > 0.6


def _name(coco: Any, entry: dict[str, Any]) -> str:
    return str(coco.loadCats(entry["category_id"])[0]["name"])
