"""Class tables that belong to a published layout, and VOC's palette."""

from __future__ import annotations

from pali_dataprep.formats.masks.classes import ClassTable, packed_colour
from pali_dataprep.options import MaskKind


def colour_map_voc(size: int = 256) -> list[int]:
    """VOC's palette, 0xRRGGBB by index: the bits of the index, dealt to the channels from the top.

    VOC devkit, `VOClabelcolormap.m`; 255 is (224, 224, 192), the void.
    """
    colours = []
    for index in range(size):
        channels = [sum(((index >> (3 * bit + c)) & 1) << (7 - bit) for bit in range(8)) for c in range(3)]
        colours.append(packed_colour(*channels))
    return colours


_VOC_NAMES = [
    "background",
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "pottedplant",
    "sheep",
    "sofa",
    "train",
    "tvmonitor",
]

VOC = ClassTable(
    {**dict(enumerate(_VOC_NAMES)), 255: "void"}, {c: n for n, c in enumerate(colour_map_voc()) if n < 21 or n == 255}
)
"""Pascal VOC 2012 segmentation classes (VOC devkit, section 3)."""

_CITYSCAPES_NAMES = [
    "unlabeled",
    "ego vehicle",
    "rectification border",
    "out of roi",
    "static",
    "dynamic",
    "ground",
    "road",
    "sidewalk",
    "parking",
    "rail track",
    "building",
    "wall",
    "fence",
    "guard rail",
    "bridge",
    "tunnel",
    "pole",
    "polegroup",
    "traffic light",
    "traffic sign",
    "vegetation",
    "terrain",
    "sky",
    "person",
    "rider",
    "car",
    "truck",
    "bus",
    "caravan",
    "trailer",
    "train",
    "motorcycle",
    "bicycle",
]

CITYSCAPES = ClassTable({n: "void" if n < 7 else name for n, name in enumerate(_CITYSCAPES_NAMES)}, {})
"""cityscapesScripts `helpers/labels.py`, `id` and `name`; its category void (0 to 6) is background. KITTI too."""

CITYSCAPES_THINGS = 24
"""From this id on, classes have instances; a region of one without an instance number is a group."""

MOTS = ClassTable({0: "background", 1: "car", 2: "pedestrian", 10: "ignore"}, {})
"""MOTS PNG format (vision.rwth-aachen.de/page/mots): class 10 is the region to ignore."""

PUBLISHED = {MaskKind.CITYSCAPES: CITYSCAPES, MaskKind.KITTI: CITYSCAPES, MaskKind.MOTS: MOTS, MaskKind.VOC: VOC}
"""The classes of a kind, where nothing else names them."""
