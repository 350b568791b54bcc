"""Rules on one image: its file, its size, its orientation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from pali_dataprep.findings import Severity
from pali_dataprep.images import ImageHeader
from pali_dataprep.rules.base import Family, Rule
from pali_dataprep.samples import Sample


class ImageSubject(msgspec.Struct, frozen=True):
    """A sample and what was found of its file.

    `path` is None when it leads outside the image root; `header` is None when there is no
    file, a string when the file is no image. `unwritten` says that the source itself holds the picture, and the run
    writes no file of it.
    """

    sample: Sample
    path: Path | None
    header: ImageHeader | str | None
    allow_missing: bool = False
    skip_unlabelled: bool = False
    needs_size: bool = True
    unwritten: bool = False

    @property
    def size(self) -> tuple[int, int] | None:
        """(width, height) to measure boxes in: as annotated, else as shown."""
        if self.sample.width and self.sample.height:
            return (self.sample.width, self.sample.height)
        return self.header.shown_size if isinstance(self.header, ImageHeader) else None


def malformed(subject: ImageSubject) -> Iterator[str]:
    """The image's entry lacks a file name, its size is no number of pixels, or its label file cannot be read."""
    yield from subject.sample.defects


def outside_root(subject: ImageSubject) -> Iterator[str]:
    """The file name leads outside the image folder (`..`, an absolute path, a symbolic link).

    A dataset from elsewhere must not make a tool read or publish other files of the
    machine. `--allow-outside` permits it.
    """
    if subject.path is None:
        yield f"{subject.sample.file_name!r} leads outside the image folder (--allow-outside permits it)"


def missing(subject: ImageSubject) -> Iterator[str]:
    """There is no such file. `--images` names the folder; `--allow-missing` keeps the rows.

    Where the source itself holds the picture (Parquet, LabelMe), `--image-paths copy` writes it out.
    """
    if subject.unwritten and not subject.allow_missing:
        yield "the picture was only found inside its source (--image-paths copy writes it out, --images names a folder)"
    elif _absent(subject) and not subject.allow_missing:
        yield f"no file {subject.path} (--images names the folder, --allow-missing keeps the row)"


def missing_allowed(subject: ImageSubject) -> Iterator[str]:
    """There is no such file, and `--allow-missing` keeps its rows; the size is taken on trust."""
    if subject.unwritten and subject.allow_missing:
        yield "the picture is only inside its source; kept"
    elif _absent(subject) and subject.allow_missing:
        yield f"no file {subject.path}; kept"


def unreadable(subject: ImageSubject) -> Iterator[str]:
    """The file is not an image that Pillow can read, so no trainer can either."""
    if isinstance(subject.header, str):
        yield f"{subject.path}: {subject.header}"


def unknown_size(subject: ImageSubject) -> Iterator[str]:
    """Neither the annotations nor the file tell the image's size, and without it a box has no bins.

    Where the image is left out for another reason, that is all there is to say.
    """
    said = subject.path is None or isinstance(subject.header, str) or bool(subject.sample.defects)
    left_out = said or (_absent(subject) and not subject.allow_missing)
    if subject.needs_size and not left_out and subject.size is None:
        yield "the image's size is not known: the annotations lack it and there is no file"


def size_mismatch(subject: ImageSubject) -> Iterator[str]:
    """Annotations and file disagree on the size: boxes would land elsewhere, often a resized copy."""
    sizes = _sizes(subject)
    if sizes and sizes[0] not in (sizes[1], sizes[2]):
        annotated, shown, _ = sizes
        yield f"annotated as {_by(annotated)}, the file is {_by(shown)}"


def size_of_stored(subject: ImageSubject) -> Iterator[str]:
    """The annotated size matches only the stored pixels, before the EXIF orientation is applied.

    The boxes may be in stored pixels, or only the size was swapped on export; both exist,
    so nobody can tell which. Export again from upright images.
    """
    sizes = _sizes(subject)
    if sizes and sizes[0] != sizes[1] and sizes[0] == sizes[2]:
        annotated, shown, _ = sizes
        yield f"annotated as {_by(annotated)}, but shown as {_by(shown)}: its EXIF orientation turns it"


