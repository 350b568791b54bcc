"""The kernel in C, compiled for a test and put in the place of the installed one."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pali_dataprep.masks.kernel import choice, texts

CHECKOUT = Path(__file__).parents[1]

BUILD = "import hatch_build, pathlib, sys; print(hatch_build.compile_kernel(pathlib.Path(), pathlib.Path(sys.argv[1])))"


def build_kernel(target: Path) -> Path:
    """Compile it below `target`; skips the test where there is no C compiler."""
    if not any(map(shutil.which, ("cc", "gcc", "clang", "cl"))):
        pytest.skip("there is no C compiler")
    command = [sys.executable, "-c", BUILD, str(target)]
    said = subprocess.run(command, capture_output=True, text=True, cwd=CHECKOUT, check=True).stdout
    return Path(said.splitlines()[-1])


def load_kernel(path: Path) -> None:
    """Import the extension at `path` as the package's own."""
    name = "pali_dataprep.masks.kernel._compiled"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[name] = module
    sys.modules["pali_dataprep.masks.kernel"]._compiled = module  # type: ignore[attr-defined]
    sys.modules.pop("pali_dataprep.masks.kernel.compiled", None)
    choice._kernel.cache_clear()
    texts._ring_reader.cache_clear()
