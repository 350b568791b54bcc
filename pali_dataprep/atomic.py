"""Output that is there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pali_dataprep.errors import OutputError


@contextmanager
def atomic_path(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place when the block ends well.

    When the block raises, or the process is interrupted, `path` is as it was before.
    Raises OutputError when `path` exists and `overwrite` is false, or cannot be written.
    """
    refuse_existing(path, overwrite=overwrite)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        temporary.unlink(missing_ok=True)


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Raise OutputError when `path` is a folder or a device, or exists and may not be replaced."""
    try:
        is_folder, is_file, exists = path.is_dir(), path.is_file(), path.exists()
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
    if is_folder:
        raise OutputError(f"{path}: is a folder; give the name of a file")
    if exists and not is_file:  # root, in a container, would have a file in the place of /dev/null from then on
        raise OutputError(f"{path}: is no file that can be replaced")
    if exists and not overwrite:
        raise OutputError(f"{path}: exists already", hint="add --overwrite to replace it")


def refuse_inputs(path: Path, inputs: Iterable[Path]) -> None:
    """Raise OutputError when `path` is one of the files that are read, by whatever name."""
    if any(path.exists() and source.exists() and path.samefile(source) for source in inputs):
        raise OutputError(f"{path}: is read by this command, so it cannot be written as well")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
