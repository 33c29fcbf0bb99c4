"""A world that moved its level is followed; the booster keeps every byte."""

from dataclasses import replace

import numpy as np
import pytest

from models import SPECS
from models.artifact import Artifact
from models.encode import Encoder
from models.measure import measure
from regua.dice import draw, identity
from regua.errors import DataError
from training.teaching import fit
from training.teaching.recalibrate import recalibrate
from training.teaching.tune import untuned

SPEC = SPECS["roll_risk"]


@pytest.fixture(scope="module")
def artifact(cases):
    train = cases(rows=2_000)
    encoder = Encoder.learn(SPEC.features, train.columns)
    params = untuned(seed=7, threads=1, trees=30).params
    return fit.booster(SPEC, "", encoder, train, cases(rows=900, key="calibrate"), params)


def _world(artifact, examples, level, slope=1.0):
    """Answers as the model says them, but for a level and a slope."""
    said = artifact.predict(examples.columns)
    logit = level + slope * np.log(said / (1 - said))
    luck = draw(identity([f"{row}" for row in range(len(examples))]), "world", 0)
    return replace(examples, label=(luck < 1 / (1 + np.exp(-logit))).astype(np.float64))


def _error(artifact, examples):
    figures = measure(examples.label, artifact.predict(examples.columns), examples.weight, examples.customer)
    return figures["ece"] - figures["ece_floor"]


@pytest.mark.parametrize(("level", "slope"), [(1.0, 1.0), (-0.8, 0.6)])
def test_a_moved_level_is_followed_and_the_booster_keeps_every_byte(artifact, cases, level, slope):
    recent, later = (_world(artifact, cases(rows=3_000, key=key), level, slope) for key in ("recent", "later"))
    found = recalibrate(artifact, recent)
    assert found.changed
    assert found.gain.low > 0
    assert found.level == pytest.approx(level, abs=0.25)
    assert found.artifact.booster_text == artifact.booster_text
    assert _error(artifact, later) > 0.05
    assert _error(found.artifact, later) < 0.02
    again = Artifact.from_files(artifact.name, found.artifact.files())
    assert np.array_equal(again.predict(later.columns), found.artifact.predict(later.columns))


def test_the_order_of_customers_stays(artifact, cases):
    recent = _world(artifact, cases(rows=3_000, key="recent"), 1.0)
    before, after = (one.predict(recent.columns) for one in (artifact, recalibrate(artifact, recent).artifact))
    assert np.all(np.diff(after[np.argsort(before, kind="stable")]) >= 0)


def test_nothing_is_changed_where_nothing_moved(artifact, cases):
    found = recalibrate(artifact, _world(artifact, cases(rows=3_000, key="recent"), 0.0))
    assert not found.changed
    assert found.artifact is artifact
    assert found.gain.low <= 0


def test_too_few_recent_cases_and_priors_are_refused(artifact, cases):
    with pytest.raises(DataError, match="30 recent cases of roll_risk"):
        recalibrate(artifact, cases(rows=30))
    prior = fit.prior(SPEC, "", cases(rows=30), "too little")
    with pytest.raises(DataError, match="no calibration to renew"):
        recalibrate(prior, cases())
