"""How things are measured here: ways take turns, medians and spread are kept, ratios are reported.

A machine's speed drifts, often by more than what is compared differs; so a way is only ever compared with another
of the same run. Imported by the other scripts of this folder.
"""

from __future__ import annotations

import compileall
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from math import floor, log10
from pathlib import Path

import pali_dataprep
from pali_dataprep.masks.kernel import kernel_name

PACKAGES = (
    *("numpy", "jax", "onnxruntime", "pycocotools", "msgspec", "pillow", "scipy"),
    *("tensorflow", "tensorflow-cpu", "supervision", "datumaro", "panlabel", "connected-components-3d"),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of each round, and the most memory a process held in MB (0 where it was not a process of its own).

    `items` is how many things a round did, where that is not the table's number.
    """

    seconds: tuple[float, ...]
    peak_mb: float = 0.0
    items: int = 0

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.seconds)

    @property
    def spread(self) -> str:
        """Fastest to slowest round relative to the median; nothing where there was one."""
        if len(self.seconds) == 1:
            return ""
        return f"{min(self.seconds) / self.median - 1:+.0%} {max(self.seconds) / self.median - 1:+.0%}"


@dataclass(slots=True)
class Table:
    """One comparison: what was done, how often a round does it, and each way's figures; the first is the baseline."""

    title: str
    unit: str
    items: int
    command: str
    ways: dict[str, Measured] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def to_markdown(self) -> str:
        """Seconds a round, items a second and the ratio to the baseline."""
        baseline = self._rate(next(iter(self.ways.values())))
        memory = any(way.peak_mb for way in self.ways.values())
        heads = ["", "s", f"{self.unit}/s", "times the first", "spread", *(["peak MB"] if memory else [])]
        lines = [f"### {self.title}", "", f"    {self.command}", "", *_row(heads), "|---|" + "---:|" * (len(heads) - 1)]
        for name, way in self.ways.items():
            rate = self._rate(way)
            figures = [_figure(way.median), _figure(rate), f"{rate / baseline:.2f}", way.spread]
            lines += _row([name, *figures, *([f"{way.peak_mb:,.0f}" if way.peak_mb else ""] if memory else [])])
        return "\n".join([*lines, "", *self.notes]).rstrip() + "\n"

    def _rate(self, way: Measured) -> float:
        return (way.items or self.items) / way.median


def _figure(value: float) -> str:
    """Three digits at least."""
    return f"{value:,.{max(0, 2 - floor(log10(value)))}f}"


def _row(cells: Sequence[str]) -> list[str]:
    return ["| " + " | ".join(cells) + " |"]


def take_turns(
    ways: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, Measured]:
    """Call each way once unmeasured, then `rounds` times in turn.

    With `time.thread_time` for a clock, what else the machine does counts less; it fits ways of one thread.
    """
    for way in ways.values():
        way()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            started = clock()
            way()
            seconds[name].append(clock() - started)
    return {name: Measured(tuple(times)) for name, times in seconds.items()}


def take_turns_as_processes(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Measured]:
    """Run each command line `rounds` times in turn, each in a process of its own; seconds are wall time."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    peaks = dict.fromkeys(commands, 0.0)
    for _ in range(rounds):
        for name, command in commands.items():
            taken, peak = run_process(command)
            seconds[name].append(taken)
            peaks[name] = max(peaks[name], peak)
    return {name: Measured(tuple(times), peaks[name]) for name, times in seconds.items()}


LAUNCH = """
import os, sys, time
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
started = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(child, 0)
wall, cpu = time.perf_counter() - started, usage.ru_utime + usage.ru_stime
print(os.waitstatus_to_exitcode(status), wall, cpu, usage.ru_maxrss)
"""
"""Linux counts what a process held before it became another program, so a child of ours begins with our own peak; a
child of this begins with some 10 MB."""


def repeat_process(
    command: Sequence[str], rounds: int, items: int, *, good: Sequence[int] = (0,), cpu: bool = False
) -> Measured:
    """Run a command that does so many things `rounds` times, as `run_process` does."""
    seconds, peaks = zip(*(run_process(command, good=good, cpu=cpu) for _ in range(rounds)), strict=True)
    return Measured(seconds, max(peaks), items)


def run_process(command: Sequence[str], *, good: Sequence[int] = (0,), cpu: bool = False) -> tuple[float, float]:
    """Seconds, of the wall or of `cpu`, and peak memory in MB of a command.

    It has to end with one of the `good` exit codes.
    """
    _compile_package()
    launched = [sys.executable, "-I", "-S", "-c", LAUNCH, *command]
    done = subprocess.run(launched, capture_output=True, text=True, check=False)
    code, wall, worked, peak = done.stdout.split() or ("-1", "0", "0", "0")
    if int(code) not in good:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return float(worked if cpu else wall), float(peak) / (2**20 if sys.platform == "darwin" else 2**10)


@cache
def _compile_package() -> None:
    """As an installed package is: else each process compiles the modules it imports, where none may be written."""
    compileall.compile_dir(Path(pali_dataprep.__file__).parent, quiet=1)


def machine() -> dict[str, str]:
    """What the figures were taken on: nothing that names the machine or its folders."""
    packages = {name: found for name in PACKAGES if (found := _version(name))}
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB",
        "system": f"{platform.system()} {platform.machine()}",
        "kernel of masks": kernel_name(),
        "python": platform.python_version(),
        **packages,
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or "unknown"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
