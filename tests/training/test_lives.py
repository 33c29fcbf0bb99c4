"""What the benchmark calls the truth is lived by the days of the book itself, and answers what the labels ask."""

from datetime import UTC, date, timedelta

import numpy as np
import pytest

from features import sources
from models import SPECS
from regua.clock import DEFAULT_ZONE, start_of_day
from regua.dice import draw, identity
from regua.settings import Settings
from tests.bench_models import lives, simulated_agreements, simulated_contacts, truths
from tests.bench_models.lives import DAWN_US, DECIDED_US, Book
from training import plan
from training.cases import (
    arrangement_break,
    channel_response,
    complaint_risk,
    history,
    offer_response,
    promise_kept,
    roll_risk,
)
from training.cases.labels import Window
from training.portfolio import arrears
from training.portfolio.actions import ContractFinder
from training.portfolio.days import Today, calendar_day, midnight_us
from training.portfolio.generate import generate
from training.portfolio.simulation import Simulation
from training.portfolio.world import load_world

UNTIL = date(2026, 6, 30)
MORNING = date(2026, 5, 26)
FIRST, LAST = date(2026, 4, 14), date(2026, 6, 12)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A book of 500 customers and eight months, and how to live it again."""
    home = Settings(home=tmp_path_factory.mktemp("lived"), threads=1, memory_mb=512)
    book = Book(load_world(), 500, 8, UNTIL, 7)
    generate(book.world, book.customers, home.tables, seed=7, months=8, until=UNTIL, truth=home.truth)
    return home, book


@pytest.fixture(scope="module")
def standing(made):
    """The morning, and who was in arrears on it."""
    state = next(iter(made[1].mornings([MORNING])))
    return state, arrears.look(state, Today.of(state.day, state.origin)).rows


@pytest.fixture(scope="module")
def days(made):
    """Two months of its days: each morning, and what then happened."""
    return list(made[1].days(FIRST, LAST))


@pytest.fixture(scope="module")
def contacts(made, days):
    return list(simulated_contacts.contacts(made[1], days, 12))


@pytest.fixture(scope="module")
def past(made):
    """The book as it was known at its end."""
    with history.opened(made[0], plan.read(), dawn(UNTIL + timedelta(days=1)), seed=7) as opened:
        yield opened


def dawn(day):
    """When profiles are made."""
    return start_of_day(day, DEFAULT_ZONE) + timedelta(microseconds=DAWN_US)


def agrees(truth, model, past, first, last):
    """As many cases between two dawns as the model's own, and as many of them yes as chance allows."""
    cases = model.cases(past, SPECS[model.__name__.rpartition(".")[2]])
    low, high = (np.datetime64(dawn(day).replace(tzinfo=None), "us") for day in (first, last))
    answers = cases.label[(cases.moment >= low) & (cases.moment < high)]
    assert len(truth) == pytest.approx(len(answers), rel=0.1, abs=2)
    noise = np.sqrt((truth * (1 - truth)).sum() + 1)
    assert 0 < truth.mean() < 1
    assert abs(answers.sum() - truth.sum() * len(answers) / len(truth)) <= 3.5 * noise


def test_a_history_lived_again_is_the_same_history(made):
    home, book = made
    state = next(iter(book.mornings([UNTIL + timedelta(days=1)])))
    kept = Simulation.load(home.truth, book.world).state
    assert state.day == kept.day
    assert (state.contracts.paid == kept.contracts.paid).all()
    assert (state.people.fatigue == kept.people.fatigue).all()


def test_the_truth_answers_what_the_label_asks(made, standing):
    home, book = made
    state, rows = standing
    ids = np.array(ContractFinder(state).contract_ids, object)[rows]
    asked_at = np.full(len(rows), np.datetime64(midnight_us(state.day) + DAWN_US, "us"))
    lived = lives.course(book, state, rows, days=30, mornings=(0, 30), replicates=40)
    with sources.open_tables(home) as connection:
        worse = roll_risk.label(connection, ids, asked_at, Window(0, 30), home.zone)
        came = channel_response.answered(connection, ids, asked_at, Window(0, 30))
    told = (lived.bucket(30) > lived.bucket(0)).mean(axis=0)
    asked = worse.excluded == ""
    for said, happened in ((told[asked], worse.label[asked]), (lived.answered(30, DAWN_US).mean(axis=0), came)):
        assert abs(happened.sum() - said.sum()) <= 3.5 * np.sqrt((said * (1 - said)).sum()), "levels"
        assert said[happened > 0].mean() > said[happened == 0].mean() + 0.05, "ranking"


