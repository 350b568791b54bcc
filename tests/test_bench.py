"""The benchmarks run; how fast is for `bench/run.py` to say, on a quiet machine."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pali_dataprep import ConvertOptions, Task, coco2jsonl

ROOT = Path(__file__).parents[1]
NOT_OF_SPEED = {"dialects", "overflow", "report", "token_estimate"}
HELPERS = {"figures", "make_coco", "make_rows", "measure", "run", "todays_boxes", "todays_ways"}


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Imports scripts of the folder, which import each other by their names."""
    monkeypatch.syspath_prepend(ROOT / "bench")
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if (ROOT / "bench" / f"{name}.py").is_file():
            del sys.modules[name]


def run_script(*arguments: object) -> None:
    command = [sys.executable, "bench/run.py", "--scale", "smoke", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_everything_is_measured_once(tmp_path: Path) -> None:
    run_script("--out", tmp_path)
    parts = json.loads((tmp_path / "figures.json").read_text())
    tables = [table for part in parts for table in part["tables"]]
    titles = [table["title"] for table in tables]
    assert len(titles) == len(set(titles))
    for table in tables:
        assert len(table["ways"]) > 1, table["title"]
        assert all(second > 0 for way in table["ways"].values() for second in way["seconds"])
    page = (tmp_path / "performance.md").read_text()
    assert all(f"### {title}\n" in page for title in titles)


def test_every_script_of_speed_takes_part(bench: Any) -> None:
    scripts = {path.stem for path in (ROOT / "bench").glob("*.py")}
    parts = set(bench("run").PARTS)
    assert parts - scripts == {"feed"}  # of end_to_end
    assert scripts - parts == NOT_OF_SPEED | HELPERS | {"validate"}


def part(bench: Any, name: str, date: str = "2026-01-01", rate: float = 1.0, **machine: str) -> Any:
    measure: ModuleType = bench("measure")
    table = measure.Table(f"Title of {name}", "masks", 100, "python bench/x.py")
    table.ways = {"theirs": measure.Measured((2.0, 1.0, 4.0)), "ours": measure.Measured((rate,), 12.0)}
    return bench("figures").Part(name, date, {**measure.machine(), **machine}, 3.0, [table])


def test_a_table_shows_medians_spread_and_ratios_to_the_first(bench: Any) -> None:
    text = part(bench, "a", rate=0.5).tables[0].to_markdown()
    assert "| theirs | 2.00 | 50.0 | 1.00 | -50% +100% |  |" in text
    assert "| ours | 0.500 | 200 | 4.00 |  | 12 |" in text


def test_rates_are_compared_where_ways_differ_in_size(bench: Any) -> None:
    measure = bench("measure")
    table = measure.Table("Rows", "rows", 10, "python bench/x.py")
    table.ways = {"10": measure.Measured((1.0,)), "100": measure.Measured((5.0,), items=100)}
    assert "| 100 | 5.00 | 20.0 | 2.00 |  |" in table.to_markdown()


def test_memory_of_a_process_is_its_own(bench: Any) -> None:
    held = b"x" * 300_000_000
    seconds, peak = bench("measure").run_process([sys.executable, "-c", "held = b'x' * 50_000_000"])
    assert seconds > 0
    assert 50 < peak < len(held) / 1e6


def test_a_process_that_fails_ends_the_run(bench: Any) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such thing')"]
    with pytest.raises(SystemExit, match="no such thing"):
        bench("measure").run_process(command)
    assert bench("measure").run_process(command, good=(1,))


def test_figures_are_read_as_they_were_written(bench: Any, tmp_path: Path) -> None:
    figures = bench("figures")
    parts = [part(bench, "a"), part(bench, "b", processor="Another")]
    figures.write(tmp_path / "figures.json", parts)
    assert list(figures.read(tmp_path / "figures.json").values()) == parts
    assert figures.read(tmp_path / "none.json") == {}


def test_a_page_keeps_what_is_above_the_mark(bench: Any) -> None:
    figures = bench("figures")
    once = figures.page("# Performance\n\nText.\n", [part(bench, "a")])
    assert once.startswith(f"# Performance\n\nText.\n\n{figures.MARK}\n\n")
    again = figures.page(once, [part(bench, "b")])
    assert again == figures.page("# Performance\n\nText.", [part(bench, "b")])
    assert "Title of a" not in again


def test_the_machine_is_described_once_for_parts_measured_together(bench: Any) -> None:
    parts = [part(bench, "a"), part(bench, "b"), part(bench, "c", date="2026-01-02"), part(bench, "d", processor="X")]
    described = [line for line in bench("figures").page("", parts).splitlines() if line.startswith("Measured on")]
    assert [line.split(":")[0] for line in described] == [f"Measured on 2026-01-0{n}" for n in (1, 2, 1)]
    assert described[2].startswith("Measured on 2026-01-01: X, ")


def test_parts_not_measured_again_stay(bench: Any, tmp_path: Path) -> None:
    figures = bench("figures")
    figures.write(tmp_path / "figures.json", [part(bench, "kernel"), part(bench, "components")])
    run_script("--out", tmp_path, "--only", "components")
    found = figures.read(tmp_path / "figures.json")
    assert list(found) == ["kernel", "components"]
    assert found["kernel"] == part(bench, "kernel")
    assert found["components"].tables[0].title != "Title of components"
    assert "### Title of kernel\n" in (tmp_path / "performance.md").read_text()


@pytest.fixture
def coco(bench: Any, tmp_path: Path) -> Path:
    path = tmp_path / "coco.json"
    bench("make_coco").write(path, 12)
    return path


def rows(path: Path) -> dict[str, tuple[set[str], list[str]]]:
    """Labels and objects by image, in no order."""
    found = map(json.loads, path.read_text().splitlines())
    return {r["image"]: (set(_items(r["prefix"])), sorted(_items(r["suffix"]))) for r in found}


def _items(text: str) -> list[str]:
    return text.removeprefix("detect ").removeprefix("segment ").split(" ; ")


@pytest.mark.parametrize("name", ["json", "pycocotools", "supervision", "datumaro"])
@pytest.mark.filterwarnings("ignore")  # of those packages
def test_todays_boxes_are_ours(name: str, bench: Any, coco: Path, tmp_path: Path) -> None:
    pytest.importorskip(name)
    todays_boxes, out = bench("todays_boxes"), tmp_path / "rows.jsonl"
    todays_boxes.write_rows(todays_boxes.READERS[name](coco), out)
    coco2jsonl(coco, tmp_path / "ours.jsonl", ConvertOptions(Task.DETECT, allow_missing=True, max_tokens=100_000))
    assert rows(out) == rows(tmp_path / "ours.jsonl")


def test_a_made_file_is_coco_and_the_same_each_time(
    bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_coco = bench("make_coco")
    monkeypatch.setattr(make_coco, "IMAGES_AT_ONCE", 30)
    paths = [tmp_path / "one.json", tmp_path / "two.json", tmp_path / "other.json"]
    total = [make_coco.write(path, 2 * make_coco.IMAGES_AT_ONCE + 3, seed=n // 2) for n, path in enumerate(paths)]
    document = json.loads(paths[0].read_text())
    assert [a["id"] for a in document["annotations"]] == list(range(1, total[0] + 1))
    assert {a["image_id"] for a in document["annotations"]} <= {i["id"] for i in document["images"]}
    assert all(_box_is_tight(a) for a in document["annotations"] if not a["iscrowd"])
    assert paths[0].read_bytes() == paths[1].read_bytes() != paths[2].read_bytes()


def _box_is_tight(annotation: dict[str, Any]) -> bool:
    flat = [number for ring in annotation["segmentation"] for number in ring]
    xs, ys = flat[::2], flat[1::2]
    expected = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
    return annotation["bbox"] == pytest.approx(expected, abs=0.011)
