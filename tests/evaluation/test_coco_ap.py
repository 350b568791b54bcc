"""Average precision: by hand where it is plain, and against pycocotools fed from files where it is not."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest
from cli_world import stand_in_codec
from msgspec import structs
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from shared_data import SHARED, needs_shared

from pali_dataprep.evaluation import average_precision
from pali_dataprep.evaluation.ceiling import perfect_answers
from pali_dataprep.evaluation.coco_ap import RECALLS, STATS
from pali_dataprep.formats import FORMATS
from pali_dataprep.formats.coco import CocoIds, write_results
from pali_dataprep.masks.runs import Polygons
from pali_dataprep.samples import Instance, Sample
from pali_dataprep.tokens.grammar import Grid

MINI = SHARED / "data/coco_mini_permissive/annotations/instances_val2017.json"
RESULTS = SHARED / "data/coco_results_rle/results"

SQUARE = Polygons([[10, 10, 50, 10, 50, 50, 10, 50]])
CAT, DOG = Instance("cat", (10, 10, 50, 50), SQUARE), Instance("dog", (60, 60, 90, 90))
TRUTH = [Sample("a/1.jpg", 100, 100, (CAT, DOG)), Sample("a/2.jpg", 100, 100, (CAT,))]


def test_the_truth_itself_is_perfect() -> None:
    found = average_precision(TRUTH, TRUTH, "bbox")
    assert [found.stats[n] for n in ("AP", "AP50", "AR_100")] == pytest.approx([1, 1, 1])
    assert found.stats["AP_small"] == pytest.approx(1), "a dog of 30 x 30 pixels"
    assert found.by_class["cat"] == pytest.approx({"AP": 1, "AP50": 1, "annotations": 2})
    assert found.by_class["dog"] == pytest.approx({"AP": 1, "AP50": 1, "annotations": 1})
    assert found.left_out == {}


def test_half_of_a_class_found_is_half_its_precision() -> None:
    """Recall reaches 0.5 with precision 1: 51 of 101 points."""
    found = average_precision(TRUTH, TRUTH[:1], "bbox")
    assert found.by_class["cat"]["AP"] == pytest.approx(51 / 101)
    assert found.by_class["dog"]["AP"] == pytest.approx(1)


def test_scores_order_predictions() -> None:
    wrong = structs.replace(CAT, box_xyxy=(0.0, 60.0, 30.0, 90.0))
    sure = [Sample("1.jpg", 100, 100, (structs.replace(wrong, score=0.9), structs.replace(CAT, score=0.1)))]
    unsure = [Sample("1.jpg", 100, 100, (structs.replace(wrong, score=0.1), structs.replace(CAT, score=0.9)))]
    truth = [Sample("1.jpg", 100, 100, (CAT,))]
    assert average_precision(truth, sure, "bbox").stats["AP"] == pytest.approx(0.5)
    assert average_precision(truth, unsure, "bbox").stats["AP"] == pytest.approx(1)


def test_what_cannot_take_part_is_counted() -> None:
    predicted = [
        Sample("1.jpg", 100, 100, (CAT, DOG, Instance("zebra", (1, 1, 9, 9)))),
        Sample("9.jpg", 100, 100, (CAT,)),
    ]
    found = average_precision(TRUTH, predicted, "segm")
    assert found.left_out == {
        "annotations without a label or a mask": 1,
        "predictions without a mask": 1,
        "predictions of classes the truth has not": 1,
        "predictions for images the truth has not": 1,
    }


def test_nothing_predicted_and_nothing_true() -> None:
    assert average_precision(TRUTH, [], "bbox").stats["AP"] == 0
    assert average_precision([Sample("1.jpg", 10, 10)], TRUTH, "bbox").stats["AP"] == -1


def by_pycocotools(truth: Path, results: Path, kind: str) -> list[float]:
    """COCOeval as its own users run it, from files."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(truth))
        evaluation = COCOeval(coco, coco.loadRes(str(results)), kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(v) for v in evaluation.stats]


@needs_shared
@pytest.mark.parametrize("kind", ["bbox", "segm"])
def test_the_numbers_are_pycocotools_own(tmp_path: Path, kind: str) -> None:
    """The round trip of real annotations: in memory here, there through results files and the COCO file."""
    dataset = FORMATS["coco"].read(MINI)
    truth = list(dataset.samples())
    answers = list(perfect_answers(truth, Grid.OVER_1024, stand_in_codec()))
    out = tmp_path / "results.json"
    assert write_results(answers, out, CocoIds(dataset), segments=kind == "segm") == {}
    expected = by_pycocotools(MINI, out, kind)
    found = average_precision(truth, answers, "segm" if kind == "segm" else "bbox")
    order = dict(zip((*STATS, *RECALLS), expected, strict=True))
    by_size = [name for name in order if name.endswith(("small", "medium", "large"))]
    assert {n: v for n, v in found.stats.items() if n not in by_size} == pytest.approx(
        {n: v for n, v in order.items() if n not in by_size}, abs=1e-9
    )
    # The file's areas are polygons', ours are pixels'.
    assert {n: found.stats[n] for n in by_size} == pytest.approx({n: order[n] for n in by_size}, abs=0.01)
    assert 0.85 < found.stats["AP"] < 1


@needs_shared
@pytest.mark.parametrize("kind", ["bbox", "segm"])
def test_real_results_with_scores(tmp_path: Path, kind: str) -> None:
    """COCO's own sample results; their annotations are not at hand, so each second one stands for the truth."""
    results = json.loads((RESULTS / f"instances_val2014_fake{kind}100_results.json").read_text())
    entries = [r for n, r in enumerate(results) if n % 2]
    sizes = {r["image_id"]: r["segmentation"]["size"] if kind == "segm" else [1000, 1000] for r in results}
    images = [{"id": n, "file_name": f"{n}.jpg", "height": h, "width": w} for n, (h, w) in sizes.items()]
    areas = [r["bbox"][2] * r["bbox"][3] if kind == "bbox" else 1000 for r in entries]
    annotations = [
        {**r, "id": n, "iscrowd": 0, "area": area} for n, (r, area) in enumerate(zip(entries, areas, strict=True), 1)
    ]
    categories = [{"id": n, "name": f"class {n}"} for n in sorted({r["category_id"] for r in results})]
    truth = tmp_path / "truth.json"
    truth.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    shifted = [{**r, "score": r["score"] / (1 + n % 3)} for n, r in enumerate(results)]
    (tmp_path / "results.json").write_text(json.dumps(shifted))
    expected = by_pycocotools(truth, tmp_path / "results.json", kind)
    true = list(FORMATS["coco"].read(truth).samples())
    said = list(FORMATS["coco"].read(tmp_path / "results.json", ground_truth=truth).samples())
    stats = average_precision(true, said, "segm" if kind == "segm" else "bbox").stats
    # Areas of masks are counted by us, so that only what does not depend on size can agree.
    names = (*STATS, *RECALLS) if kind == "bbox" else ("AP", "AP50", "AP75", "AR_1", "AR_10", "AR_100")
    order = dict(zip((*STATS, *RECALLS), expected, strict=True))
    assert {n: stats[n] for n in names} == pytest.approx({n: order[n] for n in names}, abs=1e-9)
    assert 0 < stats["AP"] < 1
