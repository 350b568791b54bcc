"""Where a YOLO set has its images, label files and class names.

Three things describe a set: a `data.yaml` as Ultralytics reads it (https://docs.ultralytics.com/datasets/detect/),
an `obj.data` as Darknet does (https://docs.cvat.ai/docs/dataset_management/formats/format-yolo/), or nothing but a
file of class names beside images and labels (labelImg, Label Studio).

The paths in them are often those of another machine. Each is tried below the image root
as it is written; without leading `..`, as Roboflow means `../train/images`; from the root's own name on,
as `/content/my-set/train/images` is meant; and without Darknet's `data/`.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile
from pathlib import Path, PurePosixPath

from pali_dataprep.errors import InputError
from pali_dataprep.findings import Finding, Location, Severity
from pali_dataprep.formats.image_folder import is_image_name
from pali_dataprep.formats.image_root import ImageRoot
from pali_dataprep.formats.subsets import SUBSETS, wanted_subsets
from pali_dataprep.formats.text_source import read_lines
from pali_dataprep.formats.yaml_source import YAML_SUFFIXES
from pali_dataprep.formats.yolo.description import DataYaml, read_data_yaml
from pali_dataprep.images import exists, locate

LABEL_FOLDERS = ("labels", "Labels", "annotations", "Annotations", "labelTxt")
"""What `images` in an image's path is replaced with: Ultralytics' name, then those other exporters write."""

NAME_FILES = ("classes.txt", "obj.names", "_darknet.labels")

_NAMES_HINT = "--names gives a file of class names, one a line"
_HINT = "give a data.yaml, an obj.data, or a folder with classes.txt; --names gives class names"


@dataclass(frozen=True)
class Root(ImageRoot):
    """An image root that knows how descriptions of YOLO sets spell paths."""

    def find(self, written: str, base: str = "") -> Path | None:
        """The file or folder that is meant by a path, relative to `base` below the root or to the root itself."""
        tried = [(PurePosixPath(base) / written.replace("\\", "/")).as_posix()] if base else []
        for candidate in (*tried, *_readings(written, self.folder.absolute().name)):
            path = self.locate(candidate)
            if path is not None and exists(path):
                return path
        return None

    def leads_outside(self, written: str) -> bool:
        """Whether the path is there, but outside the root."""
        return self.locate(written) is None and exists(self.folder / written.replace("\\", "/"))


@dataclass(frozen=True, slots=True)
class Subset:
    """A part of a set: folders of images, and text files that list images. An undivided set has one, unnamed."""

    name: str | None
    sources: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """A set as it is described: `names` gives each class number (as text) its name."""

    path: Path
    root: Root
    names: Mapping[str, str]
    subsets: tuple[Subset, ...]
    pose_numbers: int | None = None
    findings: tuple[Finding, ...] = ()
    inputs: tuple[Path, ...] = ()

    def with_subsets(self, wanted: Sequence[str]) -> Layout:
        """The layout with these subsets only. Raises InputError for one that is not there."""
        if not wanted:
            return self
        known = {subset.name: subset for subset in self.subsets if subset.name is not None}
        names = wanted_subsets(tuple(known), wanted, self.path)
        return replace(self, subsets=tuple(known[name] for name in names))


def read_layout(
    path: Path, *, images: Path | None = None, names: Path | None = None, allow_outside: bool = False
) -> Layout:
    """The layout of the set at `path`: a data.yaml, an obj.data, a file of class names, or the folder of one.

    `images` replaces the image root that the set gives, `names` its class names. Raises
    InputError where there is no such set, it has no class names, or none of its subsets is there.
    """
    description = _description(path)
    if description.suffix in (".yaml", ".yml"):
        return _yaml_layout(description, images, names, allow_outside)
    if description.suffix == ".data":
        return _darknet_layout(description, images, names, allow_outside)
    folder = description if description.is_dir() else description.parent
    root = Root(images or folder, allow_outside)
    names_file = names or (_names_file(folder) if description.is_dir() else description)
    return _named_layout(description, root, names_file, tuple(_folder_subsets(root.folder)))


def _description(path: Path) -> Path:
    """The file that describes the set at `path`; the folder itself where it has none."""
    if path.is_file():
        if path.suffix in (".yaml", ".yml", ".data", ".names") or path.name in NAME_FILES:
            return path
        raise InputError(f"{path}: not the description of a YOLO set", hint=_HINT)
    if not path.is_dir():
        raise InputError(f"{path}: no such file or folder", hint=_HINT)
    for pattern in ("data.y*ml", "dataset.y*ml", "*.y*ml", "*.data"):
        found = sorted(path.glob(pattern))
        if len(found) > 1:
            listed = ", ".join(p.name for p in found)
            raise InputError(
                f"{path}: holds {listed}", hint="give the one that describes the set instead of the folder"
            )
        if found:
            return found[0]
    return path


def _yaml_layout(path: Path, images: Path | None, names: Path | None, allow_outside: bool) -> Layout:
    data = read_data_yaml(path, SUBSETS)
    root = Root(images or _declared_root(path, data, allow_outside), allow_outside)
    subsets, missing = _resolve(data.subsets, root, path)
    if names is not None:
        layout = _named_layout(path, root, names, subsets)
    elif data.names is None:
        raise InputError(f"{path}: has no `names`", hint=_NAMES_HINT)
    else:
        own = (*data.findings, *_duplicates(data.names, path))
        layout = Layout(path, root, data.names, subsets, findings=own)
    findings = (*layout.findings, *missing)
    inputs = _inputs(path, subsets, *layout.inputs)
    return replace(layout, pose_numbers=data.pose_numbers, findings=findings, inputs=inputs)


def _declared_root(path: Path, data: DataYaml, allow_outside: bool) -> Path:
    """The folder `path:` names, relative to the file's own; the file's own where that is not there or leads outside."""
    declared = locate(data.path, path.parent, allow_outside=allow_outside) if data.path else None
    return declared if declared is not None and declared.is_dir() else path.parent


def _darknet_layout(path: Path, images: Path | None, names: Path | None, allow_outside: bool) -> Layout:
    """Darknet's `key = value` lines: train, valid, names."""
    pairs = (line.partition("=") for line in read_lines(path))
    values = {key.strip(): value.strip() for key, _, value in pairs}
    root = Root(images or path.parent, allow_outside)
    names_file = names or (root.find(values["names"]) if values.get("names") else None) or _names_file(path.parent)
    entries = {SUBSETS[key]: (text,) for key, text in values.items() if key in SUBSETS and text}
    subsets, missing = _resolve(entries, root, path)
    layout = _named_layout(path, root, names_file, subsets)
    return replace(layout, findings=(*layout.findings, *missing), inputs=_inputs(path, subsets, *layout.inputs))


