"""What every input format provides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pali_dataprep.findings import Finding
from pali_dataprep.samples import Sample


@dataclass(frozen=True, slots=True)
class Dataset:
    """Annotations read from one source.

    `categories` are the class names in the source's order, without duplicates;
    `category_ids` gives each id (as text) its name. `samples()` streams the images in
    source order and can be called again. `findings` concern the source as a whole.
    """

    path: Path
    categories: tuple[str, ...]
    category_ids: dict[str, str]
    samples: Callable[[], Iterator[Sample]]
    size: int
    findings: tuple[Finding, ...] = ()
    inputs: tuple[Path, ...] = ()


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
