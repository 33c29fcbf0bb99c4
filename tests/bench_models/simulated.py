"""Scores beside the truth only the simulator knows, at moments after those that were learned from.

A book is made with two months more than are learned from; the challenger is learned as of two months before the end,
and stands in arrears and before due dates on three mornings after. Each contract then lives each morning's question
many times over (:mod:`tests.bench_models.lives`); the last life is what "happened", the others are its chances.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from models import SPECS, bundle
from models.bundle import Bundle
from models.measure import bucket
from regua.clock import DEFAULT_ZONE, start_of_day
from regua.columns import Array, Columns, Flags, Numbers, from_arrow, take
from regua.settings import Settings
from regua.vocabulary import ARREARS_BUCKETS, HOLD_BIT
from tests.bench_models import lives, simulated_choices, simulated_policies
from tests.bench_models.contest import SEED, THREADS, Say
from tests.bench_models.lives import DAWN_US, Book
from tests.bench_models.simulated_choices import DATA
from tests.bench_models.table import Finding, Part
from tests.bench_models.truths import Truths
from training.cases import engagement
from training.plan import read
from training.portfolio.actions import ContractFinder
from training.portfolio.state import State
from training.portfolio.world import load_world

LEARNED_MONTHS, LATER_MONTHS = 14, 2
UNTIL = date(2026, 6, 30)
STANDS = (date(2026, 4, 28), date(2026, 5, 12), date(2026, 5, 26))
"""Where we stand: Tuesdays, the first of them the moment of learning."""

REPLICATES, LONG_ROWS, LONG_REPLICATES = 33, 500, 17


@dataclass(frozen=True, slots=True, eq=False)
class Stand:
    """A morning: the book's state, the profile rows of whom scores are asked about, what they say, and who they are."""

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
        least, most = read().models[model].observed_days_past_due or (-99, 99_999)
        held = (np.nan_to_num(self.known["hold_bits"]).astype(np.int64) & bits) > 0
        return np.asarray(~held & (late >= least) & (late <= most))


def run(customers: int, say: Say) -> Part:
    """Make the book, learn, and hold every score against the truth."""
    from training.learn import learn
    from training.portfolio.generate import generate

    with TemporaryDirectory() as home:
        settings, world = Settings(home=Path(home), threads=THREADS), load_world()
        book = Book(world, customers, LEARNED_MONTHS + LATER_MONTHS, UNTIL, SEED)
        say(f"a book of {customers:,} customers and {book.months} months")
        generate(world, customers, settings.tables, seed=SEED, months=book.months, until=UNTIL, truth=settings.truth)
        learn(settings, dawn(STANDS[0]), seed=SEED, progress=say)
        return judged(settings, book, say)


def judged(settings: Settings, book: Book, say: Say) -> Part:
    """Judge the challenger that lies in a home, on the book it was learned from."""
    release = bundle.load(bundle.challenger(settings.releases))
    part, truths = Part(), Truths()
    stands = list(standing(settings, book, release))
    for number, stand in enumerate(stands):
        say(f"{stand.day}: {len(stand.rows)} contracts live on")
        _risks(settings, book, stand, truths)
        _before_due(book, stand, truths)
        if number == 0:
            _curve(book, stand, truths)
    choices = [simulated_choices.lived(book, stand.in_arrears, REPLICATES) for stand in stands]
    for stand, choice in zip(stands, choices, strict=True):
        simulated_choices.responses(stand.in_arrears, choice, truths)
    part.truths += truths.rows(release)
    part.findings.append(_silent(stands[0], truths))
    part.findings += simulated_choices.effects([stand.in_arrears for stand in stands], choices, book)
    part.findings += simulated_choices.hours([stand.in_arrears for stand in stands])
    say("policies, from the log and in truth")
    part.findings += simulated_policies.valued(settings, book, release, STANDS[0])
    return part


def _silent(stand: Stand, truths: Truths) -> Finding:
    """Name the scores that are told and not held against anything here."""
    elsewhere = ("best_hour_", "uplift_")
    left = sorted(name for name in stand.said if name not in truths.cases and not name.startswith(elsewhere))
    return Finding(DATA, "scores not held against a truth", float(len(left)), words=", ".join(left))


def dawn(day: date) -> datetime:
    """Return the instant at which profiles of a day are made."""
    return start_of_day(day, DEFAULT_ZONE) + timedelta(microseconds=DAWN_US)


