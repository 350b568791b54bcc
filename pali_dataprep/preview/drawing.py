"""Boxes, masks and labels on a picture of any size, readable at that size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pali_dataprep.boxes import XYXY
from pali_dataprep.masks import Runs, runs_to_bitmap
from pali_dataprep.preview.palette import colour_of, ink_on

MASK_OPACITY = 0.5
DIMMED = 0.55
"""Brightness of what lies outside masks, so that masks stand out on any photograph."""


@dataclass(frozen=True, slots=True)
class DrawnObject:
    """What is drawn of an object; the box is in pixels of the full-size image."""

    label: str
    box: XYXY | None
    mask: Runs | None
    note: str = ""


def fit_into(image: Image.Image, side: int) -> Image.Image:
    """The picture scaled so that its longer side is `side` pixels, enlarged where it is smaller."""
    scale = side / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def draw(image: Image.Image, objects: Sequence[DrawnObject]) -> Image.Image:
    """Draw objects on a copy of a scaled RGB picture; smaller objects lie on top."""
    ordered = sorted(objects, key=lambda o: -_area(o))
    canvas = _draw_masks(image, ordered) if any(o.mask for o in objects) else image.copy()
    pen = ImageDraw.Draw(canvas)
    line = max(2, round(max(canvas.size) / 300))
    for o in ordered:
        _draw_box(pen, o, canvas.size, line)
    for o in ordered:
        _draw_label(pen, o, canvas.size)
    return canvas


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own scalable font, so that pictures look alike on every machine."""
    return ImageFont.load_default(size)


def _area(o: DrawnObject) -> float:
    if o.mask is not None:
        return o.mask.area
    return 0.0 if o.box is None else (o.box[2] - o.box[0]) * (o.box[3] - o.box[1])


def _draw_masks(image: Image.Image, objects: Sequence[DrawnObject]) -> Image.Image:
    pixels = np.asarray(image, dtype=np.float32)
    painted = pixels * DIMMED
    for o in objects:
        if o.mask is None:
            continue
        inside = _scaled_mask(o.mask, image.size)
        colour = np.asarray(colour_of(o.label), dtype=np.float32)
        painted[inside] = (1 - MASK_OPACITY) * pixels[inside] + MASK_OPACITY * colour
        painted[_rim(inside)] = colour
    return Image.fromarray(painted.clip(0, 255).astype(np.uint8))


def _scaled_mask(mask: Runs, size: tuple[int, int]) -> np.ndarray:
    full = Image.fromarray(runs_to_bitmap(mask).astype(np.uint8) * 255)
    return np.asarray(full.resize(size, Image.Resampling.BILINEAR)) > 127


def _rim(inside: np.ndarray) -> np.ndarray:
    """Pixels of the mask with a neighbour outside it."""
    padded = np.pad(inside, 1)
    core = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    rim: np.ndarray = inside & ~core
    return rim


def _draw_box(pen: ImageDraw.ImageDraw, o: DrawnObject, size: tuple[int, int], line: int) -> None:
    if o.box is not None and o.mask is None:
        left, right = sorted(o.box[0::2])
        top, bottom = sorted(o.box[1::2])
        corners = (left, top, max(left, right - 1), max(top, bottom - 1))  # Pillow's last pixels are inclusive
        pen.rectangle(corners, outline=colour_of(o.label), width=line)


def _draw_label(pen: ImageDraw.ImageDraw, o: DrawnObject, size: tuple[int, int]) -> None:
    """On a plate at the box's top left corner, moved inside the picture."""
    text = f"{o.label} {o.note}".strip()
    if o.box is None or not text:
        return
    face = font(max(11, round(max(size) / 42)))
    left, top, right, bottom = pen.textbbox((0, 0), text, font=face)
    width, height = right - left + 6, bottom - top + 4
    x = min(max(0, o.box[0]), max(0, size[0] - width))
    y = min(max(0, o.box[1] - height), max(0, size[1] - height))
    colour = colour_of(o.label)
    pen.rectangle((x, y, x + width - 1, y + height - 1), fill=colour)
    pen.text((x + 3 - left, y + 2 - top), text, font=face, fill=ink_on(colour))
