"""What the cells of tables and the fields of JSON hold: texts, ids, numbers, lists; none of it to be trusted."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec


def is_absent(value: Any) -> bool:
    """Whether a field holds nothing; pandas and Parquet say so with NaN."""
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def first_of(fields: Mapping[str, Any], names: Sequence[str]) -> Any:
    """The value of the first name that holds something."""
    for name in names:
        if name in fields and not is_absent(value := fields[name]) and value != []:
            return value
    return None


def as_key(value: Any) -> str:
    """An id as text; 7, 7.0 and "7" are the same id. What is no id is cut short, however large it is."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        return str(value) if isinstance(value, str | int | float) else reprlib.repr(value)
    except ValueError:  # an integer of more digits than Python writes
        return "a number of thousands of digits"


def as_text(value: Any) -> str | None:
    """Text, or a number as text; None for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def as_number(value: Any) -> float | None:
    """A finite number, or a text that is one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_list(value: Any) -> Any:
    """A list that stands in a text as JSON; any other value as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith("["):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return value


def as_numbers(value: Any, count: int) -> tuple[float, ...] | None:
    """So many finite numbers from a list, or from a text that holds one or has them apart by spaces or commas."""
    value = as_list(value)
    if isinstance(value, str):
        value = value.replace(",", " ").split()
    if not isinstance(value, list) or len(value) != count:
        return None
    numbers = tuple(number for item in value if (number := as_number(item)) is not None)
    return numbers if len(numbers) == count else None


def texts_of(value: Any, what: str, defects: list[str]) -> tuple[str, ...]:
    """The texts of one, of a list, or of a list in a text; in words, those that are none."""
    value = as_list(value)
    found = []
    for item in value if isinstance(value, list) else [value]:
        text = as_text(item)
        if text is None and item is not None:
            defects.append(f"the {what} is not text: {str(item)[:80]}")
        found.append(text or "")
    return tuple(found)
