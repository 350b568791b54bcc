"""How many tokens a text has: with PaliGemma's own vocabulary, or estimated where none is at hand.

A count is of plain text, `<locNNNN>` and `<segNNN>` one token each, without BOS and EOS.

Box and mask tokens are user-defined symbols: the tokenizer takes them out first and merges
nothing across them. The text between them is therefore counted piece by piece and
remembered, which is exact and makes a row of a hundred objects cost microseconds. A
tokenizer for which that does not hold is asked for whole texts instead.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from pali_dataprep.downloads import cache_folder, fetch, reason
from pali_dataprep.errors import InputError
from pali_dataprep.tokens.estimate import estimate_tokens
from pali_dataprep.tokens.grammar import LOC_BINS, SEG_TOKENS, SEPARATOR

ENVIRONMENT_VARIABLE = "PALI_DATAPREP_TOKENIZER"

OFFICIAL_FILE = "paligemma_tokenizer.model"
OFFICIAL_URL = f"https://storage.googleapis.com/big_vision/{OFFICIAL_FILE}"
OFFICIAL_SHA256 = "8986bb4f423f07f8c7f70d0dbe3526fb2316056c17bae71b1ea975e77a168fc6"
"""big_vision's published tokenizer (big_vision `configs/proj/paligemma/README.md`), 4,264,023 bytes."""

_FILE_NAMES = ("tokenizer.model", "tokenizer.json")
_RUN_OF_SPECIALS = re.compile(r"((?:<loc(?:0[0-9]{3}|10[01][0-9]|102[0-3])>|<seg(?:0[0-9]{2}|1[01][0-9]|12[0-7])>)++)")
_PROBE = "detect a dog ;  b<loc0001><loc1023> a dog ; <loc0000><seg127> 12; <seg000>\n x"
_MEMO_SIZE = 1 << 14
"""Texts between tokens: labels and lists of them come again and again, questions hardly ever."""

_BEFORE_SEPARATOR = re.compile(f"(?<! )(?={SEPARATOR})")


class TokenCounter(Protocol):
    """Counts tokens. `exact` says whether a count is the truth or an upper estimate; `name` is shown to people.

    `sha256` is of the tokenizer's file; None for an estimate. `splits` says that box and mask tokens part a text: it
    costs what they and the texts between them cost one by one.
    """

    exact: bool
    name: str
    sha256: str | None
    splits: bool

    def count(self, text: str) -> int:
        """Number of tokens of plain text, without BOS and EOS."""
        ...


class _SegmentCounter:
    """Counts loc and seg tokens as one each and the text between them by `length`, which it asks once a segment."""

    def __init__(self, length: Callable[[str], int]) -> None:
        self._length = length
        self._memo: dict[str, int] = {}

    def count(self, text: str) -> int:
        """Number of tokens of plain text, without BOS and EOS."""
        if (known := self._memo.get(text)) is not None:
            return known
        parts = _RUN_OF_SPECIALS.split(text)
        specials = sum(run.count("<") for run in parts[1::2])
        return specials + sum(self._segment(part) for part in parts[::2] if part)

    def _segment(self, text: str) -> int:
        known = self._memo.get(text)
        if known is None:
            if len(self._memo) >= _MEMO_SIZE:
                self._memo.clear()
            known = self._memo[text] = self._length(text)
        return known


class VocabularyCounter(_SegmentCounter):
    """Exact counts by a tokenizer's own encoder."""

    exact = True

    def __init__(self, name: str, sha256: str, length: Callable[[str], int]) -> None:
        """`length` is the tokenizer: the number of tokens of a text, without BOS and EOS."""
        super().__init__(length)
        self.name = name
        self.sha256: str | None = sha256
        self.splits = length(_PROBE) == super().count(_PROBE)

    def count(self, text: str) -> int:
        """Number of tokens of plain text; lone surrogates, which no file can hold, count as `?`."""
        text = text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
        return super().count(text) if self.splits else self._length(text)


class Estimate(_SegmentCounter):
    """Upper estimate without a vocabulary: at least the truth on label text; `tokens/estimate.py` says why.

    It merges nothing across the beginning of a separator.
    """

    exact = False
    name = "estimate, no PaliGemma tokenizer found"
    sha256: str | None = None
    splits = True

    def __init__(self) -> None:
        super().__init__(lambda text: sum(map(estimate_tokens, _BEFORE_SEPARATOR.split(text))))


