"""Roboflow's folder: a COCO file for each subset beside its images."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import coco_annotation, coco_document, write_json

from pali_dataprep.errors import InputError
from pali_dataprep.formats.coco.read import read

NAME = "_annotations.coco.json"


def make_set(folder: Path, **categories: list[dict[str, object]]) -> Path:
    """A file of one image and one object in each folder."""
    for subset, listed in categories.items():
        (folder / subset).mkdir(parents=True)
        document = coco_document(annotations=[coco_annotation(category_id=listed[0]["id"])], categories=listed)
        write_json(folder / subset / NAME, document)
    return folder


CAT, DOG = {"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}


def test_subsets_keep_apart(tmp_path: Path) -> None:
    found = read(make_set(tmp_path, test=[CAT], valid=[CAT], train=[CAT, DOG]))
    assert found.subsets == ("train", "val", "test")
    assert found.categories == ("cat", "dog")
    assert (found.size, found.image_root()) == (3, tmp_path)
    samples = list(found.samples())
    assert [s.subset for s in samples] == ["train", "val", "test"]
    assert [s.file_name.split("/")[0] for s in samples] == ["train", "valid", "test"], "as the folders are called"
    assert [file.parent.name for file in found.inputs] == ["train", "valid", "test"]


def test_only_some_or_as_one(tmp_path: Path) -> None:
    folder = make_set(tmp_path, train=[CAT], valid=[CAT], test=[CAT])
    some = read(folder, subsets=["valid", "train"])
    assert some.subsets == ("val", "train")
    assert read(folder, subsets=["test"]).subsets == ()
    merged = read(folder, merge=True)
    assert (merged.subsets, merged.size) == ((), 3)
    with pytest.raises(InputError, match="no subset 'dev' is there"):
        read(folder, subsets=["dev"])


def test_images_elsewhere(tmp_path: Path) -> None:
    folder = make_set(tmp_path / "set", train=[CAT], valid=[CAT])
    assert read(folder, images=tmp_path / "pictures").image_root() == tmp_path / "pictures"


def test_an_id_that_stands_for_two_classes_stands_for_none(tmp_path: Path) -> None:
    found = read(make_set(tmp_path, train=[CAT, DOG], valid=[{"id": 1, "name": "dog"}]))
    assert found.category_ids == {"2": "dog"}
    assert [i.label for s in found.samples() for i in s.instances] == ["cat", "dog"], "each by its own file"


@pytest.mark.parametrize("names", [("train", "fold2"), ("fold1", "fold2"), ("train", "val", "valid")])
def test_folders_that_are_no_subsets_or_the_same(tmp_path: Path, names: tuple[str, ...]) -> None:
    folder = make_set(tmp_path, **{name: [CAT] for name in names})
    with pytest.raises(InputError, match=f"holds {min(names)}/{NAME}, ") as caught:
        read(folder)
    assert "give the one to convert" in caught.value.hint


def test_a_file_is_not_divided(tmp_path: Path) -> None:
    folder = make_set(tmp_path, train=[CAT], valid=[CAT])
    with pytest.raises(InputError, match="no subset 'train' is there"):
        read(folder / "train" / NAME, subsets=["train"])
