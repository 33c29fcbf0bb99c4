"""The whole book from real snapshots, online and in batch; and what the command line says of it."""

from datetime import UTC, datetime, timedelta

import orjson
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from features import snapshots
from features.catalog import VIEWS
from features.online import layout
from features.packed_sqlite import SQLiteRows
from regua.cli import decisions as commands
from regua.clock import SetClock
from regua.columns import take
from regua.errors import NotFoundError, UnavailableError
from regua.sealing import Vault, owner_of
from regua.settings import Settings
from serving.api import listening
from serving.deciding.batch import decide_book
from serving.deciding.profiles import SnapshotProfiles
from serving.proving.explaining import Score
from serving.proving.telling import Teller
from serving.service import Service
from serving.telemetry import logs
from tests.serving.written import write_snapshot

MOMENT = datetime(2026, 3, 4, 13, 0, tzinfo=UTC)
WHAT_WAS_SEALED = ("wrapped FROM subjects", "body FROM decisions")
BUILT = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
PEOPLE = 300


@pytest.fixture
def home(world, tmp_path):
    """A home with a snapshot of a few hundred customers and the small release."""
    settings = Settings(home=tmp_path / "home", threads=1, chunk_rows=64)
    settings.home.mkdir()
    settings.releases.symlink_to(world.releases)
    settings.keys.symlink_to(world.releases.parent / "keys")
    write_snapshot(settings, take(world.columns, slice(0, PEOPLE)), BUILT)
    return settings


def test_everyone_is_decided_or_at_peace_and_the_file_holds_what_the_log_holds(home):
    steps = []
    report = decide_book(home, MOMENT, progress=lambda done, total: steps.append((done, total)))
    assert report.customers == PEOPLE == report.decided + report.at_peace
    assert steps[-1] == (PEOPLE, PEOPLE)
    assert len(steps) == 5
    table = pq.read_table(report.output)
    assert table.num_rows == report.decided
    with_contact = sum(channel is not None for channel in table["channel"].to_pylist())
    assert with_contact == report.contacts > 0
    assert sum(sum(row.values()) for row in report.by_journey.values()) == report.decided
    service = Service.open(home, SetClock(MOMENT), online=False)
    assert service.store.count("decisions") == report.decided
    service.close()


def test_deciding_the_book_twice_at_one_moment_changes_nothing(home):
    first = decide_book(home, MOMENT)
    content = first.output.read_bytes()
    second = decide_book(home, MOMENT)
    assert second.output.read_bytes() == content
    assert (second.decided, second.contacts) == (first.decided, first.contacts)


def test_batch_and_single_questions_give_the_same_bytes_and_nothing_is_at_stake_for_those_at_peace(home):
    decided = {}
    decide_book(home, MOMENT, each=lambda decision: decided.update({decision.customer_id: decision.to_json()}))
    names = [f"c{number:07d}" for number in range(1, PEOPLE + 1)]
    service = Service.open(home, SetClock(MOMENT), online=False)
    answers = service.decide(names)
    service.close()
    for name in names:
        if name in decided:
            assert answers[name] == decided[name]
        else:
            assert orjson.loads(answers[name])["action"] == "nothing"
            assert orjson.loads(answers[name])["journey"] is None


def put_online(home: Settings) -> None:
    rows = SQLiteRows(home.feast / "online.db")
    for view in VIEWS.values():
        rows.prepare(view.name, layout(view))
        rows.write(view.name, layout(view), view.key, pq.read_table(snapshots.path(home, view.name, BUILT)))
    rows.close()


@pytest.mark.parametrize("moment", [MOMENT, MOMENT + timedelta(days=1), MOMENT + timedelta(days=20)])
def test_the_online_rows_and_the_snapshot_give_the_same_bytes_fresh_or_stale(home, tmp_path, moment):
    put_online(home)
    names = [*(f"c{number:07d}" for number in range(1, 101)), "nobody"]
    bodies = []
    for online in (True, False):
        service = Service.open(home, SetClock(moment), online=online)
        inputs, _ = service.pipeline.inputs(names, moment)
        bodies.append([decision.to_json() for decision in service.pipeline.decide_columns(inputs.columns, moment)])
        bodies[-1].append([packed.digest for packed in inputs.pack()])
        service.close()
    assert bodies[0] == bodies[1]


