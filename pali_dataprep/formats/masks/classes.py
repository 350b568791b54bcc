"""What pixel values and colours mean: class tables as CSV, JSON or colour tables.

Read are Roboflow's `_classes.csv` (`Pixel Value, Class`), CamVid's `class_dict.csv`
(`name,r,g,b`) and `label_colors.txt` (`r g b name`), VOC's `labelmap.txt`
(`name:r,g,b:parts:actions`), lists of names, and in JSON: {value: name}, {name: value},
{name: [r, g, b]}, lists of names or of {id, name, color}, alone or under `labels`, `classes` or
`categories` (Mapillary's config, COCO), and Datumaro's `dataset_meta.json`; the same in YAML.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pali_dataprep.errors import InputError
from pali_dataprep.formats.json_source import decode_json, read_json_bytes
from pali_dataprep.formats.text_source import read_lines
from pali_dataprep.formats.yaml_source import YAML_SUFFIXES, read_yaml

BACKGROUND_NAMES = frozenset(
    {"background", "__background__", "_background_", "bg", "void", "unlabeled", "unlabelled", "ignore", "ignored"}
)
"""Names, in lower case, of what no row asks for."""

_LABELMAP = re.compile(r"([^:]+):(\d+),(\d+),(\d+)(?::.*)?")
_HEX_COLOUR = re.compile(r"#([0-9a-fA-F]{6})")


@dataclass(frozen=True, slots=True)
class ClassEntry:
    """A line of a class table; `colour` is packed as 0xRRGGBB. A missing value is the line's position."""

    name: str
    value: int | None = None
    colour: int | None = None


@dataclass(frozen=True, slots=True)
class ClassTable:
    """Names by pixel value and, where the table has colours, values by colour 0xRRGGBB.

    With `single`, one class is all there is (`--label`), whatever the value.
    """

    names: dict[int, str]
    colours: dict[int, int]
    single: str | None = None

    @property
    def foreground(self) -> tuple[str, ...]:
        """The class names a row can ask for, in order, without duplicates."""
        if self.single is not None:
            return (self.single,)
        return tuple(dict.fromkeys(n for n in self.names.values() if not is_background(n)))

    def is_object(self, value: int) -> bool:
        """False for background: 0 and 255 unless the table names them, and whatever is called so."""
        name = self.names.get(value)
        return value not in (0, 255) if name is None else not is_background(name)


def is_background(name: str) -> bool:
    """Whether a class of this name is no object."""
    return name.lower() in BACKGROUND_NAMES


def packed_colour(red: int, green: int, blue: int) -> int:
    """0xRRGGBB."""
    return red << 16 | green << 8 | blue


def table_of_one(label: str) -> ClassTable:
    """`--label`: a single class."""
    return ClassTable({}, {}, single=" ".join(label.split()))


def read_class_table(path: Path, *, first: int = 0) -> ClassTable:
    """A class table by its suffix and content; entries without a value count from `first`.

    Raises InputError naming file and line for what is no class table.
    """
    if path.suffix.lower() == ".json":
        return _table(_from_json(decode_json(read_json_bytes(path), object, path), path), path, first)
    if path.suffix.lower() in YAML_SUFFIXES:  # as lines of text it would be a list of the wrong names
        return _table(_from_json(_numbers_as_such(read_yaml(path)), path), path, first)
    return _table(_from_lines(read_lines(path), path), path, first)


def _table(entries: Iterable[tuple[str, ClassEntry]], path: Path, first: int) -> ClassTable:
    names: dict[int, str] = {}
    colours: dict[int, int] = {}
    for n, (where, entry) in enumerate(entries, start=first):
        value, name = n if entry.value is None else entry.value, " ".join(entry.name.split())
        if names.setdefault(value, name) != name:
            raise InputError(f"{where}: value {value} is both {names[value]!r} and {name!r}")
        if entry.colour is not None and colours.setdefault(entry.colour, value) != value:
            raise InputError(
                f"{where}: colour #{entry.colour:06x} is both {names[colours[entry.colour]]!r} and {name!r}"
            )
    if not names:
        raise InputError(f"{path}: no class in it", hint="lines of value,name or name,r,g,b")
    return ClassTable(names, colours)


def _from_lines(lines: Sequence[str], path: Path) -> Iterator[tuple[str, ClassEntry]]:
    commas = any("," in line for line in lines)
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        where = f"{path}:{number}"
        if match := _LABELMAP.fullmatch(line.strip()):
            colour = _colour([int(c) for c in match.groups()[1:]], where)
            yield where, ClassEntry(match[1], colour=colour)
            continue
        cells = next(csv.reader(io.StringIO(line), skipinitialspace=True)) if commas else _words(line)
        entry = _entry([c.strip() for c in cells if c.strip()], where, may_be_header=number == 1)
        if entry is not None:
            yield where, entry


