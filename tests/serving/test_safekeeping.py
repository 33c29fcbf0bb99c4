"""A copy of the log is put back on an empty machine: it verifies, and nobody who was erased meanwhile comes back."""

import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from regua.cli import build
from regua.clock import SetClock
from regua.errors import DataError, SettingsError
from regua.records import Event
from regua.settings import Settings
from regua.vocabulary import EventKind
from serving import upkeep
from serving.privacy import remembering
from serving.proving import auditing, safekeeping
from serving.proving.signing import Signer
from serving.store import Store

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
ERASED = NOON + timedelta(minutes=10)
NEXT_DAY = NOON + timedelta(days=1)


class House:
    """A home whose log can be copied, lost and put back, on either database."""

    def __init__(self, settings, postgres, folder):
        self.settings, self._postgres, self._file = settings, postgres, folder / "copies" / "log.db"

    def copy(self):
        if self._postgres:
            self._copy = self._postgres.copied(self.settings.store_url.get_secret_value())
        else:
            safekeeping.copy(self.settings, self._file)

    def lose_and_put_back(self):
        if self._postgres:
            self.settings = Settings(home=self.settings.home, store_url=self._copy)
            return
        for path in self.settings.home.glob("decisions.db*"):
            path.unlink()
        shutil.copy(self._file, self.settings.decisions)

    def tell(self, name, who, at=NOON):
        with self.open() as store:
            store.record([Event(name, EventKind.PAYMENT, who, at, at, "k", amount_cents=7)])

    def known(self, who):
        with self.open() as store:
            return [event.event_id for event in store.subjects.of(who).events]

    def erase(self, who):
        with self.open() as store:
            store.subjects.erase(who, ERASED, "officer")
            remembering.keep(store, self.signer, self.settings.home / remembering.FOLDER)

    def sign(self, at):
        with self.open() as store:
            auditing.sign(store, self.signer, self.settings.home / auditing.FOLDER, at)

    def verified(self):
        with self.open() as store:
            return auditing.verify(store, self.signer, self.settings.home / auditing.FOLDER)

    def put_back(self, **how):
        with self.open() as store:
            return safekeeping.put_back(self.settings, store, NEXT_DAY, "ana", **how)

    def open(self):
        return Store.open(self.settings)

    @property
    def signer(self):
        return Signer(self.settings.keys)


@pytest.fixture
def house(tmp_path):
    """An empty home."""
    return House(Settings(home=tmp_path / "home"), None, tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def either(request, tmp_path):
    """An empty home, on either database."""
    postgres = request.getfixturevalue("postgres") if request.param == "postgres" else None
    return House(Settings(home=tmp_path / "home", store_url=postgres and postgres.database()), postgres, tmp_path)


def test_a_copy_put_back_is_whole_and_says_which_signed_records_it_lacks(either):
    house = either
    house.tell("e1", "ana")
    house.sign(NOON)
    house.copy()
    house.tell("e2", "ana", LATER)
    house.sign(LATER)
    house.lose_and_put_back()
    assert house.known("ana") == ["e1"]
    assert not house.verified().is_whole
    found = house.put_back()
    assert (found.end, found.lost_after, found.checkpoints_set_aside) == (1, 2, 0)
    found = house.put_back(accepts_loss=True)
    assert (found.lost_after, found.checkpoints_set_aside) == (2, 1)
    assert (house.verified().is_whole, house.verified().records, house.verified().checkpoints) == (True, 2, 1)
    with house.open() as store:
        last = store.trail.records()[-1]
    assert (last.kind, last.subject) == ("loss", "2 by ana")
    assert house.put_back().lost_after is None


def test_whom_a_copy_brings_back_is_erased_again(either):
    house = either
    house.tell("e1", "ana")
    house.tell("e2", "bia")
    house.copy()
    house.erase("ana")
    house.lose_and_put_back()
    assert house.known("ana") == ["e1"]
    assert house.put_back().erased_again == ("ana",)
    assert (house.known("ana"), house.known("bia")) == ([], ["e2"])
    assert house.put_back().erased_again == ()
    assert house.verified().is_whole


def test_who_comes_back_after_the_erasure_stays(house):
    house.tell("e1", "ana")
    house.erase("ana")
    house.tell("e2", "ana", ERASED + timedelta(minutes=1))
    assert house.put_back().erased_again == ()
    assert house.known("ana") == ["e2"]


def test_what_a_restored_store_forgot_stays_written_down(house):
    house.tell("e1", "ana")
    house.copy()
    house.erase("ana")
    house.lose_and_put_back()
    with house.open() as store:
        assert remembering.keep(store, house.signer, house.settings.home / remembering.FOLDER) == 1
    assert house.put_back().erased_again == ("ana",)


def test_a_list_of_the_erased_that_was_changed_is_refused(house):
    house.tell("e1", "ana")
    house.erase("ana")
    path = house.settings.home / remembering.FOLDER / "main.json"
    path.write_bytes(path.read_bytes().replace(b"ana", b"bia"))
    with pytest.raises(DataError, match="not as this service signed it"):
        house.put_back()


def test_the_worker_erases_again_even_if_nobody_says_so(house):
    house.tell("e1", "ana")
    house.copy()
    house.erase("ana")
    house.lose_and_put_back()
    with house.open() as store:
        upkeep.forget(SimpleNamespace(store=store, clock=SetClock(NEXT_DAY), settings=house.settings))
    assert house.known("ana") == []


def test_a_copy_of_a_changed_log_is_refused_and_an_old_one_never_overwritten(house, tmp_path):
    house.tell("e1", "ana")
    house.copy()
    with pytest.raises(SettingsError, match="there already"):
        house.copy()
    with sqlite3.connect(house.settings.decisions) as log:
        log.execute("UPDATE events SET body = x'00'")
    log.close()
    with pytest.raises(DataError, match="record 1 of the copy"):
        safekeeping.copy(house.settings, tmp_path / "second.db")


def test_the_drill_at_the_command_line(house, tmp_path, monkeypatch):
    house.tell("e1", "ana")
    monkeypatch.setenv("REGUA_HOME", str(house.settings.home))
    run = CliRunner().invoke
    made = run(build(), ["store", "backup", str(tmp_path / "copies" / "log.db")])
    assert (made.exit_code, "1 records of the audit log" in made.output) == (0, True)
    house.tell("e2", "ana")
    house.sign(LATER)
    assert run(build(), ["privacy", "erase", "ana", "--by", "officer", "--yes"]).exit_code == 0
    house.lose_and_put_back()
    assert run(build(), ["store", "restored", "--by", "ana"]).exit_code == 1
    told = run(build(), ["store", "restored", "--by", "ana", "--accept-loss"])
    assert (told.exit_code, house.known("ana")) == (0, [])
    assert run(build(), ["audit", "verify"]).exit_code == 0
