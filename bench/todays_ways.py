"""What people do today to get from COCO JSON to `segment` rows, written as a user would write it.

    python bench/todays_ways.py NAME COCO.json OUT.jsonl     # one of WAYS, in a process of its own

Each mask is drawn at full size by pycocotools, cropped to its box and resized; then come the encoder and a line of
text. The encoders are big_vision's network with the weights given, in JAX or, as notebooks run it, mask by mask in
TensorFlow, eager.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pycocotools.coco import COCO

from pali_dataprep.vqvae.checkpoint import Checkpoint, load_checkpoint
from pali_dataprep.vqvae.weights import find_stand_in

Encode = Callable[[np.ndarray], np.ndarray]
"""mask64 float32 (n, 64, 64, 1) to codewords (n, 16)."""

Resize = Callable[[np.ndarray], np.ndarray]
"""A crop, bool (h, w), to float32 (64, 64) in [0, 1]."""


def convert(path: Path, out: Path, encode: Encode, resize: Resize, batch: int) -> None:
    """A row an image, crowds left out."""
    coco = COCO(str(path))
    names = {c["id"]: c["name"] for c in coco.loadCats(coco.getCatIds())}
    with out.open("w") as stream:
        for images in _slices(coco.loadImgs(coco.getImgIds()), batch):
            rows = [[a for a in coco.imgToAnns[image["id"]] if not a["iscrowd"]] for image in images]
            masks = [mask64(coco, a, image, resize) for image, row in zip(images, rows, strict=True) for a in row]
            codes = iter(np.concatenate([encode(m) for m in _batches(masks, batch)])) if masks else iter(())
            for image, row in zip(images, rows, strict=True):
                stream.write(json.dumps(_line(image, row, names, codes)) + "\n")


def mask64(coco: COCO, annotation: dict[str, Any], image: dict[str, Any], resize: Resize) -> np.ndarray:
    """The full mask, cropped to the annotation's box in whole pixels, resized."""
    x, y, width, height = annotation["bbox"]
    x1, y1 = round(x), round(y)
    x2, y2 = min(max(x1 + 1, round(x + width)), image["width"]), min(max(y1 + 1, round(y + height)), image["height"])
    return resize(coco.annToMask(annotation)[y1:y2, x1:x2].astype(bool))


def resize_with_pillow(crop: np.ndarray) -> np.ndarray:
    """In floating point; Pillow's BILINEAR antialiases."""
    picture = Image.fromarray(crop.astype(np.float32)).resize((64, 64), Image.Resampling.BILINEAR)
    return np.asarray(picture)


def resize_with_tensorflow(crop: np.ndarray) -> np.ndarray:
    """As big_vision and the notebooks do."""
    import tensorflow as tf

    resized: np.ndarray = tf.image.resize(crop[..., None].astype(np.float32), [64, 64], antialias=True).numpy()
    return resized[..., 0]


def jax_encoder(checkpoint: Checkpoint) -> Encode:
    """Jitted, for whatever batch it is given."""
    import jax
    import jax.numpy as jnp

    named = {name: np.transpose(a, (2, 3, 1, 0)) if a.ndim == 4 else a for name, a in checkpoint.arrays.items()}
    arrays = jax.device_put(named)

    def conv(arrays: Any, x: Any, name: str, stride: int = 1) -> Any:
        layout = {"dimension_numbers": ("NHWC", "HWIO", "NHWC"), "precision": "highest"}
        y = jax.lax.conv_general_dilated(x, arrays[f"{name}.weight"], (stride, stride), "SAME", **layout)
        return y + arrays[f"{name}.bias"]

    @jax.jit
    def encode(arrays: Any, masks: Any) -> Any:
        vectors = _vectors(partial(conv, arrays), jax.nn.relu, masks).reshape(-1, 512)
        codebook = arrays["_vq_vae._embedding"]
        distances = jnp.sum(vectors**2, axis=1, keepdims=True) + jnp.sum(codebook**2, axis=1)
        distances -= 2 * jnp.matmul(vectors, codebook.T, precision="highest")
        return jnp.argmin(distances, axis=1).reshape(-1, 16)

    return lambda masks: np.asarray(encode(arrays, masks))


