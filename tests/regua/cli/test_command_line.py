"""The command line as people and machines meet it: help, exit codes, errors in words, one JSON object."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from regua import cli
from regua.cli import build, output
from regua.errors import ReguaError, SettingsError, UnavailableError


def _words(command: object, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    inner = getattr(command, "commands", {})
    return [before] + [words for name, one in inner.items() for words in _words(one, (*before, name))]


COMMANDS = _words(typer.main.get_command(build()))


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    """Run the door itself: what it prints, what it prints on the side, and its exit code."""

    def go(*words: str) -> tuple[int, str, str]:
        monkeypatch.setenv("REGUA_HOME", str(tmp_path / "home"))
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["regua", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capfd.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return go


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_says_what_it_is_for(words) -> None:
    answer = CliRunner().invoke(build(), [*words, "--help"])
    assert answer.exit_code == 0
    assert "Usage" in answer.output


def test_help_needs_no_heavy_library() -> None:
    code = "import sys; from regua.cli import build; build(); print([m for m in sys.argv[1:] if m in sys.modules])"
    heavy = ("duckdb", "polars", "pandas", "lightgbm", "mlflow", "feast", "sklearn", "fastapi", "shap")
    root = str(Path(__file__).resolve().parents[3])
    answer = subprocess.run(
        [sys.executable, "-c", code, *heavy],
        env=os.environ | {"PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (("ingest", "nowhere"), 1, "no folder at nowhere"),
        (("events", "import", "nowhere.ndjson"), 1, "no file nowhere.ndjson"),
        (("explain", "dec_unknown"), 1, "no decision log"),
        (("check", "data"), 1, "no book"),
        (("decide", "ana", "--at", "yesterday"), 1, "--at yesterday"),
        (("demo", "--world", "nowhere.yaml"), 1, "cannot read the world file"),
        (("replay",), 2, "name decisions"),
        (("demo", "--customers", "1"), 2, "--customers"),
        (("nonsense",), 2, "No such command"),
    ],
)
def test_a_problem_ends_with_words_and_its_exit_code(words, exit_code, said, run) -> None:
    code, out, err = run(*words)
    assert code == exit_code
    assert said in err
    assert "Traceback" not in out + err


def test_a_setting_that_cannot_be_used_is_named(run, monkeypatch) -> None:
    monkeypatch.setenv("REGUA_THREADS", "many")
    code, _, err = run("check", "data")
    assert code == 2
    assert "REGUA_THREADS is 'many'" in err
    assert "try: unset REGUA_THREADS" in err


def test_machines_read_the_problem_as_one_json_object(run) -> None:
    code, out, err = run("ingest", "nowhere", "--json")
    assert (code, out) == (1, "")
    problem = json.loads(err)
    assert problem["error"] == "data"
    assert set(problem) == {"error", "found", "expected", "try", "place"}


def test_what_cannot_be_reached_now_has_an_exit_code_of_its_own(run, monkeypatch) -> None:
    def away() -> None:
        raise UnavailableError("the store is away")

    monkeypatch.setattr(cli, "refuse_foreign_rooms", away)
    assert run("check", "data")[0] == 3


def test_another_package_in_a_rooms_name_is_refused(tmp_path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models/__init__.py").write_text("")
    root = str(Path(__file__).resolve().parents[3])
    answer = subprocess.run(
        [sys.executable, "-c", "from regua.cli import main; main()", "--help"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(tmp_path), root))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == SettingsError.exit_code
    assert "the package 'models' comes from" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_next_step_follows_what_people_read_and_not_what_machines_read(capsys) -> None:
    output.emit({"rows": 1}, "one row", as_json=False, next_step="regua check data")
    assert capsys.readouterr().out.split() == ["one", "row", "next:", "regua", "check", "data"]
    output.emit({"rows": 1}, "one row", as_json=True, next_step="regua check data")
    assert capsys.readouterr().out == '{"rows":1}\n'


def test_the_demonstration_does_not_empty_a_home_that_is_not_its_own(run, tmp_path) -> None:
    kept = tmp_path / "home/demo/tables/customers/part-0000.parquet"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"somebody's book")
    code, _, err = run("demo", "--customers", "50")
    assert code == ReguaError.exit_code
    assert "no demonstration made" in err
    assert kept.exists()
