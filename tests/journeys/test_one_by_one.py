"""A few customers are decided one by one, many all at once: two roads, one answer, whoever the customer is."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from journeys import kernel
from journeys.guardrails import REGISTER, kill_switch
from journeys.language.fields import FAMILIES, SCORES
from journeys.rulebook.row import Alone
from journeys.singly import decide_singly
from journeys.stages.case import Case
from journeys.stages.segment import segment
from regua.columns import take
from regua.dice import draw, identity
from regua.vocabulary import CHANNELS, HoldKind

ROWS = 400


@pytest.fixture(scope="session")
def wild(crowd):
    """A crowd of whom everything is known that a decision may read, now and then."""

    def make(world):
        columns = crowd(ROWS, world)
        who = identity(columns["customer_id"])

        def some(name, values, known):
            chance = draw(who, name, 1, world)
            return np.where(draw(who, f"{name}/known", 1, world) < known, values(chance), np.nan)

        def pick(name, values):
            return np.array(values, dtype=object)[(draw(who, name, 1, world) * len(values)).astype(int)]

        for name in SCORES:
            if name not in columns:
                columns[name] = some(name, lambda chance: chance, 0.5)
        for family in FAMILIES:
            columns[f"uplift_{family}"] = some(f"uplift {family}", lambda chance: chance - 0.4, 0.5)
        for medium in ("message", "voice"):
            columns[f"best_hour_{medium}"] = some(medium, lambda chance: np.floor(chance * 24), 0.6)
        for kind in HoldKind:
            columns[f"hold_days_{kind}"] = some(kind, lambda chance: np.floor(chance * 400), 0.7)
        for channel in CHANNELS:
            columns[f"price_{channel}_cents"] = some(f"price {channel}", lambda chance: chance * 50, 0.3)
            columns[f"health_{channel}"] = some(f"health {channel}", lambda chance: np.floor(chance * 1.2), 0.5)
            columns[f"has_wrong_point_{channel}"] = some(f"wrong {channel}", lambda chance: (chance < 0.1) * 1.0, 0.5)
        columns |= {
            "contracts_in_arrears": some("contracts", lambda chance: np.floor(chance * 3), 0.7),
            "invoice_amount_mean_6m_cents": some("mean", lambda chance: np.floor(chance * 20_000), 0.6),
            "invoice_amount_last_cents": some("last", lambda chance: np.floor(chance * 20_000), 0.6),
            "declared_income_cents": some("income", lambda chance: np.floor(chance * 400_000), 0.3),
            "hours_since_last_conversation": some("spoken", lambda chance: np.floor(chance * 300), 0.3),
            "contract_calls_7d": some("calls", lambda chance: np.floor(chance * 9), 0.9),
            "days_since_paid_claim": some("claim", lambda chance: np.floor(chance * 20), 0.5),
            "is_claim_hold_over_by_itself": some("by itself", lambda chance: (chance < 0.5) * 1.0, 0.8),
            "service_stops": some("service", lambda chance: np.floor(chance * 16), 0.05),
            "slots_held": some("slots", lambda chance: np.floor(chance * 8), 0.1),
            "income_band": pick("income band", [None, "low", "medium", "high"]),
            "kind": pick("kind", ["person", "company", None]),
            "last_topic": pick("topic", [None, "early", "late"]),
            kill_switch.SWITCHES: pick("switches", [None] * 20 + ["channel:sms journey:early_gentle"]),
        }
        return columns

    return make


@pytest.fixture(scope="session")
def daring(book):
    """The shipped book, whose dice choose as often as they may."""
    return replace(book, economy=replace(book.economy, exploration_rate=0.2))


@pytest.mark.parametrize("world", range(4))
def test_both_roads_say_the_same_of_everybody(daring, wild, tuesday, world, assert_alike):
    columns, moment = wild(world), tuesday + timedelta(hours=(0, 7, 13, 120)[world])
    together, singly = kernel.decide_together(columns, daring, moment), decide_singly(columns, daring, moment)
    assert_alike(singly, together)
    assert (together.candidates.blocked != 0).any()


def test_the_crowd_of_both_roads_does_everything_there_is_to_do(daring, wild, tuesday):
    decisions = kernel.decide(wild(2), daring, tuesday)
    told = {code for reasons in decisions.reasons for code in reasons}
    assert told >= {"journey_resumed", "journey_handed_over", "version_moved", "band_kept", "task_for_people"}
    assert told >= {"step_overtaken", "step_skipped", "uplift", "offer_made", "explored", "no_score", "legal_notice"}
    assert (decisions.channel >= 0).sum() > 20


@pytest.mark.parametrize("name", REGISTER)
def test_a_guardrail_says_the_same_of_one_customer_as_of_many(book, wild, policy, tuesday, name):
    case = Case(wild(5), book, tuesday)
    case.add(segment(case))
    columns = case.columns | {
        "purpose": np.arange(ROWS) % 3,
        "offer_payment_cents": np.where(np.arange(ROWS) % 4 == 0, 30_000.0, np.nan),
        "income_cents": case.columns["declared_income_cents"],
        kill_switch.JOURNEY: np.resize(np.array(["early_gentle", "late", None], dtype=object), ROWS),
    }
    rule = REGISTER[name]
    alone = [rule.stops_alone(Alone(columns, row), policy, tuesday) for row in range(ROWS)]
    together = rule.stops(columns, policy, tuesday)
    assert_array_equal(np.array(alone), together)
    assert together.any() or name in {"hours", "channel_health"}


def test_customers_without_any_column_the_stages_read_are_decided_alike(book, tuesday, assert_alike):
    columns = {"customer_id": np.array(["ana", "bia"], dtype=object)}
    assert_alike(decide_singly(columns, book, tuesday), kernel.decide_together(columns, book, tuesday))


@pytest.mark.parametrize("count", [kernel.FEW, kernel.FEW + 1])
def test_where_the_roads_part_nobody_notices(book, wild, tuesday, count, assert_alike):
    columns = take(wild(6), slice(0, count))
    assert_alike(kernel.decide(columns, book, tuesday), kernel.decide_together(columns, book, tuesday))
