"""While a hold is in force, the contacts it stops are not made."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from math import isnan

import numpy as np
from numpy.typing import NDArray

from journeys.rulebook.holds import DAY, HoldRule
from journeys.rulebook.policies import Policy
from journeys.rulebook.row import Row, known
from regua.clock import local_date, start_of_day
from regua.columns import Columns, Flags, number
from regua.vocabulary import HOLD_BIT, HoldKind

BIT = 1 << 3
LASTING = False
SOURCE = "CDC art. 42, 54-A and 54-C; LGPD art. 20; house policy of each hold"
WORDS = {"pt-BR": "Um bloqueio em vigor suspende o contato.", "en": "A hold in force pauses contact."}

SEEN_IN: dict[str, HoldKind] = {
    "has_open_dispute": HoldKind.DISPUTE_OPEN,
    "has_paid_claim": HoldKind.PAID_CLAIM_PENDING,
    "is_placed": HoldKind.PLACED_WITH_AGENCY,
    "is_disaster": HoldKind.DISASTER_PAUSE,
}
"""Flags of the profile that amount to a hold even where nobody has entered one."""
ELSEWHERE: tuple[HoldKind, ...] = (
    HoldKind.WRONG_PARTY,
    HoldKind.SUSPECT_INVOICE,
    HoldKind.VULNERABLE,
    HoldKind.TIME_BARRED,
)
"""Holds for which a guardrail of their own answers."""

_HERE = ~sum(HOLD_BIT[kind] for kind in ELSEWHERE)
_PROMISE, _CLAIM = HOLD_BIT[HoldKind.PROMISE_PENDING], HOLD_BIT[HoldKind.PAID_CLAIM_PENDING]


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:
    """Stop what each hold in force stops, for the purpose of the message.

    Parameters
    ----------
    columns
        ``hold_bits`` (NULL: none seen here; the rule on critical figures stops it), the flags of :data:`SEEN_IN`,
        ``has_open_promise`` with ``days_to_promise``, ``days_since_paid_claim``, the days of patience
        (``promise_hold_days``, ``claim_hold_days``, ``is_claim_hold_over_by_itself``), ``hold_days_<kind>`` (whole days
        since a hold began; NULL or no such column: not known) and ``purpose`` (absent: collection).
    policy
        What each hold stops, how long after its day a promise holds at least, and which holds the law itself ends.
    moment
        The instant of the decision: business days are counted to its day.

    Returns
    -------
    ``(n, channels)``.
    """
    codes = policy.codes(columns)
    entered = number(columns, "hold_bits")
    bits = np.where(entered > 0, entered, 0.0).astype(np.int64)
    end(bits, columns, policy, codes)
    for name, kind in SEEN_IN.items():
        if name in columns and kind is not HoldKind.PAID_CLAIM_PENDING:
            bits |= (number(columns, name) > 0) * HOLD_BIT[kind]
    bits[_promised(columns, policy, codes)] |= _PROMISE
    bits[_claimed(columns, policy, codes, moment)] |= _CLAIM
    bits &= _HERE
    return policy.stopped_by(bits, columns.get("purpose"), codes).T


def stops_alone(row: Row, policy: Policy, moment: datetime) -> Sequence[bool]:
    """Say the same of one customer."""
    return policy.stopped_alone(_bits(row, policy, moment), row)


def lasting(bits: int, row: Row, policy: Policy) -> int:
    """Leave out of the bits of one customer the holds that the law has ended by now; one of unknown age goes on."""
    for name, bit, ends in policy.here(row).hold_ends if bits else ():
        if bits & bit and known(row, name) >= ends:
            bits &= ~bit
    return bits


def end(bits: NDArray[np.int64], columns: Columns, policy: Policy, codes: NDArray[np.intp]) -> None:
    """Take out of the bits, in place, the holds that the law has ended by now; one of unknown age goes on."""
    held = bits.nonzero()[0]
    for kind, ends in policy.hold_ends.items() if len(held) else ():
        name, bit = f"hold_days_{kind}", HOLD_BIT[kind]
        rows = held[(bits[held] & bit) != 0]
        if len(rows) and name in columns:
            bits[rows[number(columns, name)[rows] >= ends[codes[rows]]]] &= ~bit


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:
    """Name the rules of the holds in force that stop this purpose on the channel."""
    return policy.rules_of_holds(_bits(row, policy, moment), channel, int(row.get("purpose") or 0), policy.code(row))


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> datetime | None:
    """Return the day on which promises, claims and holds that end by themselves are over; others wait for a person."""
    purpose, code, today = int(row.get("purpose") or 0), policy.code(row), local_date(moment, policy.zone)
    entered, bits = known(row, "hold_bits"), _bits(row, policy, moment)
    bits_entered = int(entered) if entered > 0 else 0
    ends: list[date | None] = []
    for kind, bit in HOLD_BIT.items():
        if not bits & bit or not policy.rules_of_holds(bit, channel, purpose, code):
            continue
        age = known(row, f"hold_days_{kind}")
        limit = float(policy.hold_ends[kind][code]) if kind in policy.hold_ends else np.inf
        if bits_entered & bit and not (isnan(age) or np.isinf(limit)):
            ends.append(today + timedelta(days=max(int(np.ceil(limit)) - int(age), 0)))
        elif bits_entered & bit:
            ends.append(None)
        elif bit == _PROMISE and not isnan(days := known(row, "days_to_promise")):
            ends.append(today + timedelta(days=int(days) + int(_grace(row, policy)) + 1))
        elif bit == _CLAIM and known(row, "is_claim_hold_over_by_itself") > 0:
            ends.append(_claim_over(row, policy, code, today))
        else:
            ends.append(None)
    if not ends or None in ends:
        return None
    return max(start_of_day(max(day for day in ends if day), policy.zone), moment)


def overdue(row: Row, policy: Policy, moment: datetime) -> tuple[str, ...]:
    """Name the rules whose hold has lasted longer than it may without somebody looking at it again."""
    bits, code = _bits(row, policy, moment), policy.code(row)
    late = []
    for rule in policy.of("holds", HoldRule, code):
        if rule.longest is None or rule.at_longest == "ends":
            continue
        ages = (known(row, f"hold_days_{kind}") for kind in rule.holds if bits & HOLD_BIT[kind])
        is_late = any(age > rule.longest / DAY for age in ages)
        if rule.bits & bits & _CLAIM and known(row, "has_paid_claim") > 0:
            since, patience = known(row, "days_since_paid_claim"), known(row, "claim_hold_days")
            today = local_date(moment, policy.zone)
            is_late |= not isnan(since + patience) and policy.business_days(code, int(since), today) > patience
        if is_late:
            late.append(rule.id)
    return tuple(late)


def _promised(columns: Columns, policy: Policy, codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Find the customers whose promise holds."""
    promised = _marked(columns, "has_open_promise")
    if not len(promised):
        return promised
    # A promise whose day is unknown holds; one that is overdue beyond grace and patience no longer does.
    grace = policy.promise_grace_days[codes[promised]]
    if "promise_hold_days" in columns:
        grace = np.fmax(grace, number(columns, "promise_hold_days")[promised])
    held: NDArray[np.intp] = promised[~(number(columns, "days_to_promise")[promised] < -grace)]
    return held


