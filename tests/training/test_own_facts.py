"""Channels learn together what one's own history tells, and each then reads its own where the profile has it."""

from dataclasses import replace

import lightgbm
import numpy as np
import pytest

from models import SPECS
from models.artifact import Artifact
from models.encode import Encoder
from regua.dice import draw, identity
from training.judging.split import Folds
from training.teaching import arms, own_facts
from training.teaching.tune import untuned

SPEC = SPECS["contactability"]
PARAMS = untuned(seed=7, threads=1, trees=30).params
TRIED = ("email", "sms", "call")
SELDOM = 60


@pytest.fixture(scope="module")
def asked(cases):
    """Who read what a channel sent reads it again, whatever the channel; calls are hardly ever tried."""
    examples = cases("contactability", rows=4_000)
    who = identity([str(number) for number in range(len(examples))])
    arm = np.array(TRIED[:2], object)[(draw(who, "arm", 0) * 2).astype(int)]
    arm[:SELDOM] = "call"
    reads = {f"read_90d_{one}": np.floor(draw(who, one, 0) * 4) for one in SPEC.arms}
    own = np.choose([TRIED.index(one) for one in arm], [reads[f"read_90d_{one}"] for one in TRIED])
    label = (draw(who, "noticed", 0) < 0.1 + 0.25 * own) * 1.0
    return replace(examples, columns={**examples.columns, **reads}, label=label), arm


@pytest.fixture(scope="module")
def made(asked):
    examples, arm = asked
    encoder = Encoder.learn(SPEC.features, examples.columns)
    everyone, nobody = np.ones(len(examples), bool), np.zeros(len(examples), bool)
    folds = Folds(everyone, nobody, nobody, "", None, None)
    return arms.fit_all(SPEC, encoder, examples, arm, folds, PARAMS, threads=1).artifacts


def noticed(artifact, examples, fact):
    """What an artifact says as one fact rises from none to three, on average."""
    rows = {name: column[:200] for name, column in examples.columns.items()}
    return [artifact.predict({**rows, fact: np.full(200, float(value))}).mean() for value in range(4)]


@pytest.mark.parametrize("channel", TRIED)
def test_a_channel_reads_its_own_history_and_no_other(made, asked, channel):
    own, other = (noticed(made[channel], asked[0], f"read_90d_{one}") for one in (channel, "letter"))
    assert own[3] - own[0] > 0.4
    assert abs(other[3] - other[0]) < 0.1


def test_a_channel_seldom_tried_has_learned_from_the_others(made, asked):
    assert made["call"].booster.num_trees() == PARAMS["num_iterations"], "too few cases for trees of its own"
    assert np.all(np.diff(noticed(made["call"], asked[0], "read_90d_call")) > 0)


def test_laid_in_one_place_twice_is_laid_as_before(asked):
    examples, arm = asked
    there = own_facts.in_one_place(SPEC, examples, arm)
    back = own_facts.in_one_place(SPEC, there, arm)
    assert (there.columns["read_90d_push"] != examples.columns["read_90d_push"]).any()
    for name, column in examples.columns.items():
        np.testing.assert_array_equal(back.columns[name], column)


def test_what_is_sealed_proves_itself_and_loads(made):
    one = made["sms"]
    assert lightgbm.Booster(model_str=one.booster_text).model_to_string() == one.booster_text
    again = Artifact.from_files(one.name, one.files())
    assert again.features == one.features == SPEC.features


def test_other_models_are_left_as_they_are(asked):
    examples, arm = asked
    assert own_facts.in_one_place(SPECS["channel_response"], examples, arm) is examples
