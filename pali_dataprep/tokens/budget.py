"""Token accounts: what a row costs, what a checkpoint and a trainer allow, how much fits.

What is counted is what a trainer puts behind the image: BOS, prefix, newline, suffix, EOS. Image tokens
are reported apart. Every number names its source; docs/budget.md has the reasoning.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

from pali_dataprep.errors import InputError, UsageError
from pali_dataprep.tokens.grammar import SEGS_PER_MASK, SEPARATOR, TokenObject
from pali_dataprep.tokens.tokenizer import TokenCounter

DEFAULT_MAX_TOKENS = 256
"""Checked where neither a length nor a checkpoint is named: the length of mix-224."""

IMAGE_TOKENS: Mapping[int, int] = {224: 256, 448: 1024, 896: 4096}
"""Image tokens by resolution in pixels: (resolution / 14) squared (SigLIP So400m/14)."""

PUBLISHED_TOKENS_PER_BOX = 6
PUBLISHED_TOKENS_PER_MASK = 22
"""The rule of thumb: 4 loc (and 16 seg) tokens, a label of one token, a separator of one token, no prefix."""


class RowTokens(NamedTuple):
    """Tokens of one row. `prefix` has BOS and the newline, `suffix` has EOS; they add up to `total`."""

    prefix: int
    suffix: int

    @property
    def total(self) -> int:
        return self.prefix + self.suffix


def count_row(counter: TokenCounter, prefix: str, suffix: str, *, newline: bool = True) -> RowTokens:
    """BOS + prefix + newline + suffix + EOS, tokenised apart as big_vision does (`transfers/common.py`).

    `newline=False` for a file written for a trainer that adds none (keras-hub), whose prefixes end in one.
    """
    return add_up(counter.count(prefix), counter.count(suffix), newline=newline)


def add_up(prefix: int, suffix: int, *, newline: bool = True) -> RowTokens:
    """The account of a row whose prefix and suffix have so many tokens as plain text; `newline` as in `count_row`."""
    return RowTokens(1 + prefix + newline, suffix + 1)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A published checkpoint: `resolution` in pixels a side, `text_tokens` the sequence length it was trained with."""

    name: str
    resolution: int
    text_tokens: int
    source: str

    @property
    def image_tokens(self) -> int:
        return IMAGE_TOKENS[self.resolution]


_README = "big_vision configs/proj/paligemma/README.md"
_PT = f"{_README}, 'Pretrained checkpoints'"
_MIX = f"{_README}, 'Mixture checkpoint'"
_MIX_2 = f"not published for PaliGemma 2 mix; as PaliGemma's mix of that resolution ({_MIX})"
_TRANSFERS = "big_vision configs/proj/paligemma/transfers"

_PT_TOKENS = {224: 128, 448: 512, 896: 512}
_MIX_TOKENS = {224: 256, 448: 512}

_TRANSFER_TOKENS: Mapping[str, int] = {
    "ai2d": 128,
    "aokvqa_da": 32,
    "aokvqa_mc": 128,
    "chartqa": 48,
    "coco35l": 32,
    "cococap": 32,
    "docvqa": 32,
    "gqa": 32,
    "infovqa": 48,
    "nlvr2": 64,
    "ocrvqa": 32,
    "okvqa": 32,
    "refcoco_seg": 48,
    "rsvqa_hr": 32,
    "rsvqa_lr": 32,
    "scicap": 96,
    "science_qa": 512,
    "screen2words": 24,
    "stvqa": 48,
    "tallyqa": 32,
    "textcaps": 32,
    "textvqa": 32,
    "vizwizvqa": 48,
    "vqav2": 32,
    "widgetcap": 32,
}
"""`text_len` of each transfer configuration, which the fine-tuned (ft) checkpoint was trained with."""


def _checkpoints() -> Iterator[Checkpoint]:
    for resolution, tokens in _PT_TOKENS.items():
        yield Checkpoint(f"pt-{resolution}", resolution, tokens, _PT)
        if resolution in _MIX_TOKENS:
            yield Checkpoint(f"mix-{resolution}", resolution, _MIX_TOKENS[resolution], _MIX)
    for size in ("3b", "10b", "28b"):
        for resolution, tokens in _PT_TOKENS.items():
            yield Checkpoint(f"paligemma2-{size}-pt-{resolution}", resolution, tokens, _PT)
        for resolution, tokens in _MIX_TOKENS.items():
            yield Checkpoint(f"paligemma2-{size}-mix-{resolution}", resolution, tokens, _MIX_2)
    for task, tokens in _TRANSFER_TOKENS.items():
        for resolution in IMAGE_TOKENS:
            yield Checkpoint(f"ft-{task}-{resolution}", resolution, tokens, f"{_TRANSFERS}/{task}.py")


CHECKPOINTS: Mapping[str, Checkpoint] = {c.name: c for c in _checkpoints()}
"""PaliGemma by `pt-224`, `mix-448`, `ft-refcoco_seg-448`; PaliGemma 2 by `paligemma2-3b-pt-224`."""


