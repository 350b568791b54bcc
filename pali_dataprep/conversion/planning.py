"""What each way of naming classes in the prefix would cost on a dataset, before one is chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from pali_dataprep.conversion.pipeline import Conversion
from pali_dataprep.conversion.report import TokenUse
from pali_dataprep.conversion.rows import RowPlanner
from pali_dataprep.options import PrefixClasses


@dataclass(frozen=True, slots=True)
class PrefixPlan:
    """Token use of all rows under one style, whether they fit or not."""

    style: PrefixClasses
    tokens: TokenUse
    longest_prefix: int

    @property
    def rows_over_limit(self) -> int:
        """Rows longer than the limit."""
        return sum(n for length, n in self.tokens.histogram.items() if length > self.tokens.limit)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        rows = self.tokens.histogram.total()
        own = {"rows": rows, "rows_over_limit": self.rows_over_limit, "longest_prefix": self.longest_prefix}
        return {"prefix_classes": str(self.style), **own, "tokens": self.tokens.to_dict()}


def plan_prefixes(conversion: Conversion) -> list[PrefixPlan]:
    """Plan the rows of a conversion under every style; nothing is encoded or written.

    Findings of the images and annotations go into the conversion's report as in a run.
    """
    options, use = conversion.options, conversion.report.tokens
    planners = {s: RowPlanner(replace(options, prefix_classes=s), conversion.labels) for s in PrefixClasses}
    uses = {s: TokenUse(use.counter, use.exact, use.limit, use.limit_reason) for s in PrefixClasses}
    longest = dict.fromkeys(PrefixClasses, 0)
    for placed in conversion.placed():
        for style, planner in planners.items():
            for row in planner.rows(placed):
                tokens = row.tokens(conversion.counter)
                uses[style].add(tokens.total, tokens.prefix)
                longest[style] = max(longest[style], tokens.prefix)
    return [PrefixPlan(style, uses[style], longest[style]) for style in PrefixClasses]
