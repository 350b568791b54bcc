"""Files of any number of rows, seeded and quickly made: JSON Lines of boxes, their COCO, questions with answers.

    python bench/make_rows.py FOLDER --rows 100000

Rows have two to six objects of six classes, every box different; images are named by number, and `pictures` of them
are written where they are to be looked at.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from PIL import Image

LABELS = ("cat", "dog", "traffic light", "person", "bottle", "car")
WIDTH, HEIGHT = 640, 480
AT_ONCE = 10_000
_LOC = [f"<loc{number:04}>" for number in range(1024)]

Row = tuple[str, list[list[int]], list[str]]
"""An image's name, its boxes (y1, x1, y2, x2) in bins, and their labels."""


def rows(count: int, *, pictures: int = 0, seed: int = 0) -> Iterator[Row]:
    """So many rows, one an image; or, with `pictures`, of so many images in turn."""
    rng = np.random.default_rng(seed)
    for start in range(0, count, AT_ONCE):
        objects = rng.integers(2, 7, min(AT_ONCE, count - start))
        low = rng.integers(0, 900, (objects.sum(), 2))
        high = low + 1 + (rng.random(low.shape) * (1023 - low)).astype(np.int64)
        boxes, labels = np.hstack([low, high]).tolist(), rng.integers(0, len(LABELS), len(low)).tolist()
        ends = np.cumsum(objects).tolist()
        for number, (first, last) in enumerate(zip([0, *ends], ends, strict=False), start):
            named = number % pictures if pictures else number
            yield f"{named:08}.png", boxes[first:last], [LABELS[n] for n in labels[first:last]]


def write_jsonl(path: Path, count: int, *, pictures: int = 0, seed: int = 0) -> None:
    """Rows of `detect` that name the classes present."""
    with path.open("w", encoding="utf-8") as stream:
        for image, boxes, labels in rows(count, pictures=pictures, seed=seed):
            said = " ; ".join(
                f"{''.join([_LOC[b] for b in box])} {label}" for box, label in zip(boxes, labels, strict=True)
            )
            asked = " ; ".join(sorted(set(labels)))
            stream.write(f'{{"image":"{image}","prefix":"detect {asked}","suffix":"{said}"}}\n')


def write_coco(path: Path, count: int) -> None:
    """Boxes of the same sizes as COCO instances, their outlines with them."""
    images = ({"id": n, "file_name": f"{n:08}.png", "width": WIDTH, "height": HEIGHT} for n in range(count))
    with path.open("wb") as stream:
        stream.write(b'{"images":[')
        _join(stream, images)
        stream.write(b'],"annotations":[')
        _join(stream, _annotations(count))
        categories = [{"id": number, "name": name} for number, name in enumerate(LABELS)]
        stream.write(b'],"categories":' + msgspec.json.encode(categories) + b"}")


def _annotations(count: int) -> Iterator[dict[str, object]]:
    number = 0
    for image, (_, boxes, labels) in enumerate(rows(count)):
        for (top, left, bottom, right), label in zip(boxes, labels, strict=True):
            number += 1
            x1, y1, x2, y2 = left * WIDTH / 1024, top * HEIGHT / 1024, right * WIDTH / 1024, bottom * HEIGHT / 1024
            shape = {"bbox": [x1, y1, x2 - x1, y2 - y1], "segmentation": [[x1, y1, x2, y1, x2, y2, x1, y2]]}
            identity = {"id": number, "image_id": image, "category_id": LABELS.index(label), "iscrowd": 0}
            yield {**identity, **shape, "area": (x2 - x1) * (y2 - y1)}


def write_questions(path: Path, count: int) -> None:
    """A question with one answer a row."""
    with path.open("wb") as stream:
        for n in range(count):
            record = {"image": f"{n}.jpg", "question": f"How many of {n}?", "answer": str(n % 7)}
            stream.write(msgspec.json.encode(record) + b"\n")


def write_pictures(folder: Path, count: int) -> None:
    """Grey pictures named as `rows` names them."""
    folder.mkdir(exist_ok=True)
    for n in range(count):
        Image.new("RGB", (WIDTH, HEIGHT), (n % 256,) * 3).save(folder / f"{n:08}.png")


def _join(stream: object, values: Iterator[dict[str, object]]) -> None:
    separator = b""
    for value in values:
        stream.write(separator + msgspec.json.encode(value))  # type: ignore[attr-defined]
        separator = b","


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    write_jsonl(given.folder / "boxes.jsonl", given.rows)
    write_coco(given.folder / "coco.json", given.rows)
    write_questions(given.folder / "questions.jsonl", given.rows)
