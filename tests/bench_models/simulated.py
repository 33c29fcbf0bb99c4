"""Scores beside the truth only the simulator knows, at moments after those that were learned from.

A book is made with two months more than are learned from; the challenger is learned as of two months before the end,
and stands in arrears and before due dates on three mornings after. Each contract then lives each morning's question
many times over (:mod:`tests.bench_models.lives`); the last life is what "happened", the others are its chances.
"""

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from models import SPECS, bundle
from models.base import ModelSpec
from models.bundle import Bundle
from models.measure import bucket
from regua.settings import Settings
from regua.vocabulary import ARREARS_BUCKETS
from tests.bench_models import (
    lives,
    simulated_agreements,
    simulated_choices,
    simulated_contacts,
    simulated_policies,
    standing,
)
from tests.bench_models.contest import SEED, THREADS, Say
from tests.bench_models.lives import DAWN_US, Book
from tests.bench_models.simulated_choices import DATA
from tests.bench_models.standing import Stand, dawn
from tests.bench_models.table import Finding, Part
from tests.bench_models.truths import Truths
from training.cases import engagement
from training.portfolio.world import load_world

LEARNED_MONTHS, LATER_MONTHS = 14, 2
UNTIL = date(2026, 6, 30)
STANDS = (date(2026, 4, 28), date(2026, 5, 12), date(2026, 5, 26))
"""Where we stand: Tuesdays, the first of them the moment of learning."""

LATER = (STANDS[0], UNTIL - timedelta(days=1))
"""From when to when contacts and promises are asked about: all that came after the moment of learning."""

REPLICATES, LONG_ROWS, LONG_REPLICATES = 33, 500, 17


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
    stands = list(standing.leads(settings, book, release, STANDS))
    for number, stand in enumerate(stands):
        say(f"{stand.day}: {len(stand.rows)} contracts live on")
        _risks(settings, book, stand, truths)
        _before_due(book, stand, truths)
        if number == 0:
            _curve(book, stand, truths)
    choices = [simulated_choices.lived(book, stand.in_arrears, REPLICATES) for stand in stands]
    for stand, choice in zip(stands, choices, strict=True):
        simulated_choices.responses(stand.in_arrears, choice, truths)
    contacts = simulated_contacts.hold(settings, book, release, *LATER, truths, replicates=LONG_REPLICATES)
    say(f"{contacts:,} contacts lived again")
    promises = simulated_agreements.promises(settings, book, release, *LATER, truths, replicates=LONG_REPLICATES)
    in_force = simulated_agreements.breaks(settings, book, release, STANDS, truths, replicates=REPLICATES)
    say(f"{promises:,} promises and {in_force:,} arrangements lived on")
    part.truths += truths.rows(release)
    part.findings += _untold(release, truths, stands[0])
    part.findings += simulated_choices.effects([stand.in_arrears for stand in stands], choices, book)
    part.findings += simulated_choices.hours([stand.in_arrears for stand in stands])
    say("policies, from the log and in truth")
    part.findings += simulated_policies.valued(settings, book, release, STANDS[0])
    return part


def _untold(release: Bundle, truths: Truths, stand: Stand) -> list[Finding]:
    """Name every score column that has no line of its own here, by why."""
    why: dict[str, list[str]] = {}
    for spec in SPECS.values():
        for arm in spec.arms or ("",):
            for score in spec.score_columns(arm):
                if not truths.tells(score):
                    why.setdefault(_why_untold(release, spec, arm, score, stand), []).append(score)
    return [
        Finding(DATA, "scores without a truth of their own", float(len(names)), words=f"{', '.join(names)}: {reason}")
        for reason, names in why.items()
    ]


def _why_untold(release: Bundle, spec: ModelSpec, arm: str, score: str, stand: Stand) -> str:
    if spec.answers in ("slots", "effect"):
        return "compared among the findings, as hours and as differences of two lives"
    if arm and spec.name in ("contactability", "channel_response") and arm not in simulated_choices.ARMS:
        return "the simulated book has no such channel"
    model = release.models.get(spec.artifact_name(arm))
    if model is None or score not in stand.said:
        return "no model answers"
    if model.kind == "prior" and np.isnan(stand.said[score]).all():
        return f"nothing is said, a constant ranks nobody; {str(model.body.get('why') or 'a prior').split('. ')[0]}"
    return "too few cases"


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
