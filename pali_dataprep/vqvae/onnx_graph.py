"""The mask VQ-VAE as ONNX graphs, built in memory from a checkpoint's arrays; no file is shipped.

PyTorch's layout is ONNX's own, so that weights go in as they are. What follows the last
nonlinearity is folded: see `head.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from pali_dataprep.vqvae.checkpoint import CODEBOOK_SIZE, CODEWORDS_PER_MASK
from pali_dataprep.vqvae.corners import corner_kernel
from pali_dataprep.vqvae.head import fold_head

Arrays = Mapping[str, npt.NDArray[np.float32]]

OPSET = 17
IR_VERSION = 8
"""Both understood by every onnxruntime since 1.14."""


class _Graph:
    """Collects nodes and weights; each method returns the name of what it computes."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.weights: list[TensorProto] = []

    def op(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> str:
        """A node; of several outputs, the names are the first's with `:1` and so on."""
        name = f"{kind}_{len(self.nodes)}"
        names = [name, *(f"{name}:{n}" for n in range(1, outputs))]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return name

    def constant(self, value: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> str:
        """A weight or a shape."""
        name = f"weight_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype=dtype), name))
        return name

    def conv(self, x: str, weight: npt.ArrayLike, bias: npt.ArrayLike, stride: int = 1) -> str:
        """A SAME convolution, which pads alike on all sides for 1x1/1, 3x3/1 and 4x4/2."""
        margin = (np.shape(weight)[-1] - 1) // 2
        inputs = (x, self.constant(weight), self.constant(bias))
        return self.op("Conv", *inputs, strides=[stride] * 2, pads=[margin] * 4)

    def blocks(self, x: str, arrays: Arrays, *names: str) -> str:
        """Residual blocks."""
        for name in names:
            y = x
            for n in (0, 2):
                y = self.op("Relu", self.conv(y, *_layer(arrays, f"{name}.net.{n}")))
            x = self.op("Add", x, self.conv(y, *_layer(arrays, f"{name}.net.4")))
        return x

    def corners(self, x: str, arrays: Arrays, name: str) -> str:
        """A transposed convolution and ReLU, their pixels by corners (`corners.py`): (n, 4 * out, h + 1, w + 1)."""
        weight, bias = _layer(arrays, name)
        kernel = corner_kernel(weight).transpose(3, 2, 0, 1)
        inputs = (x, self.constant(kernel), self.constant(np.tile(bias, 4)))
        return self.op("Relu", self.op("Conv", *inputs, pads=[1] * 4))

    def around_corners(self, corners: str) -> str:
        """Pixels (n, features, 2h, 2w) from those around corners (n, 4 * features, h + 1, w + 1)."""
        grid = self.op("DepthToSpace", corners, blocksize=2, mode="DCR")
        inner = [self.constant(ends, np.int64) for ends in ([1, 1], [-1, -1], [2, 3])]
        return self.op("Slice", grid, *inner)

    def model(self, input_name: str, shape: Sequence[str | int], outputs: Mapping[str, str]) -> bytes:
        """The finished model, serialised: `outputs` gives each output's name the value it takes."""
        self.nodes += [helper.make_node("Identity", [value], [name]) for name, value in outputs.items()]
        given = helper.make_tensor_value_info(input_name, TensorProto.FLOAT, shape)
        made = [helper.make_empty_tensor_value_info(name) for name in outputs]
        graph = helper.make_graph(self.nodes, "mask_vq_vae", [given], made, self.weights)
        model: ModelProto = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        serialised: bytes = model.SerializeToString()
        return serialised


def encoder_model(arrays: Arrays) -> bytes:
    """float32 `mask64` (n, 64, 64, 1) in [0, 1] to `scores` and `nearest` (n, 2, 16), `norm` (n, 1, 16) and `features`.

    `nearest` int64 are the two nearest codewords, the nearest first; `scores` their squared
    distances less `norm`, the squared length of the vector. `features` (n, 128, 16) are what the head is given.
    """
    g = _Graph()
    x = g.op("Reshape", "mask64", g.constant([-1, 1, 64, 64], np.int64))
    x = g.op("Mul", g.op("Sub", x, g.constant(0.5)), g.constant(2.0))
    for n in (0, 2, 4, 6):
        x = g.op("Relu", g.conv(x, *_layer(arrays, f"encoder.{n}"), stride=2))
    x = g.blocks(x, arrays, "encoder.8", "encoder.9")
    head = fold_head(arrays)
    flat = g.constant([0, 0, CODEWORDS_PER_MASK], np.int64)
    both = g.op("Reshape", g.conv(x, head.weight[:, :, None, None], head.bias), flat)
    sizes = g.constant([CODEBOOK_SIZE, len(head.bias) - CODEBOOK_SIZE], np.int64)
    scores = g.op("Split", both, sizes, outputs=2, axis=1)
    nearest = g.op("TopK", scores, g.constant([2], np.int64), outputs=2, axis=1, largest=0)
    features = g.op("Reshape", x, flat)
    products = g.op("Mul", f"{scores}:1", features)
    norm = g.op("Add", g.op("ReduceSum", products, g.constant([1], np.int64)), g.constant(head.constant))
    outputs = {"scores": nearest, "nearest": f"{nearest}:1", "norm": norm, "features": features}
    return g.model("mask64", ["n", 64, 64, 1], outputs)


def decoder_model(arrays: Arrays) -> bytes:
    """float32 `features` (n, 128, 4, 4), rows of `decoder_table`, to `maps` (n, 1, 64, 64)."""
    g = _Graph()
    x = g.blocks("features", arrays, "decoder.2", "decoder.3")
    for n in (4, 6, 8):
        x = g.around_corners(g.corners(x, arrays, f"decoder.{n}"))
    # The last layer, of single pixels, where the four around a corner still lie together.
    weight, bias = _layer(arrays, "decoder.12")
    each = np.kron(np.eye(4, dtype=np.float32), weight[:, :, 0, 0])[:, :, None, None]
    maps = g.conv(g.corners(x, arrays, "decoder.10"), each, np.tile(bias, 4))
    return g.model("features", ["n", 128, 4, 4], {"maps": g.around_corners(maps)})


def decoder_table(arrays: Arrays) -> npt.NDArray[np.float32]:
    """What the decoder's first layer makes of each codeword, (128, 128)."""
    weight, bias = (a.astype(np.float64) for a in _layer(arrays, "decoder.0"))
    features = arrays["_vq_vae._embedding"] @ weight[:, :, 0, 0].T + bias
    return np.maximum(features, 0.0).astype(np.float32)


def _layer(arrays: Arrays, name: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    return arrays[f"{name}.weight"], arrays[f"{name}.bias"]