def tensorflow_encoder(checkpoint: Checkpoint) -> Encode:
    """Eager, as the notebooks run it."""
    import tensorflow as tf

    arrays = checkpoint.arrays
    codebook = tf.constant(arrays["_vq_vae._embedding"])

    def conv(x: Any, name: str, stride: int = 1) -> Any:
        kernel = tf.constant(np.transpose(arrays[f"{name}.weight"], (2, 3, 1, 0)))
        return tf.nn.conv2d(x, kernel, stride, "SAME") + arrays[f"{name}.bias"]

    def encode(masks: np.ndarray) -> np.ndarray:
        vectors = tf.reshape(_vectors(conv, tf.nn.relu, tf.constant(masks)), (-1, 512))
        distances = tf.reduce_sum(vectors**2, 1, keepdims=True) + tf.reduce_sum(codebook**2, 1)
        distances -= 2 * tf.matmul(vectors, codebook, transpose_b=True)
        codes: np.ndarray = tf.argmin(distances, 1).numpy().reshape(-1, 16)
        return codes

    return encode


def _vectors(conv: Callable[..., Any], relu: Callable[[Any], Any], masks: Any) -> Any:
    """big_vision's encoder, (n, 4, 4, 512), in whatever computes."""
    x = 2.0 * (masks - 0.5)
    for n in (0, 2, 4, 6):
        x = relu(conv(x, f"encoder.{n}", 2))
    for n in (8, 9):
        y = relu(conv(relu(conv(x, f"encoder.{n}.net.0")), f"encoder.{n}.net.2"))
        x = x + conv(y, f"encoder.{n}.net.4")
    return conv(x, "encoder.10")


@dataclass(frozen=True, slots=True)
class Way:
    """How masks are resized and encoded, how many at once, and the package it needs."""

    encoder: Callable[[Checkpoint], Encode]
    resize: Resize
    batch: int
    package: str


WAYS = {
    "full mask, Pillow, JAX one by one": Way(jax_encoder, resize_with_pillow, 1, "jax"),
    "full mask, Pillow, JAX in batches of 128": Way(jax_encoder, resize_with_pillow, 128, "jax"),
    "full mask, TensorFlow eager, one by one": Way(tensorflow_encoder, resize_with_tensorflow, 1, "tensorflow"),
}


def installed() -> dict[str, Way]:
    """The ways whose packages are there; none is imported."""
    return {name: way for name, way in WAYS.items() if find_spec(way.package)}


def opened(way: Way, checkpoint: Checkpoint) -> Callable[[Path, Path], None]:
    """The way from a file to a file, its encoder made once."""
    return partial(convert, encode=way.encoder(checkpoint), resize=way.resize, batch=way.batch)


def _line(
    image: dict[str, Any], row: Sequence[dict[str, Any]], names: dict[int, str], codes: Iterator[np.ndarray]
) -> dict[str, str]:
    labels = dict.fromkeys(names[a["category_id"]] for a in row)
    objects = [_object(a, image, names[a["category_id"]], next(codes)) for a in row]
    return {"image": image["file_name"], "prefix": "segment " + " ; ".join(labels), "suffix": " ; ".join(objects)}


def _object(annotation: dict[str, Any], image: dict[str, Any], label: str, codes: np.ndarray) -> str:
    x, y, width, height = annotation["bbox"]
    edges = (y / image["height"], x / image["width"], (y + height) / image["height"], (x + width) / image["width"])
    locs = "".join(f"<loc{min(1023, max(0, round(edge * 1024))):04d}>" for edge in edges)
    return locs + "".join(f"<seg{code:03d}>" for code in codes) + " " + label


def _slices(images: Sequence[dict[str, Any]], batch: int) -> Iterator[Sequence[dict[str, Any]]]:
    """As many images as make about a batch of masks."""
    step = max(1, batch // 7)
    grouped = defaultdict(list)
    for n, image in enumerate(images):
        grouped[n // step].append(image)
    return iter(grouped.values())


def _batches(masks: Sequence[np.ndarray], batch: int) -> Iterator[np.ndarray]:
    """Batches of one size, so that JAX compiles once; the last is padded and cut by the reader of its codes."""
    for start in range(0, len(masks), batch):
        part = np.stack(masks[start : start + batch])[..., None]
        yield np.pad(part, ((0, batch - len(part)), (0, 0), (0, 0), (0, 0)))


if __name__ == "__main__":
    asked, source, target = sys.argv[1:]
    opened(WAYS[asked], load_checkpoint(find_stand_in()))(Path(source), Path(target))
