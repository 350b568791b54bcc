"""What people do today to get from COCO JSON to `detect` rows, written as a user would write it.

    python bench/todays_boxes.py NAME COCO.json OUT.jsonl     # one of READERS, in a process of its own

Each reader is a library's own way to a file's boxes by image; the line of text is the same for all.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

Box = tuple[str, float, float, float, float]
"""Label, x, y, width and height in pixels."""


@dataclass(frozen=True, slots=True)
class Boxed:
    """An image with its boxes, crowds left out."""

    file_name: str
    width: int
    height: int
    boxes: list[Box]


def by_json(path: Path) -> Iterator[Boxed]:
    """The standard library."""
    document = json.loads(path.read_text())
    names = {c["id"]: c["name"] for c in document["categories"]}
    by_image = defaultdict(list)
    for a in document["annotations"]:
        if not a["iscrowd"]:
            by_image[a["image_id"]].append((names[a["category_id"]], *a["bbox"]))
    for i in document["images"]:
        yield Boxed(i["file_name"], i["width"], i["height"], by_image[i["id"]])


def by_pycocotools(path: Path) -> Iterator[Boxed]:
    """Its index of annotations."""
    from pycocotools.coco import COCO

    coco = COCO(str(path))
    names = {c["id"]: c["name"] for c in coco.loadCats(coco.getCatIds())}
    for i in coco.loadImgs(coco.getImgIds()):
        found = coco.loadAnns(coco.getAnnIds(imgIds=[i["id"]], iscrowd=False))
        yield Boxed(i["file_name"], i["width"], i["height"], [(names[a["category_id"]], *a["bbox"]) for a in found])


def by_supervision(path: Path) -> Iterator[Boxed]:
    """Its dataset, which decodes every mask; sizes of images are not in it, so they are read from the JSON again."""
    import supervision

    dataset = supervision.DetectionDataset.from_coco(str(path.parent), str(path))
    sizes = {i["file_name"]: (i["width"], i["height"]) for i in json.loads(path.read_text())["images"]}
    for image, found in dataset.annotations.items():
        name = Path(image).name
        boxes = [
            (dataset.classes[label], float(x1), float(y1), float(x2 - x1), float(y2 - y1))
            for (x1, y1, x2, y2), label, crowd in zip(found.xyxy, found.class_id, found.data["iscrowd"], strict=True)
            if not crowd
        ]
        yield Boxed(name, *sizes[name], boxes)


def by_datumaro(path: Path) -> Iterator[Boxed]:
    """Its dataset, which wants COCO's folders; each annotation is a box and, if it has one, a mask."""
    from datumaro import AnnotationType, Dataset

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "images").mkdir()
        (root / "annotations").mkdir()
        (root / "annotations" / "instances_train.json").symlink_to(path.resolve())
        dataset = Dataset.import_from(str(root), "coco_instances")
        names = [c.name for c in dataset.categories()[AnnotationType.label]]
        for item in dataset:
            height, width = item.media.size
            found = (a for a in item.annotations if a.type is AnnotationType.bbox and not a.attributes["is_crowd"])
            yield Boxed(f"{item.id}.jpg", width, height, [(names[a.label], *a.get_bbox()) for a in found])


READERS: dict[str, Callable[[Path], Iterator[Boxed]]] = {
    "json": by_json,
    "pycocotools": by_pycocotools,
    "supervision": by_supervision,
    "datumaro": by_datumaro,
}
"""By the package they need."""


def write_rows(images: Iterable[Boxed], out: Path) -> None:
    """A row an image that has boxes."""
    with out.open("w") as stream:
        for image in images:
            if image.boxes:
                stream.write(json.dumps(_row(image)) + "\n")


def _row(image: Boxed) -> dict[str, str]:
    labels = dict.fromkeys(label for label, *_ in image.boxes)
    objects = (_object(image, *box) for box in image.boxes)
    return {"image": image.file_name, "prefix": "detect " + " ; ".join(labels), "suffix": " ; ".join(objects)}


def _object(image: Boxed, label: str, x: float, y: float, width: float, height: float) -> str:
    edges = (y / image.height, x / image.width, (y + height) / image.height, (x + width) / image.width)
    return "".join(f"<loc{min(1023, max(0, round(edge * 1024))):04d}>" for edge in edges) + f" {label}"


if __name__ == "__main__":
    asked, source, target = sys.argv[1:]
    write_rows(READERS[asked](Path(source)), Path(target))
