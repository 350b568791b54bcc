"""Rules on the image file a row names."""

from __future__ import annotations

from collections.abc import Iterator

from pali_dataprep.findings import Remark, Severity, Span
from pali_dataprep.images import ImageHeader
from pali_dataprep.rules.base import Rule
from pali_dataprep.rules.jsonl.subject import Row

_PLAIN_MODES = ("RGB", "L")


def outside_root(row: Row) -> Iterator[Remark]:
    """`image` leads outside the image folder: `..`, an absolute path, a symbolic link.

    Why: a dataset from elsewhere must not make a trainer read other files of the machine; and such a path works on
    no other machine.
    Example: `"image": "../../home/me/1.jpg"`
    Fix: paths relative to the image folder: `--image-paths copy` puts the files beside their rows, and those that
    `--image-paths root` writes are found by the `--images` of `validate`. `--allow-outside` permits it.
    """
    if row.picture is not None and row.picture.path is None:
        yield _about(row, f"{row.image[:120]!r} leads outside the image folder (--allow-outside permits it)")


def missing(row: Row) -> Iterator[Remark]:
    """There is no such file.

    Why: the trainer stops at it, perhaps after hours.
    Example: `"image": "images/1.JPG"` where the file is `images/1.jpg`.
    Fix: `--images` names the folder that paths are relative to; `--image-files none` does not look.
    """
    if row.picture is not None and row.picture.path is not None and row.picture.header is None:
        yield _about(row, f"no file {row.image[:120]!r}")


def not_image(row: Row) -> Iterator[Remark]:
    """The file is not an image that Pillow can read.

    Why: no trainer can either. Often a web page saved under an image's name, or a Git LFS pointer.
    Example: `1.jpg` that starts with `version https://git-lfs.github.com`
    Fix: fetch the file again.
    """
    if row.picture is not None and isinstance(row.picture.header, str):
        yield _about(row, f"{row.image[:120]!r}: {row.picture.header}")


def not_decodable(row: Row) -> Iterator[Remark]:
    """The file starts like an image, but its pixels cannot be read to the end.

    Why: a download that was cut off passes every check of headers and stops the trainer, or shows grey below.
    Example: a JPEG of half its bytes.
    Fix: fetch the file again. `--image-files header` does not decode.
    """
    if row.picture is not None and row.picture.decode_error:
        yield _about(row, f"{row.image[:120]!r}: {row.picture.decode_error}")


def too_large(row: Row) -> Iterator[Remark]:
    """The picture has more pixels than `max-pixels` (100 million); it is not decoded.

    Why: a small file can hold a picture that fills the memory of every worker; and PaliGemma sees 896 pixels a side
    at most.
    Example: a PNG of 120 kB and 12,000 x 10,000 pixels.
    Fix: scale it down.
    """
    size = row.picture.size if row.picture else None
    if size and size[0] * size[1] > row.context.thresholds.max_pixels:
        yield _about(row, f"{size[0]} x {size[1]} pixels, more than {row.context.thresholds.max_pixels:,}")


def too_small(row: Row) -> Iterator[Remark]:
    """A side of the picture is shorter than `min-side` (32 pixels).

    Why: scaled to 224 pixels or more it is a blur; often a thumbnail, or an icon from a crawl.
    Example: a picture of 16 x 16 pixels.
    Fix: take the original.
    """
    size = row.picture.size if row.picture else None
    if size and min(size) < row.context.thresholds.min_side:
        yield _about(row, f"the picture is {size[0]} x {size[1]} pixels")


def orientation(row: Row) -> Iterator[Remark]:
    """The file carries an EXIF orientation, and loaders disagree on it.

    Why: Hugging Face's loaders turn the picture; big_vision, maestro and Keras train on the stored pixels, where
    boxes drawn on the shown picture are wrong.
    Example: a phone's photo with orientation 6.
    Fix: the converters' `--image-paths copy` writes upright copies that all loaders read alike.
    """
    header = row.picture.header if row.picture else None
    if isinstance(header, ImageHeader) and header.orientation != 1:
        yield _about(row, f"EXIF orientation {header.orientation}: loaders disagree whether to turn the picture")


def mode(row: Row) -> Iterator[Remark]:
    """The picture is neither RGB nor grey: it has transparency, a palette, CMYK or 16 bits.

    Why: converted to RGB, transparency becomes black or white depending on the loader, and 16 bits become white.
    Example: an RGBA PNG.
    Fix: convert to RGB once, as you want it.
    """
    if row.picture is not None and row.picture.mode and row.picture.mode not in _PLAIN_MODES:
        yield _about(row, f"{row.image[:120]!r} has mode {row.picture.mode}")


def _about(row: Row, message: str) -> Remark:
    return Remark(message, Span("image", 0, len(row.image)))


def applies(row: Row) -> bool:
    """Only rows whose image file was looked at."""
    return row.picture is not None


RULES: tuple[Rule[Row], ...] = (
    Rule("IMG201", "leads-outside", Severity.ERROR, False, outside_root),
    Rule("IMG202", "no-such-image", Severity.ERROR, False, missing),
    Rule("IMG203", "not-an-image", Severity.ERROR, False, not_image),
    Rule("IMG204", "not-decodable", Severity.ERROR, False, not_decodable),
    Rule("IMG205", "too-many-pixels", Severity.ERROR, False, too_large),
    Rule("IMG206", "too-few-pixels", Severity.WARNING, False, too_small),
    Rule("IMG207", "turned-by-exif", Severity.WARNING, False, orientation),
    Rule("IMG208", "mode", Severity.WARNING, False, mode),
)
