"""What a format's reader can be told, taken from the signature of its `read`.

A keyword parameter is an option of its name and type; one called `options` is a dataclass whose fields are options.
So a format lists its options once, where it uses them, and `convert --option KEY=VALUE` knows them.
"""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from pali_dataprep.errors import UsageError

_BUNDLE = "options"
"""The parameter that holds a dataclass of options."""

_FLAGS = ("images", "allow_outside")


@dataclass(frozen=True, slots=True)
class ReaderOptions:
    """The options of a reader: types by name, and the dataclass that those of `bundled` belong to."""

    types: Mapping[str, Any]
    bundle: type | None = None
    bundled: frozenset[str] = frozenset()

    @classmethod
    def of(cls, read: Callable[..., Any]) -> ReaderOptions:
        """What `read` can be told."""
        hints = get_type_hints(read)
        keywords = [p.name for p in inspect.signature(read).parameters.values() if p.kind is p.KEYWORD_ONLY]
        types = {name: hints[name] for name in keywords if name != _BUNDLE}
        if _BUNDLE not in keywords:
            return cls(types)
        bundle = next(t for t in get_args(hints[_BUNDLE]) if is_dataclass(t))
        own = get_type_hints(bundle)
        names = [f.name for f in fields(bundle)]
        return cls({**types, **{n: own[n] for n in names}}, bundle, frozenset(names))  # type: ignore[arg-type]

    @property
    def own(self) -> tuple[str, ...]:
        """The names of the options that are the format's own: flags of every converter give the others."""
        return tuple(name for name in self.types if name not in _FLAGS)

    def spelled(self, hint: str) -> str:
        """A hint whose flags are those of the format's own command, for `convert`, which has one for them all."""
        known = {f"--{name.replace('_', '-')}": f"--option {name}=..." for name in self.own}
        return re.sub(r"--[a-z]+(?:-[a-z]+)*(?![\w-])", lambda flag: known.get(flag[0], flag[0]), hint)

    def described(self, name: str) -> str:
        """The values an option takes, for a person: `auto|binary|index`, `path`, `text`."""
        return _in_words(self.types[name])

    def arguments(self, given: Mapping[str, object], format_name: str) -> dict[str, Any]:
        """Keyword arguments for `read` from options by name; texts become what the reader expects.

        Raises UsageError for an option the reader does not have, and for a value that is none of it.
        """
        parsed = {name: self._parsed(name, value, format_name) for name, value in given.items()}
        arguments = {name: value for name, value in parsed.items() if name not in self.bundled}
        own = {name: value for name, value in parsed.items() if name in self.bundled}
        if self.bundle is not None and own:
            arguments[_BUNDLE] = self.bundle(**own)
        return arguments

    def _parsed(self, name: str, value: object, format_name: str) -> Any:
        if name not in self.types:
            near = difflib.get_close_matches(name, self.own, n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            known = ", ".join(self.own) or "none"
            raise UsageError(f"{format_name} has no option {name!r}{meant}", hint=f"its options: {known}")
        kind = self.types[name]
        if isinstance(value, str) and _is_sequence(kind):
            value = tuple(part.strip() for part in value.split(",") if part.strip())
        try:
            return TypeAdapter(kind).validate_python(value)
        except ValidationError as error:
            complaint = error.errors()[0]["msg"]
            raise UsageError(f"{format_name} option {name}={value}: {complaint[0].lower()}{complaint[1:]}") from error


def _is_sequence(kind: Any) -> bool:
    return get_origin(kind) in (tuple, list, Sequence)


def _in_words(kind: Any) -> str:
    if _is_sequence(kind):
        return f"{_in_words(get_args(kind)[0])},..."
    kind = next((t for t in get_args(kind) if t is not NoneType), kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(str(choice.value) for choice in kind)
    return {Path: "path", str: "text", int: "number", float: "number", bool: "true|false"}.get(kind, str(kind))
