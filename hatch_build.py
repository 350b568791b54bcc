"""Builds the kernel in C into the wheel; without a compiler, the wheel holds the one in NumPy alone.

    python hatch_build.py [FOLDER]    # without one into the checkout, as an editable install does

Flags are those of any machine of the platform. Multiply-adds must not be contracted: the
rasteriser's last bit decides pixels.
"""

from __future__ import annotations

import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a script, which needs setuptools alone
    BuildHookInterface = object

NAME = "pali_dataprep.masks.kernel._compiled"
SOURCES = Path("pali_dataprep/masks/kernel/native")
STABLE_ABI = not sysconfig.get_config_var("Py_GIL_DISABLED")
GCC_FLAGS = ["-O3", "-ffp-contract=off", "-std=c11", "-fvisibility=hidden"]
FLAGS = ["/O2", "/fp:precise", "/std:c11"] if sys.platform == "win32" else GCC_FLAGS


class KernelBuildHook(BuildHookInterface):
    """Hatchling's hook for the wheel and the editable install; it finds it by its class."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and have the wheel carry the extension and its tag."""
        if self.target_name != "wheel":
            return
        self._folder = tempfile.TemporaryDirectory()
        root = Path(self.root)
        try:
            built = compile_kernel(root, root if version == "editable" else Path(self._folder.name))
        except Exception as error:  # setuptools and its compilers have no common class for "it cannot be built"
            self.app.display_warning(f"no compiled kernel, the one in NumPy will be used: {error}")
            return
        build_data["pure_python"] = False
        if STABLE_ABI:
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["tag"] = f"cp311-abi3-{platform}"
        else:
            build_data["infer_tag"] = True
        if version != "editable":
            build_data["force_include"][str(built)] = f"pali_dataprep/masks/kernel/{built.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Clean up once the wheel is written."""
        if self.target_name == "wheel":
            self._folder.cleanup()


def compile_kernel(root: Path, target: Path) -> Path:
    """Compile the sources below `root`; the extension, in its package's place below `target`."""
    sources = sorted(str(path) for path in (root / SOURCES).glob("*.c"))
    extension = Extension(
        NAME,
        sources,
        depends=[str(root / SOURCES / "kernel.h")],
        define_macros=[("Py_LIMITED_API", "0x030B0000")] if STABLE_ABI else [],
        extra_compile_args=FLAGS,
        py_limited_api=STABLE_ABI,
    )
    command = build_ext(Distribution({"name": "pali-dataprep", "ext_modules": [extension]}))
    command.build_lib = str(target)
    with tempfile.TemporaryDirectory() as objects:
        command.build_temp = objects
        command.ensure_finalized()
        command.run()
    return Path(command.get_ext_fullpath(NAME))


if __name__ == "__main__":
    checkout = Path(__file__).parent
    print(compile_kernel(checkout, Path(sys.argv[1]) if len(sys.argv) > 1 else checkout))
