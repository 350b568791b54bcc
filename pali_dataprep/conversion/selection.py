"""Which annotations are wanted, and under which label they are taught."""

from __future__ import annotations

import csv
import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pali_dataprep.errors import InputError, UsageError
from pali_dataprep.findings import Finding, Location, Severity
from pali_dataprep.options import Crowd, Selection
from pali_dataprep.rules.annotation import label_problem
from pali_dataprep.samples import ILLEGIBLE, Instance, Sample


class Selector:
    """A `Selection` bound to the categories of a dataset. `labels` are those a prefix can ask for.

    Raises UsageError for a category, by name or id, that the dataset does not have.
    """

    def __init__(self, selection: Selection, categories: Iterable[str], category_ids: Mapping[str, str]) -> None:
        self.selection = selection
        self._renames = selection.rename
        names = tuple(categories)
        wanted = _resolve(selection.categories, names, category_ids, "--categories")
        unwanted = _resolve(selection.exclude, names, category_ids, "--exclude")
        _resolve(selection.rename, names, {}, "--rename")
        kept = [name for name in names if (not wanted or name in wanted) and name not in unwanted]
        self._kept = frozenset(kept)
        self._filters = bool(wanted or unwanted)
        self._names = names
        self._unwanted_flags = frozenset(selection.exclude_flags)
        renamed = dict.fromkeys(self.rename(name) for name in kept)
        self.labels = tuple(label for label in renamed if not label_problem(label))
        self._unusable = tuple(label for label in renamed if label_problem(label))

    def findings(self, path: Path) -> Iterator[Finding]:
        """The classes that are wanted but cannot be asked for."""
        for label in self._unusable:
            yield Finding("TXT103", Severity.WARNING, label_problem(label), Location(str(path)))

    def rename(self, label: str) -> str:
        """The label an object of this category is written with."""
        return self._renames.get(label, label)

    def rejects(self, instance: Instance) -> str | None:
        """The code of the reason why an instance is not wanted, or None."""
        if self._filters and instance.label is not None and instance.label not in self._kept:
            return "SEL102"
        if instance.iscrowd and self.selection.crowd is Crowd.SKIP:
            return "SEL101"
        if not instance.flags:
            return None
        if ILLEGIBLE in instance.flags:
            return "SEL111"
        return "SEL109" if not self._unwanted_flags.isdisjoint(instance.flags) else None

    def verified_absent(self, sample: Sample) -> frozenset[str] | None:
        """The labels known to be absent from the picture; None where every label it does not show is.

        A label that several categories are renamed to is absent where all of them are.
        """
        if sample.verified_absent is None or not self.selection.rename:
            return sample.verified_absent
        open_labels = {self.rename(name) for name in self._names if name not in sample.verified_absent}
        return frozenset(self.rename(name) for name in sample.verified_absent) - open_labels

    def rejects_size(self, width: float, height: float, area: float) -> bool:
        """True for an object below the minimum area or whose shorter side is below the minimum, in pixels."""
        least = self.selection.min_side
        return area < self.selection.min_area or width < least or height < least


def _resolve(given: Iterable[str], names: tuple[str, ...], ids: Mapping[str, str], option: str) -> frozenset[str]:
    """Names or ids to names; a name wins over an id of the same text."""
    known = set(names) | set(ids.values())
    resolved = set()
    for item in (" ".join(item.split()) for item in given):  # as readers normalise names
        if item in known:
            resolved.add(item)
        elif item in ids:
            resolved.add(ids[item])
        else:
            near = difflib.get_close_matches(item, known, n=3)
            hint = f"did you mean {', '.join(map(repr, near))}?" if near else f"there are {len(known)} categories"
            raise UsageError(f"{option}: no category {item!r}", hint=hint)
    return frozenset(resolved)


def read_rename_map(path: Path) -> dict[str, str]:
    """Old to new labels from a JSON object or from CSV lines `old,new` (no header).

    Raises InputError naming file and line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    if not text.lstrip().startswith("{"):
        return _rename_from_csv(path, text)
    try:
        mapping = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}:{error.lineno}: not JSON: {error.msg}") from error
    if not all(isinstance(new, str) for new in mapping.values()):
        raise InputError(f"{path}: every new label must be a string")
    return {" ".join(old.split()): " ".join(new.split()) for old, new in mapping.items()}


def _rename_from_csv(path: Path, text: str) -> dict[str, str]:
    mapping = {}
    for number, row in enumerate(csv.reader(text.splitlines()), start=1):
        if not row:
            continue
        if len(row) != 2:
            raise InputError(f"{path}:{number}: expected `old,new`, found {len(row)} fields")
        mapping[" ".join(row[0].split())] = " ".join(row[1].split())
    return mapping
