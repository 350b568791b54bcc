from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import vqa_fixtures as sets
from builders import write_image, write_json
from cli_world import cli, complaint, rows_of
from shared_data import SHARED, needs_shared

from pali_dataprep import AnswerPolicy, ConvertOptions, Report, Task, VqaOptions, vqa2jsonl
from pali_dataprep import images as image_files
from pali_dataprep.errors import FindingsError, UsageError

Pairs = list[tuple[str, str, str]]


def convert(folder: Path, source: Path, *options: object) -> Pairs:
    """Rows as (image, prefix, suffix) of a conversion that works; images need not be there."""
    out = folder / "out.jsonl"
    assert cli("vqa2jsonl", source, "-o", out, "--allow-missing", "--overwrite", *options) == 0
    return [(row["image"], row["prefix"], row["suffix"]) for row in rows_of(out)]


def report_of(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "out.jsonl.manifest.json").read_text("utf-8"))
    report: dict[str, Any] = manifest["report"]
    return report


def assert_counts_add_up(counts: dict[str, int]) -> None:
    assert counts["questions"] + counts.get("further_answers", 0) == counts["rows"] + counts.get(
        "questions_left_out", 0
    )


@pytest.mark.parametrize(
    ("policy", "suffixes"),
    [
        (None, ["cat", "3", "yes"]),
        ("majority", ["cat", "3", "yes"]),
        ("first", ["cat", "2", "yes"]),
        ("best-confidence", ["cat", "2", "yes"]),
        ("all", ["cat", "cat", "dog", "2", "3", "3", "yes"]),
    ],
)
def test_answers_of_vqav2(tmp_path: Path, policy: str | None, suffixes: list[str]) -> None:
    questions, annotations = sets.vqav2(tmp_path)
    options = ("--answers", policy) if policy else ()
    rows = convert(tmp_path, questions, "--annotations", annotations, *options)
    assert [suffix for _, _, suffix in rows] == suffixes
    assert rows[0] == ("COCO_train2014_000000000009.jpg", "answer en What is this?", "cat")
    counts = report_of(tmp_path)["counts"]
    assert (counts["images"], counts["questions"]) == (2, 3)
    assert_counts_add_up(counts)


@pytest.mark.parametrize(
    ("options", "row"),
    [
        ((), ("answer en what?", "a net")),
        (("--lang", "de"), ("answer de what?", "a net")),
        (("--template", "{question}"), ("what?", "a net")),
        (("--template", "caption {lang}"), ("caption en", "a net")),
        (("--template", "question {lang} {answer}"), ("question en a net", "what?")),
        (("--template", "{question}", "--target", "keras"), ("what?\n", "a net")),
    ],
)
def test_prefix_templates(tmp_path: Path, options: tuple[str, ...], row: tuple[str, str]) -> None:
    source = write_json(tmp_path / "q.json", [[" what?\r\n", "a\n net ", "x.png"]])
    assert convert(tmp_path, source, *options) == [("x.png", *row)]


def test_the_language_of_a_row_goes_before_the_option(tmp_path: Path) -> None:
    source = tmp_path / "q.csv"
    source.write_text("image,question,answer,lang\nx.png,wo?,hier,de\nx.png,where?,here,\n", "utf-8")
    prefixes = [prefix for _, prefix, _ in convert(tmp_path, source, "--lang", "fr")]
    assert prefixes == ["answer de wo?", "answer fr where?"]


def test_captions_from_a_table_need_no_question(tmp_path: Path) -> None:
    source = tmp_path / "q.csv"
    source.write_text("image,caption\nx.png,A  net.\n", "utf-8")
    rows = convert(tmp_path, source, "--answer-column", "caption", "--template", "caption {lang}")
    assert rows == [("x.png", "caption en", "A net.")]


