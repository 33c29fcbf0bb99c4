"""``regua profile`` from the outside: what people and machines see."""

import json

import pytest
from typer.testing import CliRunner

from regua.cli import build as door
from regua.errors import NotFoundError, RequestError

AT = "2026-03-10T12:00"


@pytest.fixture
def command(settings, write_book, draw_rows, monkeypatch):
    write_book(settings, draw_rows(12))
    monkeypatch.setenv("REGUA_HOME", str(settings.home))
    return lambda *words: CliRunner().invoke(door(), ["profile", *words], catch_exceptions=False)


def test_profiles_are_built_at_the_same_instant_of_several_months(command):
    built = json.loads(command("build", "--at", "2026-03-31T12:00", "--months", "3", "--json").stdout)
    assert built["moments"] == ["2026-01-31T12:00:00Z", "2026-02-28T12:00:00Z", "2026-03-31T12:00:00Z"]
    assert built["rows"]["customer_context"] == 36


def test_a_customer_is_shown_with_units_and_meanings(command):
    assert command("build", "--at", AT).exit_code == 0
    shown = json.loads(command("show", "c-00003", "--at", "2026-03-11", "--json").stdout)
    assert shown["as_of"] == "2026-03-10T12:00:00Z"
    assert shown["profile"]["customer_id"] == "c-00003"
    page = command("show", "c-00003", "--at", "2026-03-11").stdout
    assert "days_past_due" in page
    assert "Dias em atraso" in page


def test_an_unknown_customer_and_a_bad_moment_are_said_plainly(command):
    command("build", "--at", AT)
    with pytest.raises(NotFoundError, match="no customer 'nobody'"):
        command("show", "nobody", "--at", AT)
    with pytest.raises(RequestError, match="soon is not a moment"):
        command("build", "--at", "soon")
