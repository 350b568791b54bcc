"""The manifest beside every JSONL file: what wrote it, from what, how. Its schema lives here alone.

A manifest holds no time and no absolute path of its own, so that the same input gives
the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pali_dataprep.atomic import atomic_path
from pali_dataprep.checksum import file_sha256
from pali_dataprep.errors import InputError
from pali_dataprep.tokens.grammar import Grid

SUFFIX = ".manifest.json"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileRecord(_Model):
    """A file's path as given on the command line, its size in bytes and its SHA-256."""

    path: str
    bytes: int
    sha256: str


class CodebookRecord(_Model):
    """The mask codebook the seg tokens belong to: `official`, `stand-in` or a file's stem."""

    name: str
    sha256: str


class Manifest(_Model):
    """Schema version 1."""

    schema_version: Literal[1] = 1
    tool: Literal["pali-dataprep"] = "pali-dataprep"
    tool_version: str
    command: str
    options: dict[str, Any]
    grid: Literal[1023, 1024]
    codebook: CodebookRecord | None
    split: str | None
    inputs: list[FileRecord]
    output: FileRecord
    report: dict[str, Any]

    @property
    def max_tokens(self) -> int | None:
        """The limit its rows were held to, in tokens of text; None where none is recorded."""
        recorded = self.options.get("max_tokens")
        return recorded if isinstance(recorded, int) else None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a reader of a JSONL file assumes; `warning` says when that is a guess."""

    grid: Grid
    codebook: CodebookRecord | None
    manifest: Manifest | None
    warning: str = ""


def record_file(path: Path) -> FileRecord:
    """Size and checksum of a file."""
    return FileRecord(path=path.as_posix(), bytes=path.stat().st_size, sha256=file_sha256(path))


def manifest_path(jsonl: Path) -> Path:
    """`train.jsonl` has `train.jsonl.manifest.json`."""
    return jsonl.with_name(jsonl.name + SUFFIX)


def write_manifest(manifest: Manifest, jsonl: Path) -> Path:
    """Write the manifest of `jsonl` beside it, replacing one that is there."""
    path = manifest_path(jsonl)
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return path


def read_provenance(jsonl: Path) -> Provenance:
    """Grid and codebook of a JSONL file from its manifest.

    Without a manifest, or with one of another file, grid 1024 and an unknown codebook are
    assumed and `warning` says so. Raises InputError for a manifest that is not one.
    """
    path = manifest_path(jsonl)
    if not path.is_file():
        return _assumed(f"{path.name} is missing")
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise InputError(
            f"{path}: not a manifest of this version: {where}: {first['msg']}",
            hint="write the JSONL again, or remove the manifest to go on with grid 1024 and an unknown codebook",
        ) from error
    if manifest.output.sha256 != file_sha256(jsonl):
        return _assumed(f"{jsonl.name} was changed after {path.name} was written (checksum differs)")
    return Provenance(Grid(manifest.grid), manifest.codebook, manifest)


def _assumed(reason: str) -> Provenance:
    return Provenance(Grid.OVER_1024, None, None, f"{reason}: assuming grid 1024 and an unknown codebook")
