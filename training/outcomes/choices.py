"""Which decisions were choices, and between what? Each is a row of ``treatments``."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from regua.clock import utc
from regua.vocabulary import NOTHING

Row = dict[str, Any]
Body = Mapping[str, Any]

_WORK = "task/"


def choice(decision: Body) -> Row | None:
    """Return the ``treatments`` row of a decision that could have gone another way, or None.

    A choice needs a step that is due and at least one candidate that no guardrail stopped; its propensity is the one
    logged. Whether the message then arrived is not asked: the effect learned is that of choosing. Work for people is
    neither a contact nor peace.
    """
    candidates = [
        row
        for row in decision["alternatives"]
        if row["action"] != NOTHING and not row["action"].startswith(_WORK) and not row["blocked_by"]
    ]
    if decision["contract_id"] is None or not (decision["channel"] or candidates):
        return None
    if str(decision.get("action", "")).startswith(_WORK):
        return None
    decided_at = instant(decision["decided_at"])
    return {
        "treatment_id": decision["decision_id"],
        "customer_id": decision["customer_id"],
        "contract_id": decision["contract_id"],
        "channel": decision["channel"],
        "propensity": decision["propensity"],
        "is_randomised": decision["explored"],
        "among": among(decision),
        "happened_at": decided_at,
        "known_at": decided_at,
    }


def among(decision: Body) -> str | None:
    """List what could have been done, what was done first: a word a candidate; None where the log does not say.

    Examples
    --------
    >>> among({"channel": "sms", "alternatives": [{"action": "call/agent", "propensity": 0.01},
    ...        {"action": "letter/notice", "propensity": 0.0}, {"action": "nothing", "propensity": 0.01}]})
    'sms call nothing'
    """
    others = decision["alternatives"]
    if any("propensity" not in one for one in others):
        return None
    could = (one["action"].partition("/")[0] for one in others if one["propensity"] > 0)
    return " ".join((decision["channel"] or NOTHING, *could))


def instant(value: str | None) -> datetime | None:
    """Read an instant of the log, as UTC without a zone."""
    return None if value is None else utc(datetime.fromisoformat(value)).replace(tzinfo=None)
