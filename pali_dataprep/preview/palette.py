"""Colours for classes: stable from run to run, told apart by colour-blind people."""

from __future__ import annotations

import zlib

RGB = tuple[int, int, int]

COLOURS: tuple[RGB, ...] = (
    (0, 114, 178),
    (230, 159, 0),
    (0, 158, 115),
    (213, 94, 0),
    (86, 180, 233),
    (204, 121, 167),
    (240, 228, 66),
    (136, 34, 85),
    (51, 34, 136),
    (153, 153, 51),
)
"""Okabe and Ito's seven, and three of Paul Tol's `muted` scheme that keep their distance from them."""


def colour_of(label: str) -> RGB:
    """A label's colour; the same in every picture of every run."""
    return COLOURS[zlib.crc32(label.encode()) % len(COLOURS)]


def ink_on(colour: RGB) -> RGB:
    """Black or white, whichever reads better on `colour` (WCAG relative luminance)."""
    red, green, blue = ((v / 255) ** 2.2 for v in colour)
    return (0, 0, 0) if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 else (255, 255, 255)
