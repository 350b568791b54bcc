"""Walking folders of images: the order, what is passed over, links."""

from __future__ import annotations

from pathlib import Path

from pali_dataprep.formats.image_folder import walk_images


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def names(top: Path) -> list[str]:
    return [(folder / name).relative_to(top).as_posix() for folder, found in walk_images(top) for name in found]


def test_images_by_name_parents_first(tmp_path: Path) -> None:
    touch(
        *(tmp_path / n for n in ("b/2.PNG", "b/1.jpg", "a/x/3.webp", "z.jpeg", "a/9.tiff", "a/notes.txt", "c/d.json"))
    )
    assert names(tmp_path) == ["z.jpeg", "a/9.tiff", "a/x/3.webp", "b/1.jpg", "b/2.PNG"]


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    touch(tmp_path / "._a.jpg", tmp_path / ".cache/a.jpg", tmp_path / "a.jpg")
    assert names(tmp_path) == ["a.jpg"]


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    touch(tmp_path / "set/a/1.jpg", tmp_path / "store/2.jpg")
    (tmp_path / "set/linked").symlink_to(tmp_path / "store")
    (tmp_path / "set/a/back").symlink_to(tmp_path / "set")
    (tmp_path / "set/a/self").symlink_to(tmp_path / "set/a")
    (tmp_path / "store/around").symlink_to(tmp_path / "set/linked")
    assert names(tmp_path / "set") == ["a/1.jpg", "linked/2.jpg"]


def test_folders_that_may_not_be_entered(tmp_path: Path) -> None:
    touch(tmp_path / "a/1.jpg", tmp_path / "b/2.jpg")
    found = list(walk_images(tmp_path, lambda folder: folder.name != "b"))
    assert found == [(tmp_path / "a", ["1.jpg"])]
