"""Settings: `[tool.pali-dataprep.validate]` in pyproject.toml, or `[validate]` in pali-dataprep.toml."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pali_dataprep.errors import InputError, UsageError
from pali_dataprep.rules.jsonl.subject import Thresholds
from pali_dataprep.validation.severities import ALL, Choice

OWN_FILE = "pali-dataprep.toml"
PROJECT_FILE = "pyproject.toml"


class ImageFiles(StrEnum):
    """How far image files are looked at."""

    NONE = "none"
    HEADER = "header"
    DECODE = "decode"


class FailOn(StrEnum):
    """The least severity that makes a run fail."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"


class Settings(BaseModel):
    """Everything a run can be told. In TOML the names have hyphens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    select: tuple[str, ...] = (ALL,)
    ignore: tuple[str, ...] = ()
    note: tuple[str, ...] = ()
    warn: tuple[str, ...] = ()
    error: tuple[str, ...] = ()
    per_file_ignores: dict[str, tuple[str, ...]] = {}
    extra_keys: tuple[str, ...] = ()
    fail_on: FailOn = FailOn.ERROR
    max_findings: Annotated[int, Field(ge=0)] = 0
    show: Annotated[int, Field(ge=1)] = 10
    images: Path | None = None
    image_files: ImageFiles = ImageFiles.DECODE
    allow_outside: bool = False
    allow_stand_in: bool = False
    codebook: str | None = None
    source: Path | None = None
    baseline: Path | None = None
    max_tokens: Annotated[int | None, Field(ge=4)] = None
    checkpoint: str | None = None
    trainer: str | None = None
    tokenizer: Path | None = None
    thresholds: Thresholds = Thresholds()

    @field_validator("thresholds")
    @classmethod
    def _positive(cls, given: Thresholds) -> Thresholds:
        for f in fields(given):
            if getattr(given, f.name) <= 0:
                raise ValueError(f"{f.name.replace('_', '-')} must be more than 0")
        return given

    @property
    def states_limit(self) -> bool:
        """Whether anybody says how many tokens a row may have."""
        return any(said is not None for said in (self.max_tokens, self.checkpoint, self.trainer))

    @property
    def choice(self) -> Choice:
        """Which rules run, and how much each weighs."""
        stand_in = ("MSK201",) if self.allow_stand_in else ()
        note = (*self.note, *stand_in)
        return Choice(self.select, self.ignore, note, self.warn, self.error, self.per_file_ignores)


def load_settings(config: Path | None = None, *, start: Path | None = None) -> Settings:
    """Settings of a file, or of the nearest one from `start` (the current folder) upwards; the defaults without one.

    Raises InputError for a file that cannot be read, UsageError for settings that make no sense.
    """
    found = (config, _read(config)) if config is not None else _nearest((start or Path.cwd()).absolute())
    if found is None:
        return Settings()
    path, document = found
    table = _table(path, document)
    settings = _checked(f"{path}: [{_table_name(path)}]", table or {}, path.parent)
    settings.choice.check()
    return settings


def with_overrides(settings: Settings, given: Mapping[str, Any]) -> Settings:
    """Settings with what the command line says; None and empty lists are what it does not say."""
    said = {name: value for name, value in given.items() if value is not None and value != ()}
    try:
        merged = Settings.model_validate({**settings.model_dump(), **said})
    except ValidationError as error:
        raise UsageError(f"{_first(error)}") from None
    merged.choice.check()
    return merged


def _nearest(start: Path) -> tuple[Path, dict[str, Any]] | None:
    for folder in (start, *start.parents):
        for name in (OWN_FILE, PROJECT_FILE):
            path = folder / name
            if path.is_file():
                document = _read(path)
                if _table(path, document) is not None:
                    return path, document
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not TOML: {error}") from error


def _table_name(path: Path) -> str:
    return "tool.pali-dataprep.validate" if path.name == PROJECT_FILE else "validate"


def _table(path: Path, document: dict[str, Any]) -> Any:
    table: Any = document
    for name in _table_name(path).split("."):
        table = table.get(name) if isinstance(table, dict) else None
    return table


def _checked(where: str, table: Any, folder: Path) -> Settings:
    if not isinstance(table, dict):
        raise UsageError(f"{where} is no table")
    given = _plain_names(where, table, Settings.model_fields)
    if isinstance(given.get("thresholds"), dict):
        names = [f.name for f in fields(Thresholds)]
        given["thresholds"] = _plain_names(f"{where} thresholds", given["thresholds"], names)
    for name in ("images", "source", "baseline", "tokenizer"):  # relative to the file that names them
        if isinstance(given.get(name), str):
            given[name] = folder / given[name]
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise UsageError(f"{where} {_first(error)}") from None


def _plain_names(where: str, table: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    """The table with underscores for hyphens. Raises UsageError for a key that is none, naming the nearest."""
    shown = [name.replace("_", "-") for name in known]
    for key in table:
        if key not in shown:
            near = difflib.get_close_matches(key, shown, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"keys are {', '.join(shown)}"
            raise UsageError(f"{where} has no key {key!r}", hint=hint)
    return {key.replace("-", "_"): value for key, value in table.items()}


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part).replace("_", "-") for part in first["loc"])
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"
