"""Which format a source is taken for; every format's own marks are tried on sources as tools write them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from builders import coco_annotation, coco_document, write_image, write_json
from labelme_builders import shape, write_labelme
from mask_builders import save_pair
from openimages_builders import BOXES, MASKS, box, make_openimages, mask, write_csv
from voc_builders import make_devkit, voc_object, write_voc
from yolo_builders import add_pairs, make_roboflow, write_lines

from pali_dataprep.errors import InputError, UsageError
from pali_dataprep.formats import FORMATS
from pali_dataprep.formats.glimpse import HEAD_BYTES
from pali_dataprep.formats.recognition import read_source, recognise_format, recognised_formats
from pali_dataprep.options import Task


def taken_for(path: Path) -> str:
    recognised = recognise_format(path)
    assert recognised.why
    return recognised.name


COCO = coco_document(annotations=[coco_annotation()])


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (COCO, "coco"),
        ({"images": [], "annotations": [], "categories": []}, "coco"),
        ({"annotations": COCO["annotations"], "images": COCO["images"], "categories": []}, "coco"),
        ([{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}], "coco"),
        ([{"image_id": 1, "caption": "a cat"}], "coco"),
        ({"images": COCO["images"], "annotations": [{"segments_info": []}], "categories": []}, "masks"),
        ({"questions": [{"question_id": 1, "image_id": 1, "question": "what?"}]}, "vqa"),
        ({"annotations": [{"question_id": 1, "image_id": 1, "answers": []}]}, "vqa"),
        ({"data": [{"question": "what?", "answers": ["a"], "image": "a.png"}]}, "vqa"),
        ([{"id": 1, "qas": [{"question": "what?", "answer": "a"}]}], "vqa"),
        ([{"id": "1", "image": "a.jpg", "conversations": [{"from": "human", "value": "what?"}]}], "vqa"),
        ([{"question": "what?", "answer": "a", "image": "a.jpg"}], "vqa"),
        ([["what?", "a", 1]], "vqa"),
        ({"images": [{"filename": "1.jpg", "sentences": [{"raw": "a"}]}], "dataset": "flickr8k"}, "captions"),
        ({"imgs": {"1": {"file_name": "1.jpg"}}, "anns": {"2": {"image_id": "1", "utf8_string": "STOP"}}}, "ocr"),
        ([{"id": 1, "regions": [{"region_id": 2, "phrase": "a", "x": 1, "y": 1}]}], "grounding"),
        ([{"ann_id": 1, "image_id": 1, "sentences": [{"sent": "a"}]}], "grounding"),
        ({**COCO, "annotations": [{**COCO["annotations"][0], "tokens_positive": [[0, 1]]}]}, "grounding"),
        ({"17": {"question": "what?", "answer": "a", "imageId": "n1"}}, "vqa"),
        ({"questions": {"what?": {"answerTexts": ["a"], "correctAnswer": 0}}, "imageName": "1.png"}, "vqa"),
    ],
)
def test_json(tmp_path: Path, content: object, name: str) -> None:
    assert taken_for(write_json(tmp_path / "source.json", content)) == name


@pytest.mark.parametrize("last", ["images", "annotations"])
def test_json_that_begins_with_more_categories_than_are_looked_at(tmp_path: Path, last: str) -> None:
    """As LVIS's samples do, whose categories have synonyms and definitions."""
    categories = [{"id": n, "name": f"class {n}", "def": "x" * 100} for n in range(HEAD_BYTES // 100)]
    rest = {key: COCO[key] for key in sorted(("images", "annotations"), key=last.__eq__)}
    path = write_json(tmp_path / "source.json", {"categories": categories, **rest})
    assert taken_for(path) == "coco"
    path.write_text(json.dumps({"categories": categories}), "utf-8")
    assert not recognised_formats(path)


@pytest.mark.parametrize(
    ("file", "text", "name"),
    [
        ("a.csv", "question,answer,image\nwhat?,a,a.jpg\n", "vqa"),
        ("a.tsv", "image\tquestion\tanswers\n", "vqa"),
        ("a.jsonl", '{"question": "what?", "answer": "a", "image": "a.jpg"}\n{"question": "who?"}\n', "vqa"),
        ("a.jsonl", '{"messages": [{"role": "user", "content": "what?"}], "image": "a.jpg"}\n', "vqa"),
        ("results.csv", "image_name| comment_number| comment\n1.jpg| 0| a\n", "captions"),
        ("a.csv", "raw,sentids,split,filename,img_id\n", "captions"),
        ("a.txt", "image,caption\n1.jpg,a\n", "captions"),
        ("a.token", "1.jpg#0\tA dog .\n", "captions"),
        ("a.jsonl", '{"image": "1.jpg", "caption": "a dog"}\n', "captions"),
        ("metadata.jsonl", '{"file_name": "1.jpg", "text": "a dog"}\n', "imagefolder"),
        ("metadata.jsonl", '{"file_name": "1.jpg", "question": "what?", "answer": "a"}\n', "imagefolder"),
        ("metadata.csv", "file_name,text\n", "imagefolder"),
        ("a.csv", "image,text,x,y,width,height\n1.jpg,STOP,1,2,3,4\n", "ocr"),
        ("a.jsonl", '{"image": "1.jpg", "text": "STOP", "bbox": [1, 2, 3, 4]}\n', "ocr"),
        ("a.csv", "image,phrase,x,y,width,height\n", "grounding"),
        ("a.jsonl", '{"file_name": "1.jpg", "answer": ["left cat"], "bbox": [1, 2, 3, 4]}\n', "grounding"),
        ("set.yaml", "train: images/train\nnames: [cat]\n", "yolo"),
        ("obj.data", "classes = 2\ntrain = data/train.txt\nnames = data/obj.names\n", "yolo"),
        ("classes.txt", "cat\ndog\n", "yolo"),
        ("obj.names", "cat\ndog\n", "yolo"),
    ],
)
def test_text(tmp_path: Path, file: str, text: str, name: str) -> None:
    (tmp_path / file).write_text(text)
    assert taken_for(tmp_path / file) == name


def test_parquet(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"question": ["what?"], "answer": ["a"], "image": ["a.jpg"]}), tmp_path / "a.parquet")
    assert taken_for(tmp_path / "a.parquet") == "vqa"
    pq.write_table(pa.table({"image": ["a.jpg"], "caption": ["a"]}), tmp_path / "c.parquet")
    assert taken_for(tmp_path / "c.parquet") == "captions"
    (tmp_path / "b.parquet").write_bytes(b"PAR1 and nothing else")
    assert recognised_formats(tmp_path / "b.parquet") == []


