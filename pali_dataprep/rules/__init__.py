"""Rules that judge data: one module a family, every rule by its code in RULES.

Codes SRC1xx are given by readers on a source as a whole, SEL1xx by the selection the
user asked for, BUD1xx by the token budget; they have names here and no check of one item.
"""

from typing import Any

from pali_dataprep.rules import annotation, image
from pali_dataprep.rules.base import Rule

__all__ = ["NAMES", "RULES", "Rule"]

_FAMILIES: tuple[tuple[Rule[Any], ...], ...] = (annotation.RULES, image.RULES)
RULES: dict[str, Rule[Any]] = {rule.code: rule for family in _FAMILIES for rule in family}

NAMES: dict[str, str] = {code: rule.name for code, rule in RULES.items()} | {
    "SRC101": "unlisted-image",
    "SRC102": "duplicate-image-id",
    "SRC103": "duplicate-category-name",
    "SRC104": "placeholder-category",
    "SRC105": "malformed-category",
    "SRC106": "duplicate-category-id",
    "SEL101": "crowd",
    "SEL102": "category-not-wanted",
    "SEL103": "too-small",
    "SEL104": "image-without-objects",
    "SEL105": "image-without-caption",
    "BUD101": "over-budget",
    "BUD102": "object-dropped-for-budget",
}
"""Every code a run can report, with its name."""
