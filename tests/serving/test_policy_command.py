"""``regua policy``: what is allowed to a customer or in a region at an instant, by which rule, and the week's hours."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from regua.cli import build
from regua.columns import take
from regua.errors import BookError, NotFoundError, RequestError
from regua.settings import Settings
from regua.vocabulary import CHANNELS
from tests.serving.written import write_snapshot

BUILT = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
COMMANDS: typer.Typer = build()


@pytest.fixture
def home(world, tmp_path, monkeypatch):
    """A home with the profile of three customers: one of Rio, one from nowhere, one who said no to calls."""
    settings = Settings(home=tmp_path / "home", threads=1)
    settings.home.mkdir()
    settings.releases.symlink_to(world.releases)
    settings.keys.symlink_to(world.releases.parent / "keys")
    columns = take(world.columns, slice(0, 3))
    columns["customer_id"] = np.array(["rio", "nowhere", "no_calls"], dtype=object)
    columns["region"] = np.array(["RJ", None, "AM"], dtype=object)
    calm = {name: 0.0 for name in columns if name.startswith(("attempts", "suspect", "unanswered", "has_open"))}
    calm |= {name: 1.0 for name in columns if name.startswith(("consent_", "has_point_"))}
    calm |= {name: 9_999.0 for name in columns if name.startswith("hours_since")}
    calm |= {"hold_bits": 0.0, "has_paid_claim": 0.0, "is_placed": 0.0, "is_disaster": 0.0}
    for name, value in calm.items():
        if name in columns:
            columns[name] = np.full(3, value)
    columns["consent_call"] = np.array([1.0, 1.0, 0.0])
    write_snapshot(settings, columns, BUILT)
    monkeypatch.setenv("REGUA_HOME", str(settings.home))
    return settings


def run(*words):
    answer = CliRunner().invoke(COMMANDS, ["policy", *words], catch_exceptions=True)
    if answer.exception and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return answer


def told(*words):
    answer = run("explain", *words, "--json")
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.output)
    return found, {one["channel"]: one for one in found["channels"]}


def test_a_customer_of_rio_may_be_called_at_nine_and_not_a_minute_before(home):
    _, before = told("--customer", "rio", "--at", "2026-03-04 08:59")
    assert not before["call"]["allowed"]
    assert {rule["id"] for rule in before["call"]["rules"]} == {"BR-RJ-HOURS", "BR-DEFAULT-VOICE"}
    assert before["call"]["earliest_permitted_at"].startswith("2026-03-04T12:00:00")
    assert before["sms"]["allowed"], "messages may be sent from eight"
    _, at_nine = told("--customer", "rio", "--at", "2026-03-04 09:00")
    assert at_nine["call"]["allowed"]
    assert not at_nine["call"]["rules"]


def test_every_rule_comes_with_its_source_its_status_and_words_in_both_languages(home):
    found, channels = told("--customer", "rio", "--at", "2026-03-07 21:30")
    assert found["region"] == "RJ"
    assert {one["channel"] for one in found["channels"]} == set(CHANNELS)
    for rule in [*found["rules_in_force"], *channels["call"]["rules"]]:
        assert rule["source"]
        assert rule["status"] in {"verified", "secondary", "unverified"}
        assert rule["words"]["pt-BR"]
        assert rule["words"]["en"]
    assert set(channels["call"]["stopped_by"]["hours"]) == {"pt-BR", "en"}


def test_who_said_no_is_not_called_however_long_one_waits(home):
    _, channels = told("--customer", "no_calls", "--at", "2026-03-04 10:00")
    assert "consent" in channels["call"]["stopped_by"]
    assert channels["call"]["earliest_permitted_at"] is None
    assert "consent" not in channels["sms"]["stopped_by"]


def test_a_notice_is_told_apart_from_a_request_to_pay(home):
    def stopped(*words):
        answer, channels = told("--customer", "rio", "--at", "2026-03-04 10:00", "--channel", "whatsapp", *words)
        return answer["purpose"], "wording" in channels["whatsapp"]["stopped_by"]

    assert stopped() == ("collection", False)
    assert stopped("--purpose", "notice") == ("notice", True)
    assert stopped("--purpose", "service") == ("service", False)


def test_a_customer_from_nowhere_is_served_only_while_everyone_is(home):
    found, early = told("--customer", "nowhere", "--at", "2026-03-04T12:30:00Z")
    assert found["region"] is None
    assert not early["call"]["allowed"], "it is 07:30 in Acre"
    _, late = told("--customer", "nowhere", "--at", "2026-03-04T13:30:00Z")
    assert late["call"]["allowed"]


def test_a_far_instant_is_asked_of_the_profile_last_known(home):
    found, channels = told("--customer", "rio", "--at", "2027-02-13 21:30", "--channel", "call")
    assert found["known_at"].startswith("2026-03-04T03:00")
    assert list(channels) == ["call"]
    assert "profile_known" not in channels["call"]["stopped_by"]
    # A Saturday evening: Rio opens on Monday.
    assert channels["call"]["earliest_permitted_at"].startswith("2027-02-15T12:00")


def test_it_is_said_in_both_languages(home):
    portuguese = run("explain", "--customer", "rio", "--at", "2027-02-13 21:30", "--language", "pt-BR").output
    english = run("explain", "--customer", "rio", "--at", "2027-02-13 21:30", "--language", "en").output
    assert "não permitido, a partir de 2027-02-15 09:00" in portuguese
    assert "segunda a sexta 09:00-19:00; sábado a domingo nunca; feriado nunca" in portuguese
    assert "not allowed, from 2027-02-15 09:00" in english
    assert "Monday to Friday 09:00-19:00; Saturday to Sunday never; holidays never" in english
    assert "Lei estadual 7.868/2018" in portuguese


def test_a_region_is_told_by_its_hours_alone():
    found, channels = told("--region", "RJ", "--at", "2026-03-04 10:00")
    assert found["customer_id"] is None
    assert all(one["allowed"] for one in channels.values())
    _, holiday = told("--region", "RJ", "--at", "2026-12-25 10:00")
    assert not holiday["call"]["allowed"]


def test_the_week_of_rio_is_printed_with_the_holidays_that_come():
    answer = run("hours", "RJ", "--at", "2027-02-01", "--language", "en")
    assert answer.exit_code == 0
    assert "2027-02-01 Monday" in answer.output
    assert "09:00-19:00" in answer.output
    assert "2027-02-09 Carnival" in answer.output.replace("\n", " ")
    found = json.loads(run("hours", "RJ", "--at", "2027-02-01", "--json").output)
    assert [day["hours"]["call"] for day in found["days"]] == ["09:00-19:00"] * 5 + ["none"] * 2
    assert {rule["id"] for rule in found["rules"]} >= {"BR-RJ-HOURS", "BR-DEFAULT-MESSAGES"}


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        (("hours", "RX"), BookError, "unknown region 'RX'"),
        (("explain", "--region", "rj", "--at", "2026-03-04 10:00"), BookError, "unknown region 'rj'"),
        (("explain", "--region", "RJ", "--at", "tomorrow"), RequestError, "--at tomorrow"),
        (("explain", "--customer", "nobody", "--at", "2026-03-04 10:00"), NotFoundError, "nobody"),
    ],
)
def test_what_is_not_known_is_a_clear_error(home, words, error, says):
    with pytest.raises(error, match=says):
        run(*words)


@pytest.mark.parametrize(
    "words",
    [
        ("explain", "--at", "2026-03-04 10:00"),
        ("explain", "--at", "2026-03-04 10:00", "--region", "RJ", "--customer", "c1"),
        ("explain", "--at", "2026-03-04 10:00", "--region", "RJ", "--channel", "pigeon"),
        ("explain", "--at", "2026-03-04 10:00", "--region", "RJ", "--language", "fr"),
        ("explain", "--at", "2026-03-04 10:00", "--region", "RJ", "--purpose", "threat"),
    ],
)
def test_wrong_usage_ends_with_two(words):
    assert run(*words).exit_code == 2
