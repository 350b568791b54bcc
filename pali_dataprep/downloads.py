"""Public files fetched once into the user's cache, verified before they are put in place."""

from __future__ import annotations

from pathlib import Path

TIMEOUT_SECONDS = 20.0


def cache_folder() -> Path:
    """The user's cache folder for this package; it need not exist."""
    from platformdirs import user_cache_path

    return user_cache_path("pali-dataprep", appauthor=False)


def fetch(url: str, file_name: str, sha256: str, folder: Path, progress: object | None = None) -> Path:
    """Download a file into `folder`, or find it there. `progress` is a bar as pooch takes one.

    Raises OSError when it cannot be had, ValueError when its checksum differs; nothing is left in place then.
    """
    import pooch

    pooch.get_logger().setLevel("ERROR")
    downloader = pooch.HTTPDownloader(progressbar=progress or False, timeout=TIMEOUT_SECONDS)
    known_hash = f"sha256:{sha256}"
    return Path(pooch.retrieve(url, known_hash=known_hash, fname=file_name, path=folder, downloader=downloader))


def reason(error: Exception) -> str:
    """The innermost cause, in one line: `requests` wraps a refused connection four times."""
    cause: BaseException = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__ or cause
    return str(cause).splitlines()[0][:200] if str(cause) else type(cause).__name__
