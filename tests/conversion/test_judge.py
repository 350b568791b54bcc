"""From samples as read to objects to be written: what is placed where, what is left out, how it is counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import write_image

from pali_dataprep.conversion.judge import Judge
from pali_dataprep.conversion.report import Report, TokenUse
from pali_dataprep.conversion.rows import PlacedObject, PlacedSample
from pali_dataprep.conversion.selection import Selector
from pali_dataprep.images import ImageNaming
from pali_dataprep.masks.preparation import prepare_mask64
from pali_dataprep.masks.segmentations import Polygons, Rle
from pali_dataprep.options import ConvertOptions, Crowd, Empty, ImagePaths, PrefixClasses, Selection, Task
from pali_dataprep.samples import ILLEGIBLE, Caption, Instance, Sample

LABELS = ("cat", "dog")
SQUARE = Polygons([[20, 20, 60, 20, 60, 60, 20, 60]])
BOX = (20.0, 20.0, 60.0, 60.0)


def rectangle(x1: float, y1: float, x2: float, y2: float) -> Polygons:
    return Polygons([[x1, y1, x2, y1, x2, y2, x1, y2]])


def judge(samples: Iterable[Sample], root: Path = Path("images"), **options: Any) -> tuple[list[PlacedSample], Report]:
    """The placed samples, and the report; images need not exist unless asked otherwise."""
    chosen = ConvertOptions(**{"allow_missing": True, **options})
    selector = Selector(chosen.selection, LABELS, {"1": "cat", "2": "dog"})
    report = Report(TokenUse("words", True, 256))
    naming = ImageNaming(ImagePaths.ROOT, root, root)
    placed = list(Judge(chosen, selector, naming, report, Path("a.json")).place(samples))
    return placed, report


def objects_of(*instances: Instance, **options: Any) -> tuple[tuple[PlacedObject, ...], list[str]]:
    """What becomes of instances on an image of 100 x 80, and the codes of the findings on them."""
    placed, report = judge([Sample("a.jpg", 100, 80, instances)], **options)
    codes = sorted(code for code in report.by_code if not code.startswith("IMG"))
    return placed[0].objects if placed else (), codes


# --- boxes


@pytest.mark.parametrize(
    ("instance", "box", "codes"),
    [
        (Instance("cat", BOX), BOX, []),
        (Instance("cat", BOX, rectangle(0, 0, 9, 9)), BOX, []),
        (Instance("cat", (-5, 20, 60, 200)), (0, 20, 60, 80), ["BOX104"]),
        (Instance("cat", None, SQUARE), BOX, []),
        (Instance("cat", (5, 5, 5, 5), SQUARE), BOX, []),
        (Instance("cat", (500, 500, 510, 510), SQUARE), BOX, []),
        (Instance("cat", (float("-inf"), 0, float("inf"), 80)), (0, 0, 100, 80), ["BOX104"]),
        (Instance("cat", (5, 5, 5, 5)), None, ["BOX102"]),
        (Instance("cat", (500, 500, 510, 510)), None, ["BOX103"]),
        (Instance("cat"), None, ["BOX101"]),
        (Instance("cat", None, Polygons([[1, 1, 5, 5]])), None, ["MSK102"]),
        (Instance("cat", None, rectangle(200, 0, 210, 9)), None, ["MSK103"]),
        (Instance(None, BOX), None, ["ANN102"]),
        (Instance("cat", BOX, defects=("bad",)), None, ["ANN101"]),
    ],
    ids=[
        "as annotated",
        "whatever its mask",
        "clipped",
        "from the mask",
        "without area: from the mask",
        "outside: from the mask",
        "endless",
        "without area",
        "outside",
        "neither box nor mask",
        "no box and a bad mask",
        "no box and an empty mask",
        "no class",
        "malformed",
    ],
)
def test_the_box_of_an_object(instance: Instance, box: Any, codes: list[str]) -> None:
    objects, found = objects_of(instance)
    assert [o.box for o in objects] == ([] if box is None else [box])
    assert found == codes


def test_a_box_row_never_rasterises_a_mask_it_does_not_need() -> None:
    # This one would raise, were it looked at.
    ((placed,), codes) = objects_of(Instance("cat", BOX, Polygons([[1, 1, 5, 5]])))
    assert placed.mask is None
    assert placed.runs is None
    assert codes == []


# --- masks


def test_masks_are_measured_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pali_dataprep.conversion.judge.MASKS_AT_ONCE", 3)
    read: list[str] = []

    def samples() -> Iterator[Sample]:
        for n in range(5):
            read.append(f"{n}.jpg")
            yield Sample(read[-1], 100, 80, (Instance("cat", BOX, SQUARE),) * 2)

    report = Report(TokenUse("words", True, 256))
    options = ConvertOptions(Task.SEGMENT, allow_missing=True)
    naming = ImageNaming(ImagePaths.ROOT, Path(), Path())
    selector = Selector(options.selection, LABELS, {})
    placed = Judge(options, selector, naming, report, Path("a.json"), encodes=True).place(samples())
    assert next(placed).sample.file_name == "0.jpg"
    assert len(read) == 2
    assert [p.sample.file_name for p in placed] == ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]


@pytest.mark.parametrize("task", [Task.SEGMENT, Task.DETECT])
@pytest.mark.parametrize("encodes", [True, False])
def test_masks_are_resized_where_they_will_be_encoded(task: Task, encodes: bool) -> None:
    report = Report(TokenUse("words", True, 256))
    options = ConvertOptions(task, allow_missing=True)
    selector = Selector(options.selection, LABELS, {})
    naming = ImageNaming(ImagePaths.ROOT, Path(), Path())
    samples = [Sample("a.jpg", 100, 80, (Instance("cat", BOX, SQUARE), Instance("cat", None, SQUARE)))]
    for placed in Judge(options, selector, naming, report, Path("a.json"), encodes=encodes).place(samples):
        for o in placed.objects:
            assert (o.mask64 is not None) == (encodes and task.wants_masks)
            if o.mask is not None and o.mask64 is not None:
                np.testing.assert_array_equal(o.mask64, prepare_mask64([o.mask])[0])


def test_a_mask_is_cropped_to_its_box() -> None:
    ((placed,), codes) = objects_of(Instance("cat", BOX, rectangle(20, 20, 60, 40)), task=Task.SEGMENT)
    assert codes == []
    assert placed.mask is not None
    expected = np.zeros((64, 64), dtype=np.float32)
    expected[:32] = 1
    np.testing.assert_allclose(
        np.squeeze(prepare_mask64([placed.mask]))[[0, 20, 50, 63]], expected[[0, 20, 50, 63]], atol=1e-6
    )
    assert placed.area == 800


@pytest.mark.parametrize(
    ("instance", "codes"),
    [
        (Instance("cat", BOX), ["MSK101"]),
        (Instance("cat", BOX, Polygons([[1, 1, 5, 5]])), ["MSK102"]),
        (Instance("cat", BOX, Rle([8000], 100, 80)), ["MSK102"]),
        (Instance("cat", BOX, Rle("nonsense", 80, 100)), ["MSK102"]),
        (Instance("cat", BOX, Rle([8000], 80, 100)), ["MSK103"]),
        (Instance("cat", BOX, rectangle(70, 60, 80, 70)), ["MSK103"]),
        (Instance("cat", BOX, defects=("segmentation is ...",)), ["ANN101"]),
    ],
    ids=["none", "two points", "of another size", "not RLE", "empty", "outside its box", "malformed"],
)
def test_masks_that_cannot_be_written(instance: Instance, codes: list[str]) -> None:
    assert objects_of(instance, task=Task.SEGMENT) == ((), codes)


@pytest.mark.parametrize(
    ("left", "right", "codes"),
    [(20, 60, []), (20, 99, []), (5, 95, ["MSK104"])],
    ids=["all inside", "40 of 79 columns", "40 of 90 columns"],
)
def test_masks_that_reach_beyond_their_box(left: int, right: int, codes: list[str]) -> None:
    objects, found = objects_of(Instance("cat", BOX, rectangle(left, 20, right, 60)), task=Task.SEGMENT)
    assert len(objects) == 1
    assert found == codes


@pytest.mark.parametrize("task", [Task.DETECT, Task.SEGMENT])
def test_a_speck_gets_a_pixel_and_a_bin(task: Task) -> None:
    speck = Instance("cat", (30.2, 30.2, 30.22, 30.22), rectangle(30, 30, 31, 31))
    ((placed,), codes) = objects_of(speck, task=task)
    top, left, bottom, right = placed.yxyx_bins
    assert (bottom - top, right - left) == (1, 1)
    assert codes == []


# --- selection


@pytest.mark.parametrize(
    ("selection", "labels", "codes"),
    [
        (Selection(), ["cat", "dog"], ["SEL101"]),
        (Selection(crowd=Crowd.KEEP), ["cat", "dog", "dog"], []),
        (Selection(categories=("cat",)), ["cat"], ["SEL102"]),
        (Selection(exclude=("2",)), ["cat"], ["SEL102"]),
        (Selection(min_area=1000), ["cat"], ["SEL101", "SEL103"]),
        (Selection(min_side=11), ["cat"], ["SEL101", "SEL103"]),
        (Selection(rename={"cat": "feline", "dog": "feline"}), ["feline", "feline"], ["SEL101"]),
        (Selection(rename={"cat": "a;b"}), ["dog"], ["SEL101", "TXT101"]),
    ],
)
def test_selection(selection: Selection, labels: list[str], codes: list[str]) -> None:
    instances = [Instance("cat", BOX), Instance("dog", (0, 0, 10, 60)), Instance("dog", BOX, iscrowd=True)]
    objects, found = objects_of(*instances, selection=selection)
    assert [o.label for o in objects] == labels
    assert found == codes


def test_what_is_not_wanted_is_not_judged() -> None:
    objects, codes = objects_of(Instance("dog", defects=("bad",)), selection=Selection(categories=("cat",)))
    assert (objects, codes) == ((), ["SEL102"])


def test_the_smallest_area_is_of_the_mask_where_there_is_one() -> None:
    instance, selection = Instance("cat", BOX, rectangle(20, 20, 60, 21)), Selection(min_area=100)
    assert objects_of(instance, selection=selection)[1] == []
    assert objects_of(instance, selection=selection, task=Task.SEGMENT)[1] == ["SEL103"]


# --- images without objects

CROWD = Instance("cat", BOX, iscrowd=True)
OTHER_CROWD = Instance("dog", BOX, iscrowd=True)


@pytest.mark.parametrize(
    ("instances", "options", "code"),
    [
        ((), {}, None),
        ((), {"empty": Empty.SKIP}, "SEL104"),
        ((CROWD,), {}, None),
        ((CROWD,), {"empty": Empty.SKIP}, "SEL104"),
        ((CROWD, OTHER_CROWD), {}, "SEL106"),
        ((CROWD,), {"selection": Selection(categories=("cat",))}, "SEL106"),
        ((OTHER_CROWD,), {"selection": Selection(categories=("cat",))}, None),
        ((CROWD, OTHER_CROWD), {"prefix_classes": PrefixClasses.ALL}, "SEL106"),
        ((CROWD,), {"prefix_classes": PrefixClasses.ALL}, None),
        ((CROWD,), {"selection": Selection(rename={"dog": "a;b"})}, "SEL106"),
    ],
)
def test_images_without_objects(instances: tuple[Instance, ...], options: dict[str, Any], code: str | None) -> None:
    # A row that asks for nothing would have the prefix `detect `; one that asks for what is there would teach a lie.
    placed, report = judge([Sample("a.jpg", 100, 80, instances)], **options)
    assert len(placed) == (code is None)
    assert {c for c in ("SEL104", "SEL106") if report.left_out[c]} == ({code} if code else set())


@pytest.mark.parametrize(
    ("captions", "texts", "codes"),
    [
        (["A cat."], ["A cat."], {}),
        (["  Two\n lines. ", " \n"], ["Two lines."], {"TXT105": 1}),
        (["", " "], None, {"TXT105": 2}),
        (["a <eos>", "b"], ["b"], {"TXT106": 1}),
        (["a < b"], ["a < b"], {"TXT107": 1}),
        ([], None, {"SEL105": 1}),
    ],
)
def test_captions_are_judged_each(captions: list[str], texts: list[str] | None, codes: dict[str, int]) -> None:
    # The picture is not there, and its size unknown: neither is needed for words.
    sample = Sample("a.jpg", None, None, (CROWD,), tuple(map(Caption, captions)))
    placed, report = judge([sample], task=Task.CAPTION)
    assert [[c.text for c in p.captions] for p in placed] == ([] if texts is None else [texts])
    assert {code: n for code, n in report.by_code.items() if not code.startswith("IMG")} == codes
    counts = report.counts
    assert counts["captions"] == len(captions) == len(texts or []) + counts["captions_left_out"]


def test_a_malformed_caption_costs_that_caption_only() -> None:
    captions = (Caption("", "x:3", defects=("no bar",)), Caption("A cat.", "x:4"))
    ((placed,), report) = judge([Sample("a.jpg", 100, 80, captions=captions)], task=Task.CAPTION)
    assert [c.source_id for c in placed.captions] == ["x:4"]
    assert str(report.examples["TXT104"][0]) == "a.json, image a.jpg, annotation x:3: TXT104 no bar"


# --- words for one object

WORDS = {"red; or <so>": "TXT107", "see <loc0001>": "TXT106", "the man's hat, left": "", "": "TXT105"}


@pytest.mark.parametrize("task", [Task.OCR, Task.GROUNDED_CAPTION])
@pytest.mark.parametrize(("words", "code"), WORDS.items())
def test_words_outside_the_grammar_are_judged_as_text(task: Task, words: str, code: str) -> None:
    _, codes = objects_of(Instance(words, BOX), Instance("cat", BOX), task=task)
    assert codes == ([code] if code else [])


def test_words_in_the_grammar_are_judged_as_labels() -> None:
    assert objects_of(Instance("red; or <so>", BOX), task=Task.DETECT)[1] == ["TXT101"]


def test_an_expression_for_several_objects_is_ambiguous() -> None:
    left, right = Instance("left man", BOX, SQUARE), Instance("man", (0, 0, 9, 9), rectangle(0, 0, 9, 9))
    again = Instance("man", (30, 30, 50, 50), rectangle(30, 30, 50, 50), source_id="7")
    ((placed,), report) = judge([Sample("a.jpg", 100, 80, (left, right, again))], task=Task.REFCOCO)
    assert [o.label for o in placed.objects] == ["left man"]
    assert str(report.examples["SEL110"][1]) == "a.json, image a.jpg, annotation 7: SEL110 'man' names 2 objects"
    assert (report.counts["annotations"], report.counts["annotations_left_out"]) == (3, 2)


ILLEGIBLE_TEXT = Instance("", BOX, flags=(ILLEGIBLE,))


@pytest.mark.parametrize(
    ("instances", "empty", "kept"),
    [
        ((), Empty.KEEP, True),
        ((ILLEGIBLE_TEXT,), Empty.KEEP, True),
        ((ILLEGIBLE_TEXT,), Empty.SKIP, False),
        ((Instance("<eos>", BOX),), Empty.KEEP, False),
    ],
    ids=["no text", "none that can be read", "not wanted", "left out"],
)
def test_a_picture_without_text(instances: tuple[Instance, ...], empty: Empty, kept: bool) -> None:
    """`ocr` is answered by nothing only where nothing can be read."""
    placed, report = judge([Sample("a.jpg", 100, 80, instances)], task=Task.OCR, empty=empty)
    assert len(placed) == kept
    assert report.left_out["SEL111"] == (ILLEGIBLE_TEXT in instances)
    assert report.left_out["SEL104"] == (not kept)


# --- images


def test_the_size_comes_from_the_annotation_else_from_the_file(tmp_path: Path) -> None:
    write_image(tmp_path / "a.jpg", 100, 80)
    samples = [Sample("a.jpg", 100, 80), Sample("a.jpg", None, None)]
    placed, report = judge(samples, tmp_path, allow_missing=False)
    assert [(p.width, p.height) for p in placed] == [(100, 80)] * 2
    assert report.by_code == {}


def test_images_that_cannot_be_used_are_left_out_with_their_annotations(tmp_path: Path) -> None:
    write_image(tmp_path / "good.jpg", 100, 80)
    (tmp_path / "bad.jpg").write_bytes(b"no image")
    names = ["good.jpg", "missing.jpg", "../outside.jpg", "bad.jpg"]
    samples = [Sample(name, 100, 80, (Instance("cat", BOX), Instance("dog", BOX))) for name in names]
    placed, report = judge(samples, tmp_path, allow_missing=False)
    assert [p.image for p in placed] == ["good.jpg"]
    assert report.left_out == {"IMG102": 1, "IMG103": 1, "IMG105": 1}
    assert (report.counts["images"], report.counts["annotations"], report.counts["annotations_left_out"]) == (4, 8, 6)
    assert [f.location.image for code in ("IMG103", "IMG102", "IMG105") for f in report.examples[code]] == names[1:]


def test_a_missing_image_is_kept_when_allowed() -> None:
    placed, report = judge([Sample("a.jpg", 100, 80, (Instance("cat", BOX),))])
    assert len(placed) == 1
    assert (report.by_code, report.left_out) == ({"IMG104": 1}, {})


def test_every_annotation_is_placed_or_counted_as_left_out() -> None:
    instances = (Instance("cat", BOX), CROWD, Instance("dog"), Instance(None), Instance("cat", BOX, defects=("a", "b")))
    placed, report = judge([Sample("a.jpg", 100, 80, instances)])
    assert len(placed[0].objects) == 1
    assert (report.counts["annotations"], report.counts["annotations_left_out"]) == (5, 4)


def test_all_classes_of_the_source_are_known_to_be_in_the_picture() -> None:
    instances = (Instance("cat", BOX), OTHER_CROWD, Instance(None, BOX))
    (placed,), _ = judge([Sample("a.jpg", 100, 80, instances)], selection=Selection(rename={"dog": "hound"}))
    assert placed.source_labels == {"cat", "hound"}


def test_findings_say_where() -> None:
    _, report = judge([Sample("a.jpg", 100, 80, (Instance("cat", source_id="7"),), source_id="3")])
    (finding,) = report.examples["BOX101"]
    assert str(finding.location) == "a.json, image a.jpg, annotation 7"
