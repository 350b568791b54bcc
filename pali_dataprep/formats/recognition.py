"""Which format a source has: every format is asked, and the answer comes with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pali_dataprep.errors import InputError, UsageError
from pali_dataprep.formats import FORMATS, Dataset
from pali_dataprep.formats.glimpse import Glimpse, refuse_archive
from pali_dataprep.formats.image_folder import is_image_name
from pali_dataprep.images import exists

AUTO = "auto"
"""The name that asks for the format to be told from the source."""


_FEW = 8
"""Folders and files looked into for a set that was not where it was looked for."""

_LEVELS = 2
"""How far below: `annotations/panoptic_train2017.json`."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A format by name, and in words what speaks for it."""

    name: str
    why: str


def recognised_formats(path: Path) -> list[Recognised]:
    """Every format that the source at `path` may have, in the order of FORMATS.

    One that gives way to another of them is not among them. Raises InputError where the path cannot be looked at.
    """
    if not exists(path):
        raise InputError(f"{path}: no such file or folder")
    glimpse = Glimpse(path)
    found = {name: why for name, info in FORMATS.items() if (why := info.recognise(glimpse)) is not None}
    return [Recognised(n, why) for n, why in found.items() if not found.keys() & set(FORMATS[n].gives_way_to)]


def recognise_format(path: Path) -> Recognised:
    """The format of the source at `path`. Raises InputError, with all that was looked for, where not one fits."""
    found = recognised_formats(path)
    if not found:
        refuse_archive(path)
    if len(found) == 1:
        return found[0]
    if found:
        listed = "".join(f"\n  {r.name}: {r.why}" for r in found)
        raise InputError(f"{path}: may be of {len(found)} formats{listed}", hint="--from says which")
    looked_for = "".join(f"\n  {info.name}: {info.told_by}" for info in FORMATS.values())
    hint = (
        _rows_already(path)
        or _below(path)
        or "--from says which format it is; `pali-dataprep formats` lists what is read"
    )
    raise InputError(f"{path}: of no format that is known by sight. Looked for:{looked_for}", hint=hint)


def _below(path: Path, levels: int = _LEVELS) -> str:
    """Where the set may be that somebody meant: one of the first folders and files below, or of theirs."""
    glimpse = Glimpse(path)
    for name in (*glimpse.folders[:_FEW], *[name for name in glimpse.files if not is_image_name(name)][:_FEW]):
        if found := recognised_formats(path / name):
            return f"{path / name} looks like {found[0].name}: {found[0].why}"
    deeper = (_below(path / name, levels - 1) for name in glimpse.folders[:_FEW] if levels > 1)
    return next(filter(None, deeper), "")


def _rows_already(path: Path) -> str:
    glimpse = Glimpse(path)
    is_rows = glimpse.suffix in (".jsonl", ".ndjson") and {"image", "prefix", "suffix"} <= glimpse.json.keys()
    return "these are PaliGemma rows already; `validate` checks them, `fix` repairs them" if is_rows else ""


def read_source(
    path: Path,
    format: str = AUTO,
    given: Mapping[str, object] | None = None,
    *,
    images: Path | None = None,
    allow_outside: bool = False,
) -> Dataset:
    """Read a source of any format; `given` are the format's own options by name, as values or as text.

    What the source was taken for is in the dataset's `reading`. Raises InputError for a source that cannot
    be read, and says so where another format would do; UsageError for options the format does not have.
    """
    taken = recognise_format(path) if format == AUTO else Recognised(_known(format), "--from says so")
    info = FORMATS[taken.name]
    options = info.reader_options()
    shared = {"images": images, "allow_outside": allow_outside}
    usual = {name: value for name, value in shared.items() if value and name in options.types}
    arguments = options.arguments({**usual, **(given or {})}, info.name)
    try:
        dataset = info.read(path, **arguments)
    except InputError as error:
        raise InputError(
            error.message, hint=_second_thought(path, taken, format) or options.spelled(error.hint)
        ) from error
    return replace(dataset, reading={"format": taken.name, "recognised": taken.why, **dataset.reading})


def _known(name: str) -> str:
    if name not in FORMATS:
        raise UsageError(f"--from {name}: no such format", hint=f"there are: {AUTO}, {', '.join(FORMATS)}")
    return name


def _second_thought(path: Path, taken: Recognised, format: str) -> str:
    """What else the source may be, for someone whose choice was wrong."""
    if format == AUTO:
        return ""
    others = [r for r in recognised_formats(path) if r.name != taken.name] if exists(path) else []
    return f"it looks like {others[0].name}: {others[0].why}" if others else ""