def test_folders_of_yolo(tmp_path: Path) -> None:
    make_roboflow(tmp_path / "described")
    add_pairs(tmp_path / "named", "a")
    write_lines(tmp_path / "named/classes.txt", "cat")
    add_pairs(tmp_path / "labels only", "a")
    write_image(tmp_path / "beside/a.jpg", 10, 10)
    write_lines(tmp_path / "beside/a.txt", "0 0.5 0.5 0.2 0.2")
    names = [taken_for(tmp_path / name) for name in ("described", "named", "labels only", "beside", "named/labels")]
    assert names == ["yolo"] * 5


@pytest.mark.parametrize("line", ["377,117,463,117,465,130,378,130,Genaxis", '158 128 411 181 "Footpath"'])
def test_folders_of_icdar(tmp_path: Path, line: str) -> None:
    (tmp_path / "gt_img_1.txt").write_text(line + "\r\n", "utf-8-sig")
    assert taken_for(tmp_path) == "ocr"


def test_folders_of_masks(tmp_path: Path) -> None:
    save_pair(tmp_path / "plain", "a", [[0, 1]])
    write_image(tmp_path / "beside/a.jpg", 4, 4)
    write_image(tmp_path / "beside/a_mask.png", 4, 4)
    for folder in ("SegmentationObject", "JPEGImages"):
        write_image(tmp_path / f"voc/{folder}/a.png", 4, 4)
    for folder in ("images", "masks"):
        write_image(tmp_path / f"nuclei/train/1/{folder}/a.png", 4, 4)
    taken = ("plain", "plain/masks", "plain/masks/a.png", "beside", "voc", "voc/SegmentationObject", "nuclei")
    assert {name: taken_for(tmp_path / name) for name in taken} == dict.fromkeys(taken, "masks")


