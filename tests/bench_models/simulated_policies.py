"""What policies are worth: valued from the log of the old ladder, and lived in truth from the same choices.

A policy chooses once, at a choice the ladder had to make; what follows is the ladder's. Truth is told for the choices
of some mornings, every action of each lived many times; the log's own estimate uses all choices of the same stretch.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from features import pairs, sources
from models import resample
from models.bundle import Bundle
from models.resample import weighted_mean
from regua.clock import DEFAULT_ZONE, local_date
from regua.columns import Array, Columns, Numbers, from_arrow
from regua.settings import Settings
from regua.vocabulary import NOTHING
from tests.bench_models import lives
from tests.bench_models.contest import SEED, THREADS
from tests.bench_models.lives import DECIDED_US, Book
from tests.bench_models.simulated_choices import ARMS, DATA, best
from tests.bench_models.table import Finding
from training.cases.treatments import dawns
from training.causal.ranking import Estimate
from training.offpolicy import own_log, rewards, targets
from training.offpolicy.evaluate import Evaluation, evaluate
from training.offpolicy.log import BanditLog
from training.offpolicy.targets import Target
from training.portfolio import arrears, ladder
from training.portfolio.actions import ContractFinder
from training.portfolio.channels import CHANNELS
from training.portfolio.days import Today, calendar_day, number
from training.portfolio.state import State

DAYS = 14
"""In which money counts."""

TRUE_MORNINGS, REPLICATES = 20, 12
LEARNED, OLD, PEACE = "the arms' choice", "the old ladder", "leave all in peace"
_CHOICES = "SELECT treatment_id, contract_id, happened_at FROM treatments"


@dataclass(frozen=True, slots=True, eq=False)
class Rounds:
    """The choices of some mornings, ``(m,)``: where in the log, and ``(m, actions)`` what each action brings in truth.

    Cents paid within the window less the cost of the contact, the mean of many lives.
    """

    place: Array
    brings: Numbers


def valued(settings: Settings, book: Book, release: Bundle, learned_as_of: date) -> list[Finding]:
    """Value policies from the log and in truth; the learned one only on choices made after it learned."""
    end = datetime.combine(book.until + timedelta(days=1), datetime.min.time(), UTC)
    log = own_log.read(settings, end, days=DAYS)
    contract, day, dawn = _when(settings, log)
    planned, rounds = _lived(book, log, contract, day)
    expected = rewards.expected(log, seed=SEED, threads=THREADS)
    ladders = Target.of(OLD, np.eye(len(log.actions))[planned], log)
    told = _beside(log, ladders, expected, rounds) + _beside(log, targets.always(log, NOTHING), expected, rounds, PEACE)
    after = np.flatnonzero(day >= number(learned_as_of))
    later = of_rows(log, after)
    asked = pa.table({"customer_id": pa.array(later.customer, pa.string()), "event_timestamp": pa.array(dawn[after])})
    choice = _chosen(settings, book, release, later, contract[after], asked)
    mine = np.isin(rounds.place, after)
    there = Rounds(np.searchsorted(after, rounds.place[mine]), rounds.brings[mine])
    for name, taken in ((f"{OLD}, later", planned[after]), (LEARNED, choice)):
        told += _beside(later, Target.of(name, np.eye(len(log.actions))[taken], later), expected[after], there)
    return told


def of_rows(log: BanditLog, rows: Array) -> BanditLog:
    """Keep only some rounds."""
    columns = {name: column[rows] for name, column in log.columns.items()}
    open_ = None if log.open is None else log.open[rows]
    return BanditLog(
        log.actions, log.taken[rows], log.reward[rows], log.propensity[rows], log.customer[rows],
        log.facts.take(rows), columns, open_,
    )  # fmt: skip


def _when(settings: Settings, log: BanditLog) -> tuple[Array, Array, Array]:
    """Return contract, day number and the dawn before each round, ``(n,)``."""
    with sources.open_tables(settings) as connection:
        found = from_arrow(connection.sql(_CHOICES).to_arrow_table())
    place = {name: at for at, name in enumerate(found["treatment_id"].tolist())}
    rows = np.array([place[name] for name in log.columns["treatment_id"].tolist()])
    at = found["happened_at"][rows].astype("datetime64[us]")
    distinct, where = np.unique(at, return_inverse=True)
    days = np.array([number(local_date(one.replace(tzinfo=UTC), DEFAULT_ZONE)) for one in distinct.tolist()])
    return found["contract_id"][rows], days[where], dawns(at, DEFAULT_ZONE)


def _lived(book: Book, log: BanditLog, contract: Array, day: Array) -> tuple[Array, Rounds]:
    """Live the history once: what the ladder planned for each round, and on some mornings what each action brings."""
    days = np.unique(day)
    true = set(days[np.unique(np.linspace(0, len(days) - 1, TRUE_MORNINGS).astype(int))].tolist())
    names = {name: at for at, name in enumerate(log.actions)}
    planned, places, brings = np.full(len(log), names[NOTHING]), [], []
    finder: ContractFinder | None = None
    for state in book.mornings([calendar_day(int(one)) for one in days]):
        finder = finder or ContractFinder(state)
        here = np.flatnonzero(day == state.day)
        rows = finder.rows(contract[here])
        today = Today.of(state.day, state.origin)
        plan = ladder.choose(state, book.world, book.luck, today, arrears.look(state, today), explore=False)
        channel = dict(zip(plan.rows.tolist(), plan.channel.tolist(), strict=True))
        what = [channel.get(row, -1) for row in rows.tolist()]
        planned[here] = [names[NOTHING if one < 0 else str(CHANNELS[one])] for one in what]
        if state.day in true:
            places.append(here)
            brings.append(np.stack([_brings(book, state, rows, action) for action in log.actions], axis=1))
    return planned, Rounds(np.concatenate(places), np.concatenate(brings))


def _brings(book: Book, state: State, rows: Array, action: str) -> Numbers:
    lived = lives.course(book, state, rows, days=DAYS, action=action, replicates=REPLICATES)
    return np.asarray((lived.paid_cents(DAYS, DECIDED_US) - lived.cost_cents()).mean(axis=0))


def _chosen(settings: Settings, book: Book, release: Bundle, log: BanditLog, contract: Array, asked: pa.Table) -> Array:
    """Choose by the scores of the dawn before each round, among the open; ``(n,)`` positions in the log's actions."""
    known: Columns = from_arrow(pairs.at(settings, asked))
    stamp = known["event_timestamp"].astype("datetime64[us]").tolist()
    place = {key: at for at, key in enumerate(zip(known["contract_id"].tolist(), stamp, strict=True))}
    when = from_arrow(asked)["event_timestamp"].astype("datetime64[us]").tolist()
    rows = np.array([place.get(key, -1) for key in zip(contract.tolist(), when, strict=True)])
    names = {name: at for at, name in enumerate(log.actions)}
    could = np.ones((len(log), len(log.actions)), bool) if log.open is None else log.open
    is_open = np.stack([could[:, names[arm]] if arm in names else np.zeros(len(log), bool) for arm in ARMS[1:]], axis=1)
    said = {name: values[rows] for name, values in release.scores(known).items()}
    arm = best(said, known["balance_overdue_cents"][rows], is_open, book)
    # Whoever had no profile at dawn is left in peace.
    return np.where(rows < 0, names[NOTHING], np.array([names.get(one, names[NOTHING]) for one in ARMS])[arm])