def test_money_counts_when_the_lender_knows_of_it(made, standing):
    _, book = made
    state, rows = standing
    lived = lives.course(book, state, rows, "nothing", days=10, mornings=(7,), replicates=10)
    at_once, due = state.contracts.paid[rows].astype(float), lives.ends(state, rows)
    owed = state.contracts.billed[rows, due] - at_once
    truly = np.maximum(owed - (lived.mornings[7].contracts.paid.reshape(10, -1) - at_once), 0)
    seen = lived.left_cents(7, due)
    assert (seen >= truly).all()
    assert (seen > truly).any(), "somebody paid what had not cleared by the seventh dawn"
    end = midnight_us(state.day) + DECIDED_US + 7 * 86_400_000_000
    late = (lived.payments["at"] <= end) & (lived.payments["known"] > end)
    assert late.any()
    assert lived.answered(7, DECIDED_US).sum() < lived.answered(8, DECIDED_US).sum()


def test_the_first_day_may_be_spent_otherwise(made, standing):
    _, book = made
    state, rows = standing
    called, peace = (
        lives.course(book, state, rows, days=7, action=action, replicates=40) for action in ("call", "nothing")
    )
    assert not peace.cost_cents().any()
    assert (called.cost_cents() > 0).all()
    assert called.noticed(7).mean() > 0.1
    gain = (called.answered(7, DECIDED_US) - peace.answered(7, DECIDED_US)).mean()
    assert gain > 0.01


def test_the_morning_is_the_local_one(standing):
    assert midnight_us(standing[0].day) == int(start_of_day(MORNING, DEFAULT_ZONE).timestamp() * 1_000_000)


def test_contacts_drive_away_as_many_as_the_label_counts(contacts, past):
    truth = np.concatenate([one.harmed.mean(axis=0) for one in contacts])
    agrees(truth, complaint_risk, past, FIRST, LAST + timedelta(days=1))


def test_offers_are_taken_as_often_as_the_label_counts(contacts, past):
    assert all((one.taken[:, one.offer < 0] == 0).all() for one in contacts)
    truth = np.concatenate([one.taken[:, one.offer >= 0].mean(axis=0) for one in contacts])
    agrees(truth, offer_response, past, FIRST, LAST + timedelta(days=1))


def test_promises_are_kept_as_often_as_the_label_counts(made, days, past):
    told = simulated_agreements.lived_promises(made[1], days, 12)
    truth = np.concatenate([one.told.mean(axis=0) for one in told])
    agrees(truth, promise_kept, past, FIRST + timedelta(days=1), LAST + timedelta(days=1))


def test_arrangements_fail_as_often_as_the_label_counts(made, days, past):
    cases = arrangement_break.cases(past, SPECS["arrangement_break"])
    asked = {moment.replace(tzinfo=UTC) for moment in cases.moment.astype("datetime64[us]").tolist()}
    mornings = [state for state, _ in days if dawn(calendar_day(state.day)) in asked]
    told = list(simulated_agreements.lived_breaks(made[1], mornings, 12))
    truth = np.concatenate([one.told.mean(axis=0) for one in told])
    last = calendar_day(mornings[-1].day)
    agrees(truth, arrangement_break, past, FIRST, last + timedelta(days=1))


def test_nobody_ranks_above_the_ceiling():
    chance = np.tile([0.1, 0.3, 0.5, 0.7], 200)
    lived = (luck(800) < chance) * 1.0
    best = truths.ranking(chance, chance)
    assert truths.ceiling(lived) == pytest.approx(best, abs=0.02)
    assert truths.ranking(chance, lived.mean(axis=0)) == pytest.approx(best, abs=0.02)
    assert truths.ranking(-chance, lived.mean(axis=0)) == pytest.approx(1 - best, abs=0.02)


def test_where_all_are_alike_nobody_ranks():
    assert truths.ceiling((luck(800) < 0.3) * 1.0) == pytest.approx(0.5, abs=0.03)


def luck(n):
    """Thirty-two lives of so many."""
    return draw(identity([str(number) for number in range(32 * n)]), "lives", 0).reshape(32, n)
