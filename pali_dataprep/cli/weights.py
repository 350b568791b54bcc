"""`pali-dataprep weights`: fetch, verify and describe the mask codec's weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

weights = typer.Typer(
    help="The mask codec's weights: fetch, verify, info.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@weights.command()
def fetch() -> None:
    """Download the official weights into the user cache, verified; nothing is done when they are there."""
    print(f"official: {_find_or_fetch()}")


def fetch_if_missing(codebook: str) -> None:
    """Before a command that needs the codebook: download it where it is the official one and not there."""
    from pali_dataprep.vqvae.weights import OFFICIAL

    if codebook == OFFICIAL:
        _find_or_fetch()


def _find_or_fetch() -> Path:
    import sys
    from contextlib import nullcontext

    from pali_dataprep.cli.download_progress import DownloadProgress
    from pali_dataprep.vqvae.weights import OFFICIAL_FILE, fetch_official, find_official

    if found := find_official():
        return found
    with DownloadProgress(OFFICIAL_FILE) if sys.stderr.isatty() else nullcontext() as progress:
        return fetch_official(progress)


@weights.command()
def verify(
    path: Annotated[Path | None, typer.Argument(help="An .npz file [default: the official file found].")] = None,
) -> None:
    """Check that a weights file has the right arrays, and whether it is the official one."""
    from pali_dataprep.errors import WeightsError
    from pali_dataprep.vqvae.checkpoint import load_checkpoint
    from pali_dataprep.vqvae.weights import OFFICIAL_SHA256, find_official, not_found_message

    path = path or find_official()
    if path is None:
        raise WeightsError(not_found_message())
    checkpoint = load_checkpoint(path)
    kind = "the official file" if checkpoint.sha256 == OFFICIAL_SHA256 else "NOT the official file"
    print(f"{path}: a complete mask VQ-VAE checkpoint, {kind}\nSHA-256 {checkpoint.sha256}")


@weights.command()
def info() -> None:
    """Show where weights are looked for, and what is there."""
    from pali_dataprep.checksum import file_sha256
    from pali_dataprep.vqvae.weights import OFFICIAL_SHA256, OFFICIAL_URLS, find_stand_in, official_places

    print(f"official (SHA-256 {OFFICIAL_SHA256}), looked for in this order:")
    for place, path in official_places():
        state = "not set" if path is None else "found" if path.is_file() else "not there"
        print(f"  {place}: {path or ''} ({state})")
    for url in OFFICIAL_URLS:
        print(f"  download: {url}")
    stand_in = find_stand_in()
    print(f"stand-in, not for training: {stand_in}\n  SHA-256 {file_sha256(stand_in)}")