def _beside(log: BanditLog, target: Target, expected: Numbers, rounds: Rounds, name: str = "") -> list[Finding]:
    """Value a target by every estimator, beside the truth of the choices that were lived."""
    found, name = evaluate(log, target, expected=expected, seed=SEED), name or target.name
    assert target.chance is not None
    worth = (target.chance[rounds.place] * rounds.brings).sum(axis=1)
    truth = weighted_mean(worth, np.ones(len(worth)), log.customer[rounds.place])
    told = [Finding(DATA, f"{name}: true value, R$ a choice", truth.point / 100, truth.low / 100, truth.high / 100,
                    words=f"{len(worth):,} choices lived {REPLICATES} times under each action")]  # fmt: skip
    if found.refused:
        return [*told, Finding(DATA, f"{name}: refused", float("nan"), words=found.refused[0])]
    return told + [_estimate(name, way, one, truth, found) for way, one in found.values.items() if way != "logged"]


def _estimate(name: str, way: str, one: Estimate, truth: resample.Estimate, found: Evaluation) -> Finding:
    value, low, high = one.value / 100, one.low / 100, one.high / 100
    apart = low > truth.high / 100 or high < truth.low / 100
    words = f"{'misses' if apart else 'meets'} the truth; {found.support['effective_rounds']:,.0f} effective of " \
            f"{found.support['rounds']:,.0f} rounds"  # fmt: skip
    return Finding(DATA, f"{name}: {way}", value, low, high, truth.point / 100, "truth", words)
