"""A contact sheet: one line an image, the annotation on the left, what the model is taught on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from pali_dataprep.errors import InputError
from pali_dataprep.images import open_image
from pali_dataprep.preview.drawing import DrawnObject, draw, fit_into, font

PANEL = 480
MARGIN = 16
BACKGROUND = (250, 250, 250)
TEXT = (30, 30, 30)


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture of a line: its caption and what is drawn."""

    caption: str
    objects: Sequence[DrawnObject]


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One image with its panels and the text below them."""

    image: Path
    panels: Sequence[Panel]
    text: str = ""


def contact_sheet(lines: Sequence[SheetLine]) -> Image.Image:
    """All lines (at least one) below each other. Raises InputError for a picture that cannot be read."""
    drawn = [_line(line) for line in lines]
    width = max(picture.width for picture in drawn)
    sheet = Image.new("RGB", (width, sum(p.height for p in drawn)), BACKGROUND)
    y = 0
    for picture in drawn:
        sheet.paste(picture, (0, y))
        y += picture.height
    return sheet


def _line(line: SheetLine) -> Image.Image:
    full = _open_upright(line.image)
    scaled = fit_into(full, PANEL)
    scale = (scaled.width / full.width, scaled.height / full.height)
    face = font(15)
    head, foot = 26, 24 if line.text else 0
    width = MARGIN + len(line.panels) * (PANEL + MARGIN)
    canvas = Image.new("RGB", (width, head + scaled.height + foot + MARGIN), BACKGROUND)
    pen = ImageDraw.Draw(canvas)
    for n, panel in enumerate(line.panels):
        x = MARGIN + n * (PANEL + MARGIN)
        pen.text((x, 5), panel.caption, font=face, fill=TEXT)
        canvas.paste(draw(scaled, [_scaled(o, scale) for o in panel.objects]), (x, head))
    if line.text:
        text = _shortened(pen, line.text, face, width - 2 * MARGIN)
        pen.text((MARGIN, head + scaled.height + 4), text, font=face, fill=TEXT)
    return canvas


def _open_upright(path: Path) -> Image.Image:
    """The picture as shown, its pixels read."""
    try:
        with open_image(path) as opened:
            upright: Image.Image = ImageOps.exif_transpose(opened)
            upright.load()
            return upright
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"{path}: not a readable image: {error}") from error


def _scaled(o: DrawnObject, scale: tuple[float, float]) -> DrawnObject:
    if o.box is None:
        return o
    x1, y1, x2, y2 = o.box
    across, down = scale
    return replace(o, box=(x1 * across, y1 * down, x2 * across, y2 * down))


def _shortened(pen: ImageDraw.ImageDraw, text: str, face: object, width: int) -> str:
    if pen.textlength(text, font=face) <= width:  # type: ignore[arg-type]
        return text
    while text and pen.textlength(f"{text} ...", font=face) > width:  # type: ignore[arg-type]
        text = text[: int(len(text) * 0.9)]
    return f"{text} ..."
