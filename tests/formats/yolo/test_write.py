"""YOLO sets as they are written, and read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from builders import write_image
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from pali_dataprep.errors import OutputError
from pali_dataprep.formats.yolo import read, write
from pali_dataprep.masks.runs import runs_from_bitmap, runs_from_segmentation, runs_to_bitmap
from pali_dataprep.masks.segmentations import Polygons, Rle, Runs
from pali_dataprep.samples import Instance, Sample

WIDTH, HEIGHT = 100, 50
RING = [10.0, 5.0, 30.0, 5.0, 20.0, 25.0]


def cat(**fields: object) -> Instance:
    return structs.replace(Instance("cat", (10, 5, 30, 25), Polygons([RING]), source_id="7"), **fields)  # type: ignore[arg-type]


def sample(*instances: Instance, file_name: str = "a.jpg", subset: str | None = None) -> Sample:
    return Sample(file_name, WIDTH, HEIGHT, instances, subset=subset)


def test_label_files_and_data_yaml(tmp_path: Path) -> None:
    samples = [
        sample(cat(), cat(label="dog", score=0.25), file_name="train/images/a.jpg", subset="train"),
        sample(file_name="valid/images/b.jpg", subset="val"),
        sample(cat(), file_name="c/d.jpg", subset="val"),
    ]
    write(samples, tmp_path, ["bird", "cat"])
    assert {p.relative_to(tmp_path).as_posix(): p.read_text("utf-8") for p in tmp_path.rglob("*.txt")} == {
        "train/labels/a.txt": "1 0.20000000 0.30000000 0.20000000 0.40000000\n"
        "2 0.20000000 0.30000000 0.20000000 0.40000000 0.25\n",
        "valid/labels/b.txt": "",
        "labels/c/d.txt": "1 0.20000000 0.30000000 0.20000000 0.40000000\n",
    }
    assert yaml.safe_load((tmp_path / "data.yaml").read_text("utf-8")) == {
        "path": ".",
        "train": ["train/images"],
        "val": ["valid/images", "images/c"],
        "names": {0: "bird", 1: "cat", 2: "dog"},
    }


@pytest.mark.parametrize(
    ("instance", "polygons", "message"),
    [
        (cat(label=None), False, "without a label"),
        (cat(box_xyxy=None), False, "has no box"),
    ],
)
def test_what_yolo_cannot_hold(tmp_path: Path, instance: Instance, polygons: bool, message: str) -> None:
    with pytest.raises(OutputError, match=message):
        write([sample(instance)], tmp_path, ["cat"], polygons=polygons)
    assert not (tmp_path / "data.yaml").exists()


RECTANGLE = np.zeros((HEIGHT, WIDTH), dtype=bool)
RECTANGLE[5:25, 10:30] = True
HOLED = RECTANGLE.copy()
HOLED[10:15, 12:20] = False
TWO = HOLED.copy()
TWO[40:45, 60:90] = True
PARTS = Polygons([[0, 0, 10, 0, 10, 10, 0, 10], [5, 5, 20, 5, 20, 20, 5, 20], [50, 20, 60, 20, 60, 30, 50, 30]])
BEYOND = Polygons([[-20, 10, 30, 10, 30, 30, -20, 30]])


@pytest.mark.parametrize(
    ("shape", "codes"),
    [
        (Polygons([RING]), []),
        (runs_from_bitmap(RECTANGLE), []),
        (runs_from_bitmap(HOLED), ["WRT102"]),
        (runs_from_bitmap(TWO), ["WRT101", "WRT102"]),
        (Rle([0, HEIGHT * WIDTH], HEIGHT, WIDTH), []),
        (PARTS, ["WRT101"]),
        (BEYOND, []),
    ],
    ids=["polygon", "pixels", "a hole", "two parts and a hole", "the whole image", "overlapping rings", "beyond"],
)
def test_any_mask_is_read_back_as_it_was(tmp_path: Path, shape: Polygons | Rle | Runs, codes: list[str]) -> None:
    write_image(tmp_path / "images/a.png", WIDTH, HEIGHT)
    losses = write([sample(cat(segmentation=shape), file_name="a.png")], tmp_path, ["cat"], polygons=True)
    (found,) = read(tmp_path).samples()
    (instance,) = found.instances
    assert instance.segmentation is not None
    masks = [runs_to_bitmap(runs_from_segmentation(s, HEIGHT, WIDTH)) for s in (shape, instance.segmentation)]
    np.testing.assert_array_equal(*masks)
    assert sorted(losses.counts) == codes
    assert all("a.png, annotation 7" in line for line in losses.lines())


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (None, "it has no mask"),
        (Rle([HEIGHT * WIDTH], HEIGHT, WIDTH), "its mask has no pixel"),
        (Rle([1, 2], HEIGHT, WIDTH), "the RLE covers 3 pixels"),
        (Polygons([[1, 2]]), "a polygon ring has 2 numbers"),
    ],
)
def test_an_object_without_a_mask_makes_no_polygon(tmp_path: Path, shape: Polygons | Rle | None, why: str) -> None:
    losses = write([sample(cat(segmentation=shape), cat())], tmp_path, ["cat"], polygons=True)
    assert len((tmp_path / "labels/a.txt").read_text().splitlines()) == 1
    assert losses.counts == {"WRT103": 1}
    assert losses.first["WRT103"].message.startswith(why)


def test_two_images_of_one_label_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a\.txt: two images would share it"):
        write([sample(), sample(file_name="a.png")], tmp_path, ["cat"])


def test_files_that_exist_are_kept_unless_overwrite(tmp_path: Path) -> None:
    write([sample(cat())], tmp_path, ["cat"])
    with pytest.raises(OutputError, match="exists already"):
        write([sample()], tmp_path, ["cat"])
    write([sample()], tmp_path, ["cat"], overwrite=True)
    assert (tmp_path / "labels/a.txt").read_text() == ""


@pytest.mark.parametrize("file_name", ["../../a.jpg", "/tmp/x/a.jpg", r"C:\x\a.jpg", "images/../../a.jpg"])
def test_label_files_stay_inside_the_folder(tmp_path: Path, file_name: str) -> None:
    folder = tmp_path / "x/y/set"
    write([sample(file_name=file_name)], folder, ["cat"])
    (label_file,) = tmp_path.rglob("*.txt")
    assert label_file.resolve().is_relative_to(folder)


x, y = st.floats(0, WIDTH), st.floats(0, HEIGHT)
rings = st.lists(st.tuples(x, y), min_size=3, max_size=6).map(lambda points: [v for point in points for v in point])


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["cat", "no", "jack of clubs"]), rings), max_size=4), st.booleans())
def test_what_is_written_is_read_back(tmp_path: Path, objects: list[tuple[str, list[float]]], polygons: bool) -> None:
    def box(ring: list[float]) -> tuple[float, float, float, float]:
        return (min(ring[::2]), min(ring[1::2]), max(ring[::2]), max(ring[1::2]))

    write_image(tmp_path / "images/a.png", WIDTH, HEIGHT)
    written = sample(*(Instance(name, box(ring), Polygons([ring])) for name, ring in objects), file_name="a.png")
    write([written], tmp_path, ["cat"], overwrite=True, polygons=polygons)
    (found,) = read(tmp_path).samples()
    assert (found.file_name, found.defects, found.annotated) == ("images/a.png", (), True)
    assert [i.label for i in found.instances] == [name for name, _ in objects]
    for instance, (_, ring) in zip(found.instances, objects, strict=True):
        assert instance.box_xyxy == pytest.approx(box(ring), abs=1e-5)
        if polygons:
            assert isinstance(instance.segmentation, Polygons)
            assert instance.segmentation.rings == [pytest.approx(ring, abs=1e-5)]
