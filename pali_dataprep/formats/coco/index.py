"""A COCO file's annotations by image: in memory, or on disk for files larger than that."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from pali_dataprep.errors import InputError
from pali_dataprep.formats.coco.document import NO_ID, Annotation, Category, Document, Image, TextDocument, key_of
from pali_dataprep.formats.coco.records import is_caption
from pali_dataprep.formats.json_elements import array_elements
from pali_dataprep.formats.json_source import decode_json, no_garbage_collection, read_json_bytes

_ANNOTATION = msgspec.json.Decoder(Annotation)

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

T = TypeVar("T")

_CACHE_KIB = 32 * 1024
"""Memory SQLite may take for pages; what does not fit lies in a temporary file."""


class CocoIndex(Protocol):
    """What the reader asks of a file, however it is kept. Image keys are those of `key_of`."""

    @property
    def categories(self) -> Sequence[Category]:
        """In the file's order."""
        ...

    @property
    def size(self) -> int:
        """Number of images."""
        ...

    @property
    def only_captions(self) -> bool:
        """Whether there are annotations, and all of them are captions."""
        ...

    def images(self) -> Iterator[Image]:
        """In the file's order."""
        ...

    def annotations(self, image: str) -> Sequence[Annotation]:
        """Of an image, in the file's order."""
        ...

    def repeated_images(self) -> Iterator[tuple[str, int]]:
        """The keys that several images have, with how many."""
        ...

    def unlisted(self) -> Iterator[tuple[str, Annotation]]:
        """Annotations whose image is not among the images, with its key."""
        ...

    def used_categories(self) -> set[str]:
        """Keys of the categories that annotations name."""
        ...


class MemoryIndex:
    """Everything at hand, annotations as text by image: each is decoded once to be sure that it can be."""

    def __init__(self, document: TextDocument, *, annotated_only: bool = False) -> None:
        """Of all images or of those with annotations. Raises msgspec's errors for an annotation that is none."""
        self.categories = document.categories
        self.only_captions = bool(document.annotations)
        by_image: dict[str, list[msgspec.Raw]] = defaultdict(list)
        with no_garbage_collection():
            for text in document.annotations:
                annotation = _ANNOTATION.decode(text)
                by_image[key_of(annotation.image_id)].append(text)
                self.only_captions = self.only_captions and is_caption(annotation)
            self._by_image = {key: tuple(texts) for key, texts in by_image.items()}
        images = document.images
        self._images = [i for i in images if key_of(i.id) in self._by_image] if annotated_only else images
        self.size = len(self._images)

    def images(self) -> Iterator[Image]:
        """See `CocoIndex`."""
        return iter(self._images)

    def annotations(self, image: str) -> Sequence[Annotation]:
        """See `CocoIndex`."""
        return [*map(_ANNOTATION.decode, self._by_image.get(image, ()))]

    def repeated_images(self) -> Iterator[tuple[str, int]]:
        """See `CocoIndex`."""
        listed = Counter(key_of(image.id) for image in self._images)
        return ((key, count) for key, count in listed.items() if count > 1)

    def unlisted(self) -> Iterator[tuple[str, Annotation]]:
        """See `CocoIndex`."""
        listed = {key_of(image.id) for image in self._images} - {NO_ID}
        return ((key, a) for key in self._by_image if key not in listed for a in self.annotations(key))

    def used_categories(self) -> set[str]:
        """See `CocoIndex`."""
        return {key_of(a.category_id) for key in self._by_image for a in self.annotations(key)}


