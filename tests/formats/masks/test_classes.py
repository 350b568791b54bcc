from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from mask_builders import save_pair

from pali_dataprep.errors import InputError
from pali_dataprep.formats import FORMATS
from pali_dataprep.formats.masks.classes import read_class_table, table_of_one
from pali_dataprep.formats.masks.published import CITYSCAPES, VOC, colour_map_voc

PLAIN = ({0: "background", 1: "road", 2: "traffic light"}, {})
COLOURED = ({0: "background", 1: "road", 2: "traffic light"}, {0: 0, 0x804080: 1, 0x0000FF: 2})

TEXTS = {
    "Roboflow, a space after the comma, no final newline": (
        "_classes.csv",
        "Pixel Value, Class\n0, background\n1, road\n2, traffic light",
        PLAIN,
    ),
    "no header": ("c.csv", "0,background\n1,road\n2,traffic light\n", PLAIN),
    "name first, CRLF": ("c.csv", "name,id\r\nbackground,0\r\nroad,1\r\ntraffic light,2\r\n", PLAIN),
    "quoted": ("c.csv", '0,"background"\n1,"road"\n2,"traffic  light"\n', PLAIN),
    "CamVid class_dict": (
        "class_dict.csv",
        "name,r,g,b\nbackground,0,0,0\nroad,128,64,128\ntraffic light,0,0,255\n",
        COLOURED,
    ),
    "value, name, colour": ("c.csv", "0,background,0,0,0\n1,road,128,64,128\n2,traffic light,0,0,255\n", COLOURED),
    "hexadecimal": ("c.csv", "background,#000000\nroad,#804080\ntraffic light,#0000ff\n", COLOURED),
    "label_colors": ("label_colors.txt", "0 0 0 background\n128 64 128\troad\n0 0 255 traffic light\n", COLOURED),
    "name before colour": ("c.txt", "background 0 0 0\nroad 128 64 128\ntraffic light 0 0 255\n", COLOURED),
    "VOC labelmap": (
        "labelmap.txt",
        "# label:color_rgb:parts:actions\nbackground:0,0,0::\nroad:128,64,128::\ntraffic light:0,0,255::\n",
        COLOURED,
    ),
    "names, one a line": ("classes.txt", "background\nroad\ntraffic light\n", PLAIN),
    "value: name": ("c.json", json.dumps({"0": "background", "1": "road", "2": "traffic light"}), PLAIN),
    "name: value": ("c.json", json.dumps({"background": 0, "road": 1, "traffic light": 2}), PLAIN),
    "list": ("c.json", json.dumps(["background", "road", "traffic light"]), PLAIN),
    "name: colour": (
        "c.json",
        json.dumps({"background": [0, 0, 0], "road": [128, 64, 128], "traffic light": [0, 0, 255]}),
        COLOURED,
    ),
    "COCO categories": (
        "c.json",
        json.dumps(
            {
                "categories": [
                    {"id": 2, "name": "traffic light"},
                    {"id": 0, "name": "background"},
                    {"id": 1, "name": "road"},
                ]
            }
        ),
        PLAIN,
    ),
    "Mapillary config": (
        "config.json",
        json.dumps(
            {
                "labels": [
                    {"name": "background", "color": [0, 0, 0]},
                    {"name": "road", "color": [128, 64, 128]},
                    {"name": "traffic light", "color": [0, 0, 255]},
                ]
            }
        ),
        COLOURED,
    ),
    "Datumaro dataset_meta": (
        "dataset_meta.json",
        json.dumps(
            {
                "label_map": {"0": "background", "1": "road", "2": "traffic light"},
                "segmentation_colors": [[0, 0, 0], [128, 64, 128], [0, 0, 255]],
            }
        ),
        COLOURED,
    ),
}


TEXTS |= {
    "YAML of a training configuration": (
        "config.yaml",
        "# ids\npath: .\nclasses:\n  0: background\n  1: road\n  2: traffic light\n",
        PLAIN,
    ),
    "YAML, a list": ("data.yml", "nc: 3\nnames: [background, road, traffic light]\n", PLAIN),
    "YAML, entries": (
        "c.yaml",
        "- {id: 0, name: background, color: [0, 0, 0]}\n- {name: road, color: [128, 64, 128]}\n"
        "- name: traffic light\n  color: [0, 0, 255]\n",
        COLOURED,
    ),
}


