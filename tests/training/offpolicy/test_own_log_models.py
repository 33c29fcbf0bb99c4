"""A reward model of the own log knows the profile of the dawn before: surer than weights, and right if either is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from features.tables import TABLES
from regua.dice import draw, identity
from regua.errors import DataError
from regua.settings import Settings
from training.offpolicy import own_log, rewards, targets
from training.offpolicy.evaluate import evaluate

AS_OF = datetime(2026, 6, 30, 9, tzinfo=UTC)
START = datetime.fromisoformat("2026-03-02T12:00")
ROWS = 1_600
WHO = identity([f"c{row}" for row in range(ROWS)])
BALANCE = np.where(draw(WHO, "size", 0) < 0.5, 2_000, 100_000)
PAYS = {None: 0.3, "sms": 0.5, "call": 0.8}
"""Chance of paying the balance in time, whoever it is: what is earned differs by the balance, which is known before."""


def write(settings, table, rows):
    types = TABLES[table].types
    folder = settings.tables / table
    folder.mkdir(parents=True, exist_ok=True)
    filled = [{"known_at": row["happened_at"]} | row for row in rows]
    pl.DataFrame([{name: row.get(name) for name in types} for row in filled], schema=types).write_parquet(
        folder / "0.parquet"
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Choices between peace, a message and a call; a call is rare, and half of the customers cannot be called."""
    settings = Settings(home=tmp_path_factory.mktemp("own log"), threads=1, memory_mb=512)
    luck, pays = draw(WHO, "choice", 0), draw(WHO, "pays", 0)
    treatments, payments, invoices, customers, contracts = [], [], [], [], []
    for row in range(ROWS):
        name, at = f"c{row}", START + timedelta(days=row % 30)
        chances = {None: 0.45, "sms": 0.45, "call": 0.1} if row % 2 else {None: 0.5, "sms": 0.5}
        channel = list(chances)[int(np.searchsorted(np.cumsum(list(chances.values())), luck[row], side="right"))]
        who = {"customer_id": name, "contract_id": name, "happened_at": at}
        among = " ".join(one or "nothing" for one in chances)
        chosen = {"treatment_id": f"t{row}", "channel": channel, "propensity": chances[channel], "among": among}
        treatments.append(who | chosen | {"is_randomised": True})
        due = at - timedelta(days=20)
        bill = {"invoice_id": f"i{row}", "amount_cents": int(BALANCE[row]), "issued_on": due.date()}
        since = {"happened_at": START - timedelta(days=300)}
        began = since["happened_at"].date()
        invoices.append(who | bill | {"due_on": due.date(), "happened_at": due - timedelta(days=10)})
        customers.append(who | since | {"kind": "person", "region": "SP", "customer_since": began})
        contracts.append(who | since | {"product": "loan", "opened_on": began})
        if pays[row] < PAYS[channel]:
            paid = {"payment_id": f"p{row}", "amount_cents": int(BALANCE[row]), "happened_at": at + timedelta(days=3)}
            payments.append(who | paid)
    for table, rows in (("treatments", treatments), ("payments", payments), ("invoices", invoices),
                        ("customers", customers), ("contracts", contracts)):  # fmt: skip
        write(settings, table, rows)
    return settings


@pytest.fixture(scope="module")
def log(home):
    return own_log.read(home, AS_OF)


@pytest.fixture(scope="module")
def expected(log):
    return rewards.expected(log, seed=7)


@pytest.fixture(scope="module")
def truth(log):
    """What calling whoever can be called, and writing to nobody, earns a round of these very customers."""
    row = np.array([int(name[1:]) for name in log.customer])
    return float((BALANCE[row] * np.where(row % 2, PAYS["call"], PAYS[None])).mean())


def width(one):
    return one.high - one.low


def told(log, expected):
    return evaluate(log, targets.always(log, "call"), expected=expected, draws=200, least_effective=50).values


def test_what_was_known_is_the_profile_of_the_dawn_before(log):
    row = np.array([int(name[1:]) for name in log.customer])
    at = log.facts.names.index("balance_overdue_cents")
    np.testing.assert_array_equal(log.facts.matrix[:, at], BALANCE[row])


def test_a_reward_model_makes_dr_surer_than_weights_and_both_hold_the_truth(log, expected, truth):
    found = told(log, expected)
    assert width(found["dr"]) < 0.8 * width(found["ips"])
    for name in ("ips", "dr", "switch_dr"):
        assert found[name].low < truth < found[name].high, name


def test_a_wrong_reward_model_leaves_dr_right(log, expected, truth):
    found = told(log, 60_000 - 0.5 * expected)
    assert found["dr"].low < truth < found["dr"].high
    assert not found["dm"].low < truth < found["dm"].high


def test_a_right_reward_model_makes_up_for_wrong_propensities(log, truth):
    row = np.array([int(name[1:]) for name in log.customer])
    right = np.column_stack([BALANCE[row] * PAYS[None if one == "nothing" else one] for one in log.actions])
    # Calls of large debts were in truth twice as likely as the log says, those of small ones half.
    off = np.where(log.taken == 0, np.where(BALANCE[row] > 50_000, 0.6, 1.6), 1.0)
    found = told(replace(log, propensity=np.minimum(log.propensity * off, 1.0)), right)
    assert found["dr"].low < truth < found["dr"].high
    assert abs(found["dr"].value - truth) < abs(found["ips"].value - truth)


def test_what_the_log_says_could_be_done_is_all_a_target_may_do(log):
    row = np.array([int(name[1:]) for name in log.customer])
    np.testing.assert_array_equal(log.open[:, log.actions.index("call")], row % 2 == 1)
    assert log.open[:, log.actions.index("nothing")].all()


def test_without_profiles_weights_answer_and_the_reason_is_told(home):
    def nobody(asked):
        from features import pairs

        return pairs.at(home, asked).slice(0, 0)

    bare = own_log.read(home, AS_OF, profiles=nobody)
    assert not bare.facts.names
    found = evaluate(bare, targets.uniform(bare), draws=20)
    assert {"ips", "snips"} <= set(found.values)
    assert "dr" not in found.values
    assert any("100 % of the choices have no profile" in line for line in found.warnings)


def test_of_too_many_rounds_whole_customers_are_drawn(home):
    some = own_log.read(home, AS_OF, rounds_maximum=500)
    assert len(some) == 500
    with pytest.raises(DataError, match="rounds"):
        own_log.read(home, AS_OF, rounds_maximum=20)
