"""Input formats: one package each, and one line here."""

from pali_dataprep.formats import coco, masks, vqa, yolo
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
    "vqa": FormatInfo(
        "vqa",
        "VQAv2, OK-VQA, TextVQA, DocVQA, GQA, Visual Genome, ScienceQA, AI2D, CLEVR, LLaVA, lists, CSV, JSONL, Parquet",
        boxes=False,
        masks=False,
        captions=False,
        read=vqa.read,
        questions=True,
    ),
}
"""By the name used on the command line."""
