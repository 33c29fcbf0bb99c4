"""What a decision itself knows of the values its message fills in; names, codes and links come from the sender."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from regua.records import Decision


def facts_of(decision: Decision, day: date) -> Mapping[str, Any]:
    """Return the values a decision holds, by placeholder.

    Parameters
    ----------
    decision
        As it was made: its offer and its context are read.
    day
        The business day on which the message goes out: an offer's validity, and a promise's day, count from it.

    Returns
    -------
    ``offer`` (in both languages), ``valid_until``, ``new_amount`` of a discount, ``instalments`` and
    ``instalment_amount`` of a plan, and ``promise_date`` and ``amount`` of an open promise; those that there are.

    Notes
    -----
    Lay what is known of the customer over it: ``{**facts_of(decision, day), "name": ..., "amount": ...}``.
    """
    found: dict[str, Any] = {}
    offer, context = decision.offer, decision.context
    if offer is not None:
        found = {"offer": offer["title"], "valid_until": day + timedelta(days=offer["valid_days"])}
        if offer["instalments"]:
            found |= {"instalments": offer["instalments"], "instalment_amount": offer["instalment_cents"]}
        elif offer["kind"] == "discount":
            found["new_amount"] = offer["first_cents"]
    days = context.get("days_to_promise")
    if days is not None:
        found["promise_date"] = day + timedelta(days=int(days))
    if context.get("open_promise_cents") is not None:
        found["amount"] = int(context["open_promise_cents"])
    return found
