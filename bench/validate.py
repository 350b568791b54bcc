"""Rows a second and bytes of memory a row of `validate`, without image files.

    python bench/validate.py [ROWS]     (default: 1,000,000)

Rows are of `detect`, two to six objects each, all different, written to a temporary file; the run has every rule that
needs no image file. Memory is the peak of the process while it validates, less that of a run over a tenth of the rows,
a row. The accumulators' own arrays are counted apart.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import make_rows


def measure(path: Path) -> None:
    """Validate in this process and print rows, seconds, seconds of CPU, and peak memory in bytes."""
    from pali_dataprep.validation import ImageFiles, Settings, validate

    started, worked = time.perf_counter(), time.process_time()
    outcome = validate([path], Settings(image_files=ImageFiles.NONE, fail_on="never"))
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    print(outcome.rows, seconds, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def main() -> None:
    """Measure the whole and a tenth, each in a process of its own."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        results = []
        for part in (rows // 10, rows):
            path = Path(folder, "train.jsonl")
            make_rows.write_jsonl(path, part)
            command = [sys.executable, __file__, "--measure", str(path)]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            results.append([float(number) for number in said])
            size = path.stat().st_size
    (few, _, _, base), (many, seconds, cpu, peak) = results
    print(f"{many:,.0f} rows, {size / 1e6:,.0f} MB: {seconds:.1f} s, {many / seconds:,.0f} rows/s")
    print(f"{cpu:.1f} s of CPU, {many / cpu:,.0f} rows/s of CPU")
    print(f"peak {peak / 1e6:,.0f} MB; {(peak - base) / (many - few):.1f} bytes a row")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(Path(sys.argv[2]))
    else:
        main()
