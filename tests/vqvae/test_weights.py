"""Where weights are looked for, what is refused, and the download. No real host is ever asked."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pali_dataprep.errors import CheckpointError, WeightsError
from pali_dataprep.vqvae import open_codec, weights
from pali_dataprep.vqvae.weights import (
    OFFICIAL,
    OFFICIAL_FILE,
    STAND_IN,
    fetch_official,
    find_official,
    find_stand_in,
    find_weights,
    not_found_message,
    official_places,
)

CONTENT = b"the official weights, as far as these tests go" * 4000
REAL_SHA256 = weights.OFFICIAL_SHA256
REAL_SIZE = weights.OFFICIAL_SIZE


class Host(ThreadingHTTPServer):
    """A web server on loopback: /right has the file, /wrong another, /cut less than it promises; the rest is 404."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Host

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = {"/right": CONTENT, "/wrong": CONTENT[::-1], "/cut": CONTENT[:100]}.get(self.path)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    server = Host()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Empty places to look in; the checksum is that of CONTENT."""
    found = {"environment": tmp_path / "given.npz", "bundled": tmp_path / "bundled", "cache": tmp_path / "cache"}
    monkeypatch.setattr(weights, "OFFICIAL_SHA256", hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setattr(weights, "OFFICIAL_SIZE", len(CONTENT))
    monkeypatch.setattr(weights, "cache_folder", lambda: found["cache"])
    bundled = (found["bundled"], *weights.bundled_folders())
    monkeypatch.setattr(weights, "bundled_folders", lambda: bundled)
    return found


def put(folder: Path, content: bytes = CONTENT) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / OFFICIAL_FILE).write_bytes(content)
    return folder / OFFICIAL_FILE


# --- places


def test_the_pinned_file() -> None:
    assert REAL_SHA256 == "5586010257b8536dddefab65e7755077f21d5672d5674dacf911f73ae95a4447"
    assert REAL_SIZE == 8_479_556


def test_places_are_tried_in_order(places: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_official() is None
    in_cache = put(places["cache"])
    assert find_official() == in_cache
    bundled = put(places["bundled"])
    assert find_official() == bundled
    places["environment"].write_bytes(CONTENT)
    monkeypatch.setenv("PALI_DATAPREP_VAE", str(places["environment"]))
    assert find_official() == places["environment"]
    assert find_weights(OFFICIAL) == weights.WeightsFile(OFFICIAL, places["environment"])


def test_places_are_named_in_that_order(places: dict[str, Path]) -> None:
    named = [place for place, _ in official_places()]
    assert named[0] == "environment variable PALI_DATAPREP_VAE"
    assert set(named[1:-1]) == {"vqvae_weights/"}
    assert named[-1] == "user cache"


def test_a_variable_that_names_no_file(places: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not passed over for another place: who sets it means it."""
    put(places["cache"])
    monkeypatch.setenv("PALI_DATAPREP_VAE", str(places["environment"]))
    with pytest.raises(WeightsError, match=r"PALI_DATAPREP_VAE=.*given.npz: no such file"):
        find_weights(OFFICIAL)