def _named_layout(path: Path, root: Root, names_file: Path | None, subsets: tuple[Subset, ...]) -> Layout:
    """A set whose class names are the lines of a file, or the `names` of another data.yaml."""
    if names_file is None:
        raise InputError(f"{path}: neither a data.yaml, an obj.data nor a file of class names", hint=_HINT)
    if names_file.suffix.lower() in YAML_SUFFIXES:
        other = read_data_yaml(names_file, {})
        if other.names is None:
            raise InputError(f"{names_file}: has no `names`", hint=_NAMES_HINT)
        findings = (*other.findings, *_duplicates(other.names, names_file))
        return Layout(path, root, other.names, subsets, findings=findings, inputs=(names_file,))
    lines = [" ".join(line.split()) for line in read_lines(names_file)]
    while lines and not lines[-1]:
        lines.pop()
    names = {str(n): name for n, name in enumerate(lines) if name}
    nameless = [_finding("SRC105", f"class {n} has no name", names_file) for n, name in enumerate(lines) if not name]
    findings = (*nameless, *_duplicates(names, names_file))
    return Layout(path, root, names, subsets, findings=findings, inputs=(names_file,))


def _names_file(folder: Path) -> Path | None:
    """The class names in a folder, or else in the folders below it, which must agree."""
    for candidates in ([folder], sorted(child for child in folder.iterdir() if child.is_dir())):
        found = [parent / name for parent in candidates for name in NAME_FILES if (parent / name).is_file()]
        if len({tuple(read_lines(file)) for file in found}) > 1:
            listed = ", ".join(str(file.relative_to(folder)) for file in found)
            raise InputError(f"{folder}: {listed} differ", hint="--names says which has the class names")
        if found:
            return found[0]
    return None


