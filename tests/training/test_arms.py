"""Arms share what they know: small ones lean on all, and what is common cancels out of every comparison."""

from dataclasses import replace

import numpy as np
import pytest

from models import SPECS
from models.calibrate import level
from models.encode import Encoder
from regua.channels import FIRST
from regua.dice import draw, identity
from training.judging.split import Folds
from training.teaching import arms
from training.teaching.tune import untuned

SPEC = SPECS["channel_response"]
PARAMS = untuned(seed=7, threads=1, trees=30).params
PUSHED = 40


@pytest.fixture(scope="module")
def learned(cases):
    """Calls help, push does nothing and is seldom tried, the rest are alike; nothing else is told apart."""
    examples = cases("channel_response", rows=9_000)
    who = identity([str(number) for number in range(len(examples))])
    tried = np.array([*FIRST[1:], "nothing"], object)
    arm = tried[(draw(who, "arm", 0) * len(tried)).astype(int)]
    arm[:PUSHED] = "push"
    arm[arm == "letter"] = "nothing"
    label = np.where((arm == "call") & (draw(who, "helped", 0) < 0.4), 1.0, examples.label)
    examples = replace(examples, label=label)
    train = draw(who, "fold", 0) < 0.7
    folds = Folds(train, ~train, np.zeros(len(train), bool), "", None, None)
    encoder = Encoder.learn(SPEC.features, examples.columns)

    def fitted():
        return arms.fit_all(SPEC, encoder, examples, arm, folds, PARAMS, threads=2)

    return fitted, examples, arm, encoder


@pytest.fixture(scope="module")
def made(learned):
    return learned[0]()


def test_what_helps_is_found_and_what_does_not_differ_stays_alike(made, learned):
    said = {arm: artifact.predict(learned[1].columns).mean() for arm, artifact in made.artifacts.items()}
    assert said["call"] > said["nothing"] + 0.1
    assert said["sms"] == pytest.approx(said["email"], abs=0.05)


def test_an_arm_of_few_cases_is_the_booster_of_all_at_its_own_level(made):
    trees = {arm: artifact.booster.num_trees() for arm, artifact in made.artifacts.items()}
    assert trees["push"] == PARAMS["num_iterations"]
    assert trees["sms"] > trees["push"]


def test_differences_between_people_cancel_out_of_a_comparison(made, learned):
    said = {arm: artifact.predict(learned[1].columns) for arm, artifact in made.artifacts.items()}
    assert np.corrcoef(said["sms"], said["email"])[0, 1] > 0.95


def test_an_arm_nobody_tried_has_no_artifact(made):
    assert "letter" not in made.artifacts


def test_the_same_cases_give_the_same_bytes_for_every_arm(made, learned):
    again = learned[0]()
    for arm, artifact in made.artifacts.items():
        assert artifact.files() == again.artifacts[arm].files()


def test_every_arm_never_lowers_what_can_only_rise(made, learned):
    rows = {name: column[:30] for name, column in learned[1].columns.items()}
    steps = [
        made.artifacts["call"].predict({**rows, "on_time_share_12m": np.full(30, value)}) for value in range(0, 60, 6)
    ]
    assert np.all(np.diff(steps, axis=0) >= 0)


def test_after_the_verdict_every_case_is_learned_from(made, learned):
    _, examples, arm, encoder = learned
    final = arms.fit_on_everything(SPEC, encoder, examples, arm, PARAMS, made, threads=1)
    assert final["sms"].body["train_rows"] == int((arm == "sms").sum()) > made.artifacts["sms"].body["train_rows"]


def test_heavy_cases_shape_no_tree(learned):
    heavy = replace(learned[1], weight=np.full(len(learned[1]), 20.0))
    assert arms.light(heavy).weight.max() == arms.TREE_WEIGHT_MAXIMUM


def test_few_cases_hardly_move_a_level_and_many_decide_it():
    few, many = (level(np.zeros(n), np.ones(n) * (np.arange(n) % 4 == 0), np.ones(n), spread=0.3) for n in (8, 8_000))
    assert many == pytest.approx(np.log(1 / 3), abs=0.02)
    assert abs(few) < abs(many) / 4


def test_one_heavy_case_counts_as_one():
    label, weight = np.array([1.0, *np.zeros(9)]), np.array([1e6, *np.ones(9)])
    assert abs(level(np.zeros(10), label, weight, spread=0.3)) < 0.1
