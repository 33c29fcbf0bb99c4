"""Kinds of answers: chances, effects, curves and hours come out in the columns serving reads."""

from dataclasses import replace

import numpy as np
import pytest

from models import SPECS
from models.artifact import FORMAT, Artifact
from models.bundle import Bundle
from models.calibrate import IDENTITY, line
from models.encode import Encoder
from models.slots import COUNTS
from regua.columns import take
from regua.errors import BundleError


@pytest.fixture
def hours():
    """A table of hours by which everybody is best met at ten."""
    rate = [[0.1, 0.3, 0.1, 0.1, 0.1, 0.1]] * 7
    table = {"usual": rate[0], "rate": rate, "weight": [10.0] * 6, "spread": 0.5, "borrowed": 0.0, "tells": True}
    body = {"format": FORMAT, "name": "best_time_message", "kind": "slots", "answers": "slots", "table": table}
    body |= {"scores": ["best_hour_message"], "features": [], "categories": {}, "calibration": IDENTITY.to_json()}
    made = Artifact("best_time_message", body, Encoder((), ()), IDENTITY)
    return made.proving({"day_of_week": np.array([1.0, 5.0]), **{name: np.array([0.0, 3.0]) for name in COUNTS}})


def _prior(model, arm=""):
    spec = SPECS[model]
    body = {"format": FORMAT, "name": spec.artifact_name(arm), "model": model, "kind": "prior", "answers": spec.answers}
    body |= {"scores": list(spec.score_columns(arm)), "prior": {"probability": 0.2}, "features": [], "categories": {}}
    body |= {"calibration": IDENTITY.to_json(), "horizons": list(spec.horizons)}
    return Artifact(spec.artifact_name(arm), body, Encoder((), ()), IDENTITY)


def test_every_spec_names_the_columns_it_answers_in():
    columns = [column for spec in SPECS.values() for arm in spec.each_arm for column in spec.score_columns(arm)]
    assert len(set(columns)) == len(columns)
    assert {"recovery_3m", "recovery_12m", "best_hour_message", "best_hour_voice", "p_offer_pause"} <= set(columns)
    assert not [column for column in columns if "{" in column]


def test_a_probability_answers_in_its_own_column(artifact, profile):
    named = replace(artifact, body={**artifact.body, "scores": ["p_roll"]})
    scores = named.scores(profile)
    assert list(scores) == ["p_roll"]
    assert scores["p_roll"].tolist() == artifact.predict(profile).tolist()


def test_an_effect_may_be_below_zero(artifact, profile):
    shrunk = line("shrunk", np.array([-20.0, 20.0]), np.array([-0.2, 0.1]))
    body = {**artifact.body, "answers": "effect", "scores": ["uplift_voice"], "calibration": shrunk.to_json()}
    effect = replace(artifact, body=body, calibration=shrunk).scores(profile)["uplift_voice"]
    assert effect.min() < 0
    assert np.all((effect >= -0.2) & (effect <= 0.1))


@pytest.mark.parametrize("model", ["roll_risk", "self_cure", "complaint_risk"])
def test_a_documented_prior_speaks_where_the_kernel_counts_on_it(model):
    assert next(iter(_prior(model).scores({"x": np.zeros(2)}).values())).tolist() == [0.2, 0.2]


@pytest.mark.parametrize("model", ["recovery_curve", "arrangement_break"])
def test_any_other_prior_is_silent_since_a_constant_ranks_nobody(model):
    scores = _prior(model).scores({"x": np.zeros(2)})
    assert set(scores) == set(SPECS[model].score_columns())
    assert all(np.isnan(column).all() for column in scores.values())
    assert _prior(model).predict({"x": np.zeros(2)}).tolist() == [0.2, 0.2]


def test_a_release_answers_for_all_of_its_models(artifact, hours, profile):
    named = replace(artifact, body={**artifact.body, "scores": ["p_roll"]})
    models = {"roll_risk": named, "best_time_message": hours, "recovery_curve": _prior("recovery_curve")}
    some = take(profile, slice(0, 3))
    scores = Bundle("0" * 16, models, {}).scores(some)
    assert set(scores) == {"p_roll", "best_hour_message", "recovery_3m", "recovery_12m"}
    assert scores["best_hour_message"].tolist() == [10.0] * 3
    assert scores["p_roll"].tolist() == named.scores(some)["p_roll"].tolist()


def test_a_table_of_hours_is_no_prior_and_explains_nothing(hours, profile):
    assert hours.source_code is None
    assert hours.contributions(profile).shape == (600, 1)
    assert not hours.contributions(profile).any()


@pytest.mark.parametrize(
    "damage",
    [
        lambda b: b[: len(b) // 2],
        lambda b: b.replace(b'"kind":"slots"', b'"kind":"other"'),
        lambda b: b.replace(b'"table"', b'"tabel"'),
        lambda b: b.replace(b'"spread":0.5', b'"spread":0.6'),
        lambda b: b.replace(b'"features":[]', b'"features":7'),
        lambda b: b.replace(b'"format":2', b'"format":1'),
        lambda _: b"[]",
        lambda _: b"",
    ],
)
def test_a_damaged_table_of_hours_is_refused(hours, damage):
    content = hours.files()["best_time_message.json"]
    assert damage(content) != content
    with pytest.raises(BundleError):
        Artifact.from_files("best_time_message", {"best_time_message.json": damage(content)})
    assert Artifact.from_files("best_time_message", {"best_time_message.json": content}).files() == hours.files()
