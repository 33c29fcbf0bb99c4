"""Who pays because of a contact? Choices left to chance: a channel of some medium, or peace, and what was paid after.

Peace is nobody's arm and everybody's control: its cases carry the arm ``nothing`` and ``is_treated`` 0. A choice left
to chance is uniform over the channels open to the customer and peace, so a medium of two open channels is twice as
likely as one of one: ``open_<arm>`` counts them, and a medium with none open is compared with nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import numpy as np

from models.base import ModelSpec
from models.uplift import ARMS
from regua.channels import of_medium
from regua.clock import utc
from regua.columns import Array, Columns, flag, from_arrow, number
from regua.vocabulary import NOTHING
from training.cases.case import Cases, History, labelled
from training.cases.labels import KEPT, Window, unweighted
from training.cases.treatments import dawns

MEDIA: Mapping[str, tuple[str, ...]] = {
    "message": (*of_medium("message"), *of_medium("self_service")),
    "voice": of_medium("voice"),
    "letter": of_medium("print"),
}
"""Channels by arm; a notice in the portal is read like a message."""

_CHOICES = """
WITH chosen AS (
    SELECT *, happened_at + $gap * INTERVAL 1 DAY AS since, happened_at + $days * INTERVAL 1 DAY AS ends
    FROM treatments WHERE is_randomised AND happened_at > $since
),
paid AS (
    SELECT treatment_id, count(*) AS payments
    FROM chosen AS t JOIN payments AS p ON p.contract_id = t.contract_id
     AND p.happened_at > t.since AND greatest(p.known_at, p.happened_at) <= t.ends
    GROUP BY ALL
)
SELECT t.customer_id, t.contract_id, coalesce(t.channel, $nothing) AS channel, t.propensity::DOUBLE AS propensity,
       t.happened_at AS at, (coalesce(payments, 0) > 0)::DOUBLE AS label,
       (greatest(t.known_at, t.happened_at) > t.ends)::DOUBLE AS is_late
FROM chosen AS t LEFT JOIN paid USING (treatment_id)
ORDER BY t.happened_at, t.treatment_id
"""


def cases(history: History, spec: ModelSpec) -> Cases:
    """List choices left to chance and whether a payment followed; one without a propensity or arm is counted aside."""
    window = Window.of(spec)
    since = utc(history.as_of) - timedelta(days=history.plan.treatment_back_days)
    values = {
        "gap": window.gap_days,
        "days": window.days,
        "since": since.replace(tzinfo=None),
        "nothing": NOTHING,
    }
    found = from_arrow(history.connection.sql(_CHOICES, params=values).to_arrow_table())
    at = found["at"].astype("datetime64[us]")
    arm = arm_of(found["channel"])
    sound = (found["propensity"] > 0) & (found["propensity"] <= 1)
    why = np.select(
        [~window.closed_each(at, history.as_of), found["is_late"] > 0, arm == "", ~sound],
        ["window_open", "known_late", "unknown_channel", "no_propensity"],
        KEPT,
    ).astype(object)
    return labelled(
        unweighted(found["label"], why),
        customer=found["customer_id"],
        contract=found["contract_id"],
        moment=at,
        known=dawns(at, history.zone),
        arm=arm,
        extras={"is_treated": (arm != NOTHING).astype(np.float64), "propensity": found["propensity"]},
    )


def complete(cases: Cases, profile: Columns) -> Cases:
    """Count the channels of each medium that were open to the customer: an address that works, and no refusal."""
    counts = {
        f"open_{arm}": np.sum(
            [flag(profile, f"has_point_{name}") & ~(number(profile, f"consent_{name}") <= 0) for name in MEDIA[arm]],
            axis=0,
        ).astype(np.float64)
        for arm in ARMS
    }
    return replace(cases, extras={**cases.extras, **counts})


def arm_of(channel: Array) -> Array:
    """Name the arm of each channel: a medium, ``nothing``, or ``""`` for a channel of none.

    Examples
    --------
    >>> arm_of(np.array(["sms", "call", "nothing", "fax"], object)).tolist()
    ['message', 'voice', 'nothing', '']
    """
    arms = {name: arm for arm, names in MEDIA.items() for name in names} | {NOTHING: NOTHING}
    return np.array([arms.get(str(name), "") for name in channel], object)
