"""Boxes and masks of instances as rules judge them, of many images at once.

A row without masks never rasterises one, unless its box has to be taken from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from pali_dataprep.boxes import XYXY, clip_xyxy, pixel_crop_yxyx
from pali_dataprep.masks.segmentations import DeferredMask, Mask64, MaskError, MaskRequest
from pali_dataprep.samples import Instance

if TYPE_CHECKING:
    from pali_dataprep.masks.preparation import MaskMeasures


class Measured(msgspec.Struct, frozen=True, gc=False):
    """An instance on its image. `box` is the annotation's clipped to the image, else the mask's tight bounds.

    `mask` is what a row's mask is made from, and `area` its pixels; both are None where no mask is
    needed or none can be made, which `defect` says. `inside` is the share of its pixels that lies in the crop, None
    where no mask is asked for. `mask64` is None where it is not asked for.
    """

    box: XYXY | None
    mask: MaskRequest | None = None
    area: int | None = None
    inside: float | None = None
    mask64: Mask64 | None = None
    defect: str = ""


def measure(
    instances: Iterable[tuple[Instance, int, int]], *, wants_masks: bool, encodes: bool = False
) -> list[Measured]:
    """Instances, each with the width and height of its image, in order. Boxless ones get their mask's box.

    Where masks will be encoded, their images are made on the same occasion: each is rasterised once.
    """
    boxes: list[XYXY | None] = []
    requests: dict[int, MaskRequest] = {}
    defects: dict[int, str] = {}
    for place, (instance, width, height) in enumerate(instances):
        given, mask = instance.box_xyxy, instance.segmentation
        box = clip_xyxy(given, width, height) if given is not None else None
        boxes.append(box)
        if mask is not None and (wants_masks or box is None):
            crop = pixel_crop_yxyx(box, width, height) if box is not None else None
            try:
                mask = mask.load(height, width) if isinstance(mask, DeferredMask) else mask  # once, not for each use
            except MaskError as error:
                defects[place] = str(error)
            else:
                requests[place] = MaskRequest(mask, height, width, crop)
    found = dict(zip(requests, _measures(list(requests.values()), wants_masks and encodes), strict=True))
    return [
        _measured(box, requests[place], *found[place], wants_masks)
        if place in requests
        else Measured(box, defect=defects.get(place, ""))
        for place, box in enumerate(boxes)
    ]


def _measures(requests: Sequence[MaskRequest], resize: bool) -> Iterable[tuple[MaskMeasures, Mask64 | None]]:
    if not requests:
        return ()
    from pali_dataprep.masks.preparation import measure_and_prepare, measure_masks  # NumPy: not for boxes alone

    if resize:
        return zip(*measure_and_prepare(requests), strict=True)
    return ((found, None) for found in measure_masks(requests))


def _measured(
    box: XYXY | None,
    mask: MaskRequest,
    found: MaskMeasures,
    mask64: Mask64 | None,
    wants_masks: bool,
) -> Measured:
    if found.defect:
        return Measured(box, defect=found.defect)
    if box is None and found.tight_box is not None:
        x1, y1, x2, y2 = found.tight_box
        box = (float(x1), float(y1), float(x2), float(y2))
    share = found.inside / found.area if found.area else 0.0
    inside = share if wants_masks and box is not None else None
    return Measured(box, mask, found.area, inside, mask64)
