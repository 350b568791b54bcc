"""Random masks, label maps and texts through both kernels and pycocotools, until something differs.

    python tests/fuzz_kernel.py [--masks 200000] [--seed 0] [--extension PATH]

Compiles the kernel from the checkout's sources unless an extension is named. `sanitize.sh` runs it
with the extension built for AddressSanitizer and UndefinedBehaviorSanitizer.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from kernel_builds import build_kernel, load_kernel
from kernel_cases import draw_label_map, draw_requests
from kernel_comparison import compare, compare_label_map
from text_cases import compare_texts, draw_text

BATCH = 200
MAPS_A_BATCH = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--masks", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--extension", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        load_kernel(options.extension or build_kernel(Path(folder)))
        good = 0
        for batch in range(options.masks // BATCH):
            try:
                good += compare(list(draw_requests(options.seed + batch, BATCH)))
                for n in range(MAPS_A_BATCH):
                    compare_label_map(draw_label_map(np.random.default_rng((options.seed + batch, n))))
                for n in range(BATCH):
                    compare_texts(draw_text(BATCH * (options.seed + batch) + n))
            except BaseException:
                print(f"seed {options.seed + batch}", flush=True)
                raise
    print(f"{options.masks // BATCH * BATCH} masks, {good} of them good: both kernels and pycocotools agree")


if __name__ == "__main__":
    main()
