"""What begins and ends, as the tests read what was told of one name: what begins after an end is another."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import nan
from typing import Any

from regua.clock import utc
from regua.vocabulary import HOLD_BIT, SIGNAL_BIT, HoldKind, SignalKind
from tests.oracle.tables import Book

Told = dict[str, Any]
WORDS: Mapping[str, tuple[str, str]] = {
    "promise_made": ("promises", "promise_id"),
    "promise_resolved": ("promises", "promise_id"),
    "dispute_opened": ("disputes", "dispute_id"),
    "payment_claimed": ("disputes", "dispute_id"),
    "dispute_resolved": ("disputes", "dispute_id"),
    "hold_placed": ("holds", "hold_id"),
    "hold_lifted": ("holds", "hold_id"),
    "arrangement_made": ("holds", "arrangement_id"),
    "arrangement_resolved": ("holds", "arrangement_id"),
    "signal_raised": ("signals", "signal_id"),
    "signal_cleared": ("signals", "signal_id"),
}
"""The table an event tells of, and the word by which it names what it is about; an arrangement is a hold."""
OVER = {"holds": "lifted_at", "disputes": "resolved_at", "promises": "resolved_at", "signals": "cleared_at"}
"""Which word of a table says that something is over."""
ENDS = frozenset({"promise_resolved", "dispute_resolved", "hold_lifted", "arrangement_resolved", "signal_cleared"})
CLOCKS = AHEAD = timedelta(minutes=5)
"""What a reporter's clock may be ahead: what it told is known at once."""
LAPSED, MIDNIGHT_UTC = timedelta(days=5), timedelta(hours=3)
"""How long after its day a promise that was not kept is still awaited; midnight in São Paulo, all year since 2019."""


@dataclass(slots=True)
class Standing:
    """All that began and may have ended, of everybody; ``book`` is where the tests' oracle reads it."""

    book: Book
    _told: dict[tuple[str, str], list[tuple[datetime, datetime, Told]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def tell(self, event: Told, known_at: datetime) -> None:
        """Write down that something began or ended."""
        table, word = WORDS[event["kind"]]
        name = event["data"][word]
        told = self._told[table, name]
        told.append((datetime.fromisoformat(event["happened_at"]), known_at, event))
        own = self.book.rows[table].setdefault(event["customer_id"], [])
        own[:] = [*(row for row in own if row.get(word) != name), *rows(told, OVER[table], {word: name})]

    def in_force(self, table: str, customer: str, at: datetime, ahead: timedelta = AHEAD) -> list[Told]:
        """List holds, disputes, promises or signals that have no end yet."""
        over = OVER[table]
        return [
            row
            for row in self.book.of(table, customer)
            if row[over] is None
            and row["told_at"] <= naive(at) + ahead
            and (row.get("ends_at") is None or row["ends_at"] > naive(at))
            and row.get("promised_for", date.max) >= _today(at) - LAPSED
        ]

    def profiled(self, customer: str, at: datetime) -> dict[str, float]:
        """Tell what pauses contact as a profile of an instant does, which reads tables and no events."""
        kinds = Counter(hold["kind"] for hold in self.in_force("holds", customer, at))
        disputes = Counter(dispute["kind"] for dispute in self.in_force("disputes", customer, at))
        bits = {kind: HOLD_BIT[HoldKind(kind)] for kind in kinds}
        promised = self.in_force("promises", customer, at)
        days = [(promise["promised_for"] - _today(at)).days for promise in promised]
        return {
            "has_arrangement": float("arrangement_current" in kinds),
            "hold_bits": sum(bits.values()),
            "hold_bits_repeated": sum(bit for kind, bit in bits.items() if kinds[kind] > 1),
            "has_open_promise": float(bool(promised)),
            "open_promise_cents": sum(promise["amount_cents"] for promise in promised),
            "days_to_promise": min([one for one in days if one >= 0] or days, default=nan),
            "open_disputes": float(disputes["dispute_opened"]),
            "has_open_dispute": float("dispute_opened" in disputes),
            "open_paid_claims": float(disputes["payment_claimed"]),
            "has_paid_claim": float("payment_claimed" in disputes),
            **self._signalled(customer, at),
        }

    def _signalled(self, customer: str, at: datetime) -> dict[str, float]:
        raised: dict[str, list[datetime]] = {kind: [] for kind in SignalKind}
        for signal in self.in_force("signals", customer, at):
            raised[signal["kind"]].append(signal["happened_at"])
        since = {
            f"days_since_{kind}": float((_today(at) - _today(max(when))).days) if when else nan
            for kind, when in raised.items()
        }
        return since | {
            "signal_bits_repeated": sum(SIGNAL_BIT[SignalKind(kind)] for kind in raised if len(raised[kind]) > 1)
        }


def _today(at: datetime) -> date:
    return (utc(at) - MIDNIGHT_UTC).date()


def naive(at: datetime) -> datetime:
    """Write an instant as the oracle's tables do."""
    return utc(at).replace(tzinfo=None)


def rows(told: Iterable[tuple[datetime, datetime, Told]], over: str, more: Told) -> list[Told]:
    """Make rows of what was told of one name: when it happened, when that was known, and the event.

    Parameters
    ----------
    over
        The word that says when a row was known to be over; None while it is not.
    more
        What all rows say.
    """
    found: list[Told] = []
    ended: tuple[datetime, datetime] | None = None
    for at, known, event in sorted(told, key=lambda one: one[0]):
        # What was acknowledged is known, whatever any clock says: it counts from the first instant it can.
        happened, heard = naive(min(at, known)), naive(known)
        if event["kind"] in ENDS:
            ended = at, heard
            if found:
                found[-1][over] = min(found[-1][over] or heard, heard)
        elif not found or (ended is not None and at > ended[0] + CLOCKS):
            times = {"known_at": happened, "happened_at": happened, "told_at": heard}
            found.append(times | _content(event) | more | {over: None})
            ended = None
        else:
            told_at = min(found[-1]["told_at"], heard)
            found[-1] |= {"happened_at": happened, "told_at": told_at, **_content(event)}
    return found


def _content(event: Told) -> Told:
    data, kind = event["data"], event["kind"]
    if kind == "promise_made":
        return {"promised_for": date.fromisoformat(data["promised_for"]), "amount_cents": event["amount_cents"]}
    if kind == "signal_raised":
        return {"kind": data["kind"]}
    if kind not in ("hold_placed", "arrangement_made"):
        return {"kind": kind}
    held = "arrangement_current" if kind == "arrangement_made" else data["kind"]
    ends_at = None if data.get("ends_at") is None else naive(datetime.fromisoformat(data["ends_at"]))
    return {"kind": held, "contract_id": None, "invoice_id": None, "ends_at": ends_at}