def standing(settings: Settings, book: Book, release: Bundle) -> Iterator[Stand]:
    """Score, on each morning, the lead contract of every customer in arrears or with a bill due within a week."""
    import pyarrow as pa

    from features import pairs, sources

    with sources.open_tables(settings) as connection:
        everyone = connection.sql("SELECT DISTINCT customer_id FROM customers").to_arrow_table()
    for state, day in zip(book.mornings(STANDS), STANDS, strict=True):
        stamps = pa.array([dawn(day)] * everyone.num_rows, pa.timestamp("us", "UTC"))
        known = from_arrow(pairs.at(settings, everyone.append_column("event_timestamp", stamps)))
        late = known["days_past_due"]
        kept = np.flatnonzero((known["contract_id"] == known["lead_contract_id"]) & (late >= -7) & (late != 0))
        known = take(known, kept)
        rows = ContractFinder(state).rows(known["contract_id"])
        yield Stand(day, state, known, release.scores(known), rows)


def _risks(settings: Settings, book: Book, stand: Stand, truths: Truths) -> None:
    """Ask what becomes of arrears: in peace for a fortnight, under the ladder for two months."""
    from features import sources

    stand = stand.in_arrears
    owed, due = np.nan_to_num(stand.known["balance_overdue_cents"]), lives.ends(stand.state, stand.rows)
    peace = lives.course(
        book, stand.state, stand.rows, days=15, policy="nothing", mornings=(15,), replicates=REPLICATES
    )
    ladder = lives.course(book, stand.state, stand.rows, days=60, mornings=(30, 60), replicates=REPLICATES)
    before = bucket(stand.known["days_past_due"])
    moment = np.full(len(owed), np.datetime64(dawn(stand.day).replace(tzinfo=None), "us"))
    with sources.open_tables(settings) as connection:
        engaged = engagement.engaged(connection, stand.known["customer_id"], moment, 30)
        reached = engagement.reached(connection, stand.known["customer_id"], moment, 7)
    worse = (ladder.bucket(30) > before).astype(np.float64)
    last = before == len(ARREARS_BUCKETS) - 1
    cured = (peace.left_cents(15, due) <= 0).astype(np.float64)
    half = (owed - ladder.left_cents(60, due) >= 0.5 * owed).astype(np.float64)
    came = ladder.answered(30, DAWN_US)
    truths.add("p_roll", stand, worse, stand.asked("roll_risk") & ~last)
    truths.add("p_self_cure", stand, cured, stand.asked("self_cure"))
    truths.add("p_ability", stand, half, stand.asked("ability_to_pay") & engaged)
    truths.add("p_willing", stand, came, stand.asked("willingness_to_pay") & reached)


def _before_due(book: Book, stand: Stand, truths: Truths) -> None:
    """Ask which bills due within a week are unpaid five days after."""
    late = stand.known["days_past_due"]
    stand = stand.take(np.flatnonzero((late < 0) & ~(stand.known["customer_balance_overdue_cents"] > 0)))
    gap = -stand.known["days_past_due"].astype(int)
    days = sorted({int(one) + 5 for one in gap})
    lived = lives.course(
        book, stand.state, stand.rows, days=max(days, default=0), mornings=days, replicates=LONG_REPLICATES
    )
    unpaid = np.zeros((LONG_REPLICATES, len(gap)))
    for day in days:
        mine = gap + 5 == day
        due = lives.ends(lived.mornings[day], np.arange(len(gap)))
        unpaid[:, mine] = lived.left_cents(day, due)[:, mine] > 0
    truths.add("p_delay", stand, unpaid, stand.asked("pre_due_delay"))


def _curve(book: Book, stand: Stand, truths: Truths) -> None:
    """Ask what share of the arrears of the day comes in within three months and a year."""
    stand = stand.in_arrears
    stand = stand.take(np.arange(0, len(stand.rows), max(1, len(stand.rows) // LONG_ROWS)))
    owed, due = np.nan_to_num(stand.known["balance_overdue_cents"]), lives.ends(stand.state, stand.rows)
    lived = lives.course(book, stand.state, stand.rows, days=360, mornings=(90, 360), replicates=LONG_REPLICATES)
    for months in (3, 12):
        share = np.clip(1 - lived.left_cents(30 * months, due) / np.maximum(owed, 1.0), 0.0, 1.0)
        truths.add(f"recovery_{months}m", stand, share, stand.asked("recovery_curve") & (owed > 0))
