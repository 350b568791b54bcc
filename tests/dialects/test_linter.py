"""Each fault, written by its exporter, is named; good data is left in peace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from faulty_exporters import FAULTS, Scene, good, rows, synthetic

from pali_dataprep.dialects import DialectLinter, Verdict
from pali_dataprep.tokens.grammar import Grid
from pali_dataprep.tokens.scanning import scan_suffix

MANY, FEW = 300, 10

WITHOUT_SIZES = ["scaled to 1000", "scaled to 999", "pixels of a 224 copy", "pixels of a 640 copy", "corner and size"]
WITH_SIZES = [*WITHOUT_SIZES, "pixels of the picture", "truncated", "the other grid", "x before y"]
OF_CODEWORDS = ["polygon as seg", "seg000 sixteen times", "one run for all"]
OF_TEXT = list(FAULTS)[: list(FAULTS).index("scaled to 1000")]


def lint(
    written: Iterable[tuple[Scene, str, str]], *, sized: bool = False, grid: Grid = Grid.OVER_1024
) -> list[Verdict]:
    linter = DialectLinter(grid)
    for line, (scene, prefix, suffix) in enumerate(written, start=1):
        size = (scene.width, scene.height) if sized else None
        linter.add(prefix, suffix, scan_suffix(suffix, prompt=prefix), line=line, size=size)
    return list(linter.verdicts())


def names(verdicts: Iterable[Verdict]) -> set[str]:
    return {v.dialect.name for v in verdicts}


@pytest.mark.parametrize("fault", OF_TEXT)
def test_what_stands_in_the_text_is_named_from_a_few_rows(fault: str) -> None:
    dialect, style = FAULTS[fault]
    (verdict,) = (v for v in lint(rows(synthetic(3 * FEW), style)) if v.dialect.name == dialect)
    assert verdict.confidence == "certain"
    assert verdict.line >= 1


@pytest.mark.parametrize("fault", [*WITHOUT_SIZES, *OF_CODEWORDS])
def test_what_shows_without_pictures(fault: str) -> None:
    dialect, style = FAULTS[fault]
    assert names(lint(rows(synthetic(MANY), style))) - {"loc-1024"} == {dialect}


@pytest.mark.parametrize("fault", WITH_SIZES)
def test_what_shows_where_sizes_are_known(fault: str) -> None:
    dialect, style = FAULTS[fault]
    verdicts = lint(rows(synthetic(MANY), style), sized=True)
    assert names(verdicts) - {"loc-1024"} == {dialect}
    assert all(v.p_value is None or v.p_value <= 1e-5 for v in verdicts)


@pytest.mark.parametrize("fault", WITH_SIZES)
def test_two_sets_one_after_the_other(fault: str) -> None:
    """The second half in another dialect: named, with the lines, and with the advice to take the rows apart."""
    dialect, style = FAULTS[fault]
    scenes = synthetic(2 * MANY, seed=3)
    written = [*rows(scenes[:MANY], good(Grid.OVER_1024)), *rows(scenes[MANY:], style)]
    named = {v.dialect.name: v for v in lint(written, sized=True)}
    assert named.keys() - {"loc-1024"} == {dialect}
    if named[dialect].line and named[dialect].in_part:
        assert MANY - 128 < named[dialect].line <= MANY + 128
        assert "take these rows apart" in str(named[dialect])


@pytest.mark.parametrize("fault", ["scaled to 1000", "truncated", "the other grid", "x before y"])
def test_two_sets_shuffled(fault: str) -> None:
    """A third of the rows, anywhere: whole pixels and the pictures' sizes tell them."""
    dialect, style = FAULTS[fault]
    (verdict,) = lint(rows(synthetic(MANY), style, 0.3), sized=True)
    assert (verdict.dialect.name, verdict.in_part) == (dialect, True)


@pytest.mark.parametrize("scale", [0.75, 1.25, 1.5, 2, 3])
def test_pictures_scaled_after_they_were_annotated(scale: float) -> None:
    """Whole pixels of the original are fractions of the copy, on a lattice of their own."""
    scenes = [_copy(scene, scale) for scene in synthetic(400, seed=4)]
    assert lint(rows(scenes, good(Grid.OVER_1024)), sized=True) == []


def _copy(scene: Scene, scale: float) -> Scene:
    """The scene on a picture that is smaller by `scale`."""
    things = tuple(replace(t, box=tuple(v / scale for v in t.box)) for t in scene.things)
    return replace(scene, width=round(scene.width / scale), height=round(scene.height / scale), things=things)


@pytest.mark.parametrize("whole", [True, False], ids=["whole pixels", "fractions"])
@pytest.mark.parametrize("sized", [True, False], ids=["sizes known", "sizes unknown"])
@pytest.mark.parametrize("grid", Grid)
def test_good_data_is_left_in_peace(grid: Grid, sized: bool, whole: bool) -> None:
    for seed, count in enumerate((FEW, 100, MANY)):
        written = rows(synthetic(count, seed=seed, whole=whole), good(grid))
        assert lint(written, sized=sized, grid=grid) == []


def test_fractions_of_pixels_leave_no_trace_of_truncation() -> None:
    assert lint(rows(synthetic(MANY, whole=False), FAULTS["truncated"][1]), sized=True) == []


def test_a_fixed_camera_is_one_observation() -> None:
    """The same box in a thousand frames, its end at 1000: no pile, since it is one box."""
    linter = DialectLinter()
    suffix = "<loc0100><loc0100><loc1000><loc1000> door ; <loc0005><loc0005><loc0900><loc0900> wall"
    for line in range(1000):
        linter.add("detect door ; wall", suffix, scan_suffix(suffix), line=line)
    assert linter.verdicts() == ()


def test_the_evidence_is_of_the_whole_file() -> None:
    (verdict,) = lint(rows(synthetic(MANY), FAULTS["scaled to 1000"][1]))
    ends = 2 * sum(len(scene.things) for scene in synthetic(MANY))
    assert f"all {ends:,} box ends are at most 1000" in str(verdict)
    assert "coordinates look scaled to 1000, not 1024" in str(verdict)
    assert "p < 1e-15" in str(verdict) or "p = " in str(verdict)


def test_a_newline_that_was_asked_for_is_no_dialect() -> None:
    linter = DialectLinter(newline_expected=True)
    linter.add(
        "detect cat\n",
        "<loc0001><loc0002><loc0300><loc0400> cat",
        scan_suffix("<loc0001><loc0002><loc0300><loc0400> cat"),
    )
    assert linter.verdicts() == ()


def test_expressions_need_no_label() -> None:
    suffix = "<loc0001><loc0002><loc0300><loc0400>"
    linter = DialectLinter()
    linter.add("the left cat", suffix, scan_suffix(suffix))
    assert linter.verdicts() == ()


def test_memory_does_not_grow_with_the_file() -> None:
    import tracemalloc

    linter, written = DialectLinter(), [*rows(synthetic(400), good(Grid.OVER_1024))]
    tracemalloc.start()
    for scene, prefix, suffix in written:
        linter.add(prefix, suffix, scan_suffix(suffix), size=(scene.width, scene.height))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


def test_numbers_of_any_size_are_taken_with_the_pictures_known() -> None:
    linter = DialectLinter()
    for line, number in enumerate((-5000, -1, 1024, 10**12), start=1):
        suffix = f"<loc{number}><loc0001><loc0300><loc0400> cat"
        linter.add("detect cat", suffix, scan_suffix(suffix), line=line, size=(640, 480))
    assert "grid-mismatch" not in names(linter.verdicts())
