"""Connected components of label maps: runs and scipy.sparse.csgraph against labelling pixels, in one run.

    python bench/components.py FOLDER_OF_LABEL_PNGS ...
    pip install connected-components-3d    # to compare with it as well

Prints label maps a second and the ratio to `scipy.ndimage.label` value by value, medians of five
rounds in which the ways take turns. Ours includes the runs of every component, which a mask is made from.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from pali_dataprep.formats.masks.regions import value_runs

ROUNDS = 5
MAPS_OF_A_SET = 40

Way = Callable[[np.ndarray], int]


def by_runs(label_map: np.ndarray) -> int:
    runs = value_runs(label_map)
    return sum(1 for _ in runs.only([v for v in runs.distinct_values() if v]).components(8))


def by_ndimage(label_map: np.ndarray) -> int:
    square = np.ones((3, 3))
    return sum(int(ndimage.label(label_map == value, square)[1]) for value in foreground(label_map))


def by_cc3d(label_map: np.ndarray) -> int:
    import cc3d

    return int(cc3d.connected_components(label_map.copy(), connectivity=8, return_N=True)[1])


def foreground(label_map: np.ndarray) -> list[int]:
    return [int(value) for value in np.unique(label_map) if value]


def sets(folders: list[Path]) -> dict[str, list[np.ndarray]]:
    """Label maps from folders, and two drawn here: smooth blobs and salt noise."""
    rng = np.random.default_rng(0)
    found = {f.name: [np.asarray(Image.open(p)) for p in sorted(f.rglob("*.png"))[:MAPS_OF_A_SET]] for f in folders}
    blobs = [(ndimage.gaussian_filter(rng.random((1024, 1024)), 12) > 0.5).astype(np.uint8) for _ in range(4)]
    salt = [(rng.random((1024, 1024)) > 0.7).astype(np.uint8) for _ in range(2)]
    return {**found, "smooth blobs, 1024 x 1024": blobs, "salt noise, 30 %, 1024 x 1024": salt}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="*")
    ways: dict[str, Way] = {"runs and csgraph": by_runs, "scipy.ndimage, a value at a time": by_ndimage}
    try:
        import cc3d  # noqa: F401
    except ImportError:
        pass
    else:
        ways["connected-components-3d"] = by_cc3d
    print("| label maps | " + " | ".join(ways) + " |")
    print("|---" * (1 + len(ways)) + "|")
    for name, maps in sets(parser.parse_args().folders).items():
        print(f"| {name} ({len(maps)}) | " + " | ".join(measure(ways, maps)) + " |", flush=True)


def measure(ways: dict[str, Way], maps: list[np.ndarray]) -> list[str]:
    """Maps a second and the ratio to scipy.ndimage, for each way; all must find the same number."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        found = set()
        for name, way in ways.items():
            started = time.perf_counter()
            found.add(sum(way(m) for m in maps))
            seconds[name].append(time.perf_counter() - started)
        if len(found) != 1:
            raise SystemExit(f"the ways disagree: {found}")
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    base = medians["scipy.ndimage, a value at a time"]
    return [f"{len(maps) / t:.0f} ({base / t:.1f} x)" for t in medians.values()]


if __name__ == "__main__":
    main()
