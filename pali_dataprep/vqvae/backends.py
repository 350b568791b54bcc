"""What can compute the network here, and which of it is used.

`jax` runs on CPUs, GPUs and TPUs. `onnx` (the extra `cpu`) runs on CPUs, two to three times as
fast there and without JAX's time to import and compile. Their codewords are the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pali_dataprep.errors import UsageError

if TYPE_CHECKING:
    from pali_dataprep.vqvae.base import Backend
    from pali_dataprep.vqvae.checkpoint import Checkpoint

ENVIRONMENT_VARIABLE = "PALI_DATAPREP_BACKEND"

ACCELERATOR_PLUGINS = ("jax_cuda12_plugin", "jax_cuda13_plugin", "jax_rocm60_plugin", "jax_rocm7_plugin", "libtpu")
"""Packages that give JAX a device beside the CPU; looked for without importing JAX, which takes a second."""


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """A line of the backend table: the packages it needs, the extra that brings them, and how it is opened."""

    packages: tuple[str, ...]
    install: str
    open: Callable[[Checkpoint, str], Backend]

    @property
    def is_installed(self) -> bool:
        """Whether its packages are there; none is imported."""
        return all(find_spec(package) is not None for package in self.packages)


def _jax(checkpoint: Checkpoint, device: str) -> Backend:
    from pali_dataprep.vqvae.jax_backend import JaxBackend

    return JaxBackend(checkpoint, device)


def _onnx(checkpoint: Checkpoint, device: str) -> Backend:
    from pali_dataprep.vqvae.onnx_backend import OnnxBackend

    return OnnxBackend(checkpoint, device)


BACKENDS: dict[str, BackendInfo] = {
    "onnx": BackendInfo(("onnx", "onnxruntime"), 'pip install "pali-dataprep[cpu]"', _onnx),
    "jax": BackendInfo(("jax", "flax"), "pip install jax flax", _jax),
}
"""By name, the preferred for CPUs first; a backend is one module and one line here."""


def choose_backend(device: str = "auto") -> str:
    """The backend for `device`: as $PALI_DATAPREP_BACKEND says, else JAX for accelerators and the fastest for CPUs.

    Raises UsageError where the variable names none, or no backend's packages are installed.
    """
    asked = os.environ.get(ENVIRONMENT_VARIABLE)
    if asked:
        return _checked(asked)
    accelerated = device not in ("auto", "cpu") or (device == "auto" and has_accelerator_plugin())
    order = ("jax",) if accelerated else tuple(BACKENDS)
    for name in order:
        if BACKENDS[name].is_installed:
            return name
    raise UsageError(
        "nothing that can compute mask tokens is installed",
        hint=" or ".join(BACKENDS[name].install for name in order),
    )


def has_accelerator_plugin() -> bool:
    """Whether JAX is installed with support for a GPU or TPU; not whether there is one."""
    return any(find_spec(plugin) is not None for plugin in ACCELERATOR_PLUGINS)


def _checked(name: str) -> str:
    if name not in BACKENDS:
        raise UsageError(f"{ENVIRONMENT_VARIABLE}={name}: the backends are {', '.join(sorted(BACKENDS))}")
    if not BACKENDS[name].is_installed:
        raise UsageError(f"{ENVIRONMENT_VARIABLE}={name}: it is not installed", hint=BACKENDS[name].install)
    return name