def test_an_empty_variable_is_none(places: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALI_DATAPREP_VAE", "")
    assert find_official() is None


@pytest.mark.parametrize("place", ["environment", "bundled", "cache"])
def test_a_file_with_another_checksum_is_refused(
    places: dict[str, Path], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(places[place].with_suffix(""), b"something else")
    if place == "environment":
        monkeypatch.setenv("PALI_DATAPREP_VAE", str(path))
    with pytest.raises(WeightsError) as caught:
        find_weights(OFFICIAL)
    expected = hashlib.sha256(CONTENT).hexdigest()
    assert caught.value.message.startswith(f"{path}: not the official vae-oid.npz")
    assert hashlib.sha256(b"something else").hexdigest() in caught.value.message
    assert expected in caught.value.message
    assert f"14 bytes, expected {len(CONTENT):,}" in caught.value.message
    assert "--codebook" in caught.value.hint


# --- the stand-in and other files


def test_the_stand_in_is_found_by_name_alone() -> None:
    assert find_weights(STAND_IN) == weights.WeightsFile(STAND_IN, find_stand_in())
    assert find_stand_in().is_file()


def test_an_installation_without_the_stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "bundled_folders", lambda: (tmp_path,))
    with pytest.raises(WeightsError, match=r"lacks stand_in\.npz"):
        find_weights(STAND_IN)


def test_a_copy_of_the_stand_in_is_still_the_stand_in(tmp_path: Path) -> None:
    """Its tokens are as useless under another name, so it must not pass for a codebook of the user's own."""
    copy = tmp_path / "my_codebook.npz"
    copy.write_bytes(find_stand_in().read_bytes())
    assert find_weights(str(copy)) == weights.WeightsFile(STAND_IN, copy)


def test_a_copy_of_the_official_file_is_official(tmp_path: Path) -> None:
    copy = tmp_path / "copy.npz"
    copy.write_bytes(CONTENT)
    assert find_weights(str(copy)) == weights.WeightsFile(OFFICIAL, copy)


def test_another_file_has_its_stem_as_name(tmp_path: Path) -> None:
    (tmp_path / "ours.v2.npz").write_bytes(b"ours")
    assert find_weights(str(tmp_path / "ours.v2.npz")).name == "ours.v2"


@pytest.mark.parametrize("given", ["nowhere.npz", "Official", "standin", ""])
def test_a_codebook_that_is_no_file(given: str, here: Path) -> None:
    with pytest.raises(WeightsError, match="no such file") as caught:
        find_weights(given)
    assert "'stand-in'" in caught.value.hint


def test_a_foreign_file_as_codebook(tmp_path: Path) -> None:
    (tmp_path / "foreign.npz").write_bytes(b"PK\x03\x04 not a checkpoint")
    with pytest.raises(CheckpointError, match=r"foreign\.npz"):
        open_codec(str(tmp_path / "foreign.npz"))


# --- the download


def use(monkeypatch: pytest.MonkeyPatch, *urls: str) -> None:
    monkeypatch.setattr(weights, "OFFICIAL_URLS", urls)


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


class Bar:
    """Keeps what pooch tells a progress bar."""

    def __init__(self) -> None:
        self.total = 0
        self.done = 0
        self.closed = False

    def update(self, amount: int) -> None:
        self.done += amount

    def reset(self) -> None:
        self.done = 0

    def close(self) -> None:
        self.closed = True


def test_the_file_is_downloaded_once(places: dict[str, Path], host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, host.url("right"))
    host.asked.clear()
    found = find_weights(OFFICIAL)
    assert found == weights.WeightsFile(OFFICIAL, places["cache"] / OFFICIAL_FILE)
    assert found.path.read_bytes() == CONTENT
    assert find_weights(OFFICIAL) == found
    assert host.asked == ["/right"]
    assert left_in(places["cache"]) == [OFFICIAL_FILE]


def test_progress_is_told(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, host.url("right"))
    bar = Bar()
    fetch_official(bar)
    assert (bar.total, bar.done, bar.closed) == (len(CONTENT), len(CONTENT), True)


@pytest.mark.parametrize("broken", ["gone", "wrong", "cut"])
def test_the_next_location_is_tried(
    places: dict[str, Path], host: Host, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    use(monkeypatch, "http://127.0.0.1:9/refused", host.url(broken), host.url("right"))
    assert fetch_official().read_bytes() == CONTENT
    assert left_in(places["cache"]) == [OFFICIAL_FILE]


@pytest.mark.parametrize("broken", ["gone", "wrong", "cut"])
def test_nothing_stays_of_a_bad_download(
    places: dict[str, Path], host: Host, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    use(monkeypatch, host.url(broken))
    with pytest.raises(WeightsError, match="could not be downloaded") as caught:
        find_weights(OFFICIAL)
    assert f"  {host.url(broken)}: " in caught.value.message
    assert left_in(places["cache"]) == []


def test_without_network_the_message_says_what_to_do(places: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "http://127.0.0.1:9/a", "http://127.0.0.1:9/b")
    with pytest.raises(WeightsError) as caught:
        find_weights(OFFICIAL)
    lines = caught.value.message.splitlines()
    assert lines[1] == "  http://127.0.0.1:9/a: [Errno 111] Connection refused"
    assert lines[2].startswith("  http://127.0.0.1:9/b: ")
    said = caught.value.message
    for needed in (
        OFFICIAL_FILE,
        weights.OFFICIAL_SHA256,
        f"{len(CONTENT):,} bytes",
        "PALI_DATAPREP_VAE",
        "--codebook",
    ):
        assert needed in said
    for folder in (places["bundled"], places["cache"]):
        assert str(folder / OFFICIAL_FILE) in said
    assert "stand-in" in said
    assert not places["cache"].exists() or left_in(places["cache"]) == []


def test_a_download_that_is_not_wanted(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, host.url("right"))
    host.asked.clear()
    with pytest.raises(WeightsError, match="not on this machine"):
        find_weights(OFFICIAL, download=False)
    assert host.asked == []


def test_a_cache_that_cannot_be_made(tmp_path: Path, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(weights, "cache_folder", lambda: tmp_path / "file/cache")
    use(monkeypatch, host.url("right"))
    with pytest.raises(WeightsError, match="could not be downloaded"):
        find_weights(OFFICIAL)


def test_the_message_shows_what_the_variable_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "PALI_DATAPREP_VAE: (not set)" in not_found_message()
    monkeypatch.setenv("PALI_DATAPREP_VAE", "/elsewhere/vae.npz")
    assert "PALI_DATAPREP_VAE: /elsewhere/vae.npz" in not_found_message()
