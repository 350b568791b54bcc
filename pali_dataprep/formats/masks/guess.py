"""What kind of masks a set holds, told from a few of them; said aloud, never assumed in silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pali_dataprep.errors import InputError
from pali_dataprep.formats.masks.classes import ClassTable
from pali_dataprep.formats.masks.kinds import is_two_valued
from pali_dataprep.formats.masks.pixels import MaskPixels, read_mask
from pali_dataprep.masks.segmentations import MaskError
from pali_dataprep.options import MaskKind

LOOKED_AT = 8
"""Masks looked at, evenly spread over the set."""

_GREY_EDGE_SHARE = 0.1
"""Share of pixels between black and white up to which a grey mask is a smoothed binary one."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The kind, and in words what spoke for it. `smooth` says that binary masks have grey edges."""

    kind: MaskKind
    why: str
    smooth: bool = False


@dataclass(frozen=True, slots=True)
class _Look:
    """What a few masks have in common."""

    masks: list[MaskPixels]

    @property
    def lossy(self) -> bool:
        return any(m.lossy for m in self.masks)

    @property
    def in_colour(self) -> bool:
        return any(m.in_colour for m in self.masks)

    @property
    def cut_out(self) -> bool:
        """All have transparent pixels."""
        return all(m.alpha is not None and int(m.alpha.min()) < 255 for m in self.masks)

    def has_colours_of(self, table: ClassTable) -> bool:
        """Whether all are RGB or palette images in the table's colours."""
        found = {c for m in self.masks for c in np.unique(m.packed()).tolist()}
        return all(m.mode in ("RGB", "RGBA", "P") for m in self.masks) and found - {0} <= table.colours.keys()

    @property
    def two_valued(self) -> bool:
        return not self.in_colour and all(is_two_valued(m.grey()) for m in self.masks)

    @property
    def mostly_black_and_white(self) -> bool:
        """Grey masks that reach white and have little between."""
        greys = [m.grey() for m in self.masks]
        between = sum(int(((g > 0) & (g < 255)).sum()) for g in greys)
        return max(int(g.max()) for g in greys) == 255 and between <= _GREY_EDGE_SHARE * sum(g.size for g in greys)

    def describe(self) -> str:
        """`3 masks looked at, mode L, 11 values from 0 to 10`."""
        modes = ", ".join(sorted({m.mode for m in self.masks}))
        if self.in_colour:
            values = f"{np.unique(np.concatenate([np.unique(m.packed()) for m in self.masks])).size} colours"
        else:
            found = np.unique(np.concatenate([np.unique(m.grey()) for m in self.masks]))
            values = f"{found.size} values from {int(found[0])} to {int(found[-1])}"
        return f"{len(self.masks)} masks looked at, mode {modes}, {values}"


def guess_kind(top: Path, names: Sequence[str], table: ClassTable | None) -> Guess:
    """The kind of the masks `names` below `top`; `table` is what is known of their classes.

    Raises InputError where more than one kind would do, or none.
    """
    look = _Look(_readable(top, names))
    said = look.describe()
    if look.lossy and look.in_colour:
        raise InputError(f"JPEG masks in colour: compression has changed the colours ({said})", hint="use PNG masks")
    if look.lossy:
        return Guess(MaskKind.BINARY, f"JPEG can hold no exact values; {said}", smooth=True)
    if look.cut_out and not (table is not None and table.colours):
        return Guess(MaskKind.BINARY, f"the alpha channel is the mask; {said}", smooth=True)
    if look.in_colour or (table is not None and look.has_colours_of(table)):
        return _in_colour(table, said)
    if table is not None and table.single is None and len(table.names) > 1:
        return _with_table(look, table, said)
    if look.two_valued:
        return Guess(MaskKind.BINARY, said)
    if look.mostly_black_and_white:
        return Guess(MaskKind.BINARY, f"black and white with grey edges; {said}", smooth=True)
    if table is None:
        raise InputError(f"masks of several values, and no class names ({said})", hint=_HINT)
    return Guess(MaskKind.IDS, f"one class and several values; {said}")


_HINT = "--classes names them; --label names the one class of binary masks and instance ids"


def _readable(top: Path, names: Sequence[str]) -> list[MaskPixels]:
    """A few of the masks, evenly spread. Raises InputError where none can be decoded."""
    step = max(1, len(names) // LOOKED_AT)
    masks, last = [], ""
    for path in (top / name for name in names[::step][:LOOKED_AT]):
        try:
            masks.append(read_mask(path))
        except MaskError as error:
            last = f"{path}: {error}"
    if not masks:
        raise InputError(f"no mask can be read: {last}")
    return masks


def _in_colour(table: ClassTable | None, said: str) -> Guess:
    if table is not None and table.colours:
        return Guess(MaskKind.RGB, said)
    hint = "give --classes with colours (name,r,g,b), or --kind ids with --label"
    raise InputError(f"masks in colour, and no colour table ({said})", hint=hint)


def _with_table(look: _Look, table: ClassTable, said: str) -> Guess:
    """Class indices where the table has all values, packed ids where it has all values of one packing."""
    found = np.unique(np.concatenate([np.unique(m.grey()) for m in look.masks])).astype(np.int64)
    objects = found[(found != 0) & (found != 255)]
    known = [*table.names, 0, 255]
    if 255 in found and not objects.size and 255 not in table.names:
        return _black_and_white(table, said)
    if np.isin(found, known).all():
        return Guess(MaskKind.INDEX, said)
    packings = {MaskKind.CITYSCAPES: 1000, MaskKind.KITTI: 256}
    fitting = [k for k, base in packings.items() if found[-1] >= base and _fits(objects, base, known)]
    if len(fitting) == 1:
        return Guess(fitting[0], f"the class table has all classes of this packing; {said}")
    if found[-1] <= 255:
        return Guess(MaskKind.INDEX, said)
    raise InputError(
        f"values that are neither classes of the table nor of one packing of ids ({said})", hint=_KIND_HINT
    )


def _black_and_white(table: ClassTable, said: str) -> Guess:
    """White would be the void of class indices: every object would be lost."""
    if len(table.foreground) == 1:
        return Guess(MaskKind.BINARY, said)
    hint = "--label names the one class; --kind index takes white for the void"
    raise InputError(f"black and white masks, and a table of several classes ({said})", hint=hint)


_KIND_HINT = "--kind says what they are: cityscapes, kitti, mapillary, mots, or ids with --label"


def _fits(values: npt.NDArray[np.int64], base: int, known: Sequence[int]) -> bool:
    classes = np.where(values >= base, values // base, values)
    return bool(np.isin(classes, known).all())
