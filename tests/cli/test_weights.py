from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path

import numpy as np
import pytest
from cli_world import cli, complaint
from rich.progress import Progress

from pali_dataprep.cli.download_progress import DownloadProgress
from pali_dataprep.vqvae import weights
from pali_dataprep.vqvae.weights import OFFICIAL_FILE, OFFICIAL_SHA256, find_stand_in

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def official(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stand-in passed off as the official file, lying in the cache."""
    content = find_stand_in().read_bytes()
    monkeypatch.setattr(weights, "OFFICIAL_SHA256", hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(weights, "cache_folder", lambda: tmp_path)
    (tmp_path / OFFICIAL_FILE).write_bytes(content)
    return tmp_path / OFFICIAL_FILE


# --- info


def test_info_without_weights(capsys: Captured) -> None:
    assert cli("weights", "info") == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert OFFICIAL_SHA256 in lines[0]
    assert lines[1] == "  environment variable PALI_DATAPREP_VAE:  (not set)"
    assert sum("(not there)" in line for line in lines) == 3
    assert f"stand-in, not for training: {find_stand_in()}" in captured.out
    assert hashlib.sha256(find_stand_in().read_bytes()).hexdigest() in captured.out
    assert captured.err == ""


def test_info_says_what_is_found(official: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALI_DATAPREP_VAE", "/nowhere/vae.npz")
    assert cli("weights", "info") == 0
    said = capsys.readouterr().out
    assert "PALI_DATAPREP_VAE: /nowhere/vae.npz (not there)" in said
    assert f"user cache: {official} (found)" in said


# --- verify


def test_verify_names_what_is_missing(capsys: Captured) -> None:
    assert cli("weights", "verify") == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"error: needed: {OFFICIAL_FILE}, 8,479,556 bytes, SHA-256 {OFFICIAL_SHA256}")


def test_verify_a_file(capsys: Captured) -> None:
    assert cli("weights", "verify", find_stand_in()) == 0
    said = capsys.readouterr().out
    assert "a complete mask VQ-VAE checkpoint, NOT the official file" in said
    assert re.search(r"^SHA-256 [0-9a-f]{64}$", said, re.MULTILINE)


def test_verify_the_official_file(official: Path, capsys: Captured) -> None:
    assert cli("weights", "verify") == 0
    assert f"{official}: a complete mask VQ-VAE checkpoint, the official file" in capsys.readouterr().out


@pytest.mark.parametrize("damage", ["cut", "foreign", "other arrays", "gone", "folder"])
def test_verify_refuses(tmp_path: Path, capsys: Captured, damage: str) -> None:
    path = tmp_path / "weights.npz"
    if damage == "cut":
        path.write_bytes(find_stand_in().read_bytes()[:-500])
    elif damage == "foreign":
        path.write_text("<html>404</html>")
    elif damage == "other arrays":
        np.savez(path, a=np.zeros(3))
    elif damage == "folder":
        path.mkdir()
    assert cli("weights", "verify", path) == 1
    assert complaint(capsys).startswith(f"error: {path}: ")


def test_a_wrong_file_in_place_of_the_official_one(official: Path, capsys: Captured) -> None:
    official.write_bytes(b"something else")
    for command in ("verify", "fetch"):
        assert cli("weights", command) == 1
        assert f"{official}: not the official {OFFICIAL_FILE}" in complaint(capsys)
    assert official.read_bytes() == b"something else"


# --- fetch


def test_fetch_does_nothing_when_the_file_is_there(official: Path, capsys: Captured) -> None:
    assert cli("weights", "fetch") == 0
    assert capsys.readouterr() == (f"official: {official}\n", "")


def test_fetch_without_network(capsys: Captured) -> None:
    assert cli("weights", "fetch") == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "could not be downloaded" in captured.err
    assert "Connection refused" in captured.err
    assert "Traceback" not in captured.err


def test_fetch_shows_progress_on_a_terminal_alone(
    official: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed attempt leaves no bar running, and standard output holds the path alone."""
    shown: list[Progress] = []

    def fetch(bar: DownloadProgress | None) -> Path:
        assert bar is not None
        for attempt in (100, 50):
            bar.total = attempt
            bar.update(60)
        shown.append(bar._bar)
        assert bar._bar.live.is_started
        assert bar._bar.tasks[0].completed == 60
        return official

    monkeypatch.setattr(weights, "find_official", lambda: None)
    monkeypatch.setattr(weights, "fetch_official", fetch)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert cli("weights", "fetch") == 0
    assert capsys.readouterr().out == f"official: {official}\n"
    assert not shown[0].live.is_started


def test_a_bar_that_was_never_needed_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    with DownloadProgress("a file"):
        pass
    assert stream.getvalue() == ""


def test_a_bar_is_filled_as_pooch_fills_it() -> None:
    with DownloadProgress("a file") as bar:
        bar.total = 100
        bar.update(64)
        bar.reset()
        bar.update(100)
        task = bar._bar.tasks[0]
        assert (task.completed, task.total) == (100, 100)
        bar.close()
        assert not bar._bar.live.is_started
