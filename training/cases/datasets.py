"""Put what was known at an observation beside what happened after it: one dataset for each model."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from features import pairs, sources
from models.base import ModelSpec
from regua.clock import utc
from regua.columns import Array, Columns, Numbers, from_arrow, take
from regua.settings import Settings
from regua.vocabulary import BUCKET_FLOORS, HOLD_BIT
from training.cases import labels, peace, treatments
from training.cases.labels import KEPT, Labels, Window
from training.cases.treatments import Choices
from training.examples import Examples, drawn_by_customer
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


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What was known: ``observed`` of every contract in arrears at the plan's moments, ``treated`` before each choice.

    Rows of ``treated`` stand in the order of ``choices``.
    """

    observed: Columns
    treated: Columns
    choices: Choices


def base(
    settings: Settings, plan: Plan, as_of: datetime, customers: Sequence[str] | None = None, *, seed: int
) -> Facts:
    """Compute the profiles all models of a plan learn from, and no others.

    Parameters
    ----------
    as_of
        The moment of training.
    customers
        Only these; None: everyone.
    """
    moments = plan.grid(as_of)
    asked = pairs.in_arrears(settings, moments, customers, longest=plan.longest_days_past_due)
    with sources.open_tables(settings) as connection:
        chosen = treatments.choices(connection, settings, plan, as_of, customers, seed=seed)
    table = pairs.at(settings, pa.concat_tables([asked.cast(chosen.pairs().schema), chosen.pairs()]))
    columns = from_arrow(table)
    columns["event_timestamp"] = columns["event_timestamp"].astype("datetime64[us]")
    on_grid = np.isin(columns["event_timestamp"], np.array([_instant(moment) for moment in moments], "datetime64[us]"))
    observed = take(columns, np.flatnonzero(on_grid & (columns["days_past_due"] >= 1)))
    place = {key: row for row, key in enumerate(_keys(columns["contract_id"], columns["event_timestamp"]))}
    rows = np.array([place.get(key, -1) for key in _keys(chosen.contract, chosen.dawn)], np.int64)
    known = rows >= 0
    kept = chosen.take(known, {"no_profile": int((~known).sum())})
    return Facts(observed, take(columns, rows[known]), kept)


def _keys(contract: Array, moment: Array) -> list[tuple[str, int]]:
    return list(zip(contract.tolist(), moment.astype(np.int64).tolist(), strict=True))


def build(settings: Settings, plan: Plan, facts: Facts, as_of: datetime, *, seed: int) -> dict[str, Dataset]:
    """Label the facts for each model of a plan.

    Parameters
    ----------
    facts
        From :func:`base`.
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
                made[name] = _treated(connection, plan, spec, window, facts)
            else:
                made[name] = _observed(connection, plan, spec, window, facts.observed, as_of, seed, settings.zone)
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


def _treated(
    connection: "duckdb.DuckDBPyConnection", plan: Plan, spec: ModelSpec, window: Window, facts: Facts
) -> Dataset:
    made = facts.choices
    labelled = labels.channel_response(
        connection, made.contract, made.at, made.propensity, window, weight_maximum=plan.weight_maximum
    )
    rows = np.arange(len(made.at))
    return _dataset(spec, facts.treated, rows, made.at, labelled, made.arm, +Counter(made.counts) + _tally(labelled))


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
