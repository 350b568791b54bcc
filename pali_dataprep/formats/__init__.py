"""Input formats: one package each, with `read` and perhaps `write`, and one line here."""

from pali_dataprep.formats.base import Dataset, FormatInfo

__all__ = ["FORMATS", "Dataset", "FormatInfo"]

FORMATS: dict[str, FormatInfo] = {
    info.name: info
    for info in (
        FormatInfo(
            "coco",
            "COCO instances, captions, results; LVIS, Roboflow, TACO",
            boxes=True,
            masks=True,
            captions=True,
            writes=True,
        ),
        FormatInfo(
            "yolo",
            "Ultralytics data.yaml, Darknet obj.data, folders with classes.txt: boxes, polygons, oriented boxes, poses",
            boxes=True,
            masks=True,
            writes=True,
        ),
        FormatInfo(
            "masks",
            "Mask files: binary, class index, colours, instance ids, VOC, Cityscapes, KITTI, MOTS, COCO panoptic",
            masks=True,
        ),
        FormatInfo(
            "vqa",
            "VQAv2, OK-VQA, TextVQA, DocVQA, GQA, Visual Genome, ScienceQA, AI2D, CLEVR, LLaVA, CSV, JSONL, Parquet",
            questions=True,
        ),
    )
}
"""By the name of their package."""