def open_counter(path: Path | None = None, *, download: bool = False) -> TokenCounter:
    """The best counter to be had: exact where a tokenizer is found, else an `Estimate`.

    Looked for in this order: `path`; the file named by PALI_DATAPREP_TOKENIZER; snapshots of google/paligemma*
    in the local Hugging Face cache; the user cache of this program; with `download`, the
    public file (4 MB), checked against its SHA-256. Nothing is fetched without `download`.

    Raises InputError when the file named by `path` or by the variable is missing, unreadable or
    another model's tokenizer, and when a download asked for fails. Unsuitable files in
    caches are passed over.
    """
    if path is not None:
        return _load(path)
    if named := os.environ.get(ENVIRONMENT_VARIABLE):
        return _load(Path(named).expanduser(), f"{ENVIRONMENT_VARIABLE} names ")
    for candidate in _cached_files():
        try:
            return _load(candidate)
        except InputError:
            continue
    return _load(_download()) if download else Estimate()


def _load(path: Path, origin: str = "") -> VocabularyCounter:
    file = _file_in(path)
    if file is None:
        raise InputError(
            f"{origin}{path}: no such tokenizer file",
            hint=f"expected is a SentencePiece .model or a Hugging Face tokenizer.json, such as {OFFICIAL_URL}",
        )
    return _load_json(file) if file.suffix == ".json" else _load_sentencepiece(file)


def _file_in(path: Path) -> Path | None:
    """The file itself, or the tokenizer in a folder."""
    candidates = [path / name for name in (OFFICIAL_FILE, *_FILE_NAMES)] if path.is_dir() else [path]
    return next((c for c in candidates if c.is_file()), None)


def _load_sentencepiece(path: Path) -> VocabularyCounter:
    from sentencepiece import SentencePieceProcessor

    content = path.read_bytes()
    processor = SentencePieceProcessor()
    try:
        processor.LoadFromSerializedProto(content)
    except (RuntimeError, TypeError) as error:
        raise InputError(f"{path}: not a readable SentencePiece model") from error
    unknown = processor.unk_id()
    missing = [piece for piece in _special_pieces() if processor.piece_to_id(piece) in (unknown, -1)]

    def length(text: str) -> int:
        return len(processor.encode(text))

    _check_specials(path, missing, length)
    return VocabularyCounter(f"SentencePiece model {path.name}", hashlib.sha256(content).hexdigest(), length)


def _load_json(path: Path) -> VocabularyCounter:
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise InputError(
            f"{path}: a tokenizer.json needs the package `tokenizers`",
            hint="pip install tokenizers, or give a SentencePiece .model file",
        ) from error
    content = path.read_bytes()
    try:
        tokenizer = Tokenizer.from_buffer(content)
    except Exception as error:  # the package raises plain Exception
        raise InputError(f"{path}: not a readable tokenizer.json ({error})") from error
    missing = [piece for piece in _special_pieces() if tokenizer.token_to_id(piece) is None]
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def length(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    _check_specials(path, missing, length)
    return VocabularyCounter(f"Hugging Face tokenizer {path.name}", hashlib.sha256(content).hexdigest(), length)


def _special_pieces() -> Iterator[str]:
    yield from (f"<loc{i:04d}>" for i in range(LOC_BINS))
    yield from (f"<seg{i:03d}>" for i in range(SEG_TOKENS))


def _check_specials(path: Path, missing: list[str], length: Callable[[str], int]) -> None:
    """Gemma's own tokenizer splits `<loc0000>` into seven pieces, so that every count would be wrong."""
    pieces = length("<loc0000>")
    if missing or pieces != 1:
        total = LOC_BINS + SEG_TOKENS
        raise InputError(
            f"{path}: not PaliGemma's tokenizer: {len(missing):,} of the {total:,} loc and seg tokens are missing, "
            f"and it splits <loc0000> into {pieces} pieces",
            hint=f"this looks like another model's tokenizer; PaliGemma's is {OFFICIAL_URL}",
        )


def _cached_files() -> Iterator[Path]:
    for snapshot in _hugging_face_snapshots():
        yield from (snapshot / name for name in _FILE_NAMES if (snapshot / name).is_file())
    if (own := cache_folder() / OFFICIAL_FILE).is_file():
        yield own


def _hugging_face_snapshots() -> list[Path]:
    """Folders of google/paligemma* in the local cache, in alphabetical order.

    The cache is where huggingface_hub keeps it: HF_HUB_CACHE, else HF_HOME/hub, else
    XDG_CACHE_HOME/huggingface/hub, else ~/.cache/huggingface/hub.
    """
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    hub = os.environ.get("HF_HUB_CACHE") or Path(os.environ.get("HF_HOME") or home) / "hub"
    return sorted(Path(hub).expanduser().glob("models--google--paligemma*/snapshots/*"))


def _download() -> Path:
    """Fetch the public file into the user cache. Raises InputError when it cannot be had or its checksum differs."""
    try:
        return fetch(OFFICIAL_URL, OFFICIAL_FILE, OFFICIAL_SHA256, cache_folder())
    except (OSError, ValueError) as error:  # requests' errors are OSError; a wrong checksum is ValueError
        raise InputError(
            f"the tokenizer could not be fetched from {OFFICIAL_URL}: {reason(error)}",
            hint="fetch it elsewhere and give its path with --tokenizer",
        ) from error
