import json

import numpy as np
import pytest

from training.causal.page import page
from training.causal.study import Effort, study
from training.causal.trial import Trial

QUICK = Effort(bootstrap=60, permutations=60, seeds=0)
FACTS = ["x", "noise", "city"]


@pytest.fixture(scope="module")
def found(trial):
    return study(trial, effort=Effort(60, 60, 1), margin=0.08)


def test_the_average_effect_is_found_within_its_interval(found):
    arm = found.arms["1"]
    assert arm.ate.low < 0.16 < arm.ate.high
    assert arm.difference.low < 0.16 < arm.difference.high
    assert arm.ate.high - arm.ate.low < 0.06


def test_every_learner_finds_who_gains(found):
    arm = found.arms["1"]
    assert set(arm.measured) == {"s", "t", "x", "dr"}
    for told in arm.measured.values():
        assert told["qini"].low > 0
        assert told["uplift_at_30"].value > 0.3
    assert found.is_heterogeneous
    assert found.arms["1"].stability.agreement > 0.5


def test_the_four_groups_are_told_only_where_an_interval_says_so(found):
    groups = [tenth.group for tenth in found.arms["1"].grouped.tenths]
    assert groups[:4] == ["persuadable"] * 4
    assert groups[-1] == "sleeping_dog"
    assert set(groups) & {"undecided", "lost_cause"}


def test_choosing_by_predicted_effect_is_recommended_where_it_earns_more(found):
    assert found.recommended == "by predicted effect"
    assert found.policies["by predicted effect"].low > found.policies["1"].value


def test_where_nobody_differs_the_best_single_treatment_is_recommended(made):
    table = made(3_000, lambda x: np.full(len(x), 0.2), seed=3)
    told = study(Trial.of(table, treatment="treated", outcome="paid", features=FACTS), effort=QUICK, tried=("t", "dr"))
    assert not told.is_heterogeneous
    assert told.recommended == "1"
    assert any("no detectable heterogeneity" in line for line in told.advice)
    assert any("best single treatment for everybody is 1" in line for line in told.advice)


def test_a_treatment_that_does_nothing_is_not_recommended(made):
    table = made(2_000, lambda x: np.zeros(len(x)), seed=5)
    told = study(Trial.of(table, treatment="treated", outcome="paid", features=FACTS), effort=QUICK, tried=("t",))
    assert told.recommended == "0"
    assert any("No treatment was shown to help" in line for line in told.advice)


def test_several_treatments_are_compared_with_one_control(made):
    table = made(4_000, lambda x: np.where(x > 0.5, 0.3, 0.0), seed=6)
    luck = table["noise"] < 0.5
    table["treated"] = np.where(table["treated"] == 0, "none", np.where(luck, "letter", "call")).astype(object)
    told = study(Trial.of(table, treatment="treated", outcome="paid", features=["x"]), effort=QUICK, tried=("t",))
    assert set(told.arms) == {"call", "letter"}
    assert told.control == "none"


def test_an_amount_is_an_outcome_too(made):
    table = made(3_000, lambda x: np.where(x > 0.5, 0.4, 0.0), seed=8)
    table["paid"] = table["paid"] * (50 + 100 * table["x"])
    told = study(Trial.of(table, treatment="treated", outcome="paid", features=FACTS), effort=QUICK, tried=("x", "dr"))
    assert told.arms["1"].measured["dr"]["qini"].low > 0


def test_the_order_of_rows_changes_nothing(uneven, found):
    few = {name: column[:1_500] for name, column in uneven.items()}
    back = {name: column[::-1] for name, column in few.items()}
    one, other = (
        study(Trial.of(table, treatment="treated", outcome="paid", features=FACTS), effort=QUICK, tried=("dr",))
        for table in (few, back)
    )
    assert json.dumps(one.to_json()) == json.dumps(other.to_json())


def test_the_page_needs_nothing_from_elsewhere(found):
    told = {"table": "<trial>.csv", "outcome": "paid", **found.to_json()}
    html = page(told)
    assert "&lt;trial&gt;" in html
    assert "<svg" in html
    assert "http" not in html
    assert "<script" not in html
