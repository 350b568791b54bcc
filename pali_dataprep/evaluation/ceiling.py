"""What a perfect model would score: the truth itself, through bins and codebook and back."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import numpy as np
from msgspec import structs

from pali_dataprep.boxes import clip_xyxy, pixel_crop_yxyx
from pali_dataprep.masks.preparation import prepare_mask64
from pali_dataprep.masks.runs import runs_from_segmentation, tight_box_xyxy
from pali_dataprep.masks.segmentations import MaskRequest
from pali_dataprep.restoration.restore import restore_instance
from pali_dataprep.samples import Instance, Sample
from pali_dataprep.tokens.grammar import Grid, TokenObject
from pali_dataprep.vqvae.codec import MaskCodec

SAMPLES_PER_BATCH = 64


def perfect_answers(truth: Iterable[Sample], grid: Grid, codec: MaskCodec | None) -> Iterator[Sample]:
    """Each sample (size known) as it comes back from the tokens a converter would write for it.

    Objects without a place in the image are left out, as converters do; crowds too. Without a codec
    there are no masks. Equal objects stay equal, so a score of the result is what the format allows.
    """
    iterator = iter(truth)
    while batch := list(itertools.islice(iterator, SAMPLES_PER_BATCH)):
        yield from _restored(batch, grid, codec)


def _restored(batch: list[Sample], grid: Grid, codec: MaskCodec | None) -> Iterator[Sample]:
    written = [[t for i in s.instances if (t := _token_object(i, s, grid))] for s in batch]
    requests = [request for objects in written for _, request in objects if codec and request]
    maps: Iterator[np.ndarray] = iter(())
    if codec and requests:
        maps = iter(codec.decode(codec.encode(prepare_mask64(requests))))
    for sample, objects in zip(batch, written, strict=True):
        width, height = sample.width or 0, sample.height or 0
        instances = (
            restore_instance(o, next(maps) if codec and request else None, grid, width, height)
            for o, request in objects
        )
        yield structs.replace(sample, instances=tuple(instances))


def _token_object(instance: Instance, sample: Sample, grid: Grid) -> tuple[TokenObject, MaskRequest | None] | None:
    """An instance's tokens but for the codewords, and the mask they are made from."""
    if not sample.width or not sample.height or instance.label is None or instance.iscrowd:
        return None
    width, height = sample.width, sample.height
    box = instance.box_xyxy and clip_xyxy(instance.box_xyxy, width, height)
    if box is None and instance.segmentation is not None:
        box = tight_box_xyxy(runs_from_segmentation(instance.segmentation, height, width))
    if not box:
        return None
    request = None
    if instance.segmentation is not None:
        request = MaskRequest(instance.segmentation, height, width, pixel_crop_yxyx(box, width, height))
    return TokenObject(grid.encode_box(box, width, height), None, instance.label), request
