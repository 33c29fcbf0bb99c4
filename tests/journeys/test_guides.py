"""The guides do what they say: their files are written into a copy of the house and their commands are run there."""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from journeys.book import HOME

ROOT = HOME.parent
ROOMS = ("regua", "features", "models", "training", "serving", "journeys")
BLOCK = re.compile(r"```(yaml|console)\n(.*?)```", re.DOTALL)
DOOR = "import sys; from regua.cli import main; sys.argv[0] = 'regua'; main()"


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A copy of the rooms: a guide changes the house it stands in."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def run(folder: Path, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(folder), "REGUA_HOME": str(folder / "home"), "PATH": "", "COLUMNS": "160"}
    return subprocess.run(
        [sys.executable, "-c", DOOR, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def follow(guide: Path, folder: Path) -> list[str]:
    """Write the guide's files and run its commands, in order; return what each command printed."""
    printed = []
    for kind, text in BLOCK.findall(guide.read_text("utf-8")):
        if kind == "yaml":
            target = folder / text.splitlines()[0].removeprefix("# ")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text.partition("\n")[2], "utf-8")
            continue
        for line in text.strip().splitlines():
            words = [found[0] or found[1] for found in re.findall(r'"([^"]*)"|(\S+)', line)]
            assert words.pop(0) == "regua"
            answer = run(folder, words)
            assert answer.returncode == 0, f"{line}\n{answer.stdout}\n{answer.stderr}"
            printed.append(answer.stdout)
    return printed


@pytest.mark.slow
def test_a_journey_is_added_by_the_guide(fresh: Path) -> None:
    tried, walked, changes, shown, checked = follow(ROOT / "docs" / "write-a-journey.md", fresh)
    assert "1 of 1 examples" in tried
    assert "in early_letters from day" in walked
    assert changes
    assert "letter/formal_notice" in shown
    assert "sound" in checked


@pytest.mark.slow
def test_a_channel_is_added_by_the_guide(fresh: Path) -> None:
    shown, explained, checked = follow(ROOT / "docs" / "add-a-channel.md", fresh)
    assert "kiosk" in shown
    assert "kiosk" in explained
    assert "sound" in checked
    tried = run(fresh, ["journey", "test", "journeys/catalog/early/shop_visitors.yaml"])
    assert "3 of 3 examples" in tried.stdout


@pytest.mark.slow
def test_a_policy_is_tightened_by_the_guide(fresh: Path) -> None:
    shutil.copytree(fresh / "journeys", fresh / "before", ignore=shutil.ignore_patterns("*.py"))
    week, explained, _, checked = follow(ROOT / "docs" / "write-a-policy.md", fresh)
    assert "18:00" in week
    assert "HOUSE-CALLS" in explained
    assert "sound" in checked
    told = run(fresh, ["diff", "before", "journeys", "--language", "en"]).stdout
    assert "rule HOUSE-WEEK" in told
    assert "new rule" in told


@pytest.mark.slow
def test_a_policy_that_loosens_is_refused_with_both_values(fresh: Path) -> None:
    guide = (ROOT / "docs" / "write-a-policy.md").read_text("utf-8")
    text = next(text for kind, text in BLOCK.findall(guide) if kind == "yaml")
    (fresh / "journeys" / "policies" / "house.yaml").write_text(text.replace("at_most: 5", "at_most: 9"), "utf-8")
    answer = run(fresh, ["check", "journeys"])
    assert answer.returncode == 1
    assert "9" in answer.stdout
    assert "7" in answer.stdout


def test_every_guide_has_five_steps() -> None:
    for name in ("write-a-journey", "add-a-channel", "write-a-policy"):
        text = (ROOT / "docs" / f"{name}.md").read_text("utf-8")
        assert re.findall(r"^\*\*(\d)\.", text, re.MULTILINE) == list("12345"), name


def test_the_readme_says_the_same_commands_as_the_guides() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for kind, name in (("journey", "write-a-journey"), ("channel", "add-a-channel"), ("policy", "write-a-policy")):
        section = re.search(rf"### How to add a {kind}\n(.*?)\n(?:###|The guides)", readme, re.DOTALL)
        assert section
        assert re.findall(r"^(\d)\.", section[1], re.MULTILINE) == list("12345")
        guide = (ROOT / "docs" / f"{name}.md").read_text("utf-8")
        for command in re.findall(r"`(regua [^`]+)`", section[1]):
            start = " ".join(command.split()[:3])
            assert start in guide, command
