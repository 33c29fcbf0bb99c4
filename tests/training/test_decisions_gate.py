"""A new release must not treat today's customers otherwise than the champion does, beyond what the plan allows."""

from datetime import UTC, datetime

import numpy as np
import pytest

from journeys import book as strategy
from models import SPECS
from models.bundle import Bundle
from models.calibrate import shifted
from models.encode import Encoder
from regua.columns import height
from serving.scoring.scorer import SCORES, Scorer
from training.judging import decisions, golden
from training.teaching import fit
from training.teaching.tune import untuned

ZONE = "America/Sao_Paulo"


@pytest.fixture(scope="module")
def known(book, as_of):
    return golden.profiles(book, as_of)


@pytest.fixture(scope="module")
def models(cases):
    """Two boosters and a prior: the rest of the repertoire is not in this release."""
    made = {}
    for name in ("roll_risk", "pre_due_delay"):
        train = cases(name, rows=600)
        encoder = Encoder.learn(SPECS[name].features, train.columns)
        params = untuned(seed=7, threads=1, trees=12).params
        made[name] = fit.booster(SPECS[name], "", encoder, train, train.take(slice(0, 0)), params)
    nobody = cases("channel_response", rows=30).take(slice(0, 0))
    made["channel_response_letter"] = fit.prior(SPECS["channel_response"], "letter", nobody, "0 rows")
    return made


@pytest.fixture(scope="module")
def moved(models):
    """The same release, one model of which says more of everybody."""
    risk = models["roll_risk"]
    return models | {"roll_risk": fit.with_calibration(risk, shifted(risk.calibration, 3.0))}


def _check(models, moved, known, as_of, allowed):
    found = decisions.check(Bundle("champion", models, {}), moved, known, as_of=as_of, zone=ZONE, allowed=allowed)
    return {one.gate: one for one in found}


def test_whoever_decides_as_the_champion_does_changes_nobody(models, known, as_of):
    found = _check(models, dict(models), known, as_of, 0.0)
    assert set(found) == {"decisions"}
    assert found["decisions"].passed
    assert found["decisions"].found == 0


def test_decisions_that_would_flip_are_counted_told_and_refused(models, moved, known, as_of):
    found = _check(models, moved, known, as_of, 0.01)
    people = decisions.reference(known)
    book = strategy.load()
    before, now = (decisions.scores(one, people) for one in (models, moved))
    flips = decisions.between(people, before, now, book, decisions._when(people, before, book, as_of, ZONE))
    assert 0.01 < found["decisions"].found == flips.share <= 1
    assert (found["decisions"].passed, found["decisions"].severity) == (False, "refuses")
    count, (was, becomes) = max((count, way) for way, count in flips.ways.items())
    words = found["decisions"].words
    assert f"{flips.share:.1%} of {flips.asked:,} customers would be treated otherwise: {count} " in words["en"]
    assert f"{flips.share:.1%}".replace(".", ",") in words["pt-BR"]
    assert "seriam tratados de outro modo" in words["pt-BR"]
    assert was != becomes or "another" in words["en"]
    assert "1.0% is allowed" in words["en"]
    # One model changed, so alone it changes as many: it is told which one.
    assert set(found) == {"decisions", "decisions/roll_risk"}
    assert found["decisions/roll_risk"].found == flips.share
    assert found["decisions/roll_risk"].severity == "warns"


def test_what_the_plan_allows_passes(models, moved, known, as_of):
    assert _check(models, moved, known, as_of, 1.0)["decisions"].passed


@pytest.mark.parametrize("moment", [datetime(2026, 6, 28, 3, tzinfo=UTC), datetime(2026, 6, 28, 15, tzinfo=UTC)])
def test_at_night_and_on_a_sunday_the_next_morning_is_decided(models, moved, known, moment):
    assert not _check(models, moved, known, moment, 0.0)["decisions"].passed


def test_nothing_is_held_against_who_replaces_priors_or_has_no_customers(models, known, as_of):
    priors = {"channel_response_letter": models["channel_response_letter"]}
    assert _check(priors, models, known, as_of, 0.0) == {}
    assert _check(models, models, {name: column[:0] for name, column in known.items()}, as_of, 0.0) == {}


def test_the_gate_scores_as_serving_does(models, known):
    people = decisions.reference(known)
    assert 100 < height(people) < height(known)
    served = Scorer(Bundle("release", models, {}), 1).score(people)
    found = decisions.scores(models, people)
    assert set(found) == set(SCORES)
    for name in SCORES:
        assert np.array_equal(served[name], found[name], equal_nan=True), name


def test_ways_are_told_the_most_frequent_first_and_the_rest_together():
    ways = {("nothing", "sms"): 22, ("sms", "sms"): 9, ("task", "task"): 1, ("call", "nothing"): 5, ("sms", "call"): 2}
    said = decisions.Flips(2_000, ways).told(strategy.load())
    assert said["en"] == (
        "2,000 customers would be treated otherwise: 22 from nothing to SMS, 9 with another message by SMS, "
        "5 from Call by a person to nothing, 2 from SMS to Call by a person, 1 in other ways"
    )
    assert said["pt-BR"].startswith("2.000 clientes seriam tratados de outro modo: 22 de nada para SMS, 9 com outra")
