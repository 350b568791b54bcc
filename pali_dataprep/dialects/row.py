"""What the tests see of a row."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pali_dataprep.tokens.scanning import ScannedObject, ScannedSuffix

Box = Sequence[int]
"""Four numbers in the order of the text, of any size."""


class DialectRow(msgspec.Struct, frozen=True, gc=False):
    """A row, scanned. `size` is the picture's (width, height) where it is known.

    `fresh` are the objects with four loc numbers, a box, that no earlier row had: what statistics may
    count as independent.
    """

    line: int
    prefix: str
    suffix: str
    scanned: ScannedSuffix
    size: tuple[int, int] | None
    fresh: tuple[ScannedObject, ...]
