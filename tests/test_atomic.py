from __future__ import annotations

import os
from pathlib import Path

import pytest

from pali_dataprep.atomic import atomic_path, refuse_existing, refuse_inputs
from pali_dataprep.errors import InputError, OutputError


def write(path: Path, text: str, *, overwrite: bool = False, then: BaseException | None = None) -> None:
    with atomic_path(path, overwrite=overwrite) as temporary:
        temporary.write_text(text)
        if then is not None:
            raise then


def test_the_file_is_there_when_the_block_ends(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a/b/out.txt", overwrite=False) as temporary:
        assert temporary.parent == tmp_path / "a/b"
        temporary.write_text("new")
        assert not (tmp_path / "a/b/out.txt").exists()
    assert (tmp_path / "a/b/out.txt").read_text() == "new"
    assert [p.name for p in (tmp_path / "a/b").iterdir()] == ["out.txt"]


@pytest.mark.parametrize("error", [ValueError(), KeyboardInterrupt(), SystemExit(1), GeneratorExit()])
def test_whatever_is_raised_leaves_all_as_it_was(tmp_path: Path, error: BaseException) -> None:
    (tmp_path / "out.txt").write_text("old")
    with pytest.raises(type(error)):
        write(tmp_path / "out.txt", "new", overwrite=True, then=error)
    assert (tmp_path / "out.txt").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out.txt"]


def test_errors_of_ours_pass_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="of the block"):
        write(tmp_path / "out.txt", "new", then=InputError("of the block"))


def test_a_full_disk_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"out\.txt: cannot be written \(No space left on device\)"):
        write(tmp_path / "out.txt", "new", then=OSError(28, "No space left on device"))


def test_an_existing_file_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old")
    with pytest.raises(OutputError, match="exists already") as caught:
        write(path, "new")
    assert "--overwrite" in caught.value.hint
    assert path.read_text() == "old"
    write(path, "new", overwrite=True)
    assert path.read_text() == "new"


def test_a_folder_is_never_replaced(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder"):
        refuse_existing(tmp_path, overwrite=True)


@pytest.mark.skipif(os.name != "posix", reason="POSIX pipes")
def test_what_is_no_file_is_never_replaced(tmp_path: Path) -> None:
    """A pipe here; `--out /dev/null` as root would break the machine."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match="is no file that can be replaced"):
        write(tmp_path / "pipe", "new", overwrite=True)
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize("name", ["file/out.txt", "n" * 300, "x" * 254])
def test_a_path_that_cannot_be(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        write(tmp_path / name, "new")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    """Not the 0600 of a temporary file."""
    write(tmp_path / "ours", "")
    (tmp_path / "theirs").touch()
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "theirs").stat().st_mode


def test_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write(tmp_path / "link", "new", overwrite=True)
    assert (tmp_path / "target").read_text() == "old"


def test_an_input_is_never_an_output(tmp_path: Path) -> None:
    source = tmp_path / "a.json"
    source.touch()
    (tmp_path / "link.json").symlink_to(source)
    (tmp_path / "hard.json").hardlink_to(source)
    for path in (source, tmp_path / "link.json", tmp_path / "hard.json", tmp_path / "x" / ".." / "a.json"):
        (tmp_path / "x").mkdir(exist_ok=True)
        with pytest.raises(OutputError, match="read by this command"):
            refuse_inputs(path, [tmp_path / "b.json", source])
    refuse_inputs(tmp_path / "new.json", [source])
    refuse_inputs(source, [])
