"""The declared domain of every field: what a proof about all customers may take each of them to be.

A domain is never narrower than what the profile, the scores and the kernel can hold: a proof over too narrow a domain
would miss a customer. NULL is possible everywhere but for what the kernel itself always knows.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from regua.errors import Place
from regua.predicates import Field, FieldKind, Node, fields_used, parse
from regua.predicates.domains import Domain

LONGEST_DAYS = 36_500
"""A hundred years: no debt, promise or journey counts more days."""


@dataclass(frozen=True, slots=True)
class _Range:
    names: re.Pattern[str]
    lowest: float | None
    highest: float | None
    whole: bool


def _numbers(names: str, lowest: float | None, highest: float | None = None, *, whole: bool = True) -> _Range:
    return _Range(re.compile(rf"(?:{names})"), lowest, highest, whole)


RANGES: tuple[_Range, ...] = (
    _numbers(r"p_\w+|best_reach|recovery_(3|12)m|\w+_share(_\w+)?|share_\w+|health_\w+", 0, 1, whole=False),
    _numbers(r"uplift_\w+", -1, 1, whole=False),
    _numbers(r"best_hour_\w+", 0, 22),
    _numbers(r"unemployment_rate|pay_to_due_ratio_6m|limit_use|days_to_pay_std_12m", 0, whole=False),
    _numbers(r"unemployment_change_6m|invoice_amount_trend_6m|days_to_pay_mean_12m|selic_rate", None, whole=False),
    _numbers(r"days_past_due", -LONGEST_DAYS, LONGEST_DAYS),
    _numbers(r"days_to_promise|days_past_promise", -LONGEST_DAYS, LONGEST_DAYS),
    _numbers(r"day_of_week", 1, 7),
    _numbers(r"(pay_)?day_of_month", 1, 31),
    _numbers(r"days_to_pay_day", 0, 31),
    _numbers(r"months_since_\w+", 0, 1_200),
    _numbers(r"(promise_hold|claim_hold|grace)_days", 0, 365),
    _numbers(
        r"(days_since|hold_days)_\w+|journey_day|customer_tenure_days|contract_age_days|max_days_past_due_\w+",
        0,
        LONGEST_DAYS,
    ),
    _numbers(r"days_to_\w+", -LONGEST_DAYS, LONGEST_DAYS),
    _numbers(r"hours_since_\w+", 0, 24 * LONGEST_DAYS, whole=False),
    _numbers(r"last_contact_state", 0, 5),
    _numbers(r"(return_)?step_last", -1, 1_000),
    _numbers(r"\w+_(entered_)?on", 1),
    _numbers(
        r"attempts_\w+|contract_calls_\w+|read_90d_\w+|replies_\w+|connects_\w+|unanswered_\w+|payments_\w+"
        r"|partial_payments_\w+|cures_\w+|promises_\w+|disputes_\w+|invoices_\w+|cycles_\w+|suspect_invoices"
        r"|open_disputes|open_paid_claims|offers_made_\w+|complaints_\w+|arrangements?_\w+|tries_180d_\w+|reached_180d_\w+"
        r"|contracts_\w+|products_\w+|contact_points_\w+|hold_bits\w*|signal_bits_repeated|\w+_version|journey_version|step_channels_tried",
        0,
    ),
)
"""Ranges of numbers by name, the first that fits; a number no range speaks of may be any."""

SIGNED_MONEY = frozenset[str]()
"""Amounts that may be below zero; all others are whole cents from zero on."""

ALWAYS_KNOWN = frozenset({"has_profile"})

RELATIONS: tuple[str, ...] = (
    "days_past_due >= 1 AND balance_overdue > 0.00 OR days_past_due < 1 AND balance_overdue = 0.00",
    "contracts_in_arrears >= 1 AND customer_balance_overdue > 0.00"
    " OR contracts_in_arrears = 0 AND customer_balance_overdue = 0.00",
    "balance_overdue <= balance_open",
    "contracts_in_arrears <= contracts_open",
    "has_open_promise AND days_to_promise IS NOT NULL OR NOT has_open_promise AND days_to_promise IS NULL",
    "promises_kept_365d <= promises_365d",
    "attempts_1d <= attempts_7d",
    "attempts_7d <= attempts_30d",
    "attempts_30d <= attempts_90d",
    "payments_30d <= payments_90d",
    "payments_90d <= payments_365d",
    "paid_30d <= paid_90d",
    "max_days_past_due_3m <= max_days_past_due_6m",
    "max_days_past_due_6m <= max_days_past_due_12m",
    "days_past_due <= max_days_past_due_3m",
)
"""What always holds between fields, as conditions that are never known to be false of a customer."""


def is_declared(field: Field) -> bool:
    """Say whether a number's range is written down here, or a field's kind says all there is to say."""
    return field.kind is not FieldKind.NUMBER or _range(field.name) is not None


def domain_of(field: Field, words: Iterable[str] = ()) -> Domain:
    """Return the declared domain of a field.

    Parameters
    ----------
    field
        A field a condition may name.
    words
        The words of a text that a book closes, such as the names of its journeys.

    Examples
    --------
    >>> domain_of(Field("p_roll", FieldKind.NUMBER)).highest
    1
    >>> domain_of(Field("days_since_last_payment", FieldKind.NUMBER)).lowest
    0
    """
    nullable = field.name not in ALWAYS_KNOWN
    match field.kind:
        case FieldKind.MONEY:
            lowest = None if field.name in SIGNED_MONEY else 0
            return Domain(field.column, field.kind, lowest=lowest, whole=True, nullable=nullable)
        case FieldKind.NUMBER:
            found = _range(field.name)
            if found is None:
                return Domain(field.column, field.kind, nullable=nullable)
            return Domain(field.column, field.kind, found.lowest, found.highest, found.whole, nullable)
        case FieldKind.FLAG | FieldKind.TEXT:
            return Domain(field.column, field.kind, nullable=nullable, words=tuple(words) or field.values)


def domains(fields: Mapping[str, Field], words: Mapping[str, Iterable[str]] | None = None) -> dict[str, Domain]:
    """Return every field's domain by column; ``words`` closes texts by field name."""
    closed = words or {}
    return {field.column: domain_of(field, closed.get(field.name, ())) for field in fields.values()}


def relations(fields: Mapping[str, Field]) -> tuple[tuple[Node, frozenset[str]], ...]:
    """Return what always holds between the fields there are, each with the columns it speaks of.

    A relation with a NULL in it says nothing: it is never known to be false.
    """
    found = []
    for text in RELATIONS:
        words = set(re.findall(r"[a-z_][a-z0-9_]*", text))
        if words <= fields.keys():
            node = parse(text, fields, place=Place("domains"))
            found.append((node, fields_used(node)))
    return tuple(found)


def _range(name: str) -> _Range | None:
    return next((one for one in RANGES if one.names.fullmatch(name)), None)
