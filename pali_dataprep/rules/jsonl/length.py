"""The rule on the length of a row in tokens."""

from __future__ import annotations

from collections.abc import Iterator

from pali_dataprep.findings import Severity
from pali_dataprep.rules.base import Rule
from pali_dataprep.rules.jsonl.subject import Row
from pali_dataprep.tokens.budget import count_row

_BOS_NEWLINE_EOS = 3


def over_budget(row: Row) -> Iterator[str]:
    """BOS, prefix, newline, suffix and EOS are more tokens than the limit: the one the file was written for, or 256.

    Why: trainers cut without a word: objects at the end are lost, and EOS with them, so the model never learns to stop.
    Example: 40 boxes of one class under `max-tokens = 256`.
    Fix: `--max-tokens`, `--checkpoint` or `--trainer` say the limit; the converters' `--overflow` says what to do.
    """
    counter, limit = row.context.counter, row.context.limit
    if counter is None or limit is None:
        return
    tokens = count_row(counter, row.prefix, row.suffix, newline=limit.adds_newline and not row.file.keras).total
    if tokens > limit.text_tokens:
        how = "" if counter.exact else " (estimated)"
        yield f"{tokens:,} tokens{how}, and the limit is {limit.text_tokens:,}"


def applies(row: Row) -> bool:
    """Only where tokens are counted, and the number of characters does not tell that they are few enough."""
    limit = row.context.limit
    if row.context.counter is None or limit is None:
        return False
    if row.scanned.deviations or not (row.prefix.isascii() and row.suffix.isascii()):
        return True
    return _most_tokens(row) > limit.text_tokens


def _most_tokens(row: Row) -> int:
    """What a row of ASCII whose objects are well formed takes at most: a character is a token, or part of one."""
    saved = sum([len(o.tokens) - len(o.locs) - len(o.segs) for o in row.scanned.objects])
    return len(row.prefix) + len(row.suffix) - saved + _BOS_NEWLINE_EOS


RULES: tuple[Rule[Row], ...] = (Rule("BUD201", "over-budget", Severity.ERROR, False, over_budget),)
