"""Which kernel is used."""

from __future__ import annotations

import sys

import pytest

from pali_dataprep.errors import UsageError
from pali_dataprep.masks.kernel import choice, kernel_name


@pytest.fixture
def not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where no compiler was at hand."""
    monkeypatch.setitem(sys.modules, "pali_dataprep.masks.kernel._compiled", None)
    monkeypatch.delitem(sys.modules, "pali_dataprep.masks.kernel.compiled", raising=False)
    monkeypatch.delattr("pali_dataprep.masks.kernel._compiled", raising=False)
    monkeypatch.setattr("pali_dataprep.masks.kernel.choice._kernel", choice._kernel.__wrapped__)


def test_the_environment_names_the_kernel(kernel: str) -> None:
    assert kernel_name() == kernel


@pytest.mark.usefixtures("compiled_kernel")
def test_the_compiled_one_is_used_where_it_is_there() -> None:
    assert kernel_name() == "compiled"


@pytest.mark.usefixtures("not_built")
def test_without_a_compiler_the_one_in_numpy_is_used() -> None:
    assert kernel_name() == "numpy"


@pytest.mark.usefixtures("not_built")
def test_asking_for_one_that_is_not_there_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALI_DATAPREP_KERNEL", "compiled")
    with pytest.raises(UsageError, match="the compiled kernel is not there"):
        kernel_name()


def test_a_kernel_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALI_DATAPREP_KERNEL", "fortran")
    with pytest.raises(UsageError, match="fortran: there is no such kernel"):
        kernel_name()


@pytest.mark.usefixtures("compiled_kernel")
def test_threads_are_for_large_batches_and_the_kernel_without_the_gil(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pali_dataprep.masks.kernel.choice.usable_cores", lambda: 8)
    compiled, numpy = choice._kernel("compiled"), choice._kernel("numpy")
    assert [choice._worthwhile(compiled, n) for n in (1, 127, 128, 10_000)] == [0, 1, 2, 8]
    assert choice._worthwhile(numpy, 10_000) == 1
