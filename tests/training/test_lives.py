"""What the benchmark calls the truth is lived by the days of the book itself, and answers what the labels ask."""

from datetime import date, timedelta

import numpy as np
import pytest

from features import sources
from regua.clock import DEFAULT_ZONE, start_of_day
from regua.settings import Settings
from tests.bench_models import lives
from tests.bench_models.lives import DAWN_US, DECIDED_US, Book
from training.cases import channel_response, roll_risk
from training.cases.labels import Window
from training.portfolio import arrears
from training.portfolio.actions import ContractFinder
from training.portfolio.days import Today, midnight_us
from training.portfolio.generate import generate
from training.portfolio.simulation import Simulation
from training.portfolio.world import load_world

UNTIL = date(2026, 6, 30)
MORNING = date(2026, 5, 26)


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
    dawn = np.full(len(rows), np.datetime64(midnight_us(state.day) + DAWN_US, "us"))
    lived = lives.course(book, state, rows, days=30, mornings=(0, 30), replicates=40)
    with sources.open_tables(home) as connection:
        worse = roll_risk.label(connection, ids, dawn, Window(0, 30), home.zone)
        came = channel_response.answered(connection, ids, dawn, Window(0, 30))
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