class DiskIndex:
    """Records as JSON text in a temporary SQLite database, which is gone when the process is.

    Memory does not grow with the file; disk space does, by about the file's size, in $SQLITE_TMPDIR or $TMPDIR.
    """

    def __init__(self, path: Path, ground_truth: Path | None) -> None:
        import sqlite3

        self.categories: list[Category] = []
        self._annotations = self._captions = 0
        self._database = sqlite3.connect("")
        self._database.executescript(
            f"PRAGMA cache_size=-{_CACHE_KIB}; PRAGMA journal_mode=OFF; PRAGMA temp_store=FILE;"
            "CREATE TABLE image (key TEXT, record BLOB);"
            "CREATE TABLE annotation (image TEXT, category TEXT, record BLOB);"
        )
        if ground_truth is None:
            self._store(path, ("images", "annotations", "categories"))
        else:
            self._store(path, ("",))
            self._store(ground_truth, ("images", "categories"))
        self._database.execute("CREATE INDEX by_image ON annotation (image)")
        self._database.execute("CREATE INDEX by_key ON image (key)")
        if ground_truth is not None:
            self._database.execute("DELETE FROM image WHERE key NOT IN (SELECT image FROM annotation)")
        self.size: int = self._database.execute("SELECT count(*) FROM image").fetchone()[0]

    @property
    def only_captions(self) -> bool:
        """See `CocoIndex`."""
        return 0 < self._annotations == self._captions

    def images(self) -> Iterator[Image]:
        """See `CocoIndex`."""
        for (record,) in self._database.execute("SELECT record FROM image ORDER BY rowid"):
            yield msgspec.json.decode(record, type=Image)

    def annotations(self, image: str) -> Sequence[Annotation]:
        """See `CocoIndex`."""
        found = self._database.execute("SELECT record FROM annotation WHERE image = ? ORDER BY rowid", (image,))
        return [msgspec.json.decode(record, type=Annotation) for (record,) in found]

    def repeated_images(self) -> Iterator[tuple[str, int]]:
        """See `CocoIndex`."""
        repeated = "SELECT key, count(*) FROM image GROUP BY key HAVING count(*) > 1 ORDER BY min(rowid)"
        yield from self._database.execute(repeated)

    def unlisted(self) -> Iterator[tuple[str, Annotation]]:
        """See `CocoIndex`."""
        first = "min(rowid) OVER (PARTITION BY image) AS first"
        unlisted = "image = :no_id OR image NOT IN (SELECT key FROM image)"
        query = f"SELECT image, record, {first} FROM annotation WHERE {unlisted} ORDER BY first, rowid"
        for key, record, _ in self._database.execute(query, {"no_id": NO_ID}):
            yield key, msgspec.json.decode(record, type=Annotation)

    def used_categories(self) -> set[str]:
        """See `CocoIndex`."""
        return {key for (key,) in self._database.execute("SELECT DISTINCT category FROM annotation")}

    def _store(self, path: Path, arrays: Sequence[str]) -> None:
        keep = {"images": self._keep_image, "categories": self._keep_category}
        for number, (array, text) in enumerate(array_elements(path, arrays)):
            try:
                keep.get(array, self._keep_annotation)(text, path)
            except InputError as error:
                raise InputError(f"{error.message} (element {number:,} of the file, in {array!r})") from error

    def _keep_image(self, text: bytes, path: Path) -> None:
        image = decode_json(text, Image, path)
        self._database.execute("INSERT INTO image VALUES (?, ?)", (key_of(image.id), msgspec.json.encode(image)))

    def _keep_annotation(self, text: bytes, path: Path) -> None:
        annotation = decode_json(text, Annotation, path)
        self._annotations += 1
        self._captions += is_caption(annotation)
        keys = (key_of(annotation.image_id), key_of(annotation.category_id))
        self._database.execute("INSERT INTO annotation VALUES (?, ?, ?)", (*keys, msgspec.json.encode(annotation)))

    def _keep_category(self, text: bytes, path: Path) -> None:
        self.categories.append(decode_json(text, Category, path))


def read_into_memory(path: Path, ground_truth: Path | None) -> MemoryIndex:
    """Take a file at once; a results list takes images and categories from `ground_truth`."""
    data = read_json_bytes(path)
    if ground_truth is None:
        return _of_document(data, path)
    return _of_results(data, path, decode_json(read_json_bytes(ground_truth), Document, ground_truth))


def _of_document(data: bytes, path: Path) -> MemoryIndex:
    try:
        return MemoryIndex(_decoded(data, TextDocument))
    except _UNREADABLE:  # decoded as a whole, to say what is wrong or to mend it
        document = decode_json(data, Document, path)
        return MemoryIndex(TextDocument(document.images, _as_texts(document.annotations), document.categories))


def _of_results(data: bytes, path: Path, truth: Document) -> MemoryIndex:
    try:
        document = TextDocument(truth.images, _decoded(data, list[msgspec.Raw]), truth.categories)
        return MemoryIndex(document, annotated_only=True)
    except _UNREADABLE:
        texts = _as_texts(decode_json(data, list[Annotation], path))
        return MemoryIndex(TextDocument(truth.images, texts, truth.categories), annotated_only=True)


def _decoded(data: bytes, kind: type[T]) -> T:
    with no_garbage_collection():
        return msgspec.json.decode(data, type=kind)


def _as_texts(annotations: list[Annotation]) -> list[msgspec.Raw]:
    return msgspec.json.decode(msgspec.json.encode(annotations), type=list[msgspec.Raw])
