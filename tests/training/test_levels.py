"""How far arms stray is asked of the cases: noise is taken off, and too few arms leave it to belief."""

import numpy as np
import pytest

from regua.dice import draw, identity
from training.teaching import levels
from training.teaching.levels import Heard, estimate, meeting, spread_of

ARMS = ("push", "email", "sms", "whatsapp", "voice_bot", "call", "letter", "nothing")
TRUE_SPREAD = 0.3


def arms(shifts, cases):
    """Cases of arms whose log-odds lie ``shifts`` away from -1.5; every arm has as many."""
    heard = {}
    for name, shift in zip(ARMS, shifts, strict=False):
        who = identity([f"{name}{number}" for number in range(cases)])
        raw = np.full(cases, -1.5)
        chance = 1 / (1 + np.exp(-(raw + shift)))
        heard[name] = Heard(raw, (draw(who, "answers", 0) < chance) * 1.0, np.ones(cases))
    return heard


def ladder(spread):
    return spread * np.array([-1.5, -0.9, -0.5, -0.2, 0.2, 0.5, 0.9, 1.5]) / 0.95


def test_the_spread_of_arms_is_found_in_their_cases():
    found = estimate(arms(ladder(TRUE_SPREAD), 4_000), believed=3.0)
    assert found.is_estimated
    assert found.spread == pytest.approx(TRUE_SPREAD, rel=0.4)


def test_noise_of_few_cases_does_not_pass_for_a_spread():
    alike = estimate(arms(np.zeros(8), 150), believed=3.0)
    alone = [levels._alone(cases)[0] for cases in arms(np.zeros(8), 150).values()]
    assert np.std(list(alike.shift.values())) < np.std(alone) / 2


def test_arms_found_alike_are_never_said_to_be_one():
    assert 0.01 < spread_of([0.0] * 8, [0.1] * 8) < 0.1


def test_too_few_arms_leave_the_spread_to_belief():
    three = estimate(arms(ladder(TRUE_SPREAD)[:3], 4_000), believed=0.7)
    assert (three.spread, three.is_estimated) == (0.7, False)


def test_arms_that_tell_nothing_have_no_say():
    silent = {name: Heard(cases.raw, np.zeros(150), cases.weight) for name, cases in arms(np.zeros(8), 150).items()}
    found = estimate(silent, believed=0.3)
    assert not found.is_estimated
    assert np.isfinite(list(found.shift.values())).all()


def test_heavy_cases_are_few_cases():
    heard = arms(ladder(TRUE_SPREAD), 1_000)
    heavy = {
        name: Heard(cases.raw, cases.label, np.where(np.arange(1_000) < 10, 100.0, 0.01))
        for name, cases in heard.items()
    }
    assert not estimate(heavy, believed=0.3).is_estimated


def test_a_shift_that_all_share_is_not_shrunk_away():
    shifted = estimate(arms(np.ones(8), 2_000), believed=0.3)
    assert shifted.common == pytest.approx(1.0, abs=0.1)
    assert min(shifted.shift.values()) > 0.8


def test_own_trees_say_who_and_not_how_often():
    raw, wanted = np.linspace(-3, 3, 50), np.full(50, 0.2)
    shift = meeting(raw, wanted, np.ones(50))
    assert np.mean(1 / (1 + np.exp(-(raw + shift)))) == pytest.approx(0.2, abs=0.01)
