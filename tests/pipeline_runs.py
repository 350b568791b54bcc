"""Conversions of a small world by the library, with the stand-in or a codec that does as told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from cli_world import World, stand_in_codec

from pali_dataprep.conversion.pipeline import Conversion
from pali_dataprep.conversion.report import Report
from pali_dataprep.formats import FORMATS
from pali_dataprep.options import ConvertOptions
from pali_dataprep.tokens.tokenizer import Estimate


class Batched:
    """The stand-in with batches of another size, and a word with the test before each."""

    def __init__(self, size: int = 4, before: Callable[[int], None] = lambda _: None, ahead: int = 0) -> None:
        codec = stand_in_codec()
        self.batches_ahead, self.codewords, self.near_ties, self.recomputed = ahead, 0, 0, 0
        self.name, self.sha256, self.batch_size = codec.name, codec.sha256, size
        self.decode = codec.decode
        self.sizes: list[int] = []
        self._before = before

    def begin(self, mask64: np.ndarray) -> Callable[[], np.ndarray]:
        self._before(len(self.sizes))
        self.sizes.append(len(mask64))
        return stand_in_codec().begin(mask64)


def conversion(world: World, codec: Any = None, *, out: str = "out/train.jsonl", **options: Any) -> Conversion:
    wanted = ConvertOptions(**options)
    if codec is None and wanted.task.wants_masks:
        codec = stand_in_codec()
    dataset = FORMATS["coco"].read(world.annotations)
    return Conversion(dataset, world.folder / out, wanted, images=world.images, counter=Estimate(), codec=codec)


def convert(world: World, codec: Any = None, **options: Any) -> Report:
    return conversion(world, codec, **options).run(overwrite=True)


def output(world: World, codec: Any = None, **options: Any) -> bytes:
    convert(world, codec, **options)
    return world.out.read_bytes()


def files(world: World) -> dict[str, bytes]:
    return {name: (world.folder / name).read_bytes() for name in world.files()}
