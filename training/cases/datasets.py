"""Put what was known at an observation beside what happened after it: one dataset for each model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import numpy as np
import pyarrow as pa

from features import pairs
from models.base import ModelSpec
from models.families import TEXT_FEATURES
from regua.columns import Array, Columns, from_arrow, take
from regua.settings import Settings
from regua.vocabulary import HOLD_BIT
from training.cases import history, sound
from training.cases.case import KEPT_NAME, Cases, counted, within_rows
from training.cases.history import learned_from
from training.cases.labels import KEPT
from training.cases.registry import CASES, COMPLETE
from training.examples import Examples
from training.plan import Plan

__all__ = ["Dataset", "build", "learned_from", "words_seen"]

_ROW = "profile_row"
"""Where, among the extras, a case keeps its place in the profile while cases come and go."""

_EVERY_MODEL = ("hold_bits", "days_past_due", "on_time_share_12m", "lead_contract_id")


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """The cases of one model.

    A self-cure case that a contact cut short stands twice, once with each answer, its weights adding up to one.
    ``arm`` is the treatment of each case (``""`` where there are no arms), ``extras`` what else its teacher needs, both
    in the order of ``examples``. ``counts`` says what became of every observation: ``kept``, or why not
    (``window_open``, ``held``, ``contacted`` …).
    """

    spec: ModelSpec
    examples: Examples
    arm: Array
    extras: Columns
    counts: Mapping[str, int]


def build(
    settings: Settings,
    plan: Plan,
    as_of: datetime,
    customers: Sequence[str] | None = None,
    *,
    seed: int,
    profiles: Callable[[pa.Table], pa.Table] | None = None,
) -> dict[str, Dataset]:
    """Find the cases of every model of a plan, and what was known of each.

    Profiles are computed once, of the customers and moments that any model learns from, and of no others.

    Parameters
    ----------
    as_of
        The moment of training: an observation whose window has not closed by then is counted and left out.
    customers
        Only these; None: everyone.
    seed
        Key of the draw that keeps a model within its rows; all models draw the same customers first.
    profiles
        Answers as :func:`features.pairs.at` does; that itself when None.

    Raises
    ------
    DataError
        A model's cases know the future, or hold answers or weights that cannot be.
    """
    with history.opened(settings, plan, as_of, customers, seed=seed) as past:
        found = {name: CASES[name](past, plan.spec(name)) for name in plan.models if name in CASES}
    for name, cases in found.items():
        sound.check(plan.spec(name), cases, as_of, has_gaps=name in COMPLETE)
    found = {name: _drawn(cases, plan, plan.spec(name), seed) for name, cases in found.items()}
    profile = _profile(plan, found, profiles or partial(pairs.at, settings))
    place = _Place.of(profile)
    return {name: _dataset(plan, plan.spec(name), cases, profile, place) for name, cases in found.items()}


def words_seen(made: Mapping[str, Dataset]) -> Columns:
    """Return the words of each text feature that any model saw, each once."""
    seen: dict[str, set[str]] = {}
    for data in made.values():
        for name in TEXT_FEATURES & set(data.examples.columns):
            seen.setdefault(name, set()).update(word for word in data.examples.columns[name] if word)
    return {name: np.array(sorted(words), object) for name, words in sorted(seen.items())}


def _drawn(cases: Cases, plan: Plan, spec: ModelSpec, seed: int) -> Cases:
    """Keep a model within its rows, whole customers together; choices were drawn where their propensity was made."""
    if spec.unit == "treatment" and spec.answers == "probability":
        return cases
    rows = within_rows(plan, spec, cases.customer, seed)
    return cases.take(rows, {"not_drawn": len(cases) - len(rows)}) if len(rows) < len(cases) else cases


def _profile(plan: Plan, found: Mapping[str, Cases], profiles: Callable[[pa.Table], pa.Table]) -> dict[str, Array]:
    """Compute the profile of every customer and moment any case needs, once."""
    customer = np.concatenate([np.empty(0, object), *(cases.customer for cases in found.values())])
    known = np.concatenate([np.empty(0, "datetime64[us]"), *(cases.known for cases in found.values())])
    stamps = pa.array(known.astype("datetime64[us]")).cast(pa.timestamp("us", "UTC"))
    table = profiles(pa.table({"customer_id": pa.array(customer, pa.string()), "event_timestamp": stamps}))
    features = dict.fromkeys(feature for name in found for feature in plan.spec(name).features)
    keys = ("customer_id", "contract_id", "event_timestamp")
    also = (feature for name in found for feature in plan.spec(name).reads)
    columns = from_arrow(table.select(list(dict.fromkeys((*keys, *_EVERY_MODEL, *features, *also)))))
    columns["event_timestamp"] = columns["event_timestamp"].astype("datetime64[us]")
    return columns


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """Where in the profile a contract, or the contract that leads a customer, stands at a moment."""

    of_contract: Mapping[tuple[str, int], int]
    of_lead: Mapping[tuple[str, int], int]

    @classmethod
    def of(cls, profile: Columns) -> "_Place":
        at = profile["event_timestamp"].astype(np.int64).tolist()
        contract, customer = profile["contract_id"].tolist(), profile["customer_id"].tolist()
        leads = np.flatnonzero(profile["contract_id"] == profile["lead_contract_id"])
        return cls(
            {(one, moment): row for row, (one, moment) in enumerate(zip(contract, at, strict=True))},
            {(customer[row], at[row]): row for row in leads.tolist()},
        )

    def rows(self, cases: Cases) -> Array:
        """Return the row of each case, -1 where nothing was known."""
        known = cases.known.astype("datetime64[us]").astype(np.int64).tolist()
        found = (
            self.of_lead.get((who, at), -1) if contract is None else self.of_contract.get((contract, at), -1)
            for who, contract, at in zip(cases.customer.tolist(), cases.contract.tolist(), known, strict=True)
        )
        return np.fromiter(found, np.int64, len(cases))


def _dataset(plan: Plan, spec: ModelSpec, cases: Cases, profile: Columns, place: _Place) -> Dataset:
    cases = replace(cases, extras={**cases.extras, _ROW: place.rows(cases)})
    cases = cases.without(np.where(cases.extras[_ROW] < 0, "no_profile", KEPT))
    rows = cases.extras[_ROW]
    cases = cases.without(_why_not(plan, spec, cases, take({name: profile[name] for name in _EVERY_MODEL}, rows)))
    cases = replace(cases, counts=counted(cases.counts, {KEPT_NAME: len(cases)}))
    if spec.name in COMPLETE:
        cases = COMPLETE[spec.name](cases, take(profile, cases.extras[_ROW]))
    mine = cases.extras[_ROW]
    columns = take({name: profile[name] for name in (*spec.features, *spec.reads)}, mine)
    examples = Examples(columns, cases.label, cases.weight, cases.moment, cases.customer)
    extras = {name: column for name, column in cases.extras.items() if name != _ROW}
    return Dataset(spec, examples, cases.arm, extras, cases.counts)


def _why_not(plan: Plan, spec: ModelSpec, cases: Cases, profile: Columns) -> Array:
    """Say of each case why the profile excludes it, ``""`` where it does not."""
    bits = sum(HOLD_BIT[kind] for kind in spec.excluded_holds)
    held = (np.nan_to_num(profile["hold_bits"]).astype(np.int64) & bits) > 0
    first, last = plan.models[spec.name].observed_days_past_due or (-np.inf, np.inf)
    late = profile["days_past_due"]
    out = (late < first) | (late > last)
    why = np.select([held, out], ["held", "out_of_range"], KEPT).astype(object)
    if plan.models[spec.name].observe_once:
        kept = np.flatnonzero(why == KEPT)
        order = kept[np.argsort(cases.moment[kept], kind="stable")]
        _, firsts = np.unique(cases.contract[order].astype(str), return_index=True)
        why[np.setdiff1d(kept, order[firsts])] = "observed_before"
    return why
