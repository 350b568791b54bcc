"""Input formats: one module each, and one line here."""

from pali_dataprep.formats import coco, masks, yolo
from pali_dataprep.formats.base import Dataset, FormatInfo

__all__ = ["FORMATS", "Dataset", "FormatInfo"]

FORMATS: dict[str, FormatInfo] = {
    "coco": FormatInfo(
        "coco",
        "COCO instances, captions, results; LVIS, Roboflow, TACO",
        boxes=True,
        masks=True,
        captions=True,
        read=coco.read,
        write=coco.write,
    ),
    "yolo": FormatInfo(
        "yolo",
        "Ultralytics data.yaml, Darknet obj.data, folders with classes.txt: boxes, polygons, oriented boxes, poses",
        boxes=True,
        masks=True,
        captions=False,
        read=yolo.read,
        write=yolo.write,
    ),
    "masks": FormatInfo(
        "masks",
        "Mask files: binary, class index, colours, instance ids, VOC, Cityscapes, KITTI, MOTS, COCO panoptic",
        boxes=False,
        masks=True,
        captions=False,
        read=masks.read,
    ),
}
"""By the name used on the command line."""
