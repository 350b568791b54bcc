"""What the rules on JSONL judge: a row, the file it is in, and what was looked up for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, KeysView, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pali_dataprep.checksum import hash64
from pali_dataprep.findings import Remark, Span
from pali_dataprep.images import ImageHeader
from pali_dataprep.tokens.grammar import Grid, TokenObject
from pali_dataprep.tokens.scanning import ScannedSuffix, scan_suffix

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from pali_dataprep.tokens.budget import Limit
    from pali_dataprep.tokens.tokenizer import TokenCounter

KEYS = ("image", "prefix", "suffix")
"""What every row has, all strings."""

DRAWN_TASKS = ("detect", "segment")
"""First words of prefixes that name classes, and whose suffixes hold objects."""

TASKS = (*DRAWN_TASKS, "caption", "ocr", "answer", "question", "describe")
"""First words of PaliGemma's prompts (arXiv 2407.07726, pretraining mixture)."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Numbers that decide findings; the configuration's table of the same name."""

    max_line_bytes: int = 1 << 20
    max_pixels: int = 100_000_000
    min_side: int = 32
    mask_fill: float = 0.05
    mask_iou: float = 0.5
    repeated_mask: float = 0.1
    imbalance: float = 100.0
    empty_share: float = 0.5
    common_class_list: float = 0.9


@dataclass(frozen=True, slots=True)
class Context:
    """What holds for every row of a run. `counter` and `limit` are None where nothing is counted."""

    thresholds: Thresholds = Thresholds()
    counter: TokenCounter | None = None
    limit: Limit | None = None
    extra_keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A JSONL file being judged; `path` as given. `split` is empty where its name tells none.

    `remark` says why the manifest cannot be relied on; "" where it can. `keras` says that the rows were
    written for keras-hub, whose prefixes end in a newline. `max_tokens` is the limit it was written for, None where
    that is not known.
    """

    path: str
    split: str = ""
    grid: Grid = Grid.OVER_1024
    codebook: str | None = None
    has_manifest: bool = False
    remark: str = ""
    keras: bool = False
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class FileEnd:
    """A file that was read to its end. `unread_masks` were not decoded, for the reason of `codec_problem`."""

    file: SourceFile
    rows: int
    ends_with_newline: bool = True
    unread_masks: int = 0
    codec_problem: str = ""


@dataclass(frozen=True, slots=True)
class FileSet:
    """The files found in one folder: `names` relative to it, with forward slashes."""

    folder: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What was found of a row's image file.

    `path` is None when it leads outside the root; `header` is None when there is no file, a string when
    it is no image. `decode_error` is "" for one whose pixels can be read, None where nobody tried;
    `digest` is of the file's bytes, 0 where it was not read.
    """

    path: Path | None
    header: ImageHeader | str | None = None
    mode: str = ""
    decode_error: str | None = None
    digest: int = 0

    @property
    def size(self) -> tuple[int, int] | None:
        """(width, height) as shown; None where there is no image."""
        return self.header.shown_size if isinstance(self.header, ImageHeader) else None


@dataclass(frozen=True, slots=True)
class DecodedMask:
    """An object's codewords as the decoder reads them: `pixels` float32 (64, 64), above 0 is inside.

    `source_iou` is with the annotation of the same box, None where nothing is compared; `unmatched` says that
    the source has no annotation of that box.
    """

    index: int
    pixels: npt.NDArray[np.float32]
    source_iou: float | None = None
    unmatched: bool = False

    @property
    def fill(self) -> float:
        """Share of its box that the mask covers."""
        return float((self.pixels > 0).mean())


@dataclass(slots=True)
class LineProblem:
    """Why a line is no row, or not as it should be written. `name` is that of the rule it belongs to."""

    name: str
    message: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a prefix asks for: `task` is its first word where that is one of TASKS, else "".

    `classes` are those that a `detect` or `segment` prefix names, as it spells them; otherwise none. `labels` are the
    same with single spaces, each once and in order: so labels of suffixes are spelled. `class_list` is a hash of all.
    `plain` is a list of different classes, written as we would write it, in letters, digits, `_` and `-`.
    """

    task: str
    classes: tuple[str, ...]
    labels: KeysView[str]
    class_list: int
    plain: bool


