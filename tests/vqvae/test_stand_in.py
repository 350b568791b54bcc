"""The stand-in as it is shipped, against what its manifest and README say of it."""

from __future__ import annotations

import json
from pathlib import Path

from pali_dataprep.vqvae.checkpoint import OPTIONAL_SHAPES, REQUIRED_SHAPES, load_checkpoint
from pali_dataprep.vqvae.weights import OFFICIAL_SHA256, find_stand_in

FOLDER = Path(__file__).parents[2] / "vqvae_weights"
MANIFEST = json.loads((FOLDER / "manifest.json").read_text())


def test_the_manifest_is_of_this_file() -> None:
    checkpoint = load_checkpoint(find_stand_in())
    assert checkpoint.sha256 == MANIFEST["sha256"] != OFFICIAL_SHA256
    assert checkpoint.arrays.keys() == REQUIRED_SHAPES.keys()
    assert not checkpoint.arrays.keys() & OPTIONAL_SHAPES.keys()


def test_it_is_small_and_good_enough() -> None:
    assert find_stand_in().stat().st_size < 5_000_000
    assert MANIFEST["codewords_used"] == 128
    assert MANIFEST["iou"]["all held-out masks"]["mean_64"] >= 0.92


def test_the_readme_gives_the_measured_figures() -> None:
    readme = (FOLDER / "README.md").read_text()
    for name, group in MANIFEST["iou"].items():
        assert f"| {name} | {group['masks']:,} | {group['mean_64']:.3f} |" in readme
