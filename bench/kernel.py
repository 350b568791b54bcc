"""Annotations to the encoder's 64 x 64 input: both kernels against a full mask, its crop and Pillow's resize.

    python bench/kernel.py [--masks 1000] [--rounds 7]

`from JSON text` begins with the text of each annotation's polygons, `from the annotation` with Python's lists and
strings, as a JSON parser gives them; `flat arrays` with them laid out, as the kernel itself takes them. All ways see
the same masks, in one thread whose CPU time is taken; the comparison of threads takes wall time.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import make_coco
import msgspec
import numpy as np
import todays_ways
from measure import Table, take_turns
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from pali_dataprep.boxes import clip_xyxy, pixel_crop_yxyx, xywh_to_xyxy
from pali_dataprep.formats.masks.regions import value_runs
from pali_dataprep.masks.kernel import (
    COMPILED,
    KERNEL_VARIABLE,
    NUMPY,
    Kind,
    MaskBatch,
    kernel_name,
    ring_reader,
    run_kernel,
)
from pali_dataprep.masks.preparation import prepare_mask64
from pali_dataprep.masks.segmentations import MaskRequest, Polygons, Rle

SIZES = ((640, 480), (4000, 3000))
BATCH = 256
OBJECTS_OF_A_MAP = 24

Ways = dict[str, Callable[[], object]]


def kernels() -> list[str]:
    """Those that are installed."""
    return [COMPILED, NUMPY] if kernel_name() == COMPILED else [NUMPY]


@contextlib.contextmanager
def using(kernel: str) -> Iterator[None]:
    """That kernel and no other."""
    os.environ[KERNEL_VARIABLE] = kernel
    try:
        yield
    finally:
        del os.environ[KERNEL_VARIABLE]


def prepare(requests: list[MaskRequest], kernel: str) -> None:
    """The product's own way, from annotations, in batches of the codec's size."""
    with using(kernel):
        for n in range(0, len(requests), BATCH):
            prepare_mask64(requests[n : n + BATCH], threads=1)


def prepare_texts(texts: list[msgspec.Raw], requests: list[MaskRequest], kernel: str) -> None:
    """The product's own way, from the text of rings."""
    with using(kernel):
        read_rings = ring_reader()
        for n in range(0, len(requests), BATCH):
            some = zip(texts[n : n + BATCH], requests[n : n + BATCH], strict=True)
            read = [MaskRequest(Polygons(read_rings(text) or ()), r.height, r.width, r.crop) for text, r in some]
            prepare_mask64(read, threads=1)


def prepare_flat(batches: list[MaskBatch], kernel: str, threads: int = 1) -> None:
    """The kernel's own, from flat arrays."""
    with using(kernel):
        for batch in batches:
            run_kernel(batch, threads=threads)


