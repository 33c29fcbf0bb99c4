"""Scores: for whom, from where, and what stands in."""

import numpy as np
import pytest

from journeys.language import fields
from models import SPECS
from models.asked import WHO, before_due, in_arrears
from models.base import STANDING_IN
from regua.columns import take
from regua.errors import BundleError, DataError
from regua.settings import Settings
from serving.deciding.inputs import CODES, Inputs
from serving.scoring.releases import Releases, scorer_of
from serving.scoring.scorer import SCORES, Scorer


@pytest.fixture
def some(world):
    """Thirty customers as a decision sees them."""
    rows = take(world.columns, slice(0, 30))
    return Inputs.fit({**rows, "has_profile": np.ones(30)}).columns


@pytest.fixture
def home(world, tmp_path):
    """A home with a copy of the small release."""
    import shutil

    shutil.copytree(world.releases, tmp_path / "releases")
    shutil.copytree(world.releases.parent / "keys", tmp_path / "keys")
    return Settings(home=tmp_path, threads=1)


def test_only_those_a_question_is_asked_of_are_scored(some, home):
    scored = Releases(home).current().score(some)
    due = in_arrears(some)
    assert 0 < due.sum() < 30
    for spec in SPECS.values():
        for name in (column for arm in spec.each_arm for column in spec.score_columns(arm)):
            assert np.isnan(scored[name][~WHO[spec.asked_of](some)]).all(), name
    for name in ("p_roll", "p_self_cure", "p_response_sms"):
        assert ((scored[name][due] > 0) & (scored[name][due] < 1)).all()


def test_before_due_are_those_who_owe_nothing_yet_and_have_an_invoice_due_within_a_week():
    days = np.array([-8.0, -7, -1, 0, 1, -3, np.nan, -3, -3])
    overdue = np.array([0.0, 0, 0, 0, 900, 900, 0, np.nan, 0])
    known = np.array([1.0, 1, 1, 1, 1, 1, 1, 1, 0])
    columns = {"days_past_due": days, "customer_balance_overdue_cents": overdue, "has_profile": known}
    assert before_due(columns).tolist() == [False, True, True, False, False, False, False, True, False]


def test_promises_and_arrangements_are_asked_about_where_there_is_one():
    columns = {"has_open_promise": np.array([1.0, 0, np.nan]), "has_profile": np.ones(3)}
    assert WHO["open_promise"](columns).tolist() == [True, False, False]
    assert WHO["in_arrangement"](columns).tolist() == [False] * 3
    assert WHO["in_arrangement"](columns | {"has_arrangement": np.array([0.0, 1, 1])}).tolist() == [False, True, True]


def test_the_kernel_knows_exactly_the_scores_the_models_give():
    assert set(SCORES) == set(fields.SCORES)


def test_one_row_alone_scores_bit_for_bit_as_among_others(some, home):
    scorer = Releases(home).current()
    together = scorer.score(some)
    for row in range(30):
        alone = scorer.score(take(some, slice(row, row + 1)))
        for name in SCORES:
            assert alone[name].tobytes() == together[name][row : row + 1].tobytes()


def test_a_channel_without_a_model_takes_its_documented_prior_and_says_so(some, home):
    scored = Releases(home).current().score(some)
    due = in_arrears(some)
    assert set(scored["p_response_letter"][due]) == {SPECS["channel_response"].prior["letter"].probability}
    assert set(scored["score_sources"][due]) == {("prior_channel_response_letter",)}
    assert set(scored["score_sources"][~due]) == {()}


def test_without_a_release_every_score_is_a_prior_and_says_so(some):
    scorer = Scorer(None)
    scored = scorer.score(some)
    due = in_arrears(some)
    assert scorer.release_id == "none"
    assert set(scored["p_roll"][due]) == {SPECS["roll_risk"].prior[""].probability}
    codes = scored["score_sources"][due][0]
    assert codes[0] == "no_bundle"
    assert len(codes) == 1 + sum(len(SPECS[name].each_arm) for name in STANDING_IN if name in SPECS)


def test_an_infinity_never_reaches_a_model(some, home):
    some["days_since_last_payment"][in_arrears(some)] = np.inf
    with pytest.raises(DataError, match="is inf"):
        Releases(home).current().score(some)
    inputs = Inputs.fit(some)
    assert np.isnan(inputs.columns["days_since_last_payment"][in_arrears(some)]).all()
    assert inputs.columns[CODES][in_arrears(some)][0] == ("infinite_days_since_last_payment",)


def test_a_home_without_a_champion_starts_on_priors(tmp_path):
    assert Releases(Settings(home=tmp_path)).current().release_id == "none"


def test_an_altered_champion_stops_the_start(home):
    release = next(path for path in home.releases.iterdir() if path.is_dir() and not path.name.startswith("."))
    booster = release / "roll_risk.lgb"
    booster.write_bytes(booster.read_bytes()[:-100])
    with pytest.raises(BundleError, match="not as signed"):
        Releases(home)


@pytest.mark.parametrize("mark", ["0123456789abcdef", "not a release", None])
def test_a_bad_new_champion_leaves_the_last_good_one_at_work(home, mark):
    releases = Releases(home)
    good = releases.current()
    if mark is None:
        (home.releases / "champion").unlink()
    else:
        (home.releases / "champion").write_text(mark)
    assert releases.settle() is good
    assert releases.problem
    (home.releases / "champion").write_text(good.release_id)
    assert releases.settle().release_id == good.release_id
    assert releases.problem is None


def test_a_new_champion_is_taken_up_without_a_restart(home):
    (home.releases / "champion").rename(home.releases / "kept")
    releases = Releases(home)
    assert releases.current().release_id == "none"
    (home.releases / "kept").rename(home.releases / "champion")
    assert releases.settle().release_id != "none"


def test_a_release_that_is_not_here_is_told(home):
    with pytest.raises(BundleError, match="no release bundle"):
        scorer_of(home, "0" * 16)
