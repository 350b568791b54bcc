"""What every input format provides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pali_dataprep.errors import UsageError
from pali_dataprep.findings import Finding
from pali_dataprep.formats.losses import Losses
from pali_dataprep.options import Task
from pali_dataprep.samples import Sample

if TYPE_CHECKING:
    from pali_dataprep.formats.glimpse import Glimpse
    from pali_dataprep.formats.reader_options import ReaderOptions


@dataclass(frozen=True, slots=True)
class Dataset:
    """Annotations read from one source.

    `categories` are the class names in the source's order, without duplicates;
    `category_ids` gives each id (as text) its name. `samples()` streams the images in
    source order and can be called again. `findings` concern the source as a whole.
    `root` is the folder file names are relative to, where the source itself settles that.
    Samples of a dataset with `subsets` name one of them, and each gets a file of its own.
    `reading` tells the manifest how the reader was asked to take the source. `asks` says that
    its samples hold questions, which `--task answer` needs; `phrases` that labels are words for one
    object, not classes. `task` is what its rows are made for where nobody says otherwise.
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
    phrases: bool = False
    task: Task = Task.DETECT

    def image_root(self, images: Path | None = None) -> Path:
        """The folder file names are relative to: the source's own, else `images`, else the one `path` lies in."""
        return self.root or images or self.path.parent


@dataclass(frozen=True, slots=True)
class FormatInfo:
    """A line of the format table: a package of this name, what it is called, what it carries, what it is told by.

    The package has `read(path, **options) -> Dataset`, whose keyword parameters are the format's options;
    `recognise(glimpse) -> str | None`, in words what speaks for a source being of this format;
    and `write` where `writes` says so. Where one of the formats in `gives_way_to` recognises a source as well,
    the source is taken for that one.
    """

    name: str
    title: str
    told_by: str
    boxes: bool = False
    masks: bool = False
    captions: bool = False
    questions: bool = False
    texts: bool = False
    phrases: bool = False
    writes: bool = False
    gives_way_to: tuple[str, ...] = ()

    def read(self, path: Path, **options: Any) -> Dataset:
        """Call the package's `read`; it is imported now, so that no format costs the others' users time."""
        from pali_dataprep.formats.glimpse import refuse_archive

        refuse_archive(path)
        dataset: Dataset = self._package().read(path, **options)
        return dataset

    def recognise(self, glimpse: Glimpse) -> str | None:
        """In words what speaks for the source being of this format; None where nothing does."""
        why: str | None = self._package().recognise(glimpse)
        return why

    def reader_options(self) -> ReaderOptions:
        """What the package's `read` can be told."""
        from pali_dataprep.formats.reader_options import ReaderOptions

        return ReaderOptions.of(self._package().read)

    def write(self, samples: Iterable[Sample], path: Path, categories: Iterable[str], **options: Any) -> Losses:
        """Call the package's `write`, which says what it lost. Raises UsageError for a format that is only read."""
        if not self.writes:
            raise UsageError(f"{self.name} is only read")
        losses: Losses = self._package().write(samples, path, categories, **options)
        return losses

    def _package(self) -> Any:
        return import_module(f"pali_dataprep.formats.{self.name}")
