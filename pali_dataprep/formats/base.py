"""What every input format provides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from pali_dataprep.errors import UsageError
from pali_dataprep.findings import Finding
from pali_dataprep.samples import Sample


@dataclass(frozen=True, slots=True)
class Dataset:
    """Annotations read from one source.

    `categories` are the class names in the source's order, without duplicates;
    `category_ids` gives each id (as text) its name. `samples()` streams the images in
    source order and can be called again. `findings` concern the source as a whole.
    `root` is the folder file names are relative to, where the source itself settles that.
    Samples of a dataset with `subsets` name one of them, and each gets a file of its own.
    `reading` tells the manifest how the reader was asked to take the source. `asks` says that
    its samples hold questions, which `--task answer` needs.
    """

    path: Path
    categories: tuple[str, ...]
    category_ids: dict[str, str]
    samples: Callable[[], Iterator[Sample]]
    size: int
    findings: tuple[Finding, ...] = ()
    inputs: tuple[Path, ...] = ()
    root: Path | None = None
    subsets: tuple[str, ...] = ()
    reading: Mapping[str, object] = field(default_factory=dict)
    asks: bool = False


@dataclass(frozen=True, slots=True)
class FormatInfo:
    """A line of the format table: a package of this name, what it is called, and what it carries."""

    name: str
    title: str
    boxes: bool = False
    masks: bool = False
    captions: bool = False
    questions: bool = False
    writes: bool = False

    def read(self, path: Path, **options: Any) -> Dataset:
        """Call the package's `read`; it is imported now, so that no format costs the others' users time."""
        dataset: Dataset = self._package().read(path, **options)
        return dataset

    def write(self, samples: Iterable[Sample], path: Path, categories: Iterable[str], **options: Any) -> None:
        """Call the package's `write`. Raises UsageError for a format that is only read."""
        if not self.writes:
            raise UsageError(f"{self.name} is only read")
        self._package().write(samples, path, categories, **options)

    def _package(self) -> Any:
        return import_module(f"pali_dataprep.formats.{self.name}")