@pytest.mark.parametrize(
    ("options", "prefix", "suffix"),
    [
        ((), "Which is farthest north? choose from: West Virginia \t Louisiana", "West Virginia"),
        (
            ("--choices", "letters"),
            "Which is farthest north? choose from: (A) West Virginia, (B) Louisiana",
            "A",
        ),
        (("--template", "answer {lang} {question}"), "Which is farthest north?", "West Virginia"),
        (
            ("--template", "answer {lang} {context} {question}"),
            "Look at the map. Which is farthest north?",
            "West Virginia",
        ),
    ],
)
def test_multiple_choice(tmp_path: Path, options: tuple[str, ...], prefix: str, suffix: str) -> None:
    source = write_json(tmp_path / "problems.json", sets.SCIENCEQA)
    assert convert(tmp_path, source, *options) == [("train/1/image.png", f"answer en {prefix}", suffix)]
    report = report_of(tmp_path)
    assert report["findings"]["SEL107"]["left_out"] == 1
    assert_counts_add_up(report["counts"])


def test_turns(tmp_path: Path) -> None:
    source = write_json(tmp_path / "q.json", sets.LLAVA[:1])
    first = convert(tmp_path, source)
    assert first == [("coco/train2017/000000033471.jpg", "answer en What are the colors of the bus?", "White and red.")]
    assert report_of(tmp_path)["findings"]["SEL108"]["left_out"] == 1
    assert_counts_add_up(report_of(tmp_path)["counts"])
    both = convert(tmp_path, source, "--turns", "all")
    assert both == [*first, ("coco/train2017/000000033471.jpg", "answer en Which feature stands out?", "The back.")]


def test_columns_and_image_template(tmp_path: Path) -> None:
    source = tmp_path / "q.tsv"
    source.write_text("what?\tnet\t7\n", "utf-8")
    options = ("--columns", "question,answer,n", "--image-template", "{n:04d}.jpg")
    assert convert(tmp_path, source, *options) == [("0007.jpg", "answer en what?", "net")]


def test_images_are_looked_up(tmp_path: Path) -> None:
    write_image(tmp_path / "images/deep/7.png", 4, 4)
    source = write_json(tmp_path / "q.json", [["what?", "net", 7], ["what?", "x", "far/7.png"]])
    out = tmp_path / "out.jsonl"
    assert cli("vqa2jsonl", source, "-o", out, "--images", tmp_path / "images", "--image-lookup") == 0
    assert {row["image"] for row in rows_of(out)} == {"images/deep/7.png"}


def test_images_are_copied_once(tmp_path: Path) -> None:
    write_image(tmp_path / "in/x.png", 4, 4)
    source = write_json(tmp_path / "in/q.json", [["a?", "b", "x.png"], ["c?", "d", "x.png"]])
    out = tmp_path / "out/all.jsonl"
    assert cli("vqa2jsonl", source, "-o", out, "--image-paths", "copy") == 0
    assert (tmp_path / "out" / rows_of(out)[0]["image"]).is_file()


def test_a_header_is_read_once_an_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("x.png", "y.png"):
        write_image(tmp_path / name, 4, 4)
    reads: Counter[str] = Counter()
    read_header = image_files.read_header

    def counting(path: Path, *state: Any) -> object:
        reads[path.name] += 1
        return read_header(path, *state)

    monkeypatch.setattr("pali_dataprep.conversion.judge.read_header", counting)
    rows = [[f"{n}?", "a", f"{'xy'[n % 2]}.png"] for n in range(10)]
    report = vqa2jsonl(write_json(tmp_path / "q.json", rows), tmp_path / "out.jsonl")
    assert reads == {"x.png": 1, "y.png": 1}
    assert [row["prefix"] for row in rows_of(tmp_path / "out.jsonl")] == [f"answer en {n}?" for n in range(10)]
    assert report.counts["images"] == 2


