"""Boxes in pixel space: orders, clipping, rounding to pixels.

Names say the order: `xyxy` is (x_min, y_min, x_max, y_max), `xywh` is COCO's
(x_min, y_min, width, height), `yxyx` is PaliGemma's (y_min, x_min, y_max, x_max).
The origin is the top left corner; maxima are exclusive edges, not last pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

XYXY: TypeAlias = tuple[float, float, float, float]
PixelYXYX: TypeAlias = tuple[int, int, int, int]


def xywh_to_xyxy(xywh: Sequence[float]) -> XYXY:
    """COCO's (x, y, width, height) in pixels to corners; no clipping, no sorting."""
    x, y, w, h = xywh
    return (x, y, x + w, y + h)


def xyxy_to_xywh(box: XYXY) -> tuple[float, float, float, float]:
    """Corners to COCO's (x, y, width, height)."""
    x1, y1, x2, y2 = box
    return (x1, y1, x2 - x1, y2 - y1)


def xyxy_area(box: XYXY) -> float:
    """Area in square pixels; 0 for a box without extent."""
    x1, y1, x2, y2 = box
    return (x2 - x1) * (y2 - y1) if x1 < x2 and y1 < y2 else 0.0


def xyxy_iou(a: XYXY, b: XYXY) -> float:
    """Intersection over union of two boxes; 0 where neither has area."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    common = width * height if width > 0 and height > 0 else 0.0
    union = xyxy_area(a) + xyxy_area(b) - common
    return common / union if union > 0 else 0.0


def is_finite(box: Sequence[float]) -> bool:
    """True when no coordinate is NaN, infinite or an integer beyond what a float holds."""
    try:
        return all(math.isfinite(v) for v in box)
    except OverflowError:
        return False


def clip_xyxy(box: XYXY, width: int, height: int) -> XYXY | None:
    """The part of `box` inside a `width` x `height` image, or None where there is none.

    A box with a NaN has no such part.
    """
    x1, y1, x2, y2 = box
    if 0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height:
        return box
    # max and min return their first argument when it is NaN, and no comparison with NaN holds.
    x1, x2 = max(x1, 0.0), min(x2, float(width))
    y1, y2 = max(y1, 0.0), min(y2, float(height))
    return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None


def pixel_crop_yxyx(box: XYXY, width: int, height: int) -> PixelYXYX:
    """The pixels a mask is cropped to, as (y1, x1, y2, x2), ends exclusive.

    Edges are rounded half to even, as `tf.round` does in big_vision's
    `pp/proj/paligemma/segmentation.py`. A crop that rounds to nothing is widened to
    the one pixel under the box's centre; `box` is expected inside the image.
    """
    left, top, right, bottom = map(round, box)
    if not 0 <= left < right <= width:
        left, right = _pixel_span(box[0], box[2], width)
    if not 0 <= top < bottom <= height:
        top, bottom = _pixel_span(box[1], box[3], height)
    return (top, left, bottom, right)


def _pixel_span(low: float, high: float, size: int) -> tuple[int, int]:
    start, end = max(0, round(low)), min(size, round(high))
    if end > start:
        return start, end
    pixel = min(size - 1, max(0, math.floor((low + high) / 2)))
    return pixel, pixel + 1
