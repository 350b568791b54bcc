"""What a user can ask of a conversion; the same names on the command line and in the manifest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pali_dataprep.budget import DEFAULT_MAX_TOKENS
from pali_dataprep.errors import UsageError
from pali_dataprep.tokens import Grid


class Task(StrEnum):
    """What the model is asked to do; the first word of the prefix."""

    DETECT = "detect"
    SEGMENT = "segment"
    CAPTION = "caption"


class PrefixClasses(StrEnum):
    """Which class names a `detect` or `segment` prefix asks for."""

    PRESENT = "present"
    ALL = "all"
    PRESENT_NEGATIVES = "present+negatives"
    PER_CLASS = "per-class"


class Order(StrEnum):
    """Order of the objects in a suffix. `area`: largest first; `raster`: by y_min, then x_min."""

    SOURCE = "source"
    AREA = "area"
    RASTER = "raster"
    RANDOM = "random"


class Crowd(StrEnum):
    """What to do with iscrowd annotations: leave them out, or write them like any other object."""

    SKIP = "skip"
    KEEP = "keep"


class Empty(StrEnum):
    """What to do with images without objects: a row with an empty suffix, or no row."""

    KEEP = "keep"
    SKIP = "skip"


class Captions(StrEnum):
    """Which captions of an image become rows."""

    ALL = "all"
    FIRST = "first"


class ImagePaths(StrEnum):
    """How the `image` value is written, and whether image files are put beside the output.

    `relative` to the output file, `root`: relative to --images, `absolute`; `copy`,
    `symlink`, `hardlink` put the file under the output's folder and name it relative to it.
    """

    RELATIVE = "relative"
    ROOT = "root"
    ABSOLUTE = "absolute"
    COPY = "copy"
    SYMLINK = "symlink"
    HARDLINK = "hardlink"

    @property
    def places_files(self) -> bool:
        """True when image files are put under the output's folder."""
        return self in (ImagePaths.COPY, ImagePaths.SYMLINK, ImagePaths.HARDLINK)


class Overflow(StrEnum):
    """What to do with a row over the token budget; see `overflow.py`."""

    ERROR = "error"
    DROP_OBJECTS = "drop-objects"
    SPLIT_ROWS = "split-rows"
    PER_CLASS = "per-class"
    SKIP = "skip"


class OnError(StrEnum):
    """Findings of severity error: stop before anything is written, or leave out what they concern."""

    STOP = "stop"
    SKIP = "skip"


class Target(StrEnum):
    """Whose trainer reads the rows: keras-hub adds no newline between prefix and suffix, so we do."""

    DEFAULT = "default"
    KERAS = "keras"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects are wanted. Categories are names or ids as text; sizes are in pixels."""

    categories: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict)
    crowd: Crowd = Crowd.SKIP
    min_area: float = 0.0
    min_side: float = 0.0
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class ConvertOptions:
    """Everything that shapes the rows of a conversion; defaults are those of the command line."""

    task: Task = Task.DETECT
    selection: Selection = Selection()
    prefix_classes: PrefixClasses = PrefixClasses.PRESENT
    negatives: int = 1
    order: Order = Order.SOURCE
    seed: int = 0
    empty: Empty = Empty.KEEP
    captions: Captions = Captions.ALL
    lang: str = "en"
    grid: Grid = Grid.OVER_1024
    target: Target = Target.DEFAULT
    image_paths: ImagePaths = ImagePaths.RELATIVE
    allow_missing: bool = False
    allow_outside: bool = False
    max_tokens: int = DEFAULT_MAX_TOKENS
    overflow: Overflow = Overflow.ERROR
    on_error: OnError = OnError.STOP
    splits: Mapping[str, float] = field(default_factory=dict)
    iou_sample: int | None = 256

    def __post_init__(self) -> None:
        if self.negatives < 1:
            raise UsageError(f"--negatives {self.negatives}: at least one class must be asked for")
        if self.task is Task.CAPTION and self.overflow not in (Overflow.ERROR, Overflow.SKIP):
            raise UsageError(f"--overflow {self.overflow}: a caption cannot be divided; use error or skip")
        if not all(0 < share < math.inf for share in self.splits.values()):
            raise UsageError("--split: every share must be a number above 0")
        if self.lang.split() != [self.lang]:
            raise UsageError(f"--lang {self.lang!r}: a language code is one word", hint="e.g. en")
