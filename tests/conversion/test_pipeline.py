"""From samples to files: order, bytes, counts, and that a run which fails leaves nothing behind."""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_world import World, annotation, make_world, rows_of, stand_in_codec
from pipeline_runs import Batched, conversion, convert, files, output

from pali_dataprep.errors import BudgetError, FindingsError, OutputError, UsageError
from pali_dataprep.masks import preparation
from pali_dataprep.masks.kernel import MaskBatch, MaskResults, run_kernel
from pali_dataprep.masks.preparation import measure_and_prepare
from pali_dataprep.masks.segmentations import MaskRequest
from pali_dataprep.options import (
    Empty,
    ImagePaths,
    OnError,
    Order,
    Overflow,
    PrefixClasses,
    Selection,
    Task,
)
from pali_dataprep.vqvae import jax_backend, open_codec


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Seven pictures, five of them with a cat and a dog."""
    return make_world(tmp_path, images=7)


# --- order and bytes


@pytest.mark.parametrize("task", [Task.DETECT, Task.SEGMENT])
def test_order_of_output_is_order_of_input(world: World, task: Task) -> None:
    content = world.source()
    content["images"].reverse()
    content["annotations"].reverse()
    world.write_source(content)
    convert(world, task=task)
    rows = rows_of(world.out)
    assert [row["image"] for row in rows] == [f"../images/{n:03}.png" for n in range(7, 0, -1)]
    assert all(row["suffix"].index(" dog") < row["suffix"].index(" cat") for row in rows if row["suffix"])


def test_the_same_input_gives_the_same_bytes(world: World) -> None:
    random = {"order": Order.RANDOM, "prefix_classes": PrefixClasses.PRESENT_NEGATIVES, "seed": 3}
    assert output(world, task=Task.SEGMENT, **random) == output(world, task=Task.SEGMENT, **random)
    assert output(world, **random) != output(world, **{**random, "seed": 4})


@pytest.mark.usefixtures("compiled_kernel")
def test_the_kernel_does_not_change_the_output(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALI_DATAPREP_KERNEL", "compiled")
    expected = output(world, task=Task.SEGMENT)
    monkeypatch.setenv("PALI_DATAPREP_KERNEL", "numpy")
    assert output(world, task=Task.SEGMENT) == expected


def test_each_mask_is_rasterised_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    def counted(batch: MaskBatch, **options: Any) -> MaskResults:
        taken.append(len(batch))
        return run_kernel(batch, **options)

    monkeypatch.setattr("pali_dataprep.masks.preparation.run_kernel", counted)
    convert(world, task=Task.SEGMENT)
    assert sum(taken) == 10


def test_bytes_do_not_depend_on_the_size_of_batches(world: World) -> None:
    expected = output(world, task=Task.SEGMENT)
    for size in (1, 3, 1000):
        codec = Batched(size)
        assert output(world, codec, task=Task.SEGMENT) == expected
        full, rest = divmod(10, size)
        assert codec.sizes == [size] * full + [rest] * (rest > 0), "a batch is full but the last"


@pytest.mark.parametrize("ahead", [1, 3, 100])
def test_bytes_do_not_depend_on_how_many_batches_are_begun_ahead(world: World, ahead: int) -> None:
    assert output(world, Batched(3, ahead=ahead), task=Task.SEGMENT) == output(world, task=Task.SEGMENT)


def test_bytes_do_not_depend_on_the_compiled_batch_sizes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALI_DATAPREP_BACKEND", "jax")
    expected = output(world, task=Task.SEGMENT)
    monkeypatch.setitem(jax_backend.BATCH_SIZES, "cpu", (3,))
    assert output(world, open_codec("stand-in", device="cpu"), task=Task.SEGMENT) == expected


def test_codewords_reach_the_object_they_are_of(world: World) -> None:
    """Rows with and without masks in one batch: each suffix is what its own mask gives alone."""
    convert(world, Batched(1000), task=Task.SEGMENT)
    together = {row["image"]: row["suffix"] for row in rows_of(world.out)}
    content = world.source()
    for image in content["images"]:
        world.write_source(
            {
                **content,
                "images": [image],
                "annotations": [a for a in content["annotations"] if a["image_id"] == image["id"]],
            }
        )
        convert(world, task=Task.SEGMENT)
        (row,) = rows_of(world.out)
        assert row["suffix"] == together[row["image"]]


def test_what_one_image_becomes_does_not_depend_on_the_others(world: World) -> None:
    random = {"order": Order.RANDOM, "prefix_classes": PrefixClasses.PRESENT_NEGATIVES}
    all_rows = output(world, **random).splitlines()
    first_rows = output(world, selection=Selection(limit=4), **random).splitlines()
    assert first_rows == all_rows[:4]


# --- nothing is written when a run fails


def spoil(world: World, **changes: Any) -> None:
    """Change the last annotation."""
    content = world.source()
    content["annotations"][-1].update(changes)
    world.write_source(content)


@pytest.mark.parametrize("task", [Task.DETECT, Task.SEGMENT])
def test_errors_in_the_last_annotation_stop_the_run(world: World, task: Task) -> None:
    spoil(world, category_id=77)
    before = files(world)
    with pytest.raises(FindingsError, match="1 error; nothing was written"):
        convert(world, task=task)
    assert files(world) == before


@pytest.mark.parametrize("task", [Task.DETECT, Task.SEGMENT])
def test_rows_over_the_budget_stop_the_run(world: World, task: Task) -> None:
    before = files(world)
    with pytest.raises(BudgetError, match="5 rows exceed 12 tokens; nothing was written"):
        convert(world, task=task, max_tokens=12)
    assert files(world) == before


def test_nothing_is_encoded_once_a_run_is_lost(world: World) -> None:
    """The rest is judged, so that all errors are told, but the codec is not troubled."""
    content = world.source()
    content["annotations"][0]["category_id"] = content["annotations"][-1]["category_id"] = 77
    world.write_source(content)
    codec = Batched(1)
    run = conversion(world, codec, task=Task.SEGMENT)
    with pytest.raises(FindingsError, match="2 errors"):
        run.run()
    assert codec.sizes == []
    assert run.report.counts["images"] == 7


@pytest.mark.parametrize("error", [RuntimeError("out of memory"), KeyboardInterrupt(), MemoryError()])
def test_a_previous_output_survives_whatever_happens(world: World, error: BaseException) -> None:
    convert(world, task=Task.SEGMENT, splits={"train": 1, "val": 1}, image_paths=ImagePaths.COPY)
    before = files(world)

    def fail(batch: int) -> None:
        if batch == 1:
            raise error

    with pytest.raises(type(error)):
        convert(world, Batched(2, fail), task=Task.SEGMENT, splits={"train": 1, "val": 1}, order=Order.AREA)
    assert files(world) == before


def test_an_interrupt_between_two_images(world: World) -> None:
    before = files(world)

    def interrupt(done: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        conversion(world).run(progress=interrupt)
    assert files(world) == before


def test_an_interrupt_while_masks_are_compared(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(world)
    codec = Batched()

    def interrupt(_: Any) -> None:
        raise KeyboardInterrupt

    codec.decode = interrupt  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        conversion(world, codec, task=Task.SEGMENT).run()
    assert files(world) == before


def test_an_output_that_exists_is_refused_before_any_work(world: World) -> None:
    convert(world)
    run = conversion(world)
    with pytest.raises(OutputError, match="exists already"):
        run.run()
    assert run.report.counts["images"] == 0


def test_one_split_that_exists_is_enough(world: World) -> None:
    (world.folder / "out").mkdir()
    (world.folder / "out/train.val.jsonl").write_text("precious")
    with pytest.raises(OutputError, match=r"train\.val\.jsonl: exists already"):
        conversion(world, splits={"train": 1, "val": 1}).run()
    assert {name for name in world.files() if name.startswith("out")} == {"out/train.val.jsonl"}


def test_the_input_is_never_the_output(world: World) -> None:
    before = files(world)
    with pytest.raises(OutputError, match="is read by this command"):
        conversion(world, out="annotations.json").run(overwrite=True)
    assert files(world) == before


def test_masks_need_a_codec(world: World) -> None:
    run = conversion(world)
    run.options = replace(run.options, task=Task.SEGMENT)
    with pytest.raises(UsageError, match="needs a mask codec"):
        run.run()


def test_progress_counts_every_image(world: World) -> None:
    told: list[int] = []
    conversion(world, selection=Selection(limit=5)).run(progress=told.append)
    assert told == [1, 2, 3, 4, 5]


# --- dry runs


@pytest.mark.parametrize("task", [Task.DETECT, Task.SEGMENT])
def test_a_dry_run_counts_the_same_and_writes_nothing(world: World, task: Task) -> None:
    before = files(world)
    run = conversion(world, task=task, image_paths=ImagePaths.COPY)
    run.codec = None
    dry = run.run(dry_run=True).to_dict()
    assert files(world) == before
    wet = convert(world, task=task, image_paths=ImagePaths.COPY).to_dict()
    for volatile in ("outputs", "mask_iou"):
        assert not dry.pop(volatile) or volatile == "mask_iou"
        del wet[volatile]
    assert dry == wet


def test_a_dry_run_may_name_a_file_that_exists(world: World) -> None:
    before = output(world)
    conversion(world, order=Order.AREA).run(dry_run=True)
    assert world.out.read_bytes() == before
    conversion(world, out=os.devnull).run(dry_run=True)


def test_a_dry_run_fails_where_the_run_would(world: World) -> None:
    spoil(world, category_id=77)
    with pytest.raises(FindingsError):
        conversion(world).run(dry_run=True)
    with pytest.raises(BudgetError):
        conversion(world, max_tokens=9, on_error=OnError.SKIP).run(dry_run=True)


# --- splits and limits


def test_splits_share_out_the_images(world: World) -> None:
    everything = output(world).splitlines()
    report = convert(world, splits={"train": 0.7, "val": 0.3})
    parts = [(world.folder / f"out/train.{name}.jsonl").read_bytes().splitlines() for name in ("train", "val")]
    assert [len(part) for part in parts] == [5, 2]
    assert report.rows_by_split == {"train": 5, "val": 2}
    assert sorted(parts[0] + parts[1]) == sorted(everything)
    for part in parts:
        assert part == [row for row in everything if row in part]


def test_rows_of_one_image_stay_in_one_split(world: World) -> None:
    convert(world, splits={"train": 1, "val": 1, "test": 1}, prefix_classes=PrefixClasses.PER_CLASS)
    found: dict[str, set[str]] = {}
    for name in ("train", "val", "test"):
        for row in rows_of(world.folder / f"out/train.{name}.jsonl"):
            found.setdefault(row["image"], set()).add(name)
    assert len(found) == 7
    assert all(len(splits) == 1 for splits in found.values())


def test_a_split_without_images_is_an_empty_file(world: World) -> None:
    convert(world, splits={"train": 1, "val": 1}, selection=Selection(limit=1))
    sizes = [(world.folder / f"out/train.{name}.jsonl").stat().st_size for name in ("train", "val")]
    assert min(sizes) == 0 < max(sizes)


def test_a_limit_is_of_images_read(world: World) -> None:
    report = convert(world, selection=Selection(limit=3), empty=Empty.SKIP)
    assert (report.counts["images"], report.counts["rows"]) == (3, 2)
    assert convert(world, selection=Selection(limit=100)).counts["images"] == 7


def test_an_empty_dataset(world: World) -> None:
    world.write_source({"images": [], "annotations": [], "categories": []})
    with pytest.raises(FindingsError, match="no row is left of 0 images; nothing was written") as caught:
        convert(world, task=Task.SEGMENT)
    assert "--task says what rows are made of" in caught.value.hint
    assert not world.out.exists()


def test_captions_are_not_taken_for_objects(world: World) -> None:
    world.write_source(
        {**world.source(), "annotations": [{"id": 1, "image_id": 1, "caption": "a cat"}], "categories": []}
    )
    with pytest.raises(FindingsError, match="no row is left of"):
        convert(world)


# --- rows by class, mask quality


def test_a_row_for_each_class(world: World) -> None:
    report = convert(world, prefix_classes=PrefixClasses.PER_CLASS)
    rows = rows_of(world.out)
    assert report.counts["rows"] == len(rows) == 5 * 2 + 2
    assert [row["prefix"] for row in rows[:2]] == ["detect cat", "detect dog"]
    assert [row["suffix"].count("<loc") for row in rows[:2]] == [4, 4]


@pytest.mark.parametrize(("sample", "measured"), [(0, 0), (1, 1), (4, 4), (10, 10), (11, 10), (None, 10)])
def test_as_many_masks_are_rebuilt_as_asked_for(world: World, sample: int | None, measured: int) -> None:
    quality = convert(world, task=Task.SEGMENT, iou_sample=sample).quality
    assert (quality.overall.measured, quality.of_masks) == (measured, 10)
    assert all(0.5 < mask.iou <= 1 for mask in quality.worst)


def test_masks_sampled_for_the_summary_do_not_keep_the_arrays_of_their_images(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[weakref.ref[np.ndarray]] = []
    alive: list[int] = []
    codec = Batched()

    def remembered(requests: Sequence[MaskRequest]) -> Any:
        measures, images = measure_and_prepare(requests)
        made.append(weakref.ref(images.base))
        return measures, images

    def decode(codes: np.ndarray) -> np.ndarray:
        alive.append(sum(array() is not None for array in made))
        return stand_in_codec().decode(codes)

    monkeypatch.setattr(preparation, "measure_and_prepare", remembered)
    monkeypatch.setattr(codec, "decode", decode)
    convert(world, codec, task=Task.SEGMENT, iou_sample=10)
    assert made and alive == [0]


def test_the_sample_of_masks_depends_on_the_seed_alone(world: World) -> None:
    def ious(seed: int, size: int = 4) -> list[float]:
        quality = convert(world, Batched(size), task=Task.SEGMENT, iou_sample=3, seed=seed).quality
        return [mask.iou for mask in quality.worst]

    assert ious(1) == ious(1, size=1000)
    assert len({tuple(ious(seed)) for seed in range(5)}) > 1


def test_box_rows_have_no_mask_quality(world: World) -> None:
    assert convert(world).quality.overall.measured == 0


# --- the budget


def test_the_worst_rows_and_the_cost_of_each_policy_are_known(world: World) -> None:
    world.add(*[annotation(1, 1, (n, n, 10, 10)) for n in range(8)])
    run = conversion(world, max_tokens=18)
    with pytest.raises(BudgetError):
        run.run()
    over = run.over_budget
    assert over.rows == 5
    assert over.worst[0][1].startswith("001.png: ")
    assert "10 objects" in over.worst[0][1]
    assert [tokens for tokens, _ in over.worst] == sorted((tokens for tokens, _ in over.worst), reverse=True)
    assert set(over.costs) == set(Overflow) - {Overflow.ERROR}
    assert over.costs[Overflow.SKIP] == {"rows": 0, "objects_left_out": 18, "rows_left_out": 5}
    assert over.costs[Overflow.SPLIT_ROWS]["objects_left_out"] == 0
    assert over.costs[Overflow.DROP_OBJECTS]["rows"] == 5


@pytest.mark.parametrize("policy", [p for p in Overflow if p is not Overflow.ERROR])
def test_the_foretold_cost_is_the_cost(world: World, policy: Overflow) -> None:
    world.add(*[annotation(1, 1, (n, n, 10, 10)) for n in range(8)])
    told = conversion(world, max_tokens=18)
    with pytest.raises(BudgetError):
        told.run(dry_run=True)
    fitting = convert(world, max_tokens=18, overflow=policy)
    cost = told.over_budget.costs[policy]
    assert fitting.counts["rows"] == told.report.counts["rows"] + cost["rows"]
    assert fitting.left_out["BUD102"] == len(fitting.dropped_for_budget) == cost["objects_left_out"]
    assert fitting.left_out["BUD101"] == cost["rows_left_out"]
    assert max(fitting.tokens.histogram) <= 18
