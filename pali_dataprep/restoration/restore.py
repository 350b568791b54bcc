"""JSONL back to samples: boxes in pixels, masks rebuilt from their codewords."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from msgspec import structs

from pali_dataprep.errors import InputError, UsageError
from pali_dataprep.images import ImageHeader, is_file, read_header
from pali_dataprep.manifest import CodebookRecord, Provenance
from pali_dataprep.masks.roundtrip import rebuild
from pali_dataprep.samples import Example, Instance, Sample
from pali_dataprep.sinks import read_jsonl
from pali_dataprep.tokens.grammar import Grid, TokenObject
from pali_dataprep.tokens.scanning import Deviation, ScannedSuffix, read_answer, scan_suffix
from pali_dataprep.vqvae import OFFICIAL, STAND_IN, open_codec
from pali_dataprep.vqvae.codec import MaskCodec

DRAWN_TASKS = ("detect", "segment")
"""First words of prefixes whose suffixes hold objects."""

GROUNDED = "caption "
"""What a grounded caption's prefix begins with; four loc tokens follow."""

ROWS_PER_BATCH = 64

ImageSize = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TextRow:
    """A text to restore: its line, the row it stands in, its picture's path, and how sure the model was."""

    line: int
    example: Example
    path: Path
    score: float | None = None


SizeOf = Callable[[TextRow], ImageSize | None]
"""(width, height) of a row's picture; None where nobody needs to know."""


