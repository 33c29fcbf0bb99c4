"""Who pays because of a contact? Choices left to chance: a channel of some medium, or peace, and what was paid after.

Peace is nobody's arm and everybody's control: its cases carry the arm ``nothing`` and ``is_treated`` 0. A choice left
to chance is uniform over what could be done and peace, so a medium of two candidates is twice as likely as one of one:
``open_<arm>`` counts them, and a medium with none is compared with nothing. The log says what could be done
(``among``); of a choice that does not say, the channels are counted that were open to the customer.
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

IS_LOGGED = "is_among_logged"
"""Whether the log says what else could be done: then ``open_<arm>`` gives the chance exactly."""

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
       t.among, t.happened_at AS at, (coalesce(payments, 0) > 0)::DOUBLE AS label,
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
        extras={
            "is_treated": (arm != NOTHING).astype(np.float64),
            "propensity": found["propensity"],
            **_candidates(found["among"]),
        },
    )


def complete(cases: Cases, profile: Columns) -> Cases:
    """Where the log does not say what could be done, count the channels open: an address that works, and no refusal."""
    unsaid = cases.extras[IS_LOGGED] == 0
    counts = {
        f"open_{arm}": np.sum(
            [flag(profile, f"has_point_{name}") & ~(number(profile, f"consent_{name}") <= 0) for name in MEDIA[arm]],
            axis=0,
        ).astype(np.float64)
        for arm in ARMS
    }
    mended = {name: np.where(unsaid, count, cases.extras[name]) for name, count in counts.items()}
    return replace(cases, extras={**cases.extras, **mended})


def _candidates(among: Array) -> Columns:
    """Count each medium's candidates among what could be done, ``(n,)``: none where peace was no candidate."""
    kinds, place = np.unique(np.array([one or "" for one in among], str), return_inverse=True)
    words = [kind.split() for kind in kinds.tolist()]
    return {IS_LOGGED: np.array([float(bool(one)) for one in words])[place]} | {
        f"open_{arm}": np.array([float(sum(word in names for word in one) * (NOTHING in one)) for one in words])[place]
        for arm, names in MEDIA.items()
    }


def arm_of(channel: Array) -> Array:
    """Name the arm of each channel: a medium, ``nothing``, or ``""`` for a channel of none.

    Examples
    --------
    >>> arm_of(np.array(["sms", "call", "nothing", "fax"], object)).tolist()
    ['message', 'voice', 'nothing', '']
    """
    arms = {name: arm for arm, names in MEDIA.items() for name in names} | {NOTHING: NOTHING}
    return np.array([arms.get(str(name), "") for name in channel], object)