def _words(line: str) -> list[str]:
    """`64 128 64  Road sign` or `Road sign 64 128 64`: numbers at one end, the name at the other."""
    words = line.split()
    numbers = [w for w in words if w.isdecimal()]
    if numbers and words[: len(numbers)] == numbers:
        return [*numbers, " ".join(words[len(numbers) :])]
    if numbers and words[-len(numbers) :] == numbers:
        return [*numbers, " ".join(words[: -len(numbers)])]
    return [" ".join(words)]


def _entry(cells: Sequence[str], where: str, *, may_be_header: bool) -> ClassEntry | None:
    """One name and 0 (a list of names), 1 (value), 3 (colour) or 4 (value, colour) numbers; None for a header."""
    colours = [int(m[1], 16) for c in cells if (m := _HEX_COLOUR.fullmatch(c))]
    numbers = [int(c) for c in cells if c.isdecimal()]
    names = [c for c in cells if not c.isdecimal() and not _HEX_COLOUR.fullmatch(c)]
    if may_be_header and not numbers and not colours and len(names) > 1:
        return None
    if len(names) != 1 or len(numbers) not in (0, 1, 3, 4) or len(colours) > 1:
        raise InputError(f"{where}: neither value,name nor name,r,g,b: {', '.join(cells)[:80]!r}")
    if len(numbers) >= 3:
        colours = [_colour(numbers[-3:], where)]
    value = numbers[0] if len(numbers) in (1, 4) else None
    return ClassEntry(names[0], value, colours[0] if colours else None)


def _from_json(content: Any, path: Path) -> Iterator[tuple[str, ClassEntry]]:
    """Entries of any of the JSON forms."""
    if isinstance(content, dict):
        if isinstance(content.get("label_map"), dict):
            yield from _datumaro(content, path)
            return
        for key in ("labels", "classes", "categories", "names"):
            if isinstance(content.get(key), list | dict):
                content = content[key]
                break
    pairs: Iterable[tuple[str, Any]]
    pairs = (
        content.items() if isinstance(content, dict) else ((str(n), v) for n, v in enumerate(_as_list(content, path)))
    )
    for key, value in pairs:
        where = f"{path}: entry {key}"
        yield where, _json_entry(key if isinstance(content, dict) else None, value, where)


def _numbers_as_such(content: Any) -> Any:
    """The three numbers of YAML's colours, which are read as text like everything else."""
    if isinstance(content, dict):
        return {key: _numbers_as_such(value) for key, value in content.items()}
    if not isinstance(content, list):
        return content
    is_colour = len(content) == 3 and all(isinstance(v, str) and v.isdecimal() for v in content)
    return [int(v) for v in content] if is_colour else [_numbers_as_such(v) for v in content]


def _as_list(content: Any, path: Path) -> list[Any]:
    if isinstance(content, list):
        return content
    raise InputError(f"{path}: neither an object nor a list of classes")


def _json_entry(key: str | None, value: Any, where: str) -> ClassEntry:
    """`key` is None in a list."""
    if isinstance(value, str):
        if key is not None and not key.isdecimal():
            raise InputError(f"{where}: {key!r} is no pixel value")
        return ClassEntry(value, int(key) if key is not None else None)
    if isinstance(value, int) and not isinstance(value, bool) and key is not None:
        return ClassEntry(key, value)
    if isinstance(value, list) and key is not None:
        return ClassEntry(key, colour=_colour(value, where))
    name = value.get("name", key) if isinstance(value, dict) else None
    if isinstance(name, str):
        number = value.get("id", value.get("value"))
        colour = value.get("color", value.get("colour"))
        packed = _colour(colour, where) if isinstance(colour, list) else None
        return ClassEntry(name, number if isinstance(number, int) else None, packed)
    raise InputError(f"{where}: not a class: {str(value)[:80]}")


def _datumaro(content: dict[str, Any], path: Path) -> Iterator[tuple[str, ClassEntry]]:
    """Datumaro's `dataset_meta.json`: `label_map` {value: name}, `segmentation_colors` in the same order."""
    colours = content.get("segmentation_colors") or []
    for n, (key, name) in enumerate(content["label_map"].items()):
        where = f"{path}: label_map {key}"
        entry = _json_entry(key, name, where)
        colour = _colour(colours[n], f"{path}: segmentation_colors {n}") if n < len(colours) else None
        yield where, ClassEntry(entry.name, entry.value, colour)


def _colour(numbers: Any, where: str) -> int:
    if isinstance(numbers, list) and len(numbers) == 3 and all(type(c) is int and 0 <= c <= 255 for c in numbers):
        return packed_colour(*numbers)
    raise InputError(f"{where}: not a colour of three numbers from 0 to 255: {str(numbers)[:80]}")
