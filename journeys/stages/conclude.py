"""What the stages found, gathered for every customer, and the position to be written back."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from journeys.decisions import Candidates, Decisions
from journeys.language.position import BANDS
from journeys.stages.case import Case, Rows
from journeys.stages.returning import NAMES as RETURNS
from journeys.stages.timing import send_at
from regua.columns import Array, Columns
from regua.vocabulary import CHANNELS

_CHANNEL_NAMES = np.array([*(str(channel) for channel in CHANNELS), None], dtype=object)


def conclude(case: Case, given: Columns) -> Decisions:
    """Gather what the stages found, for the columns that were given."""
    found, tables, steps = case.columns, case.tables, case.book.steps
    chosen = tables["chosen"]
    sent = (chosen >= 0).nonzero()[0]
    rows = case.due[sent]
    channel, action = np.full(case.n, -1, np.int8), found["task"].copy()
    channel[rows] = case.pick(tables["candidate_channels"], chosen)[sent]
    action[rows] = case.pick(tables["candidate_actions"], chosen)[sent]
    offer = np.full(case.n, -1, np.intp)
    offer[rows] = tables["offer"][sent]
    npv, concession = (_spread(case, tables[name], 0) for name in ("npv", "concession"))
    npv[offer < 0], concession[offer < 0] = 0, 0
    guarded = {name: _spread(case, tables[name], np.nan) for name in ("offer_payment_cents", "income_cents")}
    guarded["kept_share"] = _spread(case, tables["kept_share"], 1.0)
    at, step_at = found["journey_at"], found["step_at"]
    # Without a profile nobody is moved, not even to another version.
    version, before = steps.versions.take(at), found["journey_version"]
    version = np.where(found["is_known"] | (at < 0) | (before != before), version, before)
    return Decisions(
        moment=case.moment,
        book=case.book,
        columns=given,
        segments={name: found[name] for name in (*case.book.segments.columns, *case.book.patience.tables)} | guarded,
        action=steps.actions.take(action),
        channel=channel,
        template=steps.template_names.take(action),
        send_at=send_at(case, rows, channel[rows]),
        journey=case.book.journey_names.take(at),
        journey_version=version,
        journey_day=found["journey_day"],
        step=np.where(step_at >= 0, step_at - steps.first_steps.take(at), -1),
        task=steps.task_names.take(action),
        offer=offer,
        npv_cents=npv,
        concession_cents=concession,
        value_cents=_spread(case, tables["value"], 0),
        propensity=_spread(case, tables["propensity"], 1.0),
        explored=_spread(case, tables["is_explored"], fill=False),
        candidates=Candidates(
            _widely(case, tables["candidate_channels"], -1),
            _widely(case, tables["candidate_actions"], -1),
            _widely(case, tables["candidate_values"], np.nan),
            _widely(case, tables["candidate_blocked"], 0),
            _widely(case, tables["candidate_chances"], 0.0),
        ),
        reason_bits=found["reason_bits"],
        position_next=_position(case, rows, channel, action, offer, version),
        journey_at=at,
        exit_at=found["exit_at"],
        region_code=found["region_code"],
    )


def _spread(case: Case, of_due: Array, fill: Any) -> Array:
    """Give what was found for due contacts to all customers, and the rest a filling."""
    kind = np.int64 if isinstance(fill, int) and not isinstance(fill, bool) else np.asarray(fill).dtype
    everyone = np.full(case.n, fill, kind)
    everyone[case.due] = of_due
    return everyone


def _widely(case: Case, table: Array, fill: float) -> Array:
    """Turn a ``(K, due)`` table into an ``(n, K)`` one."""
    if len(case.due) == case.n:
        return table.T
    everyone = np.full((len(table), case.n), fill, table.dtype)
    for all_ways, ways in zip(everyone, table, strict=True):
        all_ways[case.due] = ways
    return everyone.T


def _position(
    case: Case, rows: Rows, channel: Array, action: Array, offer: Array, version: Array
) -> Mapping[str, Array]:
    found, book, today = case.columns, case.book, case.today.toordinal()
    inside, left = found["journey_at"] >= 0, found["exit_at"] >= 0
    context = {name: case.text(name).copy() for name in ("last_channel", "last_topic", "last_offer")}
    context["last_channel"][rows] = _CHANNEL_NAMES[channel[rows]]
    context["last_topic"][rows] = book.steps.topics[action[rows]]
    made = rows[offer[rows] >= 0]
    context["last_offer"][made] = book.offer_names[offer[made]]
    last_exit = case.text("last_journey_exit")
    return {
        "journey": book.journey_names.take(found["journey_at"]),
        "journey_version": version,
        "journey_entered_on": today - found["journey_day"],
        "step_last": np.where(inside, found["step_last_next"], -1).astype(np.float64),
        "step_channels_tried": np.where(inside, found["step_channels_tried_next"], 0).astype(np.float64),
        "stepped_on": found["stepped_on_next"],
        "last_journey_exit": np.where(left, book.exits.take(found["exit_at"]), last_exit) if left.any() else last_exit,
        "left_on": np.where(left, float(today), found["left_on"]),
        **{name: found[name] for name in RETURNS},
        "decided_on": np.full(case.n, float(today)),
        **context,
        **{f"{band}_before": _band(case, band) for band in BANDS},
    }


def _band(case: Case, band: str) -> Array:
    """Return the grade to be remembered; without a profile, the one of before."""
    before = case.text(f"{band}_before")
    now = case.columns.get(band)
    if now is None:
        return before
    known = case.columns["is_known"]
    return now if known.all() else np.where(known, now, before)
