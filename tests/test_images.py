from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from builders import write_image
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pali_dataprep.errors import OutputError
from pali_dataprep.images import ImageHeader, ImageNaming, Locator, Relative, is_file, locate, read_header
from pali_dataprep.options import ImagePaths

PLACING = [style for style in ImagePaths if style.places_files]


def pixels(path: Path) -> np.ndarray:
    """The stored pixels: no orientation applied."""
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


def names_in(folder: Path) -> list[str]:
    """All names in a folder: of a write that went well no temporary file is left."""
    return sorted(path.name for path in folder.iterdir())


# --- headers


@pytest.mark.parametrize(
    ("orientation", "shown"),
    [(None, (60, 40)), *[(n, (60, 40)) for n in (1, 2, 3, 4)], *[(n, (40, 60)) for n in (5, 6, 7, 8)]],
)
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_header(tmp_path: Path, suffix: str, orientation: int | None, shown: tuple[int, int]) -> None:
    header = read_header(write_image(tmp_path / f"a.{suffix}", 60, 40, orientation=orientation))
    assert isinstance(header, ImageHeader)
    assert header.stored_size == (60, 40)
    assert header.shown_size == shown
    assert header.orientation == (orientation or 1)


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_pixels_are_not_decoded(tmp_path: Path, suffix: str) -> None:
    # Of a damaged file the header is still good; decoding costs a hundred times as much.
    path = write_image(tmp_path / f"a.{suffix}", 600, 400, orientation=6)
    path.write_bytes(path.read_bytes()[:-400])
    assert read_header(path) == ImageHeader(600, 400, 6)


def test_a_header_is_read_again_when_the_file_has_changed(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.png", 60, 40)
    assert read_header(path) == read_header(path) == ImageHeader(60, 40)
    path.unlink()
    assert read_header(path) == f"not a readable image: [Errno 2] No such file or directory: '{path}'"
    assert read_header(write_image(path, 40, 60)) == ImageHeader(40, 60)
    path.write_bytes(b"")
    assert read_header(path) == "not an image that Pillow can read"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "not an image that Pillow can read"),
        (b"<html>404</html>", "not an image that Pillow can read"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "not a"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not a"),
    ],
    ids=["empty", "a web page", "JPEG cut off", "PNG cut off"],
)
def test_what_is_no_image(tmp_path: Path, data: bytes, complaint: str) -> None:
    (tmp_path / "a.jpg").write_bytes(data)
    header = read_header(tmp_path / "a.jpg")
    assert isinstance(header, str)
    assert header.startswith(complaint)


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    header = read_header(tmp_path)
    assert isinstance(header, str)
    assert "not a readable image" in header


