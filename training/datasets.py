"""Put what was known at an observation beside what happened after it: one dataset for each model."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from features import profile, sources
from models.base import ModelSpec
from regua.clock import utc
from regua.columns import Array, Columns, Numbers, from_arrow, take
from regua.settings import Settings
from regua.vocabulary import BUCKET_FLOORS, HOLD_BIT, NOTHING
from training import labels, peace
from training.examples import Examples, drawn_by_customer
from training.labels import KEPT, Labels, Window
from training.plan import Plan

if TYPE_CHECKING:
    import duckdb


_NO_CHANCE = 0.005
"""An answer less likely than this is left out rather than carried with next to no weight."""


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """The cases of one model.

    A self-cure case that a contact cut short stands twice, once with each answer, its weights adding up to one.
    ``arm`` is the treatment of each case (``""`` where there are no arms). ``counts`` says what became of every
    observation: ``kept``, or why not (``window_open``, ``held``, ``contacted`` …).
    """

    spec: ModelSpec
    examples: Examples
    arm: Array
    counts: Mapping[str, int]


def learned_from(settings: Settings, maximum: int, *, seed: int) -> list[str] | None:
    """Draw the customers to learn from; None where the book is small enough to take everyone."""
    with sources.open_tables(settings) as connection:
        table = connection.sql("SELECT customer_id FROM customers ORDER BY customer_id").to_arrow_table()
    if table.num_rows <= maximum:
        return None
    everyone = np.array(table.column("customer_id").to_pylist(), object)
    return [str(name) for name in everyone[drawn_by_customer(everyone, maximum, "customers", seed)]]


def base(settings: Settings, moments: Sequence[datetime]) -> dict[str, Array]:
    """Read every contract in arrears at the snapshot moments, with its customer: the facts all models share."""
    columns = from_arrow(profile.contracts_at(settings, moments))
    columns["event_timestamp"] = columns["event_timestamp"].astype("datetime64[us]")
    return columns


def build(
    settings: Settings, plan: Plan, facts: Columns, moments: Sequence[datetime], as_of: datetime, *, seed: int
) -> dict[str, Dataset]:
    """Label the facts for each model of a plan.

    Parameters
    ----------
    facts
        From :func:`base`.
    moments
        The snapshot moments, for treatments to be matched with.
    as_of
        The moment of training: an observation whose window has not closed by then is counted and left out.
    seed
        Key of the draw that keeps a model within ``plan.rows_maximum``.
    """
    with sources.open_tables(settings) as connection:
        made = {}
        for name in plan.models:
            spec = plan.spec(name)
            window = Window(spec.gap_days, spec.performance_days)
            if spec.unit == "treatment":
                made[name] = _treated(connection, plan, spec, window, facts, moments, as_of, seed)
            else:
                made[name] = _observed(connection, plan, spec, window, facts, as_of, seed, settings.zone)
        return made


def _observed(
    connection: "duckdb.DuckDBPyConnection",
    plan: Plan,
    spec: ModelSpec,
    window: Window,
    facts: Columns,
    as_of: datetime,
    seed: int,
    zone: str,
) -> Dataset:
    why = _observable(plan, spec, window, facts, as_of)
    rows = np.flatnonzero(why == KEPT)
    drawn = rows[drawn_by_customer(facts["customer_id"][rows], plan.rows_maximum, spec.name, seed)]
    counts = Counter(why[why != KEPT].tolist()) + Counter({"not_drawn": len(rows) - len(drawn)})
    contract, customer, moment = (facts[name][drawn] for name in ("contract_id", "customer_id", "event_timestamp"))
    if spec.name == "self_cure":
        labelled = labels.self_cure(connection, contract, customer, moment, window, zone)
        counts += _tally(labelled)
        drawn, labelled = _completed(drawn, labelled, facts, spec)
    else:
        labelled = labels.roll_risk(connection, contract, moment, window, zone)
        counts += _tally(labelled)
    moment = facts["event_timestamp"][drawn]
    return _dataset(spec, facts, drawn, moment, labelled, np.full(len(drawn), "", object), counts)


def _completed(rows: Array, labelled: Labels, facts: Columns, spec: ModelSpec) -> tuple[Array, Labels]:
    """Give each case that a contact cut short both answers, weighted by their chances had it been left in peace."""
    usable = (labelled.excluded == KEPT) | (labelled.excluded == "contacted")
    assert labelled.followed_days is not None  # noqa: S101 - self_cure always says how long
    rows, label = rows[usable], labelled.label[usable]
    chance = peace.chance_of_cure(
        facts["days_past_due"][rows],
        labelled.followed_days[usable],
        label == 1,
        np.isnan(label),
        peace.habits(facts["on_time_share_12m"][rows]),
        spec.performance_days,
    )
    yes, no = np.flatnonzero(chance > _NO_CHANCE), np.flatnonzero(chance < 1 - _NO_CHANCE)
    both = np.concatenate([yes, no])
    order = np.argsort(both, kind="stable")
    answer = np.concatenate([np.ones(len(yes)), np.zeros(len(no))])
    weight = np.concatenate([chance[yes], 1 - chance[no]])
    return rows[both[order]], Labels(answer[order], weight[order], np.full(len(both), KEPT, object))


def _observable(plan: Plan, spec: ModelSpec, window: Window, facts: Columns, as_of: datetime) -> Array:
    """Say of each row why it is not observed by this model, ``""`` where it is."""
    moment, late = facts["event_timestamp"], facts["days_past_due"]
    first, last = plan.models[spec.name].observed_days_past_due or (1, 100_000)
    bits = sum(HOLD_BIT[kind] for kind in spec.excluded_holds)
    held = (np.nan_to_num(facts["hold_bits"]).astype(np.int64) & bits) > 0
    is_open = moment + np.timedelta64(window.days, "D") > _instant(as_of)
    why = np.select(
        [is_open, (late < first) | (late > last), held, (spec.name == "roll_risk") & (late >= BUCKET_FLOORS[-1])],
        ["window_open", "out_of_range", "held", "in_the_last_bucket"],
        KEPT,
    )
    if plan.models[spec.name].observe_once:
        rows = np.flatnonzero(why == KEPT)
        order = rows[np.argsort(moment[rows], kind="stable")]
        _, firsts = np.unique(facts["contract_id"][order].astype(str), return_index=True)
        again = np.setdiff1d(rows, order[firsts])
        why = why.astype(object)
        why[again] = "observed_before"
    return why.astype(object)


_CHOICES = """
WITH choices AS (
    SELECT t.*, m.moment
    FROM (SELECT * FROM treatments WHERE greatest(known_at, happened_at) <= $as_of) AS t
    ASOF JOIN moments AS m ON t.happened_at > m.moment
    WHERE t.happened_at <= m.moment + to_seconds($age_seconds)
)
SELECT facts.row, coalesce(channel, $nothing) AS arm, propensity::DOUBLE AS propensity, happened_at
FROM choices JOIN facts USING (contract_id, moment)
ORDER BY treatment_id
"""


def _treated(
    connection: "duckdb.DuckDBPyConnection",
    plan: Plan,
    spec: ModelSpec,
    window: Window,
    facts: Columns,
    moments: Sequence[datetime],
    as_of: datetime,
    seed: int,
) -> Dataset:
    keys = {"row": pa.array(np.arange(len(facts["contract_id"]))), "contract_id": facts["contract_id"]}
    connection.register("facts", pa.table(keys | {"moment": pa.array(facts["event_timestamp"])}))
    connection.register("moments", pa.table({"moment": pa.array([_instant(moment) for moment in moments])}))
    values = {"as_of": utc(as_of).replace(tzinfo=None), "age_seconds": plan.treatment_age_days * 86_400}
    chosen = from_arrow(connection.sql(_CHOICES, params=values | {"nothing": NOTHING}).to_arrow_table())
    at = chosen["happened_at"].astype("datetime64[us]")
    closed = at + np.timedelta64(window.days, "D") <= _instant(as_of)
    drawn: list[Array] = []
    for arm in spec.arms:
        rows = np.flatnonzero(closed & (chosen["arm"] == arm))
        customers = facts["customer_id"][chosen["row"][rows].astype(np.int64)]
        drawn.append(rows[drawn_by_customer(customers, plan.rows_maximum // 4, spec.artifact_name(arm), seed)])
    picked = np.sort(np.concatenate(drawn))
    counts = Counter({"window_open": int((~closed).sum()), "not_drawn": int(closed.sum()) - len(picked)})
    rows = chosen["row"][picked].astype(np.int64)
    labelled = labels.channel_response(
        connection,
        facts["contract_id"][rows],
        at[picked],
        chosen["propensity"][picked],
        window,
        weight_maximum=plan.weight_maximum,
    )
    return _dataset(spec, facts, rows, at[picked], labelled, chosen["arm"][picked], +counts + _tally(labelled))


def _dataset(
    spec: ModelSpec, facts: Columns, rows: Array, moment: Array, labelled: Labels, arm: Array, counts: Counter[str]
) -> Dataset:
    kept = labelled.excluded == KEPT
    mine: Numbers = rows[kept]
    columns = take({name: facts[name] for name in spec.features}, mine)
    examples = Examples(columns, labelled.label[kept], labelled.weight[kept], moment[kept], facts["customer_id"][mine])
    return Dataset(spec, examples, arm[kept], dict(sorted(counts.items())))


def _tally(labelled: Labels) -> Counter[str]:
    return Counter(str(why) or "kept" for why in labelled.excluded.tolist())


def _instant(moment: datetime) -> np.datetime64:
    return np.datetime64(utc(moment).replace(tzinfo=None), "us")