@pytest.mark.parametrize(("name", "text", "expected"), TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_forms_of_class_tables(
    tmp_path: Path, name: str, text: str, expected: tuple[dict[int, str], dict[int, int]], encoding: str
) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    table = read_class_table(path)
    assert (table.names, table.colours) == expected
    assert table.foreground == ("road", "traffic light") or set(table.foreground) == {"road", "traffic light"}


MALFORMED = {
    "YAML without classes": ("c.yaml", "train: images\n", r"c\.yaml: entry train: 'train' is no pixel value"),
    "YAML that is text": ("c.yaml", "road\n", r"c\.yaml: neither an object nor a list"),
    "no YAML": ("c.yaml", "a: [\n", r"c\.yaml:2: not YAML"),
    "two names": ("c.csv", "0,background\nroad,street\n", r"c\.csv:2: neither value,name nor name,r,g,b"),
    "two numbers": ("c.csv", "0,1,road\n", r"c\.csv:1: neither"),
    "a channel of 300": ("c.csv", "road,300,0,0\n", r"c\.csv:1: not a colour of three numbers from 0 to 255"),
    "labelmap beyond 255": ("labelmap.txt", "road:0,0,256::\n", r"labelmap\.txt:1: not a colour"),
    "one value, two names": ("c.csv", "1,road\n1,car\n", r"c\.csv:2: value 1 is both 'road' and 'car'"),
    "one colour, two names": ("c.csv", "road,1,2,3\ncar,1,2,3\n", r"c\.csv:2: colour #010203 is both 'road' and 'car'"),
    "empty": ("c.csv", "\n", r"c\.csv: no class in it"),
    "header only": ("c.csv", "Pixel Value, Class\n", r"c\.csv: no class in it"),
    "truncated JSON": ("c.json", '{"0": "ro', r"c\.json:1: not JSON"),
    "a JSON number": ("c.json", "7", r"c\.json: neither an object nor a list"),
    "a JSON list of numbers": ("c.json", "[1, 2]", r"c\.json: entry 0: not a class: 1"),
    "a value that is none": ("c.json", '{"x": "road"}', r"c\.json: entry x: 'x' is no pixel value"),
    "a colour of two numbers": ("c.json", '{"road": [1, 2]}', r"c\.json: entry road: not a colour"),
    "a colour that is no list": (
        "c.json",
        '{"label_map": {"0": "road"}, "segmentation_colors": [7]}',
        r"segmentation_colors 0: not a colour",
    ),
}


@pytest.mark.parametrize(("name", "text", "message"), MALFORMED.values(), ids=MALFORMED)
def test_malformed_tables_name_the_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(InputError, match=message):
        read_class_table(tmp_path / name)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_bytes(b"1,r\xff\xf0ad\n")
    with pytest.raises(InputError, match="not text"):
        read_class_table(tmp_path / "c.csv")


def test_a_label_is_every_value() -> None:
    table = table_of_one("  cell  wall ")
    assert table.foreground == ("cell wall",)
    assert [table.is_object(v) for v in (0, 1, 254, 255)] == [False, True, True, False]


def test_zero_and_255_are_background_unless_they_are_named(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("0,road\n1,void\n255,sky\n")
    table = read_class_table(tmp_path / "c.csv")
    assert [table.is_object(v) for v in (0, 1, 2, 255)] == [True, False, True, True]


def test_published_tables() -> None:
    # Values printed in the VOC devkit's documentation and in cityscapesScripts' labels.py.
    palette = colour_map_voc()
    assert [palette[n] for n in (0, 1, 2, 15, 20, 255)] == [0, 0x800000, 0x008000, 0xC08080, 0x004080, 0xE0E0C0]
    assert (VOC.names[15], len(VOC.foreground)) == ("person", 20)
    assert [CITYSCAPES.names[n] for n in (7, 24, 33)] == ["road", "person", "bicycle"]
    assert not any(CITYSCAPES.is_object(n) for n in range(7))


def test_ten_thousand_classes_take_no_time(tmp_path: Path) -> None:
    save_pair(tmp_path, "a", [[0, 7]])
    (tmp_path / "classes.csv").write_text("".join(f"{n},class {n}\n" for n in range(1, 10_001)))
    begun = time.perf_counter()
    dataset = FORMATS["masks"].read(tmp_path)
    assert time.perf_counter() - begun < 5
    assert len(dataset.category_ids) == 10_000