def _folder_subsets(folder: Path) -> Iterator[Subset]:
    """Subsets by the names of folders, below `images` where there is one; one unnamed subset otherwise."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder")
    top = next(
        (child for child in sorted(folder.iterdir()) if child.name.lower() == "images" and child.is_dir()), folder
    )
    children = [child for child in sorted(top.iterdir()) if not child.name.startswith(".")]
    folders = [child for child in children if child.is_dir() and child.name not in LABEL_FOLDERS]
    divided = folders and all(child.name in SUBSETS for child in folders)
    if not divided or any(is_image_name(child.name) for child in children if child.is_file()):
        yield Subset(None, (top,))
        return
    for name in dict.fromkeys(SUBSETS.values()):
        sources = tuple(child for child in folders if SUBSETS[child.name] == name)
        if sources:
            yield Subset(name, sources)


def _resolve(
    entries: Mapping[str, Iterable[str]], root: Root, path: Path
) -> tuple[tuple[Subset, ...], tuple[Finding, ...]]:
    """The subsets that are there, and a finding for each path that is not or that leads outside.

    A description that names no images is one of class names only: the folder's own names divide it.
    """
    if not entries:
        return tuple(_folder_subsets(root.folder)), ()
    subsets, findings = [], []
    for name, written in entries.items():
        sources = []
        for text in written:
            source = root.find(text)
            if source is not None:
                sources.append(source)
            elif root.leads_outside(text):
                message = f"{name}: {text!r} leads outside {root.folder} (--images, --allow-outside)"
                findings.append(_finding("SRC109", message, path))
            else:
                message = f"{name}: {text!r} is not there below {root.folder}"
                findings.append(_finding("SRC108", message, path, Severity.WARNING))
        if sources:
            subsets.append(Subset(name, tuple(dict.fromkeys(sources))))
    if not subsets:
        raise InputError(f"{path}: {findings[0].message}", hint="--images names the folder its paths are relative to")
    return tuple(subsets), (*findings, *_shared(subsets, path))


def _shared(subsets: Iterable[Subset], path: Path) -> Iterator[Finding]:
    """A folder or list in several subsets, so that the model is tested on what it was taught."""
    names = defaultdict(list)
    for subset in subsets:
        for source in subset.sources:
            names[os.path.realpath(source)].append((source, subset.name))
    for found in names.values():
        if len(found) > 1:  # as the set names it: a manifest has no absolute paths of its own
            shared, subset_names = found[0][0], " and ".join(str(name) for _, name in found)
            yield _finding("SRC110", f"{shared} is in {subset_names}", path, Severity.WARNING)


def _readings(written: str, own_name: str) -> Iterator[str]:
    """What a path may mean below the image root, the likeliest first."""
    text = written.strip().replace("\\", "/")
    parts = PurePosixPath(text).parts
    yield text
    if parts[:1] == ("..",):
        yield "/".join(dropwhile(lambda part: part == "..", parts))
    if own_name in parts:
        last = len(parts) - parts[::-1].index(own_name)
        yield "/".join(parts[last:])
    if parts[:1] == ("data",):
        yield "/".join(parts[1:])


def _inputs(path: Path, subsets: Iterable[Subset], *more: Path) -> tuple[Path, ...]:
    lists = (source for subset in subsets for source in subset.sources if source.is_file())
    return tuple(dict.fromkeys((path, *more, *lists)))


def _duplicates(names: Mapping[str, str], path: Path) -> Iterator[Finding]:
    for name, count in Counter(names.values()).items():
        if count > 1:
            message = f"{count} class numbers are named {name!r}; they become one class"
            yield _finding("SRC103", message, path, Severity.NOTE)


def _finding(code: str, message: str, path: Path, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(code, severity, message, Location(str(path)), leaves_out=code in ("SRC108", "SRC109"))
