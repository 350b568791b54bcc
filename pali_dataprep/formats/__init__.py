"""Input formats: one module each, and one line here."""

from pali_dataprep.formats import coco
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
}
"""By the name used on the command line."""
