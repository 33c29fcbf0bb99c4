"""What each kind of event does to a profile taken before it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from regua.clock import local_date, start_of_day
from regua.columns import Array
from regua.records import Event
from regua.vocabulary import AGED_HOLDS, HOLD_BIT, EventKind, HoldKind


@dataclass(frozen=True, slots=True)
class Day:
    """The business day of a moment: its date, the instants it begins and ends at, and its zone."""

    date: date
    start: datetime
    end: datetime
    zone: str

    @classmethod
    def of(cls, moment: datetime, zone: str) -> "Day":
        """Return the day in which a moment lies."""
        today = local_date(moment, zone)
        return cls(today, start_of_day(today, zone), start_of_day(today + timedelta(days=1), zone), zone)


@dataclass(frozen=True, slots=True)
class Row:
    """One customer's row, to be brought up to a moment."""

    columns: Mapping[str, Array]
    index: int
    moment: datetime
    day: Day

    def get(self, name: str) -> float:
        """Return a number, NaN where it is NULL."""
        return float(self.columns[name][self.index])

    def set(self, name: str, value: float) -> None:
        """Put a number in its place."""
        self.columns[name][self.index] = value

    def add(self, name: str, amount: float) -> None:
        """Add to a count; an unknown count stays unknown."""
        self.set(name, self.get(name) + amount)

    def least(self, name: str, value: float) -> None:
        """Put a number in its place unless a smaller one is there."""
        if not self.get(name) <= value:
            self.set(name, value)

    def is_about(self, contract_id: str | None) -> bool:
        """Say whether what names a contract, or none, is about the one that leads this row."""
        return contract_id is None or contract_id == self.columns["contract_id"][self.index]

    def hold(self, kind: HoldKind, began_at: datetime | None = None) -> None:
        """Put a hold in force; of several of a kind the age is that of the latest to begin."""
        self.set("hold_bits", int(np.nan_to_num(self.get("hold_bits"))) | HOLD_BIT[kind])
        if began_at is not None and kind in AGED_HOLDS:
            self.least(f"hold_days_{kind}", self.days_since(began_at))

    def lift(self, kind: HoldKind) -> None:
        """Take a hold out of force."""
        self.set("hold_bits", int(np.nan_to_num(self.get("hold_bits"))) & ~HOLD_BIT[kind])
        if kind in AGED_HOLDS:
            self.set(f"hold_days_{kind}", np.nan)

    def days_since(self, instant: datetime) -> int:
        """Count the days of the business zone since an instant."""
        if instant >= self.day.start:
            return 0
        return (self.day.date - local_date(instant, self.day.zone)).days


def paid(row: Row, event: Event) -> None:
    """Take a payment off what is due; what is fully paid is no longer past due."""
    amount = float(event.amount_cents or 0)
    of_customer = row.get("customer_balance_overdue_cents")
    if row.is_about(event.contract_id):
        _recency(row, event, amount)
        before = row.get("balance_overdue_cents")
        after = max(before - amount, 0.0)
        row.set("balance_overdue_cents", after)
        row.set("balance_open_cents", max(row.get("balance_open_cents") - amount, 0.0))
        row.set("customer_balance_overdue_cents", max(of_customer - amount, 0.0))
        if before > 0 and after == 0:
            _clear_arrears(row)
    else:
        # The profile row shows the lead contract; the others together cannot owe less than nothing.
        row.set("customer_balance_overdue_cents", max(of_customer - amount, row.get("balance_overdue_cents"), 0.0))


def _clear_arrears(row: Row) -> None:
    row.set("days_past_due", min(row.get("days_past_due"), 0.0))
    for name in ("invoices_overdue", "cycles_past_due", "oldest_overdue_amount_cents", "share_overdue"):
        row.set(name, 0.0)
    row.set("contracts_in_arrears", max(np.nan_to_num(row.get("contracts_in_arrears")) - 1, 0.0))


def _recency(row: Row, event: Event, amount: float) -> None:
    row.least("days_since_last_payment", row.days_since(event.happened_at))
    row.set("last_payment_cents", amount)
    for days in (30, 90, 365):
        row.add(f"payments_{days}d", 1)
    for days in (30, 90):
        row.add(f"paid_{days}d_cents", amount)


def wrong_party(row: Row, event: Event) -> None:
    """Somebody else answers there: this contact point is done with at once."""
    if event.channel is None:
        row.hold(HoldKind.WRONG_PARTY)
        return
    close_point(row, event.channel)


def close_point(row: Row, channel: str) -> None:
    """Put the point of a channel in quarantine; whether another one is left, the next profile tells."""
    if row.get(f"has_point_{channel}") > 0:
        row.set("contact_points_valid", max(np.nan_to_num(row.get("contact_points_valid")) - 1, 0.0))
    row.set(f"has_point_{channel}", 0.0)
    row.set(f"has_wrong_point_{channel}", 1.0)


EFFECTS: Mapping[EventKind, Callable[[Row, Event], None]] = {
    EventKind.PAYMENT: paid,
    EventKind.WRONG_PARTY: wrong_party,
}
"""What an event changes; contacts are counted by :mod:`serving.happenings.counting`, consents and holds are
:mod:`serving.happenings.permissions`', arrangements :mod:`serving.happenings.arrangements`', promises and disputes
:mod:`serving.happenings.openings`', signals :mod:`serving.happenings.signals`'."""

KEYS: Mapping[EventKind, str] = {
    EventKind.PAYMENT: "payment_id",
    EventKind.WRONG_PARTY: "contact_point_id",
}
"""What names the row an event is about: the same thing told by two events is one."""
