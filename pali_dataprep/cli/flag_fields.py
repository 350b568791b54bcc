"""Options as the fields of a dataclass, and the decorator that adds them to a command."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import wraps
from typing import Any, TypeVar, get_type_hints

R = TypeVar("R")


def with_flags(kind: type[Any], *, name: str = "flags") -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Give a command the fields of a dataclass as options; it receives them as `flags`, or what `name` says."""

    def decorate(command: Callable[..., R]) -> Callable[..., R]:
        hints = get_type_hints(kind, include_extras=True)
        shared = [
            inspect.Parameter(f.name, inspect.Parameter.KEYWORD_ONLY, default=f.default, annotation=hints[f.name])
            for f in fields(kind)
            if f.default is not MISSING
        ]
        own_hints = get_type_hints(command, include_extras=True)
        own = [
            p.replace(annotation=own_hints[p.name])
            for p in inspect.signature(command).parameters.values()
            if p.name != name
        ]

        @wraps(command)
        def wrapper(**values: Any) -> R:
            values[name] = kind(**{p.name: values.pop(p.name) for p in shared})
            return command(**values)

        parameters = sorted([*own, *shared], key=lambda p: p.kind)
        wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        wrapper.__annotations__ = {p.name: p.annotation for p in parameters}
        return wrapper

    return decorate