def test_splits_keep_the_questions_of_an_image_together(tmp_path: Path) -> None:
    rows = [[f"{n}?", "a", f"{n % 10}.png"] for n in range(100)]
    source = write_json(tmp_path / "q.json", rows)
    options = ("--allow-missing", "--split", "train=0.8,val=0.2")
    assert cli("vqa2jsonl", source, "-o", tmp_path / "out.jsonl", *options) == 0
    images = [{row["image"] for row in rows_of(tmp_path / f"out.{split}.jsonl")} for split in ("train", "val")]
    assert [len(found) for found in images] == [8, 2]
    assert not images[0] & images[1]


# --- what is wrong


def mixed(folder: Path) -> Path:
    """Seven questions: two can be written; what is wrong with the others is their question."""
    write_image(folder / "x.png", 4, 4)
    entries = [
        ["fine?", "yes", "x.png"],
        ["lost?", "yes", "lost.png"],
        ["lost again?", "yes", "lost.png"],
        ["outside?", "yes", "../x.png"],
        ["ends early?", "yes<eos>", "x.png"],
        ["unanswered?", "", "x.png"],
        ["1 < 2?", "yes", "x.png"],
    ]
    return write_json(folder / "q.json", entries)


def test_errors_stop_with_nothing_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = mixed(tmp_path)
    assert cli("vqa2jsonl", source, "-o", tmp_path / "out.jsonl") == 1
    shown = capsys.readouterr().err
    for code, where in (("IMG103", "lost.png"), ("IMG102", "../x.png"), ("QST104", "entry 4")):
        assert code in shown
        assert where in shown
    assert not (tmp_path / "out.jsonl").exists()


def test_the_rest_converts_and_the_counts_add_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = mixed(tmp_path)
    assert cli("vqa2jsonl", source, "-o", tmp_path / "out.jsonl", "--on-error", "skip") == 0
    assert [row["prefix"] for row in rows_of(tmp_path / "out.jsonl")] == ["answer en fine?", "answer en 1 < 2?"]
    report = report_of(tmp_path)
    assert (report["counts"]["questions"], report["counts"]["questions_left_out"]) == (7, 5)
    assert_counts_add_up(report["counts"])
    assert {code: entry["count"] for code, entry in report["findings"].items()} == {
        "IMG102": 1,
        "IMG103": 1,
        "QST103": 1,
        "QST104": 1,
        "QST105": 1,
    }
    shown = capsys.readouterr().out
    assert "asked    7 questions; left out 5" in shown
    assert "annotation entry 5: no answer: 'unanswered?'" in shown


def test_a_malformed_entry_is_an_error_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "q.jsonl"
    source.write_text('{"image": "x.png", "question": "?", "answer": "a"}\n{"image": \n', "utf-8")
    assert cli("vqa2jsonl", source, "-o", tmp_path / "out.jsonl", "--allow-missing") == 1
    assert "q.jsonl:2: q.jsonl:2 is not JSON" in capsys.readouterr().err
    assert len(convert(tmp_path, source, "--on-error", "skip")) == 1
    assert report_of(tmp_path)["findings"]["QST101"]["left_out"] == 1
    assert_counts_add_up(report_of(tmp_path)["counts"])


def test_an_image_that_is_none_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.png").write_bytes(b"not a picture")
    source = write_json(tmp_path / "q.json", [["?", "a", "x.png"]])
    assert cli("vqa2jsonl", source, "-o", tmp_path / "out.jsonl") == 1
    assert "IMG105" in capsys.readouterr().err


def test_rows_over_the_budget_are_named_by_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_json(tmp_path / "q.json", [["short?", "a", "x.png"], ["long?", "a " * 300, "x.png"]])
    out = tmp_path / "out.jsonl"
    assert cli("vqa2jsonl", source, "-o", out, "--allow-missing") == 1
    assert "1 row of more than 256 tokens" in capsys.readouterr().err
    assert len(convert(tmp_path, source, "--overflow", "skip")) == 1
    report = report_of(tmp_path)
    assert_counts_add_up(report["counts"])
    assert "annotation entry 1" in report["findings"]["BUD101"]["examples"][0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--template", "{question} {answer}"), "nothing is left to ask for"),
        (("--template", "{nope}"), "no field {nope}"),
        (("--image-template", "{"), "--image-template"),
        (("--image-template", "{image}", "--image-lookup"), "one of them"),
        (("--columns", "question,question"), "twice"),
        (("--overflow", "split-rows"), "a row of --task answer cannot be divided"),
        (("--lang", "en US"), "one word"),
    ],
)
def test_options_that_make_no_sense(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], message: str
) -> None:
    source = write_json(tmp_path / "q.json", [["?", "a", "x.png"]])
    assert cli("vqa2jsonl", source, "-o", tmp_path / "out.jsonl", *options) == 2
    assert message in complaint(capsys)


