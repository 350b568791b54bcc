"""`validate` and `rule` as a user drives them: exit codes, outputs, settings, hooks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from cli_world import annotation, cli, complaint, make_world
from jsonl_world import row, write_rows

from pali_dataprep.cli.validate import OutputFormat
from pali_dataprep.cli.validate_flags import FailOnChoice, ImageFilesChoice
from pali_dataprep.rules.pages import PAGES, PARTS
from pali_dataprep.validation import FailOn, ImageFiles
from pali_dataprep.validation.outputs import OUTPUTS

Captured = pytest.CaptureFixture[str]
ROOT = Path(__file__).parents[2]
NO_IMAGES = ("--image-files", "none", "--ignore", "DIA")  # one rule a mistake, and no other


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "bad.jsonl", row(), row("<loc0100><loc0200><loc1024><loc0400> cat"))


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "good.jsonl", row())


def test_exit_codes(good: Path, bad: Path, tmp_path: Path, capsys: Captured) -> None:
    assert cli("validate", good, *NO_IMAGES) == 0
    assert cli("validate", bad, *NO_IMAGES) == 1
    assert cli("validate", bad, *NO_IMAGES, "--select", "XYZ") == 2
    assert cli("validate", tmp_path / "gone.jsonl") == 3
    assert cli("validate") == 2


def test_what_our_converters_write_is_clean(tmp_path: Path, capsys: Captured) -> None:
    world = make_world(tmp_path)
    assert world.convert("--image-paths", "copy") == 0
    capsys.readouterr()
    assert cli("validate", world.out) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.splitlines()[-1] == "passed"


def test_a_file_is_held_to_the_limit_it_was_written_for(tmp_path: Path, capsys: Captured) -> None:
    """Unless another is stated, or its manifest is not its own."""
    world = make_world(tmp_path, images=1)
    world.add(*(annotation(1, 1, (n, n, 5, 5)) for n in range(40)))
    assert world.convert("--image-paths", "copy", "--max-tokens", "400") == 0
    judge = ("validate", world.out, "--select", "BUD201")
    assert cli(*judge) == 0
    assert cli(*judge, "--max-tokens", "256") == 1
    world.out.write_bytes(world.out.read_bytes().replace(b"cat", b"cow"))
    assert cli(*judge) == 1
    assert "and the limit is 256" in capsys.readouterr().out


def test_text_is_explained(bad: Path, capsys: Captured) -> None:
    assert cli("validate", bad, *NO_IMAGES) == 1
    said = capsys.readouterr().out
    assert f"{bad}:2:" in said
    assert "^^^^^^^^^" in said
    assert "failed: 1 finding of severity error" in said
    assert cli("validate", bad, *NO_IMAGES, "--quiet") == 1
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_settings_of_the_folder_and_of_the_command_line(
    bad: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pali-dataprep.toml").write_text('[validate]\nwarn = ["TOK201"]\nimage-files = "none"\n')
    assert cli("validate", bad) == 0
    assert cli("validate", bad, "--error", "TOK201") == 1
    assert cli("validate", bad, "--fail-on", "warning") == 1
    Path("pali-dataprep.toml").write_text('[validate]\nwran = ["TOK201"]\n')
    capsys.readouterr()
    assert cli("validate", bad) == 2
    assert "did you mean 'warn'?" in complaint(capsys)


def test_baseline_by_hand(bad: Path, tmp_path: Path, capsys: Captured) -> None:
    known = tmp_path / "known.json"
    assert cli("validate", bad, *NO_IMAGES, "--write-baseline", known) == 0
    assert cli("validate", bad, *NO_IMAGES, "--baseline", known) == 0
    assert "1 finding accepted by the baseline" in capsys.readouterr().out
    assert cli("validate", bad, *NO_IMAGES, "--baseline", tmp_path / "gone.json") == 3


def test_other_outputs_are_written_beside(bad: Path, tmp_path: Path, capsys: Captured) -> None:
    outputs = [part for name in OUTPUTS for part in ("--write", f"{name}={tmp_path / name}")]
    assert cli("validate", bad, *NO_IMAGES, *outputs) == 1
    assert all((tmp_path / name).stat().st_size for name in OUTPUTS)
    assert json.loads((tmp_path / "json").read_text())["rules"].keys() == {"TOK201"}
    capsys.readouterr()
    assert cli("validate", bad, "--write", "pdf=x") == 2
    assert "formats are text, json" in complaint(capsys)


def test_the_step_summary(bad: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    assert cli("validate", bad, *NO_IMAGES, "--format", "github") == 1
    assert capsys.readouterr().out.startswith("::error file=")
    assert (tmp_path / "summary.md").read_text().startswith("### pali-dataprep validate: failed")


def test_choices_are_those_of_the_library() -> None:
    assert list(OutputFormat) == list(OUTPUTS)
    assert list(ImageFilesChoice) == list(ImageFiles)
    assert list(FailOnChoice) == list(FailOn)


def test_names_that_utf8_cannot_hold(tmp_path: Path, capsys: Captured) -> None:
    data = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jsonl"))
    write_rows(data, '{"image": "\\ud800", "prefix": "caption en", "suffix": "a<eos>"}')
    for name in OUTPUTS:
        assert cli("validate", data, *NO_IMAGES, "--format", name) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_rule_prints_a_page(capsys: Captured) -> None:
    assert cli("rule", "tok201") == 0
    assert capsys.readouterr().out.startswith("TOK201 loc-out-of-range (error)\n\nA loc token beyond")
    assert cli("rule", "loc-out-of-range") == 0
    assert cli("rule", "BOX104") == 0
    capsys.readouterr()
    assert cli("rule", "loc-out-of-rang") == 2
    assert "did you mean 'loc-out-of-range'?" in complaint(capsys)


@pytest.mark.parametrize("code", [code for code in PAGES if code[3] == "2"])
def test_every_page_says_why_shows_one_and_says_what_to_do(code: str) -> None:
    lines = PAGES[code].text.splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith(tuple(f"{p}:" for p in PARTS))] == list(PARTS)
    assert lines[0].strip()


def git(folder: Path, *arguments: str) -> None:
    names = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    subprocess.run(["git", "-C", str(folder), *names, *arguments], check=True, capture_output=True)


def test_the_pre_commit_hook(good: Path, bad: Path, tmp_path: Path) -> None:
    """In a repository of its own, with the package as installed here: what pre-commit would install needs a network."""
    if shutil.which("pre-commit", path=Path(sys.executable).parent) is None:
        pytest.skip("pre-commit is not installed")
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["entry"].startswith("pali-dataprep validate")
    entry = hook["entry"].replace("pali-dataprep", f"env PYTHONPATH={ROOT} {sys.executable} -m pali_dataprep", 1)
    local = {**hook, "language": "system", "entry": entry, "args": list(NO_IMAGES)}
    repository = tmp_path / "repository"
    repository.mkdir()
    git(repository, "init", "-q")
    config = {"repos": [{"repo": "local", "hooks": [local]}]}
    (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    shutil.copy(good, repository)
    git(repository, "add", ".")

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pre_commit", "run", "--all-files", "--color", "never"]
        home = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}
        return subprocess.run(command, cwd=repository, env=home, capture_output=True, text=True, check=False)

    passed = run()
    assert passed.returncode == 0, passed.stdout + passed.stderr
    shutil.copy(bad, repository)
    git(repository, "add", ".")
    failed = run()
    assert failed.returncode == 1
    assert "TOK201 loc-out-of-range" in failed.stdout


def test_the_hooks_file_is_one(tmp_path: Path) -> None:
    pytest.importorskip("pre_commit")
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout
