"""Text files as systems and editors write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pali_dataprep.errors import InputError
from pali_dataprep.formats.text_source import read_lines


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"a\nb\n", ["a", "b"]),
        (b"a\nb", ["a", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\rb\r", ["a", "b"]),
        (b"a\n\n\n", ["a", "", ""]),
        (b"\xef\xbb\xbfa\n", ["a"]),
        ("caf\u00e9\nb\n".encode("utf-16"), ["caf\u00e9", "b"]),
        ("a\u2028b\x0bc\n".encode(), ["a\u2028b\x0bc"]),
    ],
)
def test_lines(tmp_path: Path, data: bytes, lines: list[str]) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    assert read_lines(path) == lines


@pytest.mark.parametrize("data", [b"caf\xe9\n", b"\xff\xd8\xff\xe0", b"\xff\xfea"])
def test_what_is_not_text(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"a\.txt: not text: .* at byte \d"):
        read_lines(path)


def test_a_folder_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Is a directory"):
        read_lines(tmp_path)
    with pytest.raises(InputError, match="No such file"):
        read_lines(tmp_path / "a.txt")