def _claimed(columns: Columns, policy: Policy, codes: NDArray[np.intp], moment: datetime) -> NDArray[np.intp]:
    """Find the customers whose claim of having paid is still believed."""
    claimed = _marked(columns, "has_paid_claim")
    if not len(claimed) or "is_claim_hold_over_by_itself" not in columns:
        return claimed
    today = local_date(moment, policy.zone)
    since, patience = (number(columns, name)[claimed] for name in ("days_since_paid_claim", "claim_hold_days"))
    may_end = (number(columns, "is_claim_hold_over_by_itself")[claimed] > 0) & (since >= 0) & (patience >= 0)
    believed = np.ones(len(claimed), np.bool_)
    # Many claims are of the same day and place, and their business days are counted once.
    business_days = cache(policy.business_days)
    for place in may_end.nonzero()[0]:
        believed[place] = business_days(int(codes[claimed[place]]), int(since[place]), today) <= patience[place]
    held: NDArray[np.intp] = claimed[believed]
    return held


def _marked(columns: Columns, name: str) -> NDArray[np.intp]:
    return (number(columns, name) > 0).nonzero()[0] if name in columns else np.zeros(0, np.intp)


def _bits(row: Row, policy: Policy, moment: datetime) -> int:
    entered = known(row, "hold_bits")
    bits = lasting(int(entered), row, policy) if entered > 0 else 0
    for name, kind in SEEN_IN.items():
        is_seen = row.get(name)
        if (
            is_seen is not None
            and is_seen > 0
            and not (kind is HoldKind.PAID_CLAIM_PENDING and _is_believed_no_more(row, policy, moment))
        ):
            bits |= HOLD_BIT[kind]
    if known(row, "has_open_promise") > 0 and not known(row, "days_to_promise") < -_grace(row, policy):
        bits |= _PROMISE
    return bits & _HERE


def _grace(row: Row, policy: Policy) -> float:
    days, least = known(row, "promise_hold_days"), policy.here(row).promise_grace_days
    # Days that are not known add none.
    return days if days > least else least


def _is_believed_no_more(row: Row, policy: Policy, moment: datetime) -> bool:
    since, patience = known(row, "days_since_paid_claim"), known(row, "claim_hold_days")
    if not known(row, "is_claim_hold_over_by_itself") > 0 or isnan(since + patience):
        return False
    return policy.business_days(policy.code(row), int(since), local_date(moment, policy.zone)) > patience


def _claim_over(row: Row, policy: Policy, code: int, today: date) -> date | None:
    since, patience = known(row, "days_since_paid_claim"), known(row, "claim_hold_days")
    if isnan(since + patience):
        return None
    day = today
    while policy.business_days(code, int(since) + (day - today).days, day) <= patience:
        day += timedelta(days=1)
    return day
