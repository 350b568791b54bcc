"""Ultralytics' `data.yaml`.

https://docs.ultralytics.com/datasets/detect/#ultralytics-yolo-format.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pali_dataprep.errors import InputError
from pali_dataprep.findings import Finding, Location, Severity
from pali_dataprep.formats.yaml_source import read_yaml

_NOTHING = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class DataYaml:
    """What a `data.yaml` says. `pose_numbers` is the count of key point numbers of a pose row."""

    path: str
    names: Mapping[str, str] | None
    subsets: Mapping[str, tuple[str, ...]]
    pose_numbers: int | None
    findings: tuple[Finding, ...]


def read_data_yaml(path: Path, subset_keys: Mapping[str, str]) -> DataYaml:
    """Read a data.yaml; `subset_keys` are the keys that name subsets, with the subset each stands for.

    Raises InputError, with the line where there is one, for what is not YAML or not of this shape.
    """
    document = _load(path)
    names, findings = _names(document, path)
    subsets: dict[str, tuple[str, ...]] = {}
    for key, subset in subset_keys.items():
        subsets[subset] = (*subsets.get(subset, ()), *_paths(document, key, path))
    root = document.get("path", "")
    if not isinstance(root, str):
        raise InputError(f"{path}: `path` is not a folder's name")
    return DataYaml(
        path="" if root in _NOTHING else root,
        names=names,
        subsets={name: paths for name, paths in subsets.items() if paths},
        pose_numbers=_pose_numbers(document, path),
        findings=tuple(findings),
    )


def _load(path: Path) -> dict[str, Any]:
    document = read_yaml(path)
    if not isinstance(document, dict):
        raise InputError(f"{path}: not a data.yaml, which has keys such as `train` and `names`")
    return document


def _names(document: Mapping[str, Any], path: Path) -> tuple[dict[str, str] | None, list[Finding]]:
    """Class names by number as text, white space normalised; a class without a usable name has no entry."""
    given = document.get("names")
    if given is None or given in _NOTHING:
        return None, []
    names: dict[str, str] = {}
    findings = []
    for key, name in _numbered(given, path):
        if key is None or not isinstance(name, str) or not name.strip():
            findings.append(_error(f"names: class {key} is {name!r}, not a name by its number", path))
        else:
            names[str(key)] = " ".join(name.split())
    count = _whole(document.get("nc"))
    if count is not None and count != len(names):
        findings.append(_error(f"nc is {count}, names has {len(names)}", path))
    return names, findings


def _numbered(given: Any, path: Path) -> Iterator[tuple[int | None, Any]]:
    """Class numbers with their names, from a list or a mapping; None for a key that is no number."""
    if isinstance(given, list):
        yield from enumerate(given)
    elif isinstance(given, dict):
        yield from ((_whole(key), name) for key, name in given.items())
    else:
        raise InputError(f"{path}: `names` is neither a list nor a mapping of numbers to names")


def _paths(document: Mapping[str, Any], key: str, path: Path) -> Sequence[str]:
    value = document.get(key, "")
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(v, str) for v in values):
        raise InputError(f"{path}: `{key}` is neither a path nor a list of paths")
    return [v for v in values if v not in _NOTHING]


def _pose_numbers(document: Mapping[str, Any], path: Path) -> int | None:
    """Numbers after the box of a pose row: `kpt_shape: [points, numbers a point]`."""
    shape = document.get("kpt_shape")
    if shape is None or shape in _NOTHING:
        return None
    sides = [_whole(side) for side in shape] if isinstance(shape, list) else []
    if len(sides) != 2 or sides[0] is None or sides[1] not in (2, 3):
        raise InputError(f"{path}: `kpt_shape` is {shape}, not [points, 2 or 3]")
    return sides[0] * sides[1]


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else None


def _error(message: str, path: Path) -> Finding:
    return Finding("SRC105", Severity.ERROR, message, Location(str(path)))
