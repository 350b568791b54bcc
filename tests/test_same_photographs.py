"""The same photographs and masks in several formats: the same boxes to a bin, the same codewords."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_world import rows_of
from msgspec import structs
from PIL import Image
from shared_data import SHARED, needs_shared

import pali_dataprep
from pali_dataprep import ConvertOptions, Task
from pali_dataprep.formats import FORMATS
from pali_dataprep.masks.runs import runs_from_segmentation, runs_to_bitmap, tight_box_xyxy
from pali_dataprep.masks.segmentations import Runs
from pali_dataprep.options import OnError
from pali_dataprep.samples import Instance, Sample

pytestmark = needs_shared

COCO = SHARED / "data/coco_mini_permissive"
PHOTOS = 8

_OBJECT = re.compile(r"((?:<loc\d{4}>){4})((?:<seg\d{3}>)*) ([^<;]+?)(?= ;|$)")


@dataclass(frozen=True)
class Row:
    """An object of a row: bins, codewords, label."""

    bins: tuple[int, ...]
    codewords: tuple[int, ...]
    label: str


@dataclass(frozen=True)
class Photographs:
    """Samples whose masks are pixels and whose boxes are the masks' bounds, and the folder of their pictures."""

    samples: list[Sample]
    categories: tuple[str, ...]
    folder: Path


@pytest.fixture(scope="module")
def photographs() -> Photographs:
    dataset = FORMATS["coco"].read(COCO / "annotations/instances_val2017.json")
    samples = []
    for sample in [s for s in dataset.samples() if s.instances][:PHOTOS]:
        instances = (_in_pixels(i, sample) for i in sample.instances if not i.iscrowd)
        samples.append(structs.replace(sample, instances=tuple(i for i in instances if i is not None)))
    return Photographs(samples, dataset.categories, COCO / "val2017")


def _in_pixels(instance: Instance, sample: Sample) -> Instance | None:
    assert instance.segmentation is not None and sample.height is not None and sample.width is not None
    runs = runs_from_segmentation(instance.segmentation, sample.height, sample.width)
    box = tight_box_xyxy(runs)
    return None if box is None else structs.replace(instance, segmentation=runs, box_xyxy=box)


def convert(source: Path, out: Path, task: Task = Task.SEGMENT, **more: Any) -> dict[str, list[Row]]:
    """Objects by the name of the photograph."""
    options = ConvertOptions(task=task, max_tokens=100_000, iou_sample=0, on_error=OnError.STOP)
    pali_dataprep.convert(source, out, options, codebook="stand-in", device="cpu", **more)
    return {Path(row["image"]).name: list(_objects(row["suffix"])) for row in rows_of(out)}


def _objects(suffix: str) -> Iterable[Row]:
    for box, mask, label in _OBJECT.findall(suffix):
        yield Row(tuple(map(int, re.findall(r"\d+", box))), tuple(map(int, re.findall(r"\d+", mask))), label)