def test_folders_of_voc(tmp_path: Path) -> None:
    devkit = make_devkit(tmp_path / "VOCdevkit/VOC2012", {"train": ["a"]})
    write_image(devkit / "SegmentationObject/a.png", 4, 4)
    for name in ("plain/a.xml", "roboflow/valid/b.xml", "deep/Annotations/train/c.xml"):
        write_voc(tmp_path / name, voc_object())
    taken = ("plain", "plain/a.xml", "roboflow", "deep", "VOCdevkit", "VOCdevkit/VOC2012")
    inner = ("VOCdevkit/VOC2012/Annotations", "VOCdevkit/VOC2012/ImageSets/Main/train.txt")
    assert {name: taken_for(tmp_path / name) for name in (*taken, *inner)} == dict.fromkeys((*taken, *inner), "voc")
    assert taken_for(devkit / "SegmentationObject") == "masks"


def test_folders_of_labelme(tmp_path: Path) -> None:
    write_labelme(tmp_path / "json/a.json", shape())
    write_labelme(tmp_path / "splits/train/a.json", shape())
    text = "<annotation><object><polygon><pt><x>1</x><y>2</y></pt></polygon></object></annotation>"
    write_lines(tmp_path / "xml/Annotations/sub/a.xml", text)
    taken = ("json", "json/a.json", "splits", "xml", "xml/Annotations/sub/a.xml")
    assert {name: taken_for(tmp_path / name) for name in taken} == dict.fromkeys(taken, "labelme")


def test_folders_of_open_images(tmp_path: Path) -> None:
    make_openimages(tmp_path / "set", box("a"))
    write_csv(tmp_path / "annotations only/annotations/a.csv", MASKS, [mask("a")])
    write_csv(tmp_path / "fiftyone/train/labels/detections.csv", BOXES, [box("a")])
    taken = (
        "set",
        "set/train-annotations-bbox.csv",
        "annotations only",
        "fiftyone",
        "annotations only/annotations/a.csv",
    )
    assert {name: taken_for(tmp_path / name) for name in taken} == dict.fromkeys(taken, "openimages")


def test_folders_of_sam(tmp_path: Path) -> None:
    content = {"image": {"image_id": 1, "file_name": "a.jpg"}, "annotations": [{"id": 1, "bbox": [0, 0, 1, 1]}]}
    (tmp_path / "set/sa_000000").mkdir(parents=True)
    write_json(tmp_path / "set/sa_000000/sa_1.json", content)
    taken = ("set", "set/sa_000000", "set/sa_000000/sa_1.json")
    assert {name: taken_for(tmp_path / name) for name in taken} == dict.fromkeys(taken, "sam")


def test_folders_of_json(tmp_path: Path) -> None:
    for name in ("roboflow/train/_annotations.coco.json", "coco/annotations/instances.json", "one/a.json"):
        (tmp_path / name).parent.mkdir(parents=True)
        write_json(tmp_path / name, COCO)
    (tmp_path / "gqa").mkdir()
    write_json(tmp_path / "gqa/a.json", {"17": {"question": "what?", "answer": "a", "imageId": "n1"}})
    taken = {name: taken_for(tmp_path / name) for name in ("roboflow", "coco", "one", "gqa")}
    assert taken == {"roboflow": "coco", "coco": "coco", "one": "coco", "gqa": "vqa"}


@pytest.mark.parametrize("name", ["nothing.txt", "odd.json", "empty"])
def test_what_is_known_by_nothing_is_told_what_was_looked_for(tmp_path: Path, name: str) -> None:
    (tmp_path / "nothing.txt").write_text("neither fish nor fowl")
    (tmp_path / "odd.json").write_text('{"shoes": [1, 2]}')
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError) as caught:
        recognise_format(tmp_path / name)
    assert caught.value.message.startswith(f"{tmp_path / name}: of no format")
    assert all(f"\n  {info.name}: {info.told_by}" in caught.value.message for info in FORMATS.values())


def test_a_set_one_folder_further_down_is_pointed_at(tmp_path: Path) -> None:
    make_roboflow(tmp_path / "data")
    with pytest.raises(InputError) as caught:
        recognise_format(tmp_path)
    assert caught.value.hint == f"{tmp_path / 'data'} looks like yolo: data.yaml with `names` and `train`"


