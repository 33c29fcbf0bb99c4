"""Invented customers in arrears, as a profile tells of them, and as the tests' own oracle reads them."""

from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np

from regua.columns import Array
from regua.vocabulary import CHANNELS
from tests.oracle.tables import Book
from tests.trust.simulation.chance import Chance
from tests.trust.world import small_world

REGIONS = ("SP", "RJ", "AM", "AC", "ES", "BA", "PE", "RS", "MT")
REACHED_BY = ("push", "email", "sms", "whatsapp", "voice_bot", "call", "letter")
TABLES = ("contacts", "consents", "contact_points", "holds", "disputes", "promises", "signals", "invoices",
          "payments")  # fmt: skip
DEBT = "debt"
"""What everybody owes, as the oracle calls it: whichever contract leads, it is the same money."""
_NONE = ("hold_bits", "hold_bits_repeated", "signal_bits_repeated", "has_open_promise", "open_promise_cents",
         "has_open_dispute", "has_paid_claim", "open_disputes", "open_paid_claims",
         "suspect_invoices", "has_arrangement", "is_placed", "is_disaster", "unanswered_in_a_row", "contract_calls_7d",
         "arrangement_instalments_left", "arrangement_instalments_missed")  # fmt: skip
_NEVER = ("days_to_promise", "days_since_paid_claim", "days_to_instalment", "days_since_last_contact",
          "hours_since_last_contact", "hours_since_last_conversation", "last_contact_state")  # fmt: skip


@lru_cache(maxsize=2)
def _plain(count: int) -> dict[str, Array]:
    columns = small_world().customers(count)
    for name in columns:
        if name.startswith(("attempts_", "has_wrong_point_")) or name in _NONE:
            columns[name] = np.zeros(count)
        elif name.startswith(("hold_days_", "days_since_")) or name in _NEVER:
            columns[name] = np.full(count, np.nan)
    return columns


def people(count: int, luck: Chance) -> dict[str, Array]:
    """Invent customers whom nobody has contacted yet: all owe something, few permit everything."""
    columns = {name: array.copy() for name, array in _plain(count).items()}
    names = columns["customer_id"].tolist()
    columns["region"] = np.array([luck.pick(REGIONS, name, "region") for name in names], dtype=object)
    columns["days_past_due"] = np.array([1.0 + int(luck.share(name, "days") ** 2 * 50) for name in names])
    owed = np.array([2_000.0 + int(luck.share(name, "owed") ** 3 * 400_000) for name in names])
    for name in ("balance_overdue_cents", "customer_balance_overdue_cents"):
        columns[name] = owed.copy()
    columns["balance_open_cents"] = owed + 10_000
    for name in ("contracts_in_arrears", "invoices_overdue", "contracts_open"):
        columns[name] = np.ones(count)
    # Nobody has promised anything that is still open; of some nobody knows how much they kept.
    columns["promises_365d"] = columns["promises_kept_365d"] + columns["promises_broken_365d"]
    for channel in CHANNELS:
        points = [channel in REACHED_BY and luck.happens(0.8, name, "point", channel) for name in names]
        columns[f"has_point_{channel}"] = np.array(points) * 1.0
        said = [luck.share(name, "consent", channel) for name in names]
        columns[f"consent_{channel}"] = np.array([1.0 if one < 0.5 else 0.0 if one < 0.55 else np.nan for one in said])
    columns["contact_points_valid"] = sum(columns[f"has_point_{channel}"] for channel in CHANNELS)
    return columns


def as_told(columns: dict[str, Array], start: datetime) -> Book:
    """Tell the oracle the same in its own words; instants are naive UTC."""
    book, at = Book(), (start - timedelta(days=60)).replace(tzinfo=None)
    book.rows = {table: {} for table in TABLES}
    for row, name in enumerate(columns["customer_id"].tolist()):
        book.customers[name] = {"region": columns["region"][row]}
        due_on = (start - timedelta(days=int(columns["days_past_due"][row]))).date()
        amount = int(columns["balance_overdue_cents"][row])
        book.rows["invoices"][name] = [
            {"invoice_id": f"i{name}", "contract_id": DEBT, "amount_cents": amount, "due_on": due_on, "known_at": at,
             "cancelled_at": None}
        ]  # fmt: skip
        book.rows["contact_points"][name] = [
            {"channel": channel, "known_at": at, "happened_at": at, "status": "valid", "status_at": None}
            for channel in CHANNELS
            if columns[f"has_point_{channel}"][row] > 0
        ]
        book.rows["consents"][name] = [
            {
                "channel": channel,
                "known_at": at,
                "happened_at": at,
                "is_granted": bool(columns[f"consent_{channel}"][row]),
            }
            for channel in CHANNELS
            if not np.isnan(columns[f"consent_{channel}"][row])
        ]
    return book
