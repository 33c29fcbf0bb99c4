"""Trying, walking and comparing journeys from the command line."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from journeys.book import HOME
from regua.cli import build


def regua(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str]:
    monkeypatch.setenv("REGUA_HOME", str(tmp_path / "home"))
    answer = CliRunner().invoke(build(), list(words), catch_exceptions=False)
    return answer.exit_code, answer.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped journeys whose early digital journey sends its second message later."""
    own = tmp_path / "journeys"
    shutil.copytree(HOME, own, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    file = own / "catalog" / "early" / "early_digital.yaml"
    file.write_text(file.read_text("utf-8").replace("- day: 3\n", "- day: 5\n", 1), "utf-8")
    return own


def test_a_journey_is_tried_from_its_file(tmp_path, monkeypatch) -> None:
    code, said = regua(tmp_path, monkeypatch, "journey", "test", str(HOME / "catalog/early/early_digital.yaml"))
    assert code == 0
    assert "came out as expected" in said


def test_an_example_that_fails_is_told_and_the_command_fails(tmp_path, monkeypatch, folder) -> None:
    file = folder / "catalog/early/early_digital.yaml"
    code, said = regua(tmp_path, monkeypatch, "journey", "test", str(file), "--json")
    told = json.loads(said)
    assert code == 1
    assert told["misses"]
    assert all(":" in miss["place"] for miss in told["misses"])


def test_a_walk_tells_each_day_and_when_the_journey_was_entered(tmp_path, monkeypatch) -> None:
    words = ("journey", "walk", "early_digital", "--set", "p_roll=0.1", "--set", "p_self_cure=0.4", "--days", "9")
    code, said = regua(tmp_path, monkeypatch, *words, "--at", "2026-03-03T13:00:00Z", "--language", "en")
    assert code == 0
    assert "in early_digital from day 0" in said
    code, said = regua(tmp_path, monkeypatch, *words, "--at", "2026-03-03T13:00:00Z", "--json")
    days = json.loads(said)["days"]
    assert [one["day"] for one in days] == list(range(9))
    assert days[0]["journey"] == "early_digital"


def test_a_change_is_told_in_words(tmp_path, monkeypatch, folder) -> None:
    code, said = regua(tmp_path, monkeypatch, "diff", "shipped", str(folder), "--language", "en")
    assert code == 0
    assert "moves from day 3 to day 5" in " ".join(said.split())
    assert "no current book of customers" in said


def test_a_book_nobody_knows_is_told_plainly(tmp_path, monkeypatch) -> None:
    with pytest.raises(Exception, match="no book"):
        regua(tmp_path, monkeypatch, "diff", "shipped", "elsewhere")