def orientation(subject: ImageSubject) -> Iterator[str]:
    """The file carries an EXIF orientation, and loaders disagree on it.

    Hugging Face's loaders turn the picture; big_vision, maestro, Keras and the Roboflow
    notebooks train on the stored pixels, where these boxes would be wrong.
    `--image-paths copy` writes upright copies that all of them read alike.
    """
    if isinstance(subject.header, ImageHeader) and subject.header.orientation != 1:
        yield f"EXIF orientation {subject.header.orientation}: loaders disagree (--image-paths copy writes it upright)"


def unlabelled(subject: ImageSubject) -> Iterator[str]:
    """The source says nothing of the image, not even that it shows no object; it is taken to show none.

    A lost label file looks just like this, and teaches the model to overlook objects.
    `--unlabelled skip` leaves such images out.
    """
    if not subject.sample.annotated and not subject.skip_unlabelled:
        yield "no annotations: taken to show no object (--unlabelled skip leaves it out)"


def unlabelled_skipped(subject: ImageSubject) -> Iterator[str]:
    """The source says nothing of the image, and `--unlabelled skip` leaves it out."""
    if not subject.sample.annotated and subject.skip_unlabelled:
        yield "no annotations; left out"


def doubtful(subject: ImageSubject) -> Iterator[str]:
    """The reader could use what the source says of the image, but it may not be what was meant.

    An empty mask file is one: a picture without objects, or a failed export.
    """
    yield from subject.sample.remarks


def _absent(subject: ImageSubject) -> bool:
    return subject.path is not None and subject.header is None and bool(subject.sample.file_name)


def _sizes(subject: ImageSubject) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]] | None:
    """Annotated, shown and stored size, where all are known."""
    header, width, height = subject.header, subject.sample.width, subject.sample.height
    if not isinstance(header, ImageHeader) or not width or not height:
        return None
    return (width, height), header.shown_size, header.stored_size


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"


def _is_not_located(subject: ImageSubject) -> bool:
    return subject.path is None or bool(subject.sample.defects)


def _is_not_found(subject: ImageSubject) -> bool:
    return subject.header is None or subject.unwritten


def _has_no_sure_size(subject: ImageSubject) -> bool:
    """Whether its file is no upright image of the annotated size, or its size is not known and needed."""
    header, annotated = subject.header, (subject.sample.width, subject.sample.height)
    if header is None:
        return subject.needs_size and not all(annotated)
    if isinstance(header, str) or header.orientation != 1:
        return True
    return all(annotated) and header.stored_size != annotated


def _says_more(subject: ImageSubject) -> bool:
    return not subject.sample.annotated or bool(subject.sample.remarks)


FAMILIES: tuple[Family[ImageSubject], ...] = (
    (
        _is_not_located,
        (
            Rule("IMG101", "malformed-image", Severity.ERROR, True, malformed),
            Rule("IMG102", "outside-root", Severity.ERROR, True, outside_root),
        ),
    ),
    (
        _is_not_found,
        (
            Rule("IMG103", "missing-image", Severity.ERROR, True, missing),
            Rule("IMG104", "missing-image-kept", Severity.NOTE, False, missing_allowed),
        ),
    ),
    (
        _has_no_sure_size,
        (
            Rule("IMG105", "unreadable-image", Severity.ERROR, True, unreadable),
            Rule("IMG106", "unknown-size", Severity.ERROR, True, unknown_size),
            Rule("IMG107", "size-mismatch", Severity.ERROR, True, size_mismatch),
            Rule("IMG108", "size-of-stored-pixels", Severity.ERROR, True, size_of_stored),
            Rule("IMG109", "exif-orientation", Severity.WARNING, False, orientation),
        ),
    ),
    (
        _says_more,
        (
            Rule("IMG110", "unlabelled-image", Severity.WARNING, False, unlabelled),
            Rule("IMG111", "unlabelled-image-left-out", Severity.NOTE, True, unlabelled_skipped),
            Rule("IMG112", "doubtful-source", Severity.WARNING, False, doubtful),
        ),
    ),
)

RULES: tuple[Rule[ImageSubject], ...] = tuple(rule for _, rules in FAMILIES for rule in rules)
