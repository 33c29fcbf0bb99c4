"""Every hour the log is signed, and every night the erased are forgotten, whichever worker comes first."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regua.clock import SetClock
from regua.records import Event
from regua.settings import Settings
from regua.vocabulary import EventKind
from serving import upkeep
from serving.proving import auditing
from serving.proving.signing import Signer

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def home(store, tmp_path):
    """What the upkeep needs of a service."""
    return SimpleNamespace(store=store, clock=SetClock(NOON), settings=Settings(home=tmp_path / "home"))


def paid(home, name):
    now = home.clock.now()
    home.store.record([Event(name, EventKind.PAYMENT, "ana", now, now, "k", amount_cents=7)])


def kept(home):
    signer, folder = Signer(home.settings.keys), home.settings.home / auditing.FOLDER
    return auditing.verify(home.store, signer, folder)


def test_the_end_of_the_log_is_signed_every_hour_in_which_it_grew(home):
    assert upkeep.sign(home) == 0  # there is nothing yet
    paid(home, "e1")
    assert [upkeep.sign(home), upkeep.sign(home)] == [1, 0]
    paid(home, "e2")
    home.clock.move(HOUR - timedelta(seconds=1))
    assert upkeep.sign(home) == 0
    home.clock.move(timedelta(seconds=1))
    assert [upkeep.sign(home), upkeep.sign(home)] == [1, 0]
    home.clock.move(HOUR)
    assert upkeep.sign(home) == 0  # it did not grow
    assert (kept(home).checkpoints, kept(home).is_whole) == (2, True)


def test_the_erased_are_forgotten_once_a_night(home):
    def payments():
        path = home.settings.tables / "payments" / "a.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        times = pa.array([NOON.replace(tzinfo=None) - HOUR] * 2, pa.timestamp("us"))
        pq.write_table(pa.table({"customer_id": ["ana", "bia"], "known_at": times}), path)

    home.store.subjects.erase("ana", NOON, "officer")
    payments()
    assert [upkeep.forget(home), upkeep.forget(home)] == [1, 0]
    payments()  # a copy of old, brought in again
    home.clock.at = datetime(2026, 3, 5, 4, 59, tzinfo=UTC)  # a minute before two in São Paulo
    assert upkeep.forget(home) == 0
    home.clock.at = datetime(2026, 3, 5, 5, 0, tzinfo=UTC)
    assert [upkeep.forget(home), upkeep.forget(home)] == [1, 0]


def test_what_fails_at_night_is_tried_again(home, monkeypatch):
    from serving.privacy import reaching

    def fails(*_):
        raise OSError("the disk is away")

    home.store.subjects.erase("ana", NOON, "officer")
    monkeypatch.setattr(reaching, "forget", fails)
    with pytest.raises(OSError, match="the disk is away"):
        upkeep.forget(home)
    monkeypatch.undo()
    tables = home.settings.tables / "payments"
    tables.mkdir(parents=True)
    pq.write_table(pa.table({"customer_id": ["ana"]}), tables / "a.parquet")
    assert upkeep.forget(home) == 1
