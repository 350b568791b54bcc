"""A COCO file's annotations by image: in memory, or on disk for files larger than that."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from pali_dataprep.errors import InputError
from pali_dataprep.formats.coco.document import NO_ID, Annotation, Category, Document, Image, key_of
from pali_dataprep.formats.coco.records import is_caption
from pali_dataprep.formats.json_elements import array_elements
from pali_dataprep.formats.json_source import decode_json, no_garbage_collection, read_json_bytes

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
    """Everything at hand; segmentations stay text."""

    def __init__(self, document: Document) -> None:
        self.categories = document.categories
        self.size = len(document.images)
        self.only_captions = bool(document.annotations) and all(map(is_caption, document.annotations))
        self._images = document.images
        by_image: dict[str, list[Annotation]] = defaultdict(list)
        with no_garbage_collection():
            for annotation in document.annotations:
                by_image[key_of(annotation.image_id)].append(annotation)
        self._by_image = dict(by_image)

    def images(self) -> Iterator[Image]:
        """See `CocoIndex`."""
        return iter(self._images)

    def annotations(self, image: str) -> Sequence[Annotation]:
        """See `CocoIndex`."""
        return self._by_image.get(image, ())

    def repeated_images(self) -> Iterator[tuple[str, int]]:
        """See `CocoIndex`."""
        listed = Counter(key_of(image.id) for image in self._images)
        return ((key, count) for key, count in listed.items() if count > 1)

    def unlisted(self) -> Iterator[tuple[str, Annotation]]:
        """See `CocoIndex`."""
        listed = {key_of(image.id) for image in self._images} - {NO_ID}
        return ((key, a) for key, some in self._by_image.items() if key not in listed for a in some)

    def used_categories(self) -> set[str]:
        """See `CocoIndex`."""
        return {key_of(a.category_id) for some in self._by_image.values() for a in some}


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
    """Decode a file at once; a results list takes images and categories from `ground_truth`."""
    if ground_truth is None:
        return MemoryIndex(decode_json(read_json_bytes(path), Document, path))
    annotations = decode_json(read_json_bytes(path), list[Annotation], path)
    truth = decode_json(read_json_bytes(ground_truth), Document, ground_truth)
    wanted = {key_of(a.image_id) for a in annotations}
    images = [image for image in truth.images if key_of(image.id) in wanted]
    return MemoryIndex(Document(images, annotations, truth.categories))
