"""What a model said, a text a row: JSON Lines with pictures beside the texts, or plain lines."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from pali_dataprep.errors import InputError, UsageError
from pali_dataprep.formats.image_folder import walk_images
from pali_dataprep.restoration.restore import ImageSize, TextRow, may_hold_masks, size_of_file
from pali_dataprep.samples import Example

COLUMNS = ("prediction", "output", "text", "suffix")
"""Where the text is looked for, in this order: a row that repeats its target in `suffix` is judged by the answer."""

PROMPTS = ("prefix", "prompt")
PLAIN = ".txt"


class _Named(msgspec.Struct, gc=False):
    image: str


_RECORD = msgspec.json.Decoder(dict[str, Any])
_IMAGE = msgspec.json.Decoder(_Named)
_NO_ROW = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Survey:
    """Whether any text has seg tokens, so that a codec is needed, and whether texts of an image follow each other."""

    holds_masks: bool
    grouped: bool


@dataclass(frozen=True, slots=True)
class PredictionFile:
    """A file of texts and how to take it.

    JSON Lines have `image`, the text under `column` (default: the first of `COLUMNS` in a row), and may
    have a prefix and a `score`. A `.txt` has one text a line: of `image`, or of the pictures in the
    folder `images` in the order of their names.
    """

    path: Path
    column: str | None = None
    images: Path | None = None
    image: Path | None = None

    def rows(self) -> Iterator[TextRow]:
        """The texts in order. Raises InputError naming the line that is none."""
        return self._plain_rows() if self.path.suffix.lower() == PLAIN else self._json_rows()

    def survey(self) -> Survey:
        """What has to be known of all texts before the first is read. Lines that are no rows are left to `rows`."""
        if self.path.suffix.lower() == PLAIN:
            return Survey(any(b"<seg" in line for _, line in _lines(self.path)), True)
        holds_masks = False
        names = array("q")
        for number, line in _lines(self.path):
            with suppress(*_NO_ROW, InputError):
                if not holds_masks and may_hold_masks(line):
                    holds_masks = "<seg" in self._row(_RECORD.decode(line), number).example.suffix
                if self.image is None:
                    names.append(hash(_IMAGE.decode(line).image))
        return Survey(holds_masks, _follow_each_other(np.frombuffer(names, dtype=np.int64)))

    def holds_masks(self) -> bool:
        """Whether any text has seg tokens."""
        return self.survey().holds_masks

    def _json_rows(self) -> Iterator[TextRow]:
        for number, line in _lines(self.path):
            if not line.strip():
                continue
            try:
                yield self._row(_RECORD.decode(line), number)
            except _NO_ROW as error:
                raise InputError(
                    f"{self.path}:{number}: not a row: {error}",
                    hint='a row is one JSON object with "image" and the text of the model',
                ) from error

    def _row(self, record: dict[str, Any], number: int) -> TextRow:
        image = record.get("image") if self.image is None else str(self.image)
        if not isinstance(image, str):
            raise self._missing(record, number, '"image"', "--image names one picture for every row")
        column = self.column or next((c for c in COLUMNS if c in record), COLUMNS[-1])
        text = record.get(column)
        if not isinstance(text, str):
            raise self._missing(record, number, f'a text "{column}"', "--column names where the text is")
        prefix = next((record[p] for p in PROMPTS if isinstance(record.get(p), str)), "")
        score = record.get("score")
        if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
            raise InputError(f"{self.path}:{number}: score {score!r} is not a number")
        path = self.image or Path(self.images or self.path.parent, image)
        return TextRow(number, Example(image, prefix, text), path, score)

    def _missing(self, record: dict[str, Any], number: int, what: str, hint: str) -> InputError:
        keys = ", ".join(list(record)[:10]) or "nothing"
        return InputError(f"{self.path}:{number}: not a row with {what}; it has {keys}", hint=hint)

    def _plain_rows(self) -> Iterator[TextRow]:
        lines = list(_lines(self.path))
        for (number, line), path in zip(lines, self._pictures(len(lines)), strict=True):
            try:
                text = line.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise InputError(f"{self.path}:{number}: not UTF-8 at byte {error.start}") from error
            root = self.images if self.image is None else None
            name = path.relative_to(root).as_posix() if root else path.as_posix()
            yield TextRow(number, Example(name, "", text), path)

    def _pictures(self, count: int) -> Sequence[Path]:
        if self.image is not None:
            return [self.image] * count
        if self.images is None:
            raise UsageError(
                f"{self.path}: a text file names no pictures",
                hint="--image names the one of all lines, --images the folder of one a line",
            )
        pictures = [folder / name for folder, names in walk_images(self.images) for name in names]
        if len(pictures) != count:
            raise InputError(f"{self.path}: {count} lines, but {len(pictures)} pictures in {self.images}")
        return pictures


def _follow_each_other(names: npt.NDArray[np.int64]) -> bool:
    """Whether equal numbers stand side by side. Two names of one number say no, which costs memory alone."""
    return len(np.unique(names)) == len(names) - int(np.count_nonzero(names[1:] == names[:-1]))


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers, without a byte order mark."""
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


class Sizes:
    """(width, height) of each row's picture: one for all, else an annotation file's, else the picture file's."""

    def __init__(
        self,
        source: Path,
        fixed: ImageSize | None = None,
        known: Callable[[str], ImageSize | None] | None = None,
    ) -> None:
        self._source = source
        self._fixed = fixed
        self._known = known

    def __call__(self, row: TextRow) -> ImageSize:
        """Raises InputError naming the row of a picture that tells no size."""
        known = self._known(row.example.image) if self._known else None
        return self._fixed or known or size_of_file(row, self._source)
