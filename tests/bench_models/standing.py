"""Where we stand: the book's state on a morning, what was known of whom, and what the scores say of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa

from features import pairs, sources
from models import SPECS
from models.bundle import Bundle
from regua.clock import DEFAULT_ZONE, start_of_day
from regua.columns import Array, Columns, Flags, Numbers, from_arrow, take
from regua.settings import Settings
from regua.vocabulary import HOLD_BIT
from tests.bench_models.lives import DAWN_US, Book
from training.plan import read
from training.portfolio import naming
from training.portfolio.actions import ContractFinder
from training.portfolio.days import calendar_day
from training.portfolio.state import State


@dataclass(frozen=True, slots=True, eq=False)
class Stand:
    """A morning: the book's state, the profile rows of whom scores are asked about, what they say, and who they are.

    Of several mornings laid under one another, ``state`` and ``day`` are the last one's.
    """

    day: date
    state: State
    known: Columns
    said: Mapping[str, Numbers]
    rows: Array

    def take(self, kept: Array) -> "Stand":
        """Keep only some contracts."""
        said = {name: values[kept] for name, values in self.said.items()}
        return Stand(self.day, self.state, take(self.known, kept), said, self.rows[kept])

    @property
    def in_arrears(self) -> "Stand":
        """Keep those with something overdue."""
        return self.take(np.flatnonzero(self.known["days_past_due"] >= 1))

    def asked(self, model: str) -> Flags:
        """Say whom a model was taught to answer for: within its range, and under no hold that it leaves out."""
        bits = sum(HOLD_BIT[kind] for kind in SPECS[model].excluded_holds)
        late = self.known["days_past_due"]
        least, most = read().models[model].observed_days_past_due or (-np.inf, np.inf)
        held = (np.nan_to_num(self.known["hold_bits"]).astype(np.int64) & bits) > 0
        return np.asarray(~held & ~(late < least) & ~(late > most))


def dawn(day: date) -> datetime:
    """Return the instant at which profiles of a day are made."""
    return start_of_day(day, DEFAULT_ZONE) + timedelta(microseconds=DAWN_US)


def leads(settings: Settings, book: Book, release: Bundle, days: Sequence[date]) -> Iterator[Stand]:
    """Score, on each morning, the lead contract of every customer in arrears or with a bill due within a week."""
    with sources.open_tables(settings) as connection:
        everyone = connection.sql("SELECT DISTINCT customer_id FROM customers").to_arrow_table()
    for state, day in zip(book.mornings(days), days, strict=True):
        stamps = pa.array([dawn(day)] * everyone.num_rows, pa.timestamp("us", "UTC"))
        known = from_arrow(pairs.at(settings, everyone.append_column("event_timestamp", stamps)))
        late = known["days_past_due"]
        kept = np.flatnonzero((known["contract_id"] == known["lead_contract_id"]) & (late >= -7) & (late != 0))
        known = take(known, kept)
        rows = ContractFinder(state).rows(known["contract_id"])
        yield Stand(day, state, known, release.scores(known), rows)


def each(settings: Settings, release: Bundle, asked: Sequence[tuple[State, Array]]) -> tuple[Stand, Array]:
    """Score contracts, each on its own morning; whoever had no profile at dawn is left out.

    Parameters
    ----------
    asked
        Mornings, and the contracts asked about on each.

    Returns
    -------
    The stand, and the position of each of its rows among all contracts asked about, in their order.
    """
    contract, customer, at = [], [], []
    for state, rows in asked:
        contract += naming.contract_ids(state.contracts.number[rows]).to_pylist()
        customer += naming.customer_ids(state.people.number[state.contracts.customer[rows]]).to_pylist()
        at += [dawn(calendar_day(state.day))] * len(rows)
    stamps = pa.array(at, pa.timestamp("us", "UTC"))
    wanted = pa.table({"customer_id": pa.array(customer, pa.string()), "event_timestamp": stamps})
    known = from_arrow(pairs.at(settings, wanted.group_by(wanted.column_names).aggregate([])))
    stamp = known["event_timestamp"].astype("datetime64[us]").tolist()
    row = {key: at for at, key in enumerate(zip(known["contract_id"].tolist(), stamp, strict=True))}
    when = from_arrow(wanted)["event_timestamp"].astype("datetime64[us]").tolist()
    found = np.array([row.get(key, -1) for key in zip(contract, when, strict=True)], dtype=np.int64)
    place = np.flatnonzero(found >= 0)
    known = take(known, found[place])
    state, _ = asked[-1]
    rows = np.concatenate([rows for _, rows in asked])[place]
    return Stand(calendar_day(state.day), state, known, release.scores(known), rows), place
