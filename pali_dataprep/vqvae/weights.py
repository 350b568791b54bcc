"""Where mask codec weights come from: found, or fetched and verified, never guessed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pali_dataprep.checksum import file_sha256
from pali_dataprep.downloads import cache_folder, fetch, reason
from pali_dataprep.errors import WeightsError

OFFICIAL = "official"
STAND_IN = "stand-in"

OFFICIAL_FILE = "vae-oid.npz"
OFFICIAL_SHA256 = "5586010257b8536dddefab65e7755077f21d5672d5674dacf911f73ae95a4447"
OFFICIAL_SIZE = 8_479_556
OFFICIAL_URLS = (
    "https://storage.googleapis.com/big_vision/paligemma/vae-oid.npz",
    "https://huggingface.co/spaces/big-vision/paligemma/resolve/main/vae-oid.npz",
    "https://huggingface.co/spaces/google/paligemma-hf/resolve/main/vae-oid.npz",
)
"""Public copies of the same file, in the order they are tried."""

STAND_IN_FILE = "stand_in.npz"
ENVIRONMENT_VARIABLE = "PALI_DATAPREP_VAE"


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """A weights file on disk: the codebook's name (`official`, `stand-in` or the file's stem) and its path."""

    name: str
    path: Path


def find_weights(codebook: str, *, download: bool = True) -> WeightsFile:
    """The file for `--codebook official|stand-in|PATH.npz`.

    The official file is looked for in $PALI_DATAPREP_VAE, vqvae_weights/ and the user
    cache, then downloaded. Its checksum is verified wherever it lies. Raises WeightsError
    when there is none, naming the file, its checksum and the places to put it.
    """
    if codebook == OFFICIAL:
        return WeightsFile(OFFICIAL, find_official() or _fetch_or_explain(download))
    if codebook == STAND_IN:
        return WeightsFile(STAND_IN, find_stand_in())
    path = Path(codebook)
    if not path.is_file():
        raise WeightsError(
            f"--codebook {codebook}: no such file",
            hint=f"give {OFFICIAL!r}, {STAND_IN!r} or the path of an .npz file",
        )
    return WeightsFile(_name_of(path), path)


def _name_of(path: Path) -> str:
    """A copy of the official file or of the stand-in is known as such wherever it lies."""
    found = file_sha256(path)
    if found == OFFICIAL_SHA256:
        return OFFICIAL
    return STAND_IN if found == file_sha256(find_stand_in()) else path.stem


def official_places() -> Iterator[tuple[str, Path | None]]:
    """Where the official file is looked for, each with a description; None for an unset variable."""
    given = os.environ.get(ENVIRONMENT_VARIABLE)
    yield f"environment variable {ENVIRONMENT_VARIABLE}", Path(given) if given else None
    for folder in bundled_folders():
        yield "vqvae_weights/", folder / OFFICIAL_FILE
    yield "user cache", cache_folder() / OFFICIAL_FILE


def find_official() -> Path | None:
    """The first official file on this machine; WeightsError when one is there but its checksum is wrong."""
    for place, path in official_places():
        if path is None:
            continue
        if path.is_file():
            verify_official(path)
            return path
        if place.startswith("environment"):
            raise WeightsError(f"{ENVIRONMENT_VARIABLE}={path}: no such file")
    return None


def verify_official(path: Path) -> None:
    """Raise WeightsError unless the file has the official checksum."""
    found = file_sha256(path)
    if found != OFFICIAL_SHA256:
        raise WeightsError(
            f"{path}: not the official {OFFICIAL_FILE}: SHA-256 is {found}, expected {OFFICIAL_SHA256}"
            f" ({path.stat().st_size:,} bytes, expected {OFFICIAL_SIZE:,})",
            hint="remove the file, or give it as --codebook PATH.npz if another codebook is meant",
        )


def find_stand_in() -> Path:
    """The bundled stand-in; WeightsError when the installation lacks it."""
    for folder in bundled_folders():
        if (folder / STAND_IN_FILE).is_file():
            return folder / STAND_IN_FILE
    raise WeightsError(f"the installation lacks {STAND_IN_FILE}", hint="reinstall pali-dataprep")


def bundled_folders() -> tuple[Path, ...]:
    """vqvae_weights/ inside the installed package, and beside it in a checkout."""
    package = Path(__file__).parents[1]
    return (package / "vqvae_weights", package.parent / "vqvae_weights")


def fetch_official(progress: object | None = None) -> Path:
    """Download the official file into the user cache, verified before it is put in place.

    The public locations are tried in turn. `progress` is a bar as pooch takes one (an object
    with `total`, `update`, `reset`, `close`). Raises WeightsError when none can be reached.
    """
    failures = []
    for url in OFFICIAL_URLS:
        try:
            return fetch(url, OFFICIAL_FILE, OFFICIAL_SHA256, cache_folder(), progress)
        except (OSError, ValueError) as error:  # requests' errors are OSErrors; ValueError is a wrong checksum
            failures.append(f"  {url}: {reason(error)}")
    tried = ["the official mask codec weights could not be downloaded:", *failures]
    raise WeightsError("\n".join([*tried, not_found_message()]))


def _fetch_or_explain(download: bool) -> Path:
    if not download:
        raise WeightsError(f"the official mask codec weights are not on this machine\n{not_found_message()}")
    return fetch_official()


def not_found_message() -> str:
    """What the file is, where to put it, and what to do without it."""
    places = [f"  {place}: {path or '(not set)'}" for place, path in official_places()]
    return "\n".join(
        [
            f"needed: {OFFICIAL_FILE}, {OFFICIAL_SIZE:,} bytes, SHA-256 {OFFICIAL_SHA256}",
            "download it elsewhere and put it in one of these places, or give its path with --codebook:",
            *places,
            f"to try the tools without it, --codebook {STAND_IN} uses a bundled codebook of the same shape;",
            "its tokens mean nothing to PaliGemma, so they are of no use for training",
        ]
    )
