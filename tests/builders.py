"""Small things to test with: COCO documents, pictures, placed objects, a tokenizer anyone can do in their head."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image

from pali_dataprep.boxes import XYXY, xyxy_area
from pali_dataprep.conversion.rows import PlacedObject, PlacedSample
from pali_dataprep.formats import Dataset, coco
from pali_dataprep.masks.segmentations import MaskRequest, Polygons
from pali_dataprep.samples import Caption, Instance, Sample
from pali_dataprep.tokens.grammar import Grid

Json = dict[str, Any]

SIDE = 100
"""Width and height of an image where a test does not care."""


# --- COCO documents


def coco_image(number: Any = 1, **fields: Any) -> Json:
    """An image of 100 x 100 pixels; `fields` replace, and a field given as None is null."""
    return {"id": number, "file_name": f"{number}.jpg", "width": SIDE, "height": SIDE, **fields}


def coco_annotation(number: Any = 1, **fields: Any) -> Json:
    """An annotation of image 1 and category 1 with a box and nothing else."""
    return {"id": number, "image_id": 1, "category_id": 1, "bbox": [10, 20, 30, 40], **fields}


def coco_categories(*names: str) -> list[Json]:
    """Categories with ids from 1."""
    return [{"id": n, "name": name} for n, name in enumerate(names, start=1)]


def coco_document(
    images: Sequence[Any] | None = None,
    annotations: Sequence[Any] = (),
    categories: Sequence[Any] | None = None,
    **top_level: Any,
) -> Json:
    """A document of one image and the category `cat`, unless given otherwise."""
    return {
        "images": [coco_image()] if images is None else list(images),
        "annotations": list(annotations),
        "categories": coco_categories("cat") if categories is None else list(categories),
        **top_level,
    }


def write_json(path: Path, content: Any) -> Path:
    """`content` as Python's `json` writes it: NaN and Infinity included."""
    path.write_text(json.dumps(content), "utf-8")
    return path


def read_document(folder: Path, content: Any, ground_truth: Any = None) -> Dataset:
    """The dataset of a COCO document, by way of a file in `folder`."""
    truth = None if ground_truth is None else write_json(folder / "truth.json", ground_truth)
    return coco.read(write_json(folder / "source.json", content), ground_truth=truth)


def only_sample(source: Dataset) -> Sample:
    """The sample of a dataset of one image."""
    (sample,) = source.samples()
    return sample


def read_annotation(folder: Path, **fields: Any) -> Instance:
    """What becomes of one annotation with these fields."""
    document = coco_document(annotations=[coco_annotation(**fields)])
    (instance,) = only_sample(read_document(folder, document)).instances
    return instance


# --- pictures


def write_image(path: Path, width: int, height: int, *, orientation: int | None = None) -> Path:
    """A picture by the name's suffix, its top left quarter white; `orientation` is an EXIF tag, `width` as stored."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[: height // 2, : width // 2] = 255
    exif = Image.Exif()
    if orientation is not None:
        exif[ExifTags.Base.Orientation] = orientation
    Image.fromarray(pixels).save(path, exif=exif)
    return path


# --- objects of rows


def placed_object(
    label: str = "cat",
    box: XYXY = (10, 20, 40, 60),
    *,
    area: float | None = None,
    mask: bool = False,
    **fields: Any,
) -> PlacedObject:
    """An object on a 100 x 100 image; `fields` are the instance's, such as `score` and `iscrowd`."""
    whole = MaskRequest(Polygons([[0, 0, SIDE, 0, SIDE, SIDE, 0, SIDE]]), SIDE, SIDE, (0, 0, SIDE, SIDE))
    bins = Grid.OVER_1024.encode_box(box, SIDE, SIDE)
    known_area = xyxy_area(box) if area is None else area
    return PlacedObject(Instance(label, box, **fields), label, box, bins, known_area, whole if mask else None)


def placed_sample(
    *objects: PlacedObject,
    source_labels: Iterable[str] | None = None,
    verified_absent: frozenset[str] | None = None,
    captions: Sequence[str] = (),
    file_name: str = "1.jpg",
) -> PlacedSample:
    """An image with these objects; its source shows their classes, unless given otherwise."""
    present = frozenset((o.label for o in objects) if source_labels is None else source_labels)
    told = tuple(map(Caption, captions))
    sample = Sample(file_name, SIDE, SIDE, tuple(o.instance for o in objects), told)
    return PlacedSample(
        sample,
        Path(file_name),
        file_name,
        SIDE,
        SIDE,
        objects,
        present,
        captions=told,
        verified_absent=verified_absent,
    )


# --- tokens


class WordCounter:
    """One token for every loc or seg token, word and separator: `<loc0000>…×4 traffic light ; ` has 7."""

    exact = True
    name = "words"
    sha256: str | None = None
    splits = True

    def count(self, text: str) -> int:
        """Number of tokens."""
        return len(re.findall(r"<\w+>|;|[^\s<;]+", text))
