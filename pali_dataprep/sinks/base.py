"""What every output provides."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from pali_dataprep.samples import Example


class Writer(Protocol):
    """Takes examples in order."""

    def write(self, examples: Iterable[Example]) -> None:
        """Append rows."""
        ...


class Sink(Protocol):
    """Opens a writer whose output is in place when the context ends well, and not there at all otherwise."""

    def __call__(self, path: Path, *, overwrite: bool) -> AbstractContextManager[Writer]: ...
