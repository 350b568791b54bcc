"""What a conversion did: counts, what was left out and why, token use, mask quality."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pali_dataprep.findings import Finding, Severity
from pali_dataprep.masks.quality import MaskQuality
from pali_dataprep.rules import NAMES

EXAMPLES_KEPT = 5
"""Findings kept in words for each code; all are counted."""


def counted(number: int, noun: str) -> str:
    """`1 row`, `1,200 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


@dataclass(slots=True)
class TokenUse:
    """Tokens a row, in all: BOS, prefix, newline, suffix, EOS."""

    counter: str
    exact: bool
    limit: int
    limit_reason: str = ""
    histogram: Counter[int] = field(default_factory=Counter)
    prefix_total: int = 0

    def add(self, total: int, prefix: int) -> None:
        """Count one written row."""
        self.histogram[total] += 1
        self.prefix_total += prefix

    def percentile(self, share: float) -> int:
        """The smallest length that `share` (0..1) of the rows do not exceed; 0 without rows."""
        wanted, seen = share * self.histogram.total(), 0
        for length in sorted(self.histogram):
            seen += self.histogram[length]
            if seen >= wanted:
                return length
        return 0

    @property
    def total(self) -> int:
        """Tokens of all rows."""
        return sum(length * n for length, n in self.histogram.items())

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        rows = self.histogram.total()
        return {
            "counter": self.counter,
            "exact": self.exact,
            "limit": self.limit,
            "limit_reason": self.limit_reason,
            "mean": round(self.total / rows, 2) if rows else None,
            "median": self.percentile(0.5) if rows else None,
            "max": max(self.histogram, default=None),
            "prefix_share": round(self.prefix_total / self.total, 4) if rows else None,
        }


@dataclass(frozen=True, slots=True)
class NearTies:
    """Codewords a run decided, how many of them float32 was too coarse for, and for how many of those the whole network
    was computed in float64. The backend changes all but the first."""

    codewords: int
    in_float64: int
    recomputed: int

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        share = round(self.in_float64 / self.codewords, 7) if self.codewords else 0.0
        counts = {"codewords": self.codewords, "in_float64": self.in_float64, "recomputed": self.recomputed}
        return {**counts, "share": share}


@dataclass(slots=True)
class Report:
    """Counts of one conversion. `counts` holds images, rows, empty_rows, objects, masks, annotations.

    annotations = objects + annotations_left_out; one annotation may be left out for several reasons.
    captions = rows + captions_left_out, unless `--captions first` passes some over.
    Rows of boxes in place of masks (`--below-min-iou box`) and their objects are box_rows and box_row_objects.
    questions + further_answers = rows + questions_left_out: with `--answers all` a question makes several rows.
    `errors` is the number of findings of that severity. `dropped_for_budget` names each object that a policy left out;
    of other findings a few are kept in words.
    """

    tokens: TokenUse
    quality: MaskQuality = field(default_factory=MaskQuality)
    counts: Counter[str] = field(default_factory=Counter)
    rows_by_split: Counter[str] = field(default_factory=Counter)
    objects_by_label: Counter[str] = field(default_factory=Counter)
    by_code: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    severities: dict[str, Severity] = field(default_factory=dict)
    examples: dict[str, list[Finding]] = field(default_factory=dict)
    dropped_for_budget: list[dict[str, str]] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    codebook: str | None = None
    near_ties: NearTies | None = None
    errors: int = 0

    def add(self, findings: Iterable[Finding]) -> bool:
        """Count findings; True when one of them leaves its subject out."""
        leaves_out = False
        for finding in findings:
            self.by_code[finding.code] += 1
            self.severities[finding.code] = finding.severity
            self.errors += finding.severity is Severity.ERROR
            kept = self.examples.setdefault(finding.code, [])
            if len(kept) < EXAMPLES_KEPT:
                kept.append(finding)
            if finding.leaves_out:
                self.left_out[finding.code] += 1
                leaves_out = True
        return leaves_out

    def to_dict(self) -> dict[str, Any]:
        """What the same input always gives, for the manifest; keys are stable and sorted where they are data."""
        return {
            "counts": dict(sorted(self.counts.items())),
            "rows_by_split": dict(self.rows_by_split),
            "objects_by_label": dict(sorted(self.objects_by_label.items())),
            "findings": {code: self._describe(code) for code in sorted(self.by_code)},
            "tokens": self.tokens.to_dict(),
            "mask_iou": self.quality.to_dict(),
            "dropped_for_budget": self.dropped_for_budget,
            "codebook": self.codebook,
            "outputs": self.outputs,
        }

    def to_full_dict(self) -> dict[str, Any]:
        """With what depends on the machine as well, for `--report json`."""
        return {**self.to_dict(), "near_ties": self.near_ties.to_dict() if self.near_ties else None}

    def _describe(self, code: str) -> dict[str, Any]:
        return {
            "name": NAMES[code],
            "severity": str(self.severities[code]),
            "count": self.by_code[code],
            "left_out": self.left_out[code],
            "examples": [str(finding) for finding in self.examples[code]],
        }