def test_what_may_be_of_two_formats_is_asked_about(tmp_path: Path) -> None:
    make_roboflow(tmp_path)
    save_pair(tmp_path, "a", [[0, 1]])
    with pytest.raises(InputError) as caught:
        recognise_format(tmp_path)
    assert caught.value.message.splitlines() == [
        f"{tmp_path}: may be of 2 formats",
        "  yolo: data.yaml with `names` and `train`",
        "  masks: the folder masks, which holds images",
    ]
    assert caught.value.hint == "--from says which"


@pytest.mark.parametrize("kind", ["zip", "tar", "gztar"])
def test_an_archive_is_to_be_unpacked(tmp_path: Path, kind: str) -> None:
    (tmp_path / "set").mkdir()
    write_json(tmp_path / "set/source.json", COCO)
    path = Path(shutil.make_archive(str(tmp_path / "set"), kind, tmp_path / "set"))
    for format in ("auto", *FORMATS):
        with pytest.raises(InputError, match="an archive") as caught:
            read_source(path, format)
        assert "unpack it" in caught.value.hint


def test_no_such_source(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        recognise_format(tmp_path / "none")


def test_a_format_that_was_wrongly_named_is_set_right(tmp_path: Path) -> None:
    make_roboflow(tmp_path)
    with pytest.raises(InputError) as caught:
        read_source(tmp_path, "coco")
    assert caught.value.hint == "it looks like yolo: data.yaml with `names` and `train`"
    with pytest.raises(UsageError, match="--from coc: no such format"):
        read_source(tmp_path, "coc")


def test_hints_name_the_option_that_convert_has(tmp_path: Path) -> None:
    """Not the flag of the format's own command, which `convert` refuses."""
    save_pair(tmp_path, "a", [[0, 1, 2]])
    with pytest.raises(InputError, match="no class names") as caught:
        read_source(tmp_path)
    assert caught.value.hint.startswith("--option classes=... names them; --option label=... names the one class")
    assert FORMATS["vqa"].reader_options().spelled("--answers, --answer-column") == (
        "--answers, --option answer_column=..."
    )


def test_a_source_is_read_with_what_it_was_taken_for(tmp_path: Path) -> None:
    dataset = read_source(make_roboflow(tmp_path), given={"subsets": "val"})
    assert [s.file_name for s in dataset.samples()] == ["valid/images/c.jpg"]
    assert {**dataset.reading}.items() >= {"format": "yolo", "recognised": "data.yaml with `names` and `train`"}.items()
    assert dataset.task is Task.DETECT


def test_captions_are_what_a_file_of_captions_is_made_for(tmp_path: Path) -> None:
    captions = coco_document(annotations=[{"id": 1, "image_id": 1, "caption": "a cat"}])
    assert read_source(write_json(tmp_path / "a.json", captions)).task is Task.CAPTION
    assert read_source(write_json(tmp_path / "b.json", COCO)).task is Task.DETECT
    assert json.loads((tmp_path / "b.json").read_text()) == COCO


@pytest.mark.parametrize("info", FORMATS.values(), ids=FORMATS)
def test_ways_are_given_to_formats_that_exist(info: object) -> None:
    given = info.gives_way_to  # type: ignore[attr-defined]
    assert set(given) <= FORMATS.keys()
    assert all(info.name not in FORMATS[other].gives_way_to for other in given)  # type: ignore[attr-defined]


def test_rows_are_told_that_they_are_rows(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"image": "a.jpg", "prefix": "detect cat", "suffix": ""}\n')
    with pytest.raises(InputError) as caught:
        recognise_format(rows)
    assert caught.value.hint.startswith("these are PaliGemma rows already")


def test_a_folder_of_coco_panoptic_names_the_file(tmp_path: Path) -> None:
    panoptic = tmp_path / "annotations/panoptic_val.json"
    panoptic.parent.mkdir()
    panoptic.write_text('{"images": [], "annotations": [{"segments_info": []}], "categories": []}')
    for folder in (tmp_path, panoptic.parent):
        with pytest.raises(InputError) as caught:
            recognise_format(folder)
        assert caught.value.hint.startswith(f"{panoptic} looks like masks")