def polygons(width: int, height: int, masks: int) -> tuple[COCO, list[dict[str, Any]], list[MaskRequest]]:
    """Masks of a file as COCO's own, crowds left out: as pycocotools holds them, and as ours."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = Path(folder, "coco.json")
        make_coco.write(path, masks // 7 + 1, width, height)
        coco = COCO(str(path))
    chosen = [a for a in coco.dataset["annotations"] if not a["iscrowd"]][:masks]
    requests = [MaskRequest(Polygons(a["segmentation"]), height, width, _crop(a, width, height)) for a in chosen]
    return coco, chosen, requests


def of_polygons(width: int, height: int, masks: int, rounds: int) -> Table:
    """Rings against full masks."""
    coco, chosen, requests = polygons(width, height, masks)
    batches = _batches(requests)
    texts = [msgspec.Raw(json.dumps(a["segmentation"]).encode()) for a in chosen]

    def today() -> None:
        for a in chosen:
            todays_ways.mask64(coco, a, coco.imgs[a["image_id"]], todays_ways.resize_with_pillow)

    ways: Ways = {"full mask by pycocotools, Pillow": today}
    for kernel in kernels():
        ways[f"{kernel}, from JSON text"] = partial(prepare_texts, texts, requests, kernel)
        ways[f"{kernel}, from the annotation"] = partial(prepare, requests, kernel)
        ways[f"{kernel}, flat arrays"] = partial(prepare_flat, batches, kernel)
    return _table(f"Polygons to 64 × 64, images of {width} × {height}", len(requests), ways, rounds)


def of_threads(width: int, height: int, masks: int, rounds: int) -> Table:
    """The same work by more threads, wall time."""
    batches = _batches(polygons(width, height, masks)[2])
    numbers = sorted({1, 2, os.cpu_count() or 1})
    ways: Ways = {f"{kernel_name()}, threads: {n}": partial(prepare_flat, batches, kernel_name(), n) for n in numbers}
    return _table(f"Threads, images of {width} × {height}", masks, ways, rounds, time.perf_counter)


def of_rle(width: int, height: int, masks: int, rounds: int) -> Table:
    """The same masks as compressed RLE."""
    rng = np.random.default_rng(0)
    coded = [coco_mask.merge(coco_mask.frPyObjects(_ring(rng, width, height), height, width)) for _ in range(masks)]
    boxes = [tuple(map(int, coco_mask.toBbox(c))) for c in coded]
    crops = [(y, x, y + h, x + w) for x, y, w, h in boxes]
    requests = [
        MaskRequest(Rle(c["counts"].decode(), height, width), height, width, crop)
        for c, crop in zip(coded, crops, strict=True)
    ]

    def today() -> None:
        for c, (y1, x1, y2, x2) in zip(coded, crops, strict=True):
            todays_ways.resize_with_pillow(coco_mask.decode(c)[y1:y2, x1:x2])

    ways: Ways = {"full mask by pycocotools, Pillow": today}
    ways |= {f"{kernel}, from the annotation": partial(prepare, requests, kernel) for kernel in kernels()}
    return _table(f"RLE to 64 × 64, images of {width} × {height}", masks, ways, rounds)


def of_pixels(width: int, height: int, maps: int, rounds: int) -> Table:
    """Instances of label maps, each map decoded already."""
    rng = np.random.default_rng(0)
    drawn = [_label_map(rng, width, height) for _ in range(maps)]
    objects = sum(len(np.unique(m)) - 1 for m in drawn)

    def today() -> None:
        for label_map in drawn:
            for value in np.unique(label_map)[1:]:
                mask = label_map == value
                ys, xs = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
                todays_ways.resize_with_pillow(mask[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1])

    def ours(kernel: str) -> None:
        for label_map in drawn:
            regions = value_runs(label_map).regions()
            prepare([MaskRequest(r.runs, height, width, None) for r in regions if r.value], kernel)

    ways: Ways = {"a bitmap an object, Pillow": today}
    ways |= {f"{kernel}, runs of the whole map": partial(ours, kernel) for kernel in kernels()}
    return _table(f"Label maps to 64 × 64, {width} × {height}, {objects // maps} objects each", objects, ways, rounds)


def _table(title: str, masks: int, ways: Ways, rounds: int, clock: Callable[[], float] = time.thread_time) -> Table:
    table = Table(title, "masks", masks, "python bench/kernel.py")
    table.ways = take_turns(ways, rounds, clock)
    return table


def _crop(annotation: dict[str, Any], width: int, height: int) -> tuple[int, int, int, int]:
    box = clip_xyxy(xywh_to_xyxy(annotation["bbox"]), width, height)
    assert box is not None
    return pixel_crop_yxyx(box, width, height)


def _batches(requests: list[MaskRequest]) -> list[MaskBatch]:
    return [_flat(requests[n : n + BATCH]) for n in range(0, len(requests), BATCH)]


def _flat(requests: list[MaskRequest]) -> MaskBatch:
    rings = [r.segmentation.rings for r in requests if isinstance(r.segmentation, Polygons)]
    return MaskBatch(
        Kind.POLYGONS,
        np.concatenate([np.array(ring, np.float64) for mask in rings for ring in mask]),
        np.cumsum([len(ring) for mask in rings for ring in mask]),
        np.cumsum([len(mask) for mask in rings]),
        np.array([(r.height, r.width) for r in requests]),
        np.array([r.crop for r in requests]),
    )


def _ring(rng: np.random.Generator, width: int, height: int) -> list[list[float]]:
    angle = np.sort(rng.random(40)) * 2 * np.pi
    radius = rng.uniform(0.6, 1, 40) * np.exp(rng.uniform(np.log(0.01), np.log(0.3))) * width
    centre = rng.uniform(0.1, 0.9, 2) * (width, height)
    ring: list[float] = (centre + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)).ravel().tolist()
    return [ring]


def _label_map(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    label_map = np.zeros((height, width), np.uint8)
    for value in range(1, OBJECTS_OF_A_MAP + 1):
        inside = coco_mask.decode(coco_mask.frPyObjects(_ring(rng, width, height), height, width))[..., 0]
        label_map[inside != 0] = value
    return label_map


def tables(masks: int, rounds: int) -> list[Table]:
    """A table for each kind of mask and each image size; large images get fewer, as today's way takes long for them."""
    found = []
    for width, height in SIZES:
        fewer = max(8, masks * 640 // width)
        found += [of_polygons(width, height, fewer, rounds), of_rle(width, height, fewer // 2, rounds)]
        found += [of_pixels(width, height, max(1, fewer // 100), rounds), of_threads(width, height, fewer, rounds)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--masks", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    print("\n".join(table.to_markdown() for table in tables(arguments.masks, arguments.rounds)))


if __name__ == "__main__":
    main()
