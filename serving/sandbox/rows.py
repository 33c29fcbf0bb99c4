"""The profile of a test customer on a day: an ordinary person with one card invoice, and whatever its age brings."""

import calendar
from collections.abc import Mapping
from datetime import datetime
from functools import cache

import numpy as np

from features import catalog
from regua.clock import local_date
from regua.vocabulary import Channel, CustomerKind, Product
from serving.sandbox.parts import Actor

Value = float | str | None

REACHED = (
    Channel.PUSH,
    Channel.EMAIL,
    Channel.SMS,
    Channel.WHATSAPP,
    Channel.VOICE_BOT,
    Channel.CALL,
    Channel.LETTER,
)
"""The channels by which a test customer can be reached, and agrees to be."""
PAY_DAY = 5
_UNKNOWN = frozenset({"days", "hours", "state", "ratio"})
"""Units whose zero would say something: what nobody knows of a test customer is NULL, and what never happened 0."""
_ORDINARY: Mapping[str, Value] = {
    "product": str(Product.CARD),
    "kind": str(CustomerKind.PERSON),
    "income_band": "medium",
    "contracts_open": 1.0,
    "products_open": 1.0,
    "credit_limit_cents": 300_000.0,
    "limit_use": 0.4,
    "invoice_amount_trend_6m": 0.0,
    "payments_90d": 2.0,
    "payments_365d": 9.0,
    "pay_to_due_ratio_6m": 0.9,
    "days_to_pay_mean_12m": 3.0,
    "days_to_pay_std_12m": 2.0,
    "on_time_share_12m": 0.8,
    "pix_share_12m": 0.6,
    "read_share_90d": 0.5,
    "delivered_share_90d": 0.95,
    "contact_points_valid": float(len(REACHED)),
    "pay_day_of_month": float(PAY_DAY),
    "unemployment_rate": 0.07,
    "selic_rate": 0.14,
}


def profile_of(actor: Actor, at: datetime, zone: str) -> dict[str, Value]:
    """Return the profile row of a test customer on the day of an instant, without anything that was reported of it.

    Parameters
    ----------
    zone
        The zone of the business day.

    Returns
    -------
    Every feature of the catalogue by name, and the contract; money in cents.
    """
    today = local_date(at, zone)
    age, late = (today - local_date(actor.begins_at, zone)).days, (today - actor.due_on(zone)).days
    balance = float(actor.balance_cents)
    due, is_late = (balance, 1.0) if late > 0 else (0.0, 0.0)
    days_in_month = calendar.monthrange(today.year, today.month)[1]
    row = dict(_ordinary())
    row |= {
        "contract_id": actor.contract_id,
        "lead_contract_id": actor.contract_id,
        "region": actor.region,
        "days_past_due": float(late),
        "balance_overdue_cents": due,
        "customer_balance_overdue_cents": due,
        "oldest_overdue_amount_cents": due,
        "balance_open_cents": balance,
        "share_overdue": is_late,
        "invoices_overdue": is_late,
        "contracts_in_arrears": is_late,
        "cycles_past_due": float(max(late, 0) // 30),
        "invoice_amount_last_cents": balance,
        "invoice_amount_mean_6m_cents": balance,
        "paid_90d_cents": 2 * balance,
        "last_payment_cents": balance,
        "days_since_last_payment": 35.0 + age,
        "contract_age_days": 400.0 + age,
        "customer_tenure_days": 800.0 + age,
        "days_since_point_confirmed": 60.0 + age,
        "days_to_pay_day": float(PAY_DAY - today.day if today.day <= PAY_DAY else days_in_month - today.day + PAY_DAY),
        "is_thirteenth_salary_month": float(today.month in (11, 12)),
        "day_of_month": float(today.day),
        "day_of_week": float(today.isoweekday()),
    }
    return row | {f"max_days_past_due_{months}m": float(max(late, 0)) for months in (3, 6, 12)}


@cache
def _ordinary() -> Mapping[str, Value]:
    row: dict[str, Value] = {}
    for one in catalog.FEATURES:
        is_never = one.kind != "text" and one.unit not in _UNKNOWN
        row[one.name] = 0.0 if is_never else None if one.kind == "text" else np.nan
    for channel in REACHED:
        row |= {f"has_point_{channel}": 1.0, f"consent_{channel}": 1.0}
    return {**row, **_ORDINARY}