# --- finding files


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of pictures, a secret beside it, and links from the one to the other."""
    folder = tmp_path / "images"
    write_image(folder / "a.jpg", 6, 4)
    write_image(folder / "sub/b.jpg", 6, 4)
    write_image(tmp_path / "secret.jpg", 6, 4)
    write_image(tmp_path / "images of another/c.jpg", 6, 4)
    (folder / "link.jpg").symlink_to("a.jpg")
    (folder / "escape.jpg").symlink_to("../secret.jpg")
    (folder / "out").symlink_to("..")
    return folder


@pytest.mark.parametrize(
    ("file_name", "found"),
    [
        ("a.jpg", "a.jpg"),
        ("./a.jpg", "a.jpg"),
        ("sub/b.jpg", "sub/b.jpg"),
        ("sub\\b.jpg", "sub/b.jpg"),
        ("sub/../a.jpg", "sub/../a.jpg"),
        ("link.jpg", "link.jpg"),
        ("missing.jpg", "missing.jpg"),
        ("a.jpg/b.jpg", "a.jpg/b.jpg"),
        ("C:\\data\\a.jpg", "C:/data/a.jpg"),
        ("~/a.jpg", "~/a.jpg"),
    ],
)
def test_names_that_stay_inside(root: Path, file_name: str, found: str) -> None:
    assert locate(file_name, root, allow_outside=False) == root / found


@pytest.mark.parametrize(
    "file_name",
    [
        "../secret.jpg",
        "..\\secret.jpg",
        "sub/../../secret.jpg",
        "../images of another/c.jpg",
        "/etc/passwd",
        "\\etc\\passwd",
        "escape.jpg",
        "out/secret.jpg",
        "../missing.jpg",
        "..",
    ],
)
def test_names_that_lead_outside(root: Path, file_name: str) -> None:
    assert locate(file_name, root, allow_outside=False) is None
    allowed = locate(file_name, root, allow_outside=True)
    assert allowed == root / file_name.replace("\\", "/")


def test_a_root_that_is_a_link_is_no_escape(root: Path, tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(root)
    assert locate("a.jpg", tmp_path / "linked", allow_outside=False) == tmp_path / "linked/a.jpg"


@pytest.mark.parametrize("file_name", ["a\0.jpg", "a" * 5000, "\ud800.jpg"], ids=["NUL", "too long", "surrogate"])
@pytest.mark.parametrize("allow_outside", [True, False])
def test_names_no_file_can_have(root: Path, file_name: str, allow_outside: bool) -> None:
    path = locate(file_name, root, allow_outside=allow_outside)
    assert path is not None
    assert not is_file(path)


NAMES = ("a.jpg", "b.jpg", "c.jpg", "link.jpg", "escape.jpg", "secret.jpg", "dangling.jpg", "sub", "out", "images")
FOLDERS = ("", ".", "..", "sub", "out", "out/images", "sub/..", "a.jpg", "none", "images of another", "\0")


@pytest.mark.parametrize("allow_outside", [True, False])
@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("name", [*NAMES, "", ".", ".."])
def test_a_file_and_its_state_are_those_the_system_tells(
    root: Path, folder: str, name: str, allow_outside: bool
) -> None:
    (root / "dangling.jpg").symlink_to("none.jpg")
    written = f"{folder}/{name}" if folder else name
    found = Locator(root, allow_outside=allow_outside).find(written)
    path = root / written
    inside = "\0" in written or path.resolve().is_relative_to(root.resolve())
    assert found.path == (path if allow_outside or inside else None)
    assert (found.status is not None) == (found.path is not None and is_file(path))
    if found.status is not None:
        assert found.status == path.stat()


# --- naming files


@pytest.mark.parametrize(
    ("style", "value"),
    [
        (ImagePaths.RELATIVE, "../images/sub/b.jpg"),
        (ImagePaths.ROOT, "sub/b.jpg"),
        *[(style, "sub/b.jpg") for style in PLACING],
    ],
)
def test_values(root: Path, tmp_path: Path, style: ImagePaths, value: str) -> None:
    naming = ImageNaming(style, root, tmp_path / "out")
    assert naming.value("sub/b.jpg", root / "sub/b.jpg") == value
    assert naming.value("sub\\b.jpg", root / "sub/b.jpg") == value


PATHS = st.lists(st.sampled_from(["a", "b", "..", "c.jpg"]), max_size=5).map(lambda parts: Path("/", *parts))


@given(start=PATHS, paths=st.lists(PATHS, max_size=8))
def test_many_relative_paths_are_those_of_relpath(start: Path, paths: list[Path]) -> None:
    relative = Relative(start)
    assert [relative.to(path) for path in paths] == [os.path.relpath(path, start) for path in paths]


def test_absolute_values(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    naming = ImageNaming(ImagePaths.ABSOLUTE, Path("images"), Path("out"))
    assert naming.value("a.jpg", Path("images/a.jpg")) == f"{tmp_path}/images/a.jpg"


@pytest.mark.parametrize(
    ("file_name", "root_value", "placed_value"),
    [
        ("../secret.jpg", "../secret.jpg", "secret.jpg"),
        ("sub/../a.jpg", "a.jpg", "sub/a.jpg"),
        ("/data/a.jpg", None, "data/a.jpg"),
        ("C:\\data\\a.jpg", "C:/data/a.jpg", "data/a.jpg"),
    ],
)
def test_placed_files_stay_under_the_output(
    root: Path, tmp_path: Path, file_name: str, root_value: str | None, placed_value: str
) -> None:
    path = root / file_name.replace("\\", "/")
    if root_value is not None:
        assert ImageNaming(ImagePaths.ROOT, root, tmp_path).value(file_name, path) == root_value
    assert ImageNaming(ImagePaths.COPY, root, tmp_path).value(file_name, path) == placed_value


# --- placing files


@pytest.mark.parametrize("style", PLACING)
def test_files_are_placed(root: Path, tmp_path: Path, style: ImagePaths) -> None:
    out = tmp_path / "new/out"
    ImageNaming(style, root, out).place("sub/b.jpg", root / "sub/b.jpg")
    placed, source = out / "sub/b.jpg", root / "sub/b.jpg"
    assert placed.read_bytes() == source.read_bytes()
    assert placed.is_symlink() == (style is ImagePaths.SYMLINK)
    assert placed.samefile(source) == (style is not ImagePaths.COPY)
    assert names_in(placed.parent) == ["b.jpg"]


@pytest.mark.parametrize("style", [style for style in ImagePaths if not style.places_files])
def test_files_are_not_placed_unless_asked(root: Path, tmp_path: Path, style: ImagePaths) -> None:
    ImageNaming(style, root, tmp_path / "out").place("a.jpg", root / "a.jpg")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("style", PLACING)
def test_a_missing_file_is_not_placed(root: Path, tmp_path: Path, style: ImagePaths) -> None:
    ImageNaming(style, root, tmp_path / "out").place("missing.jpg", root / "missing.jpg")
    assert not (tmp_path / "out/missing.jpg").is_symlink()


@pytest.mark.parametrize("style", PLACING)
def test_placing_twice_changes_nothing(root: Path, tmp_path: Path, style: ImagePaths) -> None:
    naming = ImageNaming(style, root, tmp_path / "out")
    for _ in range(2):
        naming.place("a.jpg", root / "a.jpg")
    assert names_in(tmp_path / "out") == ["a.jpg"]
    assert (tmp_path / "out/a.jpg").read_bytes() == (root / "a.jpg").read_bytes()


@pytest.mark.parametrize("style", PLACING)
def test_another_picture_is_replaced_only_when_asked(root: Path, tmp_path: Path, style: ImagePaths) -> None:
    other = write_image(tmp_path / "out/a.jpg", 9, 9).read_bytes()
    naming = ImageNaming(style, root, tmp_path / "out")
    with pytest.raises(OutputError, match="another picture is there"):
        naming.place("a.jpg", root / "a.jpg")
    assert (tmp_path / "out/a.jpg").read_bytes() == other
    naming.place("a.jpg", root / "a.jpg", overwrite=True)
    assert (tmp_path / "out/a.jpg").read_bytes() == (root / "a.jpg").read_bytes()
    assert names_in(tmp_path / "out") == ["a.jpg"]


@pytest.mark.parametrize("style", PLACING)
@pytest.mark.parametrize("overwrite", [True, False])
def test_a_picture_placed_onto_itself_is_kept(root: Path, style: ImagePaths, overwrite: bool) -> None:
    before = (root / "a.jpg").read_bytes()
    ImageNaming(style, root, root).place("a.jpg", root / "a.jpg", overwrite=overwrite)
    assert (root / "a.jpg").read_bytes() == before
    assert not (root / "a.jpg").is_symlink()


def test_where_nothing_can_be_placed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", "utf-8")
    with pytest.raises(OutputError, match=r"cannot copy .*a\.jpg there"):
        ImageNaming(ImagePaths.COPY, root, tmp_path / "out").place("a.jpg", root / "a.jpg")


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_copies_are_upright(tmp_path: Path, suffix: str, orientation: int) -> None:
    source = write_image(tmp_path / f"a.{suffix}", 64, 32, orientation=orientation)
    header = read_header(source)
    assert isinstance(header, ImageHeader)
    ImageNaming(ImagePaths.COPY, tmp_path, tmp_path / "out").place(source.name, source)

    copy = tmp_path / "out" / source.name
    assert read_header(copy) == ImageHeader(*header.shown_size)
    turned = {5, 6, 7, 8} & {orientation}
    shown = pixels(copy)
    # Where the white quarter of the top left corner goes, by the EXIF standard.
    bottom, right = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    quarters = {(y, x): shown[y * 3 * shown.shape[0] // 4, x * 3 * shown.shape[1] // 4] for y in (0, 1) for x in (0, 1)}
    assert {place for place, value in quarters.items() if value > 128} == {(int(bottom), int(right))}
    assert (shown.shape == (64, 32)) == bool(turned)


def test_an_upright_file_is_copied_byte_for_byte(tmp_path: Path) -> None:
    source = write_image(tmp_path / "a.jpg", 64, 32, orientation=1)
    ImageNaming(ImagePaths.COPY, tmp_path, tmp_path / "out").place("a.jpg", source)
    assert (tmp_path / "out/a.jpg").read_bytes() == source.read_bytes()
