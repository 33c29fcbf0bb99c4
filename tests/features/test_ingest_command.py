"""A book comes in and is checked from the command line: JSON for machines, an exit code for scripts."""

import orjson
import pytest
from typer.testing import CliRunner

from regua.cli import build
from regua.errors import NotFoundError, RequestError


@pytest.fixture
def run(settings, monkeypatch):
    monkeypatch.setenv("REGUA_HOME", str(settings.home))
    monkeypatch.setenv("REGUA_MEMORY_MB", "512")

    def call(*arguments):
        return CliRunner().invoke(build(), [str(one) for one in arguments], catch_exceptions=True)

    return call


def test_a_book_is_brought_in_and_found_in_order(run, write_book, small_book):
    came = run("ingest", write_book(small_book), "--as-of", "2026-03-01", "--json")
    assert came.exit_code == 0
    report = orjson.loads(came.stdout)
    assert report["in"] == report["kept"] == 12
    state = run("check", "data", "--json")
    assert state.exit_code == 0
    assert orjson.loads(state.stdout)["tables"]["invoices"]["latest_known_at"] == "2025-11-05T12:00:00Z"


def test_people_see_tables_and_the_next_step(run, write_book, small_book):
    came = run("ingest", write_book(small_book), "--as-of", "2026-03-01")
    assert "quarantined" in came.stdout
    assert "regua check data" in came.stdout


def test_a_book_that_lost_many_rows_fails_the_check(run, write_book, small_book):
    small_book["invoices"][0]["amount_cents"] = -1
    assert run("ingest", write_book(small_book), "--as-of", "2026-03-01", "--json").exit_code == 0
    state = run("check", "data", "--json")
    assert state.exit_code == 1
    assert "25% of the rows of invoices were refused, most by negative_amount" in orjson.loads(state.stdout)["problems"]


def test_no_book_and_no_moment_are_told(run, tmp_path):
    assert isinstance(run("check", "data").exception, NotFoundError)
    assert isinstance(run("ingest", tmp_path, "--as-of", "tomorrow").exception, RequestError)