def test_a_home_with_nothing_online_says_so_and_is_ready_once_there_is(home):
    service = Service.open(home, SetClock(MOMENT))
    with pytest.raises(UnavailableError, match="nothing was ever put online"):
        service.decide(["c0000001"])
    assert not service.readiness()["parts"]["profiles"]["is_ready"]
    put_online(home)
    assert service.readiness()["is_ready"]
    assert service.decide(["c0000001"])
    service.close()


def test_a_snapshot_that_is_built_again_is_read_again(home, world):
    profiles = SnapshotProfiles(home)
    assert profiles.read(["c0000002", "nobody"], MOMENT)["has_profile"].tolist() == [1.0, 0.0]
    write_snapshot(home, take(world.columns, slice(0, 1)), BUILT)
    assert profiles.read(["c0000002", "c0000001"], MOMENT)["has_profile"].tolist() == [0.0, 1.0]
    write_snapshot(home, take(world.columns, slice(1, 2)), BUILT + timedelta(hours=1))
    assert profiles.read(["c0000002"], MOMENT)["has_profile"].tolist() == [1.0]


def test_old_profiles_are_not_acted_upon(home):
    report = decide_book(home, datetime(2026, 6, 1, 13, 0, tzinfo=UTC))
    assert report.contacts == 0
    assert report.degraded["stale_contract_arrears"] == PEOPLE


def test_without_a_snapshot_the_next_step_is_told(tmp_path):
    with pytest.raises(NotFoundError, match="no snapshot"):
        decide_book(Settings(home=tmp_path), MOMENT)


@pytest.fixture
def run(home, monkeypatch):
    """Run a command in the home."""
    monkeypatch.setenv("REGUA_HOME", str(home.home))
    app = typer.Typer()
    commands.register(app)

    def invoke(*arguments: str, code: int = 0):
        result = CliRunner().invoke(app, list(arguments))
        assert result.exit_code == code, (result.output, result.exception)
        return result.output

    return invoke


def test_the_command_line_decides_explains_and_replays(run):
    report = orjson.loads(run("decide", "--all", "--at", MOMENT.isoformat(), "--json"))
    assert report["customers"] == PEOPLE
    some = [f"c{number:07}" for number in range(1, 60)]
    decided = orjson.loads(run("decide", *some, "--at", MOMENT.isoformat(), "--json"))["decisions"]
    found = next(one for one in decided if one["channel"] and one["value_cents"])
    told = orjson.loads(run("explain", found["decision_id"], "--json"))
    assert told["decision"] == found
    weighed = {one["action"]: one["value_cents"] for one in told["sums"]}
    assert weighed[found["action"]] == found["value_cents"]
    for one in found["alternatives"]:
        assert weighed.get(one["action"], one["value_cents"]) == one["value_cents"]
    assert [score["name"] for score in told["scores"] if score["reasons"]]
    replayed = orjson.loads(run("replay", "--all", "--json"))
    assert replayed["differences"] == []
    assert replayed["replayed"] == replayed["equal"] == report["decided"]


def test_a_nights_reasons_are_those_that_one_decision_is_told(run):
    report = orjson.loads(run("explain", "--all", "--at", MOMENT.isoformat(), "--json"))
    assert report["customers"] == PEOPLE
    rows = pq.read_table(report["output"]).to_pylist()
    assert {score: sum(row["score"] == score for row in rows) for score in report["scores"]} == report["scores"]
    night = {(row["customer_id"], row["score"]): row for row in rows}
    some = [f"c{number:07}" for number in range(1, 20)]
    compared = 0
    for one in orjson.loads(run("decide", *some, "--at", MOMENT.isoformat(), "--json"))["decisions"]:
        for score in orjson.loads(run("explain", one["decision_id"], "--json"))["scores"]:
            if score["reasons"]:
                row = night[one["customer_id"], score["name"]]
                assert row["value"] == score["value"]
                assert row["reasons"] == [reason["code"] for reason in score["reasons"]]
                compared += 1
    assert compared > 10


