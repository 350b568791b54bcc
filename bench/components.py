"""Connected components of label maps: runs and scipy.sparse.csgraph against labelling pixels.

    python bench/components.py [FOLDER_OF_LABEL_PNGS ...]
    pip install connected-components-3d    # to compare with it as well

Ours includes the runs of every component, which a mask is made from. All ways must find the same number.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from measure import Table, take_turns
from PIL import Image
from scipy import ndimage

from pali_dataprep.formats.masks.regions import value_runs

MAPS_OF_A_SET = 40

Way = Callable[[np.ndarray], int]


def by_ndimage(label_map: np.ndarray) -> int:
    square = np.ones((3, 3))
    return sum(int(ndimage.label(label_map == value, square)[1]) for value in foreground(label_map))


def by_cc3d(label_map: np.ndarray) -> int:
    import cc3d

    return int(cc3d.connected_components(label_map.copy(), connectivity=8, return_N=True)[1])


def by_runs(label_map: np.ndarray) -> int:
    runs = value_runs(label_map)
    return sum(1 for _ in runs.only([v for v in runs.distinct_values() if v]).components(8))


def foreground(label_map: np.ndarray) -> list[int]:
    return [int(value) for value in np.unique(label_map) if value]


def installed() -> dict[str, Way]:
    """The ways by name, the baseline first."""
    ways: dict[str, Way] = {"scipy.ndimage, a value at a time": by_ndimage}
    try:
        import cc3d  # noqa: F401
    except ImportError:
        pass
    else:
        ways["connected-components-3d"] = by_cc3d
    return {**ways, "runs and csgraph": by_runs}


def tables(rounds: int, folders: Sequence[Path] = (), side: int = 1024) -> list[Table]:
    """A table for each set: label maps from folders, and two drawn here, smooth blobs and salt noise, square."""
    rng = np.random.default_rng(0)
    sets = {f.name: [np.asarray(Image.open(p)) for p in sorted(f.rglob("*.png"))[:MAPS_OF_A_SET]] for f in folders}
    blobs = [(ndimage.gaussian_filter(rng.random((side, side)), 12) > 0.5).astype(np.uint8) for _ in range(4)]
    salt = [(rng.random((side, side)) > 0.7).astype(np.uint8) for _ in range(2)]
    sets |= {f"smooth blobs, {side} × {side}": blobs, f"salt noise, 30 %, {side} × {side}": salt}
    return [_table(name, maps, rounds) for name, maps in sets.items()]


def _table(name: str, maps: Sequence[np.ndarray], rounds: int) -> Table:
    made = Table(f"Connected components, {name}", "label maps", len(maps), "python bench/components.py")
    ways = installed()
    if len({sum(map(way, maps)) for way in ways.values()}) != 1:
        raise SystemExit(f"{name}: the ways find different numbers of components")
    made.ways = take_turns({way: partial(_all, function, maps) for way, function in ways.items()}, rounds)
    return made


def _all(way: Way, maps: Sequence[np.ndarray]) -> None:
    for label_map in maps:
        way(label_map)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print("\n".join(made.to_markdown() for made in tables(arguments.rounds, arguments.folders)))
