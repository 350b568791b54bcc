from __future__ import annotations

import json
from codecs import BOM_UTF8
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pali_dataprep.errors import InputError, OutputError
from pali_dataprep.samples import Example
from pali_dataprep.sinks import SINKS, read_jsonl
from pali_dataprep.sinks.jsonl import open_jsonl

ROW = Example("a.jpg", "detect cat", "<loc0000><loc0000><loc0100><loc0100> cat")

texts = st.text(st.characters(exclude_categories=["Cs"]))
examples = st.builds(Example, texts, texts, texts)


def write(path: Path, *batches: list[Example]) -> bytes:
    with open_jsonl(path, overwrite=True) as writer:
        for batch in batches:
            writer.write(batch)
    return path.read_bytes()


def read_bytes(path: Path, data: bytes) -> list[tuple[int, Example]]:
    path.write_bytes(data)
    return list(read_jsonl(path))


def test_a_row_is_three_strings_in_order(tmp_path: Path) -> None:
    expected = b'{"image":"a.jpg","prefix":"detect cat","suffix":"<loc0000><loc0000><loc0100><loc0100> cat"}\n'
    assert write(tmp_path / "a.jsonl", [ROW]) == expected


def test_unicode_is_not_escaped_and_lines_end_in_newline_alone(tmp_path: Path) -> None:
    data = write(tmp_path / "a.jsonl", [Example("žluť.jpg", "detect 猫", "\r\n\u2028")])
    assert "žluť.jpg" in data.decode()
    assert "猫" in data.decode()
    assert data.count(b"\n") == 1
    assert b"\r" not in data


def test_batches_follow_each_other(tmp_path: Path) -> None:
    assert write(tmp_path / "a.jsonl", [ROW], [], [ROW, ROW]).count(b"\n") == 3
    assert write(tmp_path / "a.jsonl") == b""
    assert write(tmp_path / "a.jsonl", []) == b""


@settings(max_examples=60, deadline=None)
@given(st.lists(examples, max_size=5))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, rows: list[Example]) -> None:
    path = tmp_path_factory.getbasetemp() / "roundtrip.jsonl"
    data = write(path, rows)
    assert list(read_jsonl(path)) == list(enumerate(rows, start=1))
    parsed = [json.loads(line) for line in data.decode().split("\n")[:-1]]
    assert [Example(**row) for row in parsed] == rows
    assert all(list(row) == ["image", "prefix", "suffix"] for row in parsed)


def test_a_failed_run_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), open_jsonl(tmp_path / "a.jsonl", overwrite=False) as writer:
        writer.write([ROW])
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_not_replaced_by_accident(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    with pytest.raises(OutputError, match="exists already"), open_jsonl(tmp_path / "a.jsonl", overwrite=False):
        pass


@pytest.mark.parametrize("name", SINKS)
def test_every_sink_writes_whole_or_not_at_all(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="stop"), SINKS[name](tmp_path / "out", overwrite=False) as writer:
        writer.write([ROW])
        raise ValueError("stop")
    assert list(tmp_path.iterdir()) == []
    with SINKS[name](tmp_path / "out", overwrite=False) as writer:
        writer.write([ROW])
    assert (tmp_path / "out").stat().st_size


# --- reading what others wrote


def test_a_file_from_windows(tmp_path: Path) -> None:
    line = b'{"image": "a.jpg", "prefix": "p", "suffix": "s"}'
    assert read_bytes(tmp_path / "a.jsonl", BOM_UTF8 + line + b"\r\n\r\n" + line) == [
        (1, Example("a.jpg", "p", "s")),
        (3, Example("a.jpg", "p", "s")),
    ]


def test_blank_lines_and_further_keys(tmp_path: Path) -> None:
    data = b'\n  \n{"suffix": "s", "id": [1, {"x": null}], "image": "i", "prefix": "p"}\n\n'
    assert read_bytes(tmp_path / "a.jsonl", data) == [(3, Example("i", "p", "s"))]
    assert read_bytes(tmp_path / "a.jsonl", b"") == []
    assert read_bytes(tmp_path / "a.jsonl", BOM_UTF8) == []


@pytest.mark.parametrize(
    "line",
    [
        b'{"image": "a.jpg", "prefix": "p"}',
        b'{"image": "a.jpg", "prefix": "p", "suffix": null}',
        b'{"image": ["a.jpg"], "prefix": "p", "suffix": "s"}',
        b'["a.jpg", "p", "s"]',
        b'"a.jpg"',
        b"{",
        b'{"image": "a.jpg", "prefix": "p", "suffix": "s"} trailing',
        b'{"image": "\xff.jpg", "prefix": "p", "suffix": "s"}',
        b'{"image": "\\ud800.jpg", "prefix": "p", "suffix": "s"}',
        b"[" * 10_000,
        b"\x00",
    ],
    ids=lambda line: line[:40].decode("latin-1"),
)
def test_a_line_that_is_no_row_is_named(tmp_path: Path, line: bytes) -> None:
    good = b'{"image": "a.jpg", "prefix": "p", "suffix": "s"}\n'
    with pytest.raises(InputError, match=r"a\.jsonl:2: not a PaliGemma row") as caught:
        read_bytes(tmp_path / "a.jsonl", good + line + b"\n" + good)
    assert "image" in caught.value.hint


@pytest.mark.parametrize("name", ["", "none.jsonl"])
def test_a_file_that_cannot_be_opened(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        list(read_jsonl(tmp_path / name))