def test_every_decision_can_be_explained_also_a_message_owed_to_one_whose_response_is_not_asked(run):
    some = [f"c{number:07}" for number in range(1, 120)]
    decided = orjson.loads(run("decide", *some, "--at", MOMENT.isoformat(), "--json"))["decisions"]
    owed = [one for one in decided if one["channel"] and f"p_response_{one['channel']}" not in one["scores"]]
    assert owed
    for one in owed[:3]:
        assert orjson.loads(run("explain", one["decision_id"], "--json"))["decision"] == one
        assert one["channel"] in run("explain", one["decision_id"]).lower()


def test_explaining_wants_one_decision_or_all(run):
    run("explain", code=2)
    run("explain", "dec_1", "--all", code=2)


@pytest.mark.parametrize(("language", "word"), [("pt-BR", "O que se pesou"), ("en", "What was weighed")])
def test_an_explanation_is_told_in_either_language(run, language, word):
    found = orjson.loads(run("decide", "c0000001", "--at", MOMENT.isoformat(), "--json"))["decisions"][0]
    assert word in run("explain", found["decision_id"], "--language", language)


def test_an_hour_is_told_as_an_hour_and_a_chance_as_a_share():
    words = {"language": "en", "explanation": None}
    told = Teller(**words)
    assert told._predicted(Score("best_hour_message", 18.0, "slots", "r1")) == "18 h"
    assert told._predicted(Score("p_roll", 0.312, "probability", "r1")) == "31.2%"
    assert told._predicted(Score("best_hour_voice", None, "slots", "r1")) == told.say("null")


def test_people_see_a_table_and_a_next_step(run):
    said = run("decide", "--all", "--at", MOMENT.isoformat())
    assert "mid_negotiation" in said
    assert "regua explain" in said


def test_a_book_of_the_past_is_told_with_the_moment_to_ask_for(run):
    later = (MOMENT + timedelta(days=30)).isoformat()
    for asked in (("--all",), ("c0000001",)):
        said = " ".join(run("decide", *asked, "--at", later).split())
        assert f"regua decide {asked[0]} --at 2026-03-04T03:00Z" in said
        assert "30 days before" in said
    assert "--at" not in run("decide", "c0000001", "--at", MOMENT.isoformat())


def test_the_server_says_what_moment_its_profiles_are_of(run, home, monkeypatch):
    monkeypatch.setattr(listening, "listen", lambda *_: None)
    monkeypatch.setattr(listening, "run", lambda *_, **__: None)
    monkeypatch.setattr(logs, "configure", lambda *_: None)  # the tests' own logs stay where they are
    assert "nothing is online yet" in run("serve", "--at", MOMENT.isoformat())
    put_online(home)
    assert "--at 2026-03-04T03:00Z" in run("serve", "--at", (MOMENT + timedelta(days=2)).isoformat())
    said = run("serve", "--at", MOMENT.isoformat())
    assert "http://127.0.0.1:8000" in said
    assert "profile" not in said


def test_a_changed_log_is_noticed(run, home):
    import sqlite3

    name = orjson.loads(run("decide", "c0000001", "--at", MOMENT.isoformat(), "--json"))["decisions"][0]["decision_id"]
    with sqlite3.connect(home.decisions) as log:
        (wrapped,), (sealed,) = (log.execute(f"SELECT {one}").fetchone() for one in WHAT_WAS_SEALED)
        key = Vault(home.keys).unwrapped(wrapped, owner_of("main", "c0000001"))
        log.execute("UPDATE decisions SET body = ?", (key.seal(key.open(sealed).replace(b":0", b":1")),))
    log.close()
    assert "+" in run("replay", name, code=1)


def test_events_come_in_from_a_file_and_bad_lines_are_kept(run, tmp_path):
    good = {"event_id": "e1", "kind": "payment", "customer_id": "c0000001", "happened_at": "2026-03-04T09:00:00Z"}
    lines = [orjson.dumps(good | {"amount_cents": 100}), b"", b"{half", orjson.dumps(good | {"event_id": "e2"})]
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"\n".join(lines))
    told = orjson.loads(run("events", "import", str(file), "--at", MOMENT.isoformat(), "--json", code=1))
    assert told["counts"] == {"accepted": 1, "refused": 2}
    assert [problem["place"] for problem in told["problems"]] == ["events.ndjson:3", "events.ndjson:4"]
    again = orjson.loads(run("events", "import", str(file), "--at", MOMENT.isoformat(), "--json", code=1))
    assert again["counts"] == {"duplicate": 1, "refused": 2}
