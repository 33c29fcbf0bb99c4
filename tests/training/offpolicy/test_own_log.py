from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from regua.dice import draw, identity
from regua.errors import DataError
from training.offpolicy import own_log, rewards, targets
from training.offpolicy.evaluate import evaluate

AS_OF = datetime(2026, 6, 30, 9, tzinfo=UTC)
START = datetime.fromisoformat("2026-03-02T12:00")
NAMES = [f"c{row}" for row in range(400)]
WHO = identity(NAMES)


@pytest.fixture
def log(settings, put):
    """400 choices between peace, a message and a call: half the customers refused calls. A call earns most."""
    luck, pays = draw(WHO, "choice", 0), draw(WHO, "pays", 0)
    treatments, payments, contacts, consents, points = [], [], [], [], []
    for row, name in enumerate(NAMES):
        open_to = [None, "sms"] if row % 2 else [None, "sms", "call"]
        channel = open_to[int(luck[row] * len(open_to))]
        at = START + timedelta(days=row % 30)
        who = {"customer_id": name, "happened_at": at}
        earlier = {"customer_id": name, "happened_at": START - timedelta(days=9)}
        treatments.append(
            who
            | {"treatment_id": f"t{row}", "contract_id": name, "channel": channel}
            | {"propensity": 1 / len(open_to), "is_randomised": True}
        )
        for way in ("sms", "call"):
            points.append(earlier | {"contact_point_id": f"{way} {row}", "channel": way, "status": "verified"})
            consents.append(
                earlier | {"consent_id": f"{way} {row}", "channel": way, "is_granted": way == "sms" or row % 2 == 0}
            )
        if channel:
            sent = {"contact_id": f"m{row}", "contract_id": name, "channel": channel, "cost_cents": 100}
            contacts.append(who | {"happened_at": at + timedelta(hours=2)} | sent)
        if pays[row] < {None: 0.2, "sms": 0.4, "call": 0.8}[channel]:
            late = timedelta(days=15 if pays[row] < 0.02 else 3)
            payments.append(
                who | {"payment_id": f"p{row}", "contract_id": name, "amount_cents": 1_000, "happened_at": at + late}
            )
    for table, rows in (("treatments", treatments), ("contacts", contacts), ("consents", consents)):
        put(table, *rows)
    put("contact_points", *points)
    put("payments", *payments)
    return own_log.read(settings, AS_OF)


def test_a_reward_is_what_was_paid_in_two_weeks_less_what_was_spent(log):
    assert set(log.reward.tolist()) == {0.0, -100.0, 900.0, 1_000.0}
    assert log.actions == ("call", "nothing", "sms")
    late = np.isin(log.customer.astype(str), [f"c{row}" for row in np.flatnonzero(draw(WHO, "pays", 0) < 0.02)])
    assert late.any()
    assert log.reward[late].max() <= 0


def test_only_what_was_open_to_a_customer_is_in_a_target(log):
    could = log.open[:, log.actions.index("call")]
    assert could.mean() == pytest.approx(0.5)
    assert targets.uniform(log).chance[~could, 0].max() == 0.0
    told = evaluate(log, targets.always(log, "call"), draws=50, least_effective=30)
    assert told.target == "call where open, else nothing"
    assert told.support["mean_weight"] == pytest.approx(1.0, abs=0.15)
    assert not told.refused


def test_greedy_calls_where_it_can(log):
    expected = rewards.expected(log, seed=7)
    chosen = targets.greedy(log, expected).chance.argmax(axis=1)
    assert (chosen[log.open[:, 0]] == 0).mean() > 0.9


def test_a_book_without_choices_says_so(settings, put):
    put(
        "treatments",
        {
            "treatment_id": "t",
            "customer_id": "c",
            "propensity": 0.5,
            "happened_at": datetime.fromisoformat("2026-06-29"),
        },
    )
    with pytest.raises(DataError, match="no choice in this book whose 14 days"):
        own_log.read(settings, AS_OF)
