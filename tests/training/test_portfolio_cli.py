"""``regua simulate`` makes a book and says what it looks like."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from regua.cli import portfolio
from regua.errors import DataError, RequestError


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.callback()(lambda: None)
    portfolio.register(app)
    return app


def _run(app: typer.Typer, tmp_path: Path, *more: str) -> str:
    out = str(tmp_path / "raw")
    command = ["simulate", "--customers", "40", "--months", "2", "--out", out, *more]
    return CliRunner().invoke(app, command, catch_exceptions=False).stdout


def test_people_read_figures_and_a_next_step(app: typer.Typer, tmp_path: Path) -> None:
    said = _run(app, tmp_path)
    assert "customers in arrears" in said
    assert "regua ingest" in said
    assert (tmp_path / "raw/customers/part-00000.parquet").exists()
    assert (tmp_path / "truth/simulation.json").exists()


def test_machines_read_one_json_object(app: typer.Typer, tmp_path: Path) -> None:
    told = json.loads(_run(app, tmp_path, "--json"))
    assert told["customers"] == 40
    assert set(told["roll_share"]) >= {"1-30", "31-60"}


def test_a_wrong_day_or_world_is_refused(app: typer.Typer, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no day"):
        _run(app, tmp_path, "--until", "30/06/2026")
    with pytest.raises(DataError, match="cannot read the world file"):
        _run(app, tmp_path, "--world", str(tmp_path / "absent.yaml"))