def test_coco_has_no_questions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_json(tmp_path / "c.json", {"images": [], "annotations": [], "categories": []})
    assert cli("coco2jsonl", source, "-o", tmp_path / "out.jsonl", "--task", "answer") == 2
    assert "'answer' is not one of" in capsys.readouterr().err


def test_the_manifest_says_how_the_source_was_read(tmp_path: Path) -> None:
    questions, annotations = sets.vqav2(tmp_path)
    convert(tmp_path, questions, "--annotations", annotations, "--answers", "first")
    manifest = json.loads((tmp_path / "out.jsonl.manifest.json").read_text("utf-8"))
    assert manifest["command"] == "vqa2jsonl"
    assert [Path(entry["path"]).name for entry in manifest["inputs"]] == ["questions.json", "annotations.json"]
    assert {key: manifest["options"][key] for key in ("task", "answers", "layout")} == {
        "task": "answer",
        "answers": "first",
        "layout": "VQAv2",
    }


def test_the_library_call_does_the_same(tmp_path: Path) -> None:
    questions, annotations = sets.vqav2(tmp_path)
    by_command = convert(tmp_path, questions, "--annotations", annotations, "--answers", "all")
    options = ConvertOptions(task=Task.ANSWER, answers=AnswerPolicy.ALL, allow_missing=True)
    reading = VqaOptions(annotations=annotations)
    report: Report = vqa2jsonl(questions, tmp_path / "lib.jsonl", options, reading=reading)
    rows = [(row["image"], row["prefix"], row["suffix"]) for row in rows_of(tmp_path / "lib.jsonl")]
    assert rows == by_command
    assert report.counts["further_answers"] == 4
    with pytest.raises(FindingsError):
        vqa2jsonl(questions, tmp_path / "no.jsonl", reading=reading)
    with pytest.raises(UsageError):
        ConvertOptions(template="{nope}")


# --- real data


@needs_shared
def test_easy_vqa_row_for_row(tmp_path: Path) -> None:
    folder = SHARED / "data/easy_vqa/data/test"
    triples = json.loads((folder / "questions.json").read_text("utf-8"))
    report = vqa2jsonl(folder / "questions.json", tmp_path / "out.jsonl")
    rows = rows_of(tmp_path / "out.jsonl")
    assert [(row["prefix"], row["suffix"]) for row in rows] == [(f"answer en {q}", a) for q, a, _ in triples]
    assert [Path(row["image"]).name for row in rows] == [f"{image}.png" for _, _, image in triples]
    assert (report.counts["rows"], report.counts["images"], report.errors) == (9_673, 1_000, 0)


@needs_shared
def test_vqav2_majorities_are_those_counted_by_hand(tmp_path: Path) -> None:
    folder = SHARED / "data/vqa_allennlp/vqav2"
    answers = json.loads((folder / "annotations.json").read_text("utf-8"))["annotations"]
    counted = [Counter(a["answer"] for a in entry["answers"]).most_common(1)[0][0] for entry in answers]
    rows = convert(tmp_path, folder / "questions.json", "--annotations", folder / "annotations.json")
    assert [suffix for _, _, suffix in rows] == counted
    every = convert(
        tmp_path, folder / "questions.json", "--annotations", folder / "annotations.json", "--answers", "all"
    )
    assert len(every) == sum(len(entry["answers"]) for entry in answers) == 30