@dataclass(frozen=True, slots=True)
class RestoredRow:
    """A row, the sample it stands for, its whole objects (aligned with the instances), and how its text deviates."""

    line: int
    example: Example
    sample: Sample
    objects: tuple[TokenObject, ...]
    deviations: tuple[Deviation, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """In words, the parts of the text that are no whole object."""
        return tuple(d.message for d in self.deviations if d.loses)

    @property
    def answer(self) -> str:
        """The suffix without an echo of the prompt and special tokens round it."""
        return read_answer(self.example.suffix, prompt=self.example.prefix)[0]


def restore_rows(
    jsonl: Path, grid: Grid, codec: MaskCodec | None, *, images: Path | None = None, size_of: SizeOf | None = None
) -> Iterator[RestoredRow]:
    """Rows of a JSONL file as samples, in order.

    Instances have float `xyxy` boxes decoded on `grid` and, with a codec, masks as runs on
    the rounded box. Images are looked for relative to the file, or to `images`; their sizes are those of
    the files unless `size_of` tells them. Raises InputError naming the line for a row that is none, or whose
    image tells no size.
    """
    rows = (TextRow(line, e, resolve_image(e.image, jsonl, images)) for line, e in read_jsonl(jsonl))
    return restore_texts(rows, grid, codec, size_of or (lambda row: size_of_file(row, jsonl)))


def restore_texts(
    rows: Iterable[TextRow], grid: Grid, codec: MaskCodec | None, size_of: SizeOf
) -> Iterator[RestoredRow]:
    """As `restore_rows`, for texts from anywhere whose pictures' (width, height) `size_of` tells.

    Where it is None there are no instances.
    """
    rows = iter(rows)
    while batch := list(itertools.islice(rows, ROWS_PER_BATCH)):
        yield from _restore(batch, grid, codec, size_of)


def size_of_file(row: TextRow, source: Path) -> ImageSize:
    """(width, height) of a row's picture as shown. Raises InputError naming the row when it tells none."""
    header = read_header(row.path) if is_file(row.path) else "no such file"
    if isinstance(header, ImageHeader):
        return header.shown_size
    raise InputError(
        f"{source}:{row.line}: the image's size is needed to place boxes: {row.path}: {header}",
        hint="--images names the folder that the `image` values are relative to",
    )


def is_drawn(example: Example) -> bool:
    """Whether a row's suffix is objects: by its prefix, else by an answer that starts with tokens."""
    if example.prefix.split(" ", 1)[0] in DRAWN_TASKS:
        return True
    if "<loc" not in example.suffix and "<seg" not in example.suffix:
        return False
    answer, _ = read_answer(example.suffix, prompt=example.prefix)
    return answer.lstrip().startswith(("<loc", "<seg"))


def sizes_of_drawn(size_of: SizeOf) -> SizeOf:
    """`size_of` for rows that hold boxes, None for others: pictures that are only spoken of need not be there."""

    def size(row: TextRow) -> ImageSize | None:
        in_prefix = row.example.prefix.startswith(f"{GROUNDED}<loc")
        return size_of(row) if in_prefix or is_drawn(row.example) else None

    return size


def resolve_image(value: str, jsonl: Path, images: Path | None) -> Path:
    """Where a row's image lies: relative values start at `images`, or at the file's folder."""
    return (images or jsonl.parent) / value


def holds_masks(jsonl: Path) -> bool:
    """Whether any row has a mask, so that a codec is needed to read the file."""
    with jsonl.open("rb") as stream:
        if not any(map(may_hold_masks, stream)):
            return False
    return any("<seg" in example.suffix for _, example in read_jsonl(jsonl))


def may_hold_masks(line: bytes) -> bool:
    """Whether a line of JSON can hold seg tokens: most that cannot need not be decoded to know it."""
    return b"<seg" in line or b"\\u" in line


def codec_for_reading(provenance: Provenance, given: str | None, device: str = "auto") -> MaskCodec:
    """The codec a file's masks were made with: as given, else as its manifest says, else the official one.

    Raises UsageError when it is another codebook than the manifest records.
    """
    recorded = provenance.codebook
    if given is None and recorded is not None and recorded.name not in (OFFICIAL, STAND_IN):
        raise UsageError(
            f"the masks were made with codebook {recorded.name!r} (SHA-256 {recorded.sha256})",
            hint="give its file with --codebook PATH.npz",
        )
    codec = open_codec(given or (recorded.name if recorded else OFFICIAL), device=device)
    _check_codebook(codec, recorded)
    return codec


def _check_codebook(codec: MaskCodec, recorded: CodebookRecord | None) -> None:
    if recorded is not None and codec.sha256 != recorded.sha256:
        raise UsageError(
            f"the masks were made with codebook {recorded.name!r} (SHA-256 {recorded.sha256}),"
            f" not with {codec.name!r} (SHA-256 {codec.sha256})",
            hint="decoded with another codebook they would be nonsense",
        )


def _restore(batch: Sequence[TextRow], grid: Grid, codec: MaskCodec | None, size_of: SizeOf) -> Iterator[RestoredRow]:
    examples = [row.example for row in batch]
    scanned = [_scanned(e) for e in examples]
    codes = [o.codebook_indices for s in scanned for o in s.whole if o.codebook_indices is not None]
    maps = iter(codec.decode(np.array(codes, dtype=np.int32)) if codec and codes else ())
    for row, found in zip(batch, scanned, strict=True):
        size = size_of(row)
        width, height = size or (None, None)
        instances = []
        objects = found.whole
        for o in objects:
            decoded = next(maps, None) if o.codebook_indices is not None else None
            if width is None or height is None:
                continue
            restored = restore_instance(o, decoded, grid, width, height, score=row.score)
            instances.append(restored if restored.label else structs.replace(restored, label=_asked_for(row.example)))
        sample = Sample(row.example.image, width, height, tuple(instances), path=row.path)
        yield RestoredRow(row.line, row.example, sample, objects, found.deviations)


def _scanned(example: Example) -> ScannedSuffix:
    """The objects a row is about: those of its suffix, or the box that a grounded caption's prefix asks about."""
    if is_drawn(example):
        return scan_suffix(example.suffix, prompt=example.prefix)
    _, deviations = read_answer(example.suffix, prompt=example.prefix)
    box = example.prefix.removeprefix(GROUNDED)
    asked = scan_suffix(box) if box != example.prefix and box.startswith("<loc") else ScannedSuffix((), ())
    return ScannedSuffix(asked.objects, (*asked.deviations, *deviations))


def _asked_for(example: Example) -> str:
    """What an object without a label is: what a grounded caption says of it, or the expression that asks for it.

    An expression is a whole prefix (big_vision `transfers/refcoco_seg.py`); empty for other prefixes.
    """
    if example.prefix.startswith(GROUNDED):
        return read_answer(example.suffix, prompt=example.prefix)[0].strip()
    return "" if example.prefix.split(" ", 1)[0] in DRAWN_TASKS else example.prefix.strip()


def restore_instance(
    o: TokenObject, decoded: np.ndarray | None, grid: Grid, width: int, height: int, *, score: float | None = None
) -> Instance:
    """An object as an instance: its box decoded on the grid, its 64 x 64 map as runs on the rounded box."""
    runs = None if decoded is None else rebuild(decoded, o.yxyx_bins, grid, width, height)
    return Instance(o.label, grid.decode_box(o.yxyx_bins, width, height), runs, score=score)
