"""Decisions, events, permits and records changed behind the store's back: found, and the first bad record named."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from regua.records import Event
from regua.vocabulary import EventKind
from serving.store import Logged, Permit, PermitState, Store, audit
from tests.trust.behind import PORTFOLIO, Behind
from tests.trust.databases import POSTGRES, SQLITE, place
from tests.trust.line import Line, count_line

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CUSTOMERS = 24
SIZES = {True: {SQLITE: 5_000, POSTGRES: 5_000}, False: {SQLITE: 120, POSTGRES: 20}}


def run(folder: Path, *, full: bool) -> Sequence[Line]:
    """Tamper with a small log again and again, each time from what was written."""
    return [line for name, times in SIZES[full].items() for line in _lines(name, times, folder)]


def _lines(name: str, times: int, folder: Path) -> Iterator[Line]:
    with place(name, folder) as where, Store(where) as store:
        write(store)
        write(store.of("other"))
        assert store.verify() is None, "the log is sound before anything is done to it"
        missed, misnamed = [], []
        for number in range(times):
            tampering, flaw = _tampered(store, Random(number))
            if flaw is None:
                missed.append(tampering.what)
            elif flaw.seq not in tampering.named:
                misnamed.append(f"{tampering.what}: {flaw}, not {sorted(tampering.named)}")
        assert store.verify() is None, "nothing stays of what was done to it"
    yield count_line(f"{name}: {times:,} tamperings, not found{_such_as(missed)}", len(missed))
    yield count_line(f"{name}: of those, another record named first{_such_as(misnamed)}", len(misnamed))


class _UndoneError(Exception):
    """Takes back what was done."""


def _tampered(store: Store, luck: Random):
    end = store.chain_end()
    try:
        with store._database.writing() as transaction:
            tampering = Behind(transaction, end, luck).tamper()
            flaw = audit.verify(transaction, PORTFOLIO, end)
            raise _UndoneError
    except _UndoneError:
        return tampering, flaw


def _such_as(found: Sequence[str]) -> str:
    return f" ({'; '.join(sorted(set(found))[:3])})" if found else ""


def write(store: Store) -> None:
    """Write a log with permits in every state."""
    for number in range(CUSTOMERS):
        customer, at = f"c{number}", NOON + timedelta(seconds=number)
        made = Logged(f"d{number}", customer, at, "sms/x", "sms", at, "j", "r", "b", "s", b"{}", b'{"n":1}', b"in")
        issued = Permit(f"p{number}", f"d{number}", customer, "k", "sms", f"day{number}", at, at + HOUR, at)
        store.commit([made], store.live([customer], NOON, at).watermark, [issued])
        _go_on(store, number % 6, issued, at + timedelta(seconds=1))
        kind = EventKind.PAYMENT if number % 6 == 5 else EventKind.CONTACT_READ
        store.record([Event(f"e{number}", kind, customer, at, at, amount_cents=number)], source=f"crm{number % 2}")
    store.permits.expire(NOON + 2 * HOUR, limit=2)


def _go_on(store: Store, fate: int, permit: Permit, at: datetime) -> None:
    if fate in (1, 2, 3):
        store.permits.claim(permit.permit_id, at, lambda permit, facts: None)
    if fate in (2, 3):
        store.permits.turn(permit.permit_id, PermitState.UNKNOWN, at)
    if fate == 3:
        store.permits.turn(permit.permit_id, PermitState.SENT, at + HOUR)
    if fate == 4:
        store.permits.turn(permit.permit_id, PermitState.RELEASED, at)