_PLAIN_CLASSES = re.compile(r"(?:detect|segment) [\w-]++(?: [\w-]++)*+(?: ; [\w-]++(?: [\w-]++)*+)*+")
_NO_LABELS: KeysView[str] = dict[str, None]().keys()

_LONGEST_REMEMBERED = 4096
"""Characters of a prefix that is remembered: what is kept stays bounded, whatever a file holds."""


def read_prompt(prefix: str) -> Prompt:
    """What a prefix asks for. Datasets ask the same again and again, so each is read once."""
    return _remembered(prefix) if len(prefix) <= _LONGEST_REMEMBERED else _read_prompt(prefix)


def _read_prompt(prefix: str) -> Prompt:
    word = prefix.split(" ", 1)[0].strip().lower()
    if word not in DRAWN_TASKS:
        return Prompt(word if word in TASKS else "", (), _NO_LABELS, 0, False)
    _, _, listed = prefix.strip().partition(" ")
    classes = tuple(name.strip() for name in listed.split(";") if name.strip())
    labels = dict.fromkeys(" ".join(name.split()) for name in classes).keys()
    plain = len(labels) == len(classes) and _PLAIN_CLASSES.fullmatch(prefix) is not None
    return Prompt(word, classes, labels, hash64(" ; ".join(classes)), plain)


_remembered = lru_cache(maxsize=1024)(_read_prompt)


@dataclass(slots=True)
class Row:
    """One line of a JSONL file.

    `raw` is its text without the line end, "" where it is not text; `fields` what the object holds, empty
    where there is none. `image`, `prefix` and `suffix` are "" where they are missing or no strings; then
    the row is not `whole`, and only rules on lines judge it. `size` is the picture's (width, height) as shown,
    from its file or, where none was looked at, from `--source`; None where neither tells it.

    What several rules ask is read once: the `prompt`; whether the row `is_drawn`, since it asks for classes or
    its suffix holds loc or seg tokens; the suffix as `scanned`, which is nothing where it holds text; and the
    `objects` that a decoder may use.
    """

    file: SourceFile
    line: int
    raw: str
    fields: Mapping[str, Any]
    context: Context
    problems: tuple[LineProblem, ...] = ()
    image: str = ""
    prefix: str = ""
    suffix: str = ""
    whole: bool = False
    picture: ImageFacts | None = None
    size: tuple[int, int] | None = None
    masks: tuple[DecodedMask, ...] = ()
    prompt: Prompt = field(init=False)
    is_drawn: bool = field(init=False)
    scanned: ScannedSuffix = field(init=False)
    objects: tuple[TokenObject, ...] = field(init=False)

    def __post_init__(self) -> None:
        suffix = self.suffix
        self.prompt = prompt = read_prompt(self.prefix)
        self.is_drawn = drawn = prompt.task in DRAWN_TASKS or "<loc" in suffix or "<seg" in suffix
        self.scanned = scanned = scan_suffix(suffix, prompt=self.prefix) if drawn and suffix else _NOTHING
        self.objects = scanned.whole

    @property
    def task(self) -> str:
        """The first word of the prefix where it is one of TASKS, else ""."""
        return self.prompt.task

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes a `detect` or `segment` prefix asks for, as it spells them; otherwise none."""
        return self.prompt.classes

    def deviations(self, *names: str) -> Iterator[Remark]:
        """What the scanner says under these names, with the characters of the suffix."""
        for d in self.scanned.deviations:
            if d.name in names:
                yield Remark(d.message, Span("suffix", d.start, d.end))

    def said(self, name: str) -> Iterator[Remark]:
        """What the reader says of the line under this name."""
        for p in self.problems:
            if p.name == name:
                yield Remark(p.message, Span("", p.start, p.end))


_NOTHING = ScannedSuffix((), ())