@pytest.fixture(scope="module")
def as_coco(photographs: Photographs, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    folder = tmp_path_factory.mktemp("coco")
    FORMATS["coco"].write(photographs.samples, folder / "set.json", photographs.categories)
    rows = convert(folder / "set.json", folder / "out.jsonl", images=photographs.folder)
    assert sum(map(len, rows.values())) == sum(len(s.instances) for s in photographs.samples) > 30
    return rows


def put_photographs(photographs: Photographs, folder: Path) -> None:
    folder.mkdir(parents=True)
    for sample in photographs.samples:
        (folder / sample.file_name).write_bytes((photographs.folder / sample.file_name).read_bytes())


def check_boxes(found: Mapping[str, list[Row]], wanted: Mapping[str, list[Row]]) -> None:
    """Labels alike, and bins that differ by one at most."""
    assert {n: [o.label for o in rows] for n, rows in found.items()} == {
        n: [o.label for o in rows] for n, rows in wanted.items()
    }
    bins = [np.array([o.bins for name in sorted(rows) for o in rows[name]]) for rows in (found, wanted)]
    assert np.abs(bins[0] - bins[1]).max() <= 1


def check_masks(found: Mapping[str, list[Row]], wanted: Mapping[str, list[Row]]) -> None:
    assert {n: [o.codewords for o in rows] for n, rows in found.items()} == {
        n: [o.codewords for o in rows] for n, rows in wanted.items()
    }


def test_yolo_polygons(photographs: Photographs, as_coco: dict[str, list[Row]], tmp_path: Path) -> None:
    put_photographs(photographs, tmp_path / "images")
    FORMATS["yolo"].write(photographs.samples, tmp_path, photographs.categories, polygons=True)
    rows = convert(tmp_path, tmp_path / "out.jsonl")
    check_boxes(rows, as_coco)
    check_masks(rows, as_coco)


@pytest.mark.parametrize(("name", "pictures"), [("yolo", "images"), ("voc", "JPEGImages")])
def test_boxes(
    name: str, pictures: str, photographs: Photographs, as_coco: dict[str, list[Row]], tmp_path: Path
) -> None:
    put_photographs(photographs, tmp_path / pictures)
    FORMATS[name].write(photographs.samples, tmp_path, photographs.categories)
    check_boxes(convert(tmp_path, tmp_path / "out.jsonl", Task.DETECT), as_coco)


def bitmaps(sample: Sample) -> list[np.ndarray]:
    return [runs_to_bitmap(i.segmentation) for i in sample.instances if isinstance(i.segmentation, Runs)]


def painted(sample: Sample) -> np.ndarray:
    """Numbers of instances from 1, the first on top."""
    canvas = np.zeros((sample.height or 0, sample.width or 0), dtype=np.uint8)
    for number, bitmap in reversed(list(enumerate(bitmaps(sample), start=1))):
        canvas[bitmap] = number
    return canvas


def uncovered(sample: Sample) -> list[bool]:
    """For each instance whether painting left its mask whole."""
    canvas = painted(sample)
    return [bool((canvas[bitmap] == n).all()) for n, bitmap in enumerate(bitmaps(sample), start=1)]


def visible(photographs: Photographs, rows: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    """The objects nothing was painted over."""
    return {
        s.file_name: [o for o, whole in zip(rows[s.file_name], uncovered(s), strict=True) if whole]
        for s in photographs.samples
    }


def test_panoptic(photographs: Photographs, as_coco: dict[str, list[Row]], tmp_path: Path) -> None:
    numbers = {name: n for n, name in enumerate(photographs.categories, start=1)}
    images, annotations = [], []
    for number, sample in enumerate(photographs.samples, start=1):
        canvas = painted(sample)
        present = set(np.unique(canvas).tolist()) - {0}
        segments = [
            {"id": n, "category_id": numbers[str(i.label)], "iscrowd": 0}
            for n, i in enumerate(sample.instances, start=1)
            if n in present
        ]
        png = Path(sample.file_name).with_suffix(".png").name
        channels = [canvas, np.zeros_like(canvas), np.zeros_like(canvas)]
        (tmp_path / "set").mkdir(exist_ok=True)
        Image.fromarray(np.stack(channels, axis=-1)).save(tmp_path / "set" / png)
        images.append({"id": number, "file_name": sample.file_name})
        annotations.append({"image_id": number, "file_name": png, "segments_info": segments})
    categories = [{"id": n, "name": name} for name, n in numbers.items()]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (tmp_path / "set.json").write_text(json.dumps(content))
    found = convert(tmp_path / "set.json", tmp_path / "out.jsonl", images=photographs.folder)
    wanted = visible(photographs, as_coco)
    assert sum(map(len, wanted.values())) > 20
    for name, rows in wanted.items():
        assert [o for o in rows if o not in found[name]] == []


def nuclei(photographs: Photographs, folder: Path) -> None:
    """A binary PNG an object, in a folder an image."""
    for sample in photographs.samples:
        stem = Path(sample.file_name).stem
        put_photographs(replace(photographs, samples=[sample]), folder / stem / "images")
        (folder / stem / "masks").mkdir()
        for n, bitmap in enumerate(bitmaps(sample)):
            Image.fromarray(bitmap.astype(np.uint8) * 255).save(folder / stem / f"masks/{n:03}.png")


def instance_ids(photographs: Photographs, folder: Path) -> None:
    """A 16-bit PNG an image, whose values are numbers of objects."""
    put_photographs(photographs, folder / "images")
    (folder / "masks").mkdir()
    for sample in photographs.samples:
        ids = painted(sample).astype(np.uint16) * 257
        Image.fromarray(ids).save(folder / "masks" / Path(sample.file_name).with_suffix(".png").name)


@pytest.mark.parametrize("layout", [nuclei, instance_ids])
def test_mask_files(
    layout: Callable[[Photographs, Path], None],
    photographs: Photographs,
    as_coco: dict[str, list[Row]],
    tmp_path: Path,
) -> None:
    layout(photographs, tmp_path / "set")
    found = convert(tmp_path / "set", tmp_path / "out.jsonl", reading={"label": "thing"})
    wanted = visible(photographs, as_coco) if layout is instance_ids else as_coco
    for name, rows in wanted.items():
        nameless = [replace(o, label="thing") for o in rows]
        assert [o for o in nameless if o not in found[name]] == []
    if layout is nuclei:
        assert {n: len(rows) for n, rows in found.items()} == {n: len(rows) for n, rows in wanted.items()}
