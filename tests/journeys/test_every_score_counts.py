"""No score is carried for nothing: whichever one changes, the answer of the shipped book changes for somebody."""

import numpy as np
import pytest

from journeys.book import HOME, compile_book, sources
from journeys.kernel import decide
from journeys.language.fields import SCORES
from regua.dice import draw, identity
from regua.vocabulary import CHANNELS

PEOPLE = 360
UNHEARD = """
journey: everywhere
version: 1
title: {pt-BR: Todos, en: Everywhere}
purpose: {pt-BR: Todos os canais, en: Every channel}
priority: 1
enter: days_past_due >= 1
leave: {paid: days_past_due < 1}
steps:
  - day: 0
    try: [line/pay_link, telegram/pay_link, rcs/pay_link, portal/pay_link]
"""


@pytest.fixture(scope="module")
def people(customers, crowd):
    """A third on their way through the journeys, a third new in arrears, the rest before a due date or in hardship."""
    ids = np.array([f"scored-{place}" for place in range(PEOPLE)], dtype=object)
    who = identity(ids)
    part = np.arange(PEOPLE) % 6
    early, poor, settled = part == 3, part == 4, part <= 1
    columns = customers(PEOPLE) | crowd(PEOPLE) | {"customer_id": ids, "region": np.full(PEOPLE, "SP", object)}
    plain = {"has_profile": 1, "contact_points_valid": 5, "hold_bits": 0, "balance_open_cents": 90_000}
    plain |= {f"attempts_{days}": 0 for days in ("1d", "24h", "7d")}
    for channel in CHANNELS:
        plain |= {f"has_point_{channel}": 1, f"consent_{channel}": 1}
        plain |= {f"attempts_1d_{channel}": 0, f"attempts_7d_{channel}": 0}
    columns |= {name: np.full(PEOPLE, float(value)) for name, value in plain.items()}
    new = 1 + np.arange(PEOPLE) * 7 % 120
    columns["days_past_due"] = np.where(early, -5.0, np.where(part >= 4, new, columns["days_past_due"]))
    for name in ("balance_overdue_cents", "customer_balance_overdue_cents"):
        columns[name] = np.where(early, 0.0, 60_000.0)
    columns["days_since_hardship_declared"] = np.where(poor, 3.0, np.nan)
    columns["journey"] = np.where(settled, columns["journey"], np.where(poor, "hardship_forbearance", None))
    columns["journey_day"] = np.where(poor, 3.0, columns["journey_day"])
    columns["step_last"] = np.where(poor, 1.0, np.where(settled, columns["step_last"], np.nan))
    columns["stepped_on"] = np.where(settled, columns["stepped_on"], np.nan)
    out_of_reach = draw(who, "out of reach", 0) < 0.3
    return columns | {name: _drawn(name, who, out_of_reach) for name in SCORES}


def _drawn(name, who, out_of_reach):
    chance = draw(who, name, 0)
    if name.startswith("best_hour_"):
        return 8.0 + 2 * np.floor(chance * 6)
    if name.startswith("p_reach_"):
        return chance * np.where(out_of_reach, 0.04, 1.0)
    return chance * (0.02 if name == "p_complaint" or name.startswith("uplift_") else 1.0)


def _others(name):
    """What the score may become."""
    if name.startswith("best_hour_"):
        return (10.0, 16.0)
    return (-0.3,) if name.startswith("uplift_") else (0.02, 0.98)


def _answer(decisions):
    """Everything a decision says of what is done, when, with which offer, and what all ways are worth."""
    yield from (getattr(decisions, name) for name in ("action", "offer", "npv_cents", "value_cents"))
    yield decisions.send_at.astype(np.int64)
    yield decisions.candidates.value_cents
    yield from (decisions.position_next[name] for name in ("journey", "step_last"))


def _is_answered_otherwise(people, book, moment, name):
    before = list(_answer(decide(people, book, moment)))
    for value in _others(name):
        after = _answer(decide(people | {name: np.full(PEOPLE, value)}, book, moment))
        for was, becomes in zip(before, after, strict=True):
            unknown = False if was.dtype == object else np.isnan(was) & np.isnan(becomes)
            if not np.all((was == becomes) | unknown):
                return True
    return False


def test_whichever_score_changes_somebody_is_answered_otherwise(calm, people, tuesday):
    heard = set(calm.steps.channels.ravel().tolist())
    silent = {f"p_response_{name}" for place, name in enumerate(CHANNELS) if place not in heard}
    idle = {name for name in SCORES if not _is_answered_otherwise(people, calm, tuesday, name)}
    assert idle == silent


def test_a_channel_no_shipped_step_tries_counts_as_soon_as_one_does(people, tuesday):
    files = dict(sources(HOME)) | {"catalog/test/everywhere.yaml": UNHEARD}
    book = compile_book(files).without_chance()
    for name in ("line", "telegram", "rcs", "portal"):
        assert _is_answered_otherwise(people, book, tuesday, f"p_response_{name}"), name
