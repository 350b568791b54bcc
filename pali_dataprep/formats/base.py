"""What every input format provides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

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
    """A line of the format table: what a format is called, and what it carries."""

    name: str
    title: str
    boxes: bool
    masks: bool
    captions: bool
    read: Callable[..., Dataset]
    write: Callable[..., None] | None = None
    questions: bool = False
