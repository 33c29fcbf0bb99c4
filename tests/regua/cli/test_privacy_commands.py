"""The audit log and a person's rights, at the command line."""

import sqlite3
from datetime import UTC, datetime

import orjson
import pytest
from typer.testing import CliRunner

from regua import decision_log
from regua.cli import build
from regua.records import Event
from regua.settings import Settings
from regua.vocabulary import EventKind
from serving.store import Refusal, Store
from training.outcomes.harvest import harvest

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("REGUA_HOME", str(tmp_path))
    settings = Settings(home=tmp_path)
    with Store.open(settings) as store:
        for customer_id in ("ana", "bia"):
            store.record([Event(f"e-{customer_id}", EventKind.PAYMENT, customer_id, NOON, NOON, "k", amount_cents=7)])
    return settings


def payments(home):
    with decision_log.opened(home) as log:
        return set(harvest(log).rows["payments"])


def regua(*arguments, code=0):
    result = CliRunner().invoke(build(), [*arguments, "--json"])
    assert result.exit_code == code, (result.output, result.exception)
    return orjson.loads(result.stdout)


def test_the_audit_log_is_signed_and_verified_and_a_changed_one_is_named(home, tmp_path):
    assert regua("audit", "checkpoint")["seq"] == 2
    assert regua("audit", "verify") == {
        "is_whole": True, "records": 2, "checkpoints": 1, "first_bad": None, "found": None,
    }  # fmt: skip
    assert regua("audit", "export", str(tmp_path / "log.ndjson"))["records"] == 2
    with sqlite3.connect(home.decisions) as log:
        log.execute("DELETE FROM audit WHERE seq = 2")
    log.close()
    told = regua("audit", "verify", code=1)
    assert (told["first_bad"], "cut off" in told["found"]) == (2, True)


def test_a_checkpoint_that_was_touched_is_refused(home):
    regua("audit", "checkpoint")
    (path,) = (home.home / "checkpoints" / "main").glob("*.json")
    path.write_bytes(path.read_bytes().replace(b'"seq":2', b'"seq":1'))
    result = CliRunner().invoke(build(), ["audit", "verify"])
    assert "not as this service signed it" in str(result.exception)


def test_whoever_is_erased_is_absent_from_what_is_learned_and_the_log_still_holds(home):
    assert payments(home) == {"e-ana", "e-bia"}
    regua("privacy", "renew-key")
    assert payments(home) == {"e-ana", "e-bia"}
    regua("privacy", "erase", "ana", "--by", "officer", "--yes")
    assert payments(home) == {"e-bia"}
    assert regua("audit", "verify")["is_whole"]
    assert regua("privacy", "sweep") == {"rows": 0, "files": 0}


def test_an_erasure_shows_what_it_destroys_and_without_a_yes_destroys_nothing(home):
    for answer in ("n\n", "\n", ""):
        result = CliRunner().invoke(build(), ["privacy", "erase", "ana", "--by", "officer"], input=answer)
        assert (result.exit_code, "ana: 1 events" in result.stderr) == (1, True)
        assert payments(home) == {"e-ana", "e-bia"}
    result = CliRunner().invoke(build(), ["privacy", "erase", "ana", "--by", "officer"], input="y\n")
    assert result.exit_code == 0
    assert payments(home) == {"e-bia"}
    again = CliRunner().invoke(build(), ["privacy", "erase", "nobody", "--by", "officer"], input="n\n")
    assert "nothing is kept; check the identifier" in again.stderr


def test_a_scan_finds_who_somebody_is_in_the_quarantine(home):
    assert regua("privacy", "scan") == {"personal": [], "erased_but_held": []}
    with Store.open(home) as store:
        store.record([], [Refusal(NOON, "old:1", "x", None, b'{"cpf": "529.982.247-25"}')])
    assert regua("privacy", "scan", code=1)["personal"] == [{"place": "old:1", "kind": "cpf"}]
