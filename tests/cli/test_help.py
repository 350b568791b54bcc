"""`--help` of every command, and that it costs nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_world import cli, make_world

from pali_dataprep.cli.commands import COMMANDS, DeferredCommand
from pali_dataprep.manifest import manifest_path
from pali_dataprep.version import __version__

Captured = pytest.CaptureFixture[str]

HEAVY = ("jax", "flax", "numpy", "PIL", "pydantic", "rich", "pycocotools", "msgspec", "sentencepiece", "pooch")


def command(*words: str) -> Any:
    """The command that these words call."""
    found = DeferredCommand(words[0], "").load()
    for word in words[1:]:
        found = found.commands[word]
    return found


def commands() -> Iterator[tuple[str, ...]]:
    """The words of every command."""
    for name in COMMANDS:
        yield (name,)
        yield from ((name, child) for child in getattr(command(name), "commands", {}))


@pytest.mark.parametrize("words", [(), *commands()], ids=" ".join)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_has_help(words: tuple[str, ...], flag: str, capsys: Captured) -> None:
    assert cli(*words, flag) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("Usage: ")
    assert captured.err == ""
    # A sentence on what it does, and a word on each option.
    assert len(captured.out.splitlines()[2].split()) > 4
    for line in captured.out.splitlines():
        assert "None" not in line


def test_every_option_is_explained() -> None:
    for words in commands():
        for parameter in command(*words).params:
            assert getattr(parameter, "help", ""), f"{' '.join(words)} {parameter.name}"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_with_the_first_words_of_its_own_help(name: str) -> None:
    first_paragraph = command(name).help.split("\n\n")[0]
    assert COMMANDS[name][1] == " ".join(first_paragraph.split())


def test_options_are_listed_under_headings(capsys: Captured) -> None:
    assert cli("coco2jsonl", "--help") == 0
    said = capsys.readouterr().out
    for heading in ("Arguments", "Which objects", "How rows are written", "Token budget", "Mask codec", "This run"):
        assert f"{heading}:\n" in said


@pytest.mark.parametrize("words", [*commands()], ids=" ".join)
def test_each_heading_stands_once(words: tuple[str, ...], capsys: Captured) -> None:
    assert cli(*words, "--help") == 0
    headings = [line for line in capsys.readouterr().out.splitlines() if line[-1:] == ":" and line[0] != " "]
    assert len(headings) == len(set(headings))


def test_no_command_at_all_is_a_call_for_help(capsys: Captured) -> None:
    assert cli() == 2
    captured = capsys.readouterr()
    assert "Usage: " in captured.out + captured.err


def test_an_unknown_command(capsys: Captured) -> None:
    assert cli("coco2json") == 2
    assert "No such command 'coco2json'. Did you mean 'coco2jsonl'" in capsys.readouterr().err


def test_version(capsys: Captured) -> None:
    assert cli("--version") == 0
    assert capsys.readouterr().out == f"pali-dataprep {__version__}\n"


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("module", ["pali_dataprep", "pali_dataprep.cli", "pali_dataprep.vqvae"])
def test_importing_is_cheap(module: str) -> None:
    assert python(f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])") == "[]"


def test_a_list_of_commands_imports_none_of_them() -> None:
    code = "import sys; from pali_dataprep.cli import run; run(['--help'])"
    homes = {f"pali_dataprep.cli.{module}" for module, _ in COMMANDS.values()} | {"pali_dataprep.options", *HEAVY}
    assert python(f"{code}; print({homes!r} & set(sys.modules))").endswith("set()")


def test_a_command_imports_no_other() -> None:
    code = "import sys; from pali_dataprep.cli import run; run(['coco2jsonl', '--help'])"
    others = {f"pali_dataprep.cli.{module}" for module, _ in COMMANDS.values()} - {"pali_dataprep.cli.coco"}
    assert python(f"{code}; print({others!r} & set(sys.modules))").endswith("set()")


def test_help_is_cheap() -> None:
    """Some versions of Typer import pydantic to show defaults; nothing of ours does."""
    heavy = tuple(name for name in HEAVY if name != "pydantic")
    code = "import sys; from pali_dataprep.cli import run; run(['coco2jsonl', '--help'])"
    assert python(f"{code}; print([m for m in {heavy!r} if m in sys.modules])").endswith("[]")


def test_boxes_need_neither_numpy_nor_rich(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    arguments = [
        "coco2jsonl",
        str(world.annotations),
        "--images",
        str(world.images),
        "--out",
        str(world.out),
        "--quiet",
    ]
    code = f"import sys; from pali_dataprep.cli import run; code = run({arguments!r})"
    unneeded = ("numpy", "scipy", "rich", "pycocotools", "jax", "onnxruntime", "ijson", "sqlite3")
    unneeded += ("pali_dataprep.conversion.planning", "pali_dataprep.formats.reader_options")
    assert python(f"{code}; print(code, [m for m in {unneeded!r} if m in sys.modules])") == "0 []"


def test_the_program_looks_for_no_plugins_of_pydantic(tmp_path: Path) -> None:
    """That would read the metadata of every installed package, for a manifest of a few lines."""
    world = make_world(tmp_path)
    arguments = ["", "coco2jsonl", str(world.annotations), "--images", str(world.images), "--out", str(world.out), "-q"]
    code = f"""
import sys, importlib.metadata
importlib.metadata.distributions = None
sys.argv = {arguments!r}
from pali_dataprep.cli import main
main()
"""
    assert python(code) == ""
    assert manifest_path(world.out).is_file()


def test_the_module_can_be_run() -> None:
    command = [sys.executable, "-m", "pali_dataprep", "--version"]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    assert made.stdout == f"pali-dataprep {__version__}\n"