@dataclass(frozen=True, slots=True)
class Trainer:
    """How a trainer limits a row.

    A row may have `room` tokens more than the length it is set to; `cuts_at` is a length it cuts
    at whatever the checkpoint (None: only where told to). `setting` is the option, with {text}, {image} and {all}
    for the numbers to fill in.
    """

    name: str
    setting: str
    source: str
    room: int = 0
    cuts_at: int | None = None
    adds_newline: bool = True


TRAINERS: Mapping[str, Trainer] = {
    t.name: t
    for t in (
        Trainer("big_vision", "text_len={text}", f"{_TRANSFERS}/common.py: tolen(text_len + 1)", room=1),
        Trainer(
            "big_vision-notebook",
            "SEQLEN={text}",
            "big_vision configs/proj/paligemma/finetune_paligemma.ipynb: tokens[:seqlen]; SEQLEN is 128 as it stands",
        ),
        Trainer(
            "transformers<4.52",
            "max_length={text}",
            "transformers 4.51.3 models/paligemma/processing_paligemma.py: max_length += image_seq_length",
        ),
        Trainer(
            "transformers",
            "max_length={all}",
            "transformers 4.52.1 models/paligemma/processing_paligemma.py: max_length includes the image tokens",
        ),
        Trainer(
            "keras-hub",
            "sequence_length={text}",
            "keras_hub models/pali_gemma/pali_gemma_causal_lm_preprocessor.py: packs sequence_length + 1",
            room=1,
            adds_newline=False,
        ),
        Trainer(
            "maestro",
            "max_new_tokens={text}",
            "maestro trainer/models/paligemma_2/loaders.py: max_length=512 of text, truncation='only_second'",
            cuts_at=512,
        ),
        Trainer(
            "roboflow-notebooks",
            "max_length={text} (the notebooks set none and cut nothing)",
            "roboflow/notebooks how-to-finetune-paligemma2-on-detection-dataset.ipynb: padding='longest' alone",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Limit:
    """The most tokens a row may have, BOS, newline and EOS included; image tokens come on top.

    `reason` says where the number is from, `setting` what to set the trainer to so that nothing is cut.
    `image_tokens` is None where no checkpoint is named; `adds_newline` is False for keras-hub.
    """

    text_tokens: int
    reason: str
    image_tokens: int | None = None
    setting: str | None = None
    adds_newline: bool = True


def find_checkpoint(name: str) -> Checkpoint:
    """By name, also as Hugging Face writes it (`google/paligemma-3b-pt-224`). Raises UsageError."""
    short = _key(name).removeprefix("google/").removeprefix("paligemma-3b-").removesuffix("-jax").removesuffix("-keras")
    for known, checkpoint in CHECKPOINTS.items():
        if _key(known) == short:
            return checkpoint
    names = ", ".join(c for c in CHECKPOINTS if not c.startswith("ft-"))
    raise UsageError(f"no checkpoint {name!r}", hint=f"known are {names}, and ft-TASK-RESOLUTION such as ft-docvqa-448")


def _key(name: str) -> str:
    return name.lower().replace("_", "-")


def find_trainer(name: str) -> Trainer:
    """By name. Raises UsageError."""
    aliases = {"transformers>=4.52": "transformers", "keras": "keras-hub", "roboflow": "roboflow-notebooks"}
    known = aliases.get(name.lower(), name.lower())
    if known not in TRAINERS:
        raise UsageError(f"no trainer {name!r}", hint=f"known are {', '.join(TRAINERS)}")
    return TRAINERS[known]


def resolve_limit(max_tokens: int | None = None, checkpoint: str | None = None, trainer: str | None = None) -> Limit:
    """The limit for a run: `max_tokens` where given, else the checkpoint's as the trainer counts it, else 256.

    Raises UsageError for an unknown name and for a length that leaves no room for a token of text.
    """
    found = find_checkpoint(checkpoint) if checkpoint else None
    by = find_trainer(trainer) if trainer else None
    length, reason = _length(max_tokens, found)
    text = length + (by.room if by and found and max_tokens is None else 0)
    if by and text > length:
        reason += f", and {by.name} takes {by.room} more"
    if by and by.cuts_at is not None and by.cuts_at < text:
        text, reason = by.cuts_at, f"{by.name} cuts there"
    image = found.image_tokens if found else None
    return Limit(text, reason, image, _setting(by, length, image), by.adds_newline if by else True)


def _length(max_tokens: int | None, checkpoint: Checkpoint | None) -> tuple[int, str]:
    if max_tokens is not None:
        if max_tokens < 4:
            raise UsageError(f"{max_tokens} tokens hold no text: BOS, newline and EOS alone are three")
        return max_tokens, "as asked for"
    if checkpoint is not None:
        return checkpoint.text_tokens, f"{checkpoint.name} was trained with {checkpoint.text_tokens}"
    return DEFAULT_MAX_TOKENS, "the default"


def _setting(trainer: Trainer | None, length: int, image: int | None) -> str | None:
    if trainer is None:
        return None
    whole = f"{length} + image tokens" if image is None else str(length + image)
    return trainer.setting.format(text=length, all=whole)


def published_fit(max_tokens: int) -> tuple[int, int]:
    """Boxes and masks that fit by the rule of thumb: 42 and 11 in 256."""
    return max_tokens // PUBLISHED_TOKENS_PER_BOX, max_tokens // PUBLISHED_TOKENS_PER_MASK


@dataclass(frozen=True, slots=True)
class ExactFit:
    """How many objects fit under a prefix, and the tokens that row has. `objects` is 0 where not even one fits."""

    prefix: str
    objects: int
    tokens: int


def exact_fit(counter: TokenCounter, max_tokens: int, prefix: str, labels: Sequence[str], *, masks: bool) -> ExactFit:
    """The most boxes (or masks) with these labels, taken in turn, in a row of `max_tokens` tokens.

    Raises UsageError without a label.
    """
    if not labels:
        raise UsageError("at least one label is needed to say how many objects fit")

    def cost(objects: int) -> int:
        return count_row(counter, prefix, example_suffix(labels, objects, masks=masks)).total

    per_object = 4 + SEGS_PER_MASK * masks
    fitting = bisect_right(range(max_tokens // per_object + 1), max_tokens, key=cost) - 1
    return ExactFit(prefix, max(fitting, 0), cost(max(fitting, 0)))


def example_suffix(labels: Sequence[str], objects: int, *, masks: bool) -> str:
    """A suffix of so many objects; its bins and codewords are placeholders, which cost what any others cost."""
    codes = (0,) * SEGS_PER_MASK if masks else None
    return SEPARATOR.join(str(TokenObject((0, 0, 1, 1), codes, label)) for label in islice(cycle(labels), objects))


def smallest_checkpoint(totals: Mapping[int, int], share: float, trainer: str | None = None) -> Checkpoint | None:
    """The PaliGemma checkpoint of least length that fits `share` (0 to 1) of rows; None where none does.

    `totals` is a histogram: number of rows by tokens. Lengths are as `trainer` counts them.
    """
    room = find_trainer(trainer).room if trainer else 0
    needed = percentile(totals, share * 100)
    general = (CHECKPOINTS[name] for name in ("pt-224", "mix-224", "pt-448"))
    return next((c for c in general if needed <= c.text_tokens + room), None)


def percentile(totals: Mapping[int, int], percent: float) -> int:
    """Nearest-rank percentile of a histogram: the least value that `percent` of rows do not exceed; 0 without rows."""
    rows = sum(totals.values())
    seen = 0
    for value in sorted(totals):
        seen += totals[value]
        if seen >= rows * percent / 100 - 1e-9:
            return value
    return 0


@dataclass(frozen=True, slots=True)
class FileTokens:
    """Tokens of a JSONL file: one entry a row in `lines` (line numbers from 1) and `rows`."""

    lines: tuple[int, ...]
    rows: tuple[RowTokens, ...]

    @property
    def totals(self) -> Counter[int]:
        """Number of rows by total tokens."""
        return Counter(row.total for row in self.rows)

    @property
    def prefix_share(self) -> float:
        """Part of all tokens that prefixes take, with BOS and newline; 0 to 1."""
        total = sum(row.total for row in self.rows)
        return sum(row.prefix for row in self.rows) / total if total else 0.0

    def over(self, limit: int) -> list[tuple[int, RowTokens]]:
        """Rows of more than `limit` tokens with their line numbers, the longest first."""
        rows = [(line, row) for line, row in zip(self.lines, self.rows, strict=True) if row.total > limit]
        return sorted(rows, key=lambda entry: (-entry[1].total, entry[0]))


def count_file(counter: TokenCounter, path: Path, *, newline: bool = True) -> FileTokens:
    """Count every row of a JSONL file; `newline` as in `count_row`. Raises InputError naming the line."""
    counted = [(line, count_row(counter, p, s, newline=newline)) for line, p, s in _read_rows(path)]
    return FileTokens(tuple(line for line, _ in counted), tuple(row for _, row in counted))


def _read_rows(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line number, prefix and suffix of each line that is not blank."""
    try:
        with path.open(encoding="utf-8-sig") as stream:
            yield from _parse_rows(path, stream)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error


def _parse_rows(path: Path, stream: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    for line, text in enumerate(stream, start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except ValueError as error:
            raise InputError(f"{path}:{line}: not a JSON object: {error}") from error
        prefix, suffix = (row.get("prefix"), row.get("suffix")) if isinstance(row, dict) else (None, None)
        if not isinstance(prefix, str) or not isinstance(suffix, str):
            raise InputError(f"{path}:{line}: a row needs the strings `prefix` and `suffix`")
        yield line, prefix, suffix
