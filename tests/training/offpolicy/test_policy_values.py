import numpy as np
import pytest

from regua.errors import DataError
from training.offpolicy import estimators, rewards, targets
from training.offpolicy.estimators import Rounds
from training.offpolicy.evaluate import evaluate
from training.offpolicy.log import BanditLog

NAMES = {"action": "action", "reward": "reward", "propensity": "propensity"}
CHANCES = ["pi_call", "pi_letter", "pi_sms"]


def log_of(table, **more) -> BanditLog:
    return BanditLog.of(table, **{**NAMES, "features": ["kind"], "also": [*CHANCES, "of_taken"], **more})


def drawn_values(rounds, model, wrong_propensity=False):
    """Estimates of 500 small logs, by estimator."""
    big = rounds(500 * 200, seed=1)
    chance = big["propensity"] ** (0.5 if wrong_propensity else 1.0)
    kind = big["kind"].astype(int)
    expected = model(kind)
    place = {"call": 0, "letter": 1, "sms": 2}
    taken = np.array([place[name] for name in big["action"]])
    pi = np.column_stack([big[name] for name in CHANCES])
    one = Rounds(
        big["of_taken"] / chance, big["reward"], expected[np.arange(len(kind)), taken], (pi * expected).sum(axis=1)
    )
    terms = {
        "ips": estimators.ips(one),
        "dm": estimators.dm(one),
        "dr": estimators.dr(one),
        "switch_dr": estimators.switch_dr(one, 5.0),
        "clipped": estimators.clipped(one, 3.0),
    }
    means = {name: values.reshape(500, 200).mean(axis=1) for name, values in terms.items()}
    weight = one.weight.reshape(500, 200)
    means["snips"] = terms["ips"].reshape(500, 200).sum(axis=1) / weight.sum(axis=1)
    return means


def right(kind):
    return np.array([[0.1, 0.3, 0.5], [0.6, 0.2, 0.3]])[kind]


def wrong(kind):
    return np.array([[0.9, 0.0, 0.2], [0.1, 0.9, 0.8]])[kind]


def error(values):
    return values.std() / np.sqrt(len(values))


def test_weighted_estimators_are_unbiased_with_right_propensities_whatever_the_model(rounds, truth):
    found = drawn_values(rounds, wrong)
    for name in ("ips", "dr"):
        assert abs(found[name].mean() - truth) < 3.5 * error(found[name]), name
    assert abs(found["snips"].mean() - truth) < 0.01
    assert abs(found["dm"].mean() - truth) > 0.05
    assert found["clipped"].mean() < truth - 3.5 * error(found["clipped"])


def test_dr_is_right_with_a_right_model_though_propensities_are_wrong(rounds, truth):
    found = drawn_values(rounds, right, wrong_propensity=True)
    assert abs(found["dr"].mean() - truth) < 3.5 * error(found["dr"])
    assert abs(found["switch_dr"].mean() - truth) < 3.5 * error(found["switch_dr"])
    assert abs(found["ips"].mean() - truth) > 0.05


def test_a_right_model_makes_dr_surer_than_ips(rounds):
    found = drawn_values(rounds, right)
    assert found["dr"].std() < 0.8 * found["ips"].std()


def test_an_interval_holds_the_truth_and_the_model_is_learned_from_others(rounds, truth):
    log = log_of(rounds(4_000))
    expected = rewards.expected(log, seed=7)
    told = evaluate(log, targets.of_columns(log), expected=expected, draws=200)
    assert not told.refused
    for name in ("ips", "snips", "dr", "switch_dr"):
        assert told.values[name].low < truth < told.values[name].high, name
    assert told.support["mean_weight"] == pytest.approx(1.0, abs=0.05)
    assert 0 < told.support["effective_rounds"] < 4_000


def test_a_column_of_the_chance_of_what_was_done_suffices_for_weights(rounds):
    log = log_of(rounds(2_000))
    whole, part = (
        evaluate(log, one, draws=50) for one in (targets.of_columns(log), targets.of_column(log, "of_taken"))
    )
    assert whole.values["ips"] == part.values["ips"]
    assert "dr" not in part.values
    assert any("reward model" in line for line in part.warnings)


def test_greedy_takes_what_brings_most_and_earns_more_than_the_log(rounds):
    log = log_of(rounds(6_000))
    expected = rewards.expected(log, seed=7)
    told = evaluate(log, targets.greedy(log, expected), expected=expected, draws=100)
    assert told.values["dr"].low > told.values["logged"].high
    assert told.values["dr"].value == pytest.approx(0.54, abs=0.06)


def test_rounds_in_another_order_give_the_same_answer(rounds):
    table = rounds(1_000)
    back = {name: column[::-1] for name, column in table.items()}
    one, other = (
        evaluate(log, targets.uniform(log), expected=rewards.expected(log, seed=7), draws=50).to_json()
        for log in (log_of(table), log_of(back))
    )
    assert one == other


def test_an_action_the_log_never_took_has_no_support(rounds):
    log = log_of(rounds(1_000))
    told = evaluate(log, targets.always(log, "whatsapp"), draws=20)
    assert told.refused[0].startswith("no support: 100.0 %")
    assert set(told.values) == {"logged"}


def test_a_target_that_leans_on_few_rounds_is_refused(rounds):
    table = rounds(400)
    table["of_taken"] = np.where(np.arange(400) < 3, 1.0, 0.0)
    log = log_of(table)
    told = evaluate(log, targets.of_column(log, "of_taken"), draws=20)
    assert any("too little evidence" in line for line in told.refused)


def test_weights_that_do_not_average_to_one_are_refused(rounds):
    table = rounds(3_000)
    # The log never calls the second kind; the target always calls.
    kept = (table["kind"] == 0) | (table["action"] != "call")
    log = log_of({name: column[kept] for name, column in table.items()})
    told = evaluate(log, targets.always(log, "call"), draws=20)
    assert any("could not" in line for line in told.refused)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("propensity", 0.0, "propensity is 0 in"),
        ("propensity", 1.2, "propensity is 1.2 in"),
        ("propensity", np.nan, "missing in"),
        ("reward", np.inf, "reward is inf in"),
        ("reward", np.nan, "missing in"),
        ("pi_call", 1.5, "pi_call is 1.5"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(rounds, column, value, words):
    table = rounds(200)
    table[column] = np.where(np.arange(200) == 7, value, table[column])
    with pytest.raises(DataError, match=words) as refused:
        targets.of_columns(log_of(table))
    assert refused.value.expected


def test_chances_that_do_not_add_up_are_refused(rounds):
    table = rounds(200)
    table["pi_sms"] = table["pi_sms"] * 0.5
    with pytest.raises(DataError, match="add up to"):
        targets.of_columns(log_of(table))


def test_one_action_and_ten_rounds_are_refused(rounds):
    with pytest.raises(DataError, match="one value only: 'call'"):
        log_of(rounds(200) | {"action": np.full(200, "call", object)})
    with pytest.raises(DataError, match="10 rounds"):
        log_of(rounds(10))
