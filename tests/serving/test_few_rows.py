"""One walk through all boosters, LightGBM's single rows and LightGBM's batches: the same bits."""

import shutil
from dataclasses import replace

import lightgbm
import numpy as np
import pytest

from models import SPECS, compiler, curve, plain_steps, walking
from models.artifact import Artifact
from models.calibrate import IDENTITY, line
from models.packing import pack
from regua.columns import take
from regua.dice import draw, identity
from regua.errors import BundleError, DataError
from regua.settings import Settings
from serving.scoring import few_rows
from serving.scoring.few_rows import FewRows
from serving.scoring.proven import FOLDER, Proven
from serving.scoring.releases import Releases
from serving.scoring.scorer import SCORES
from serving.scoring.single_row import SingleRow


@pytest.fixture(scope="module")
def home(world):
    return Settings(home=world.releases.parent, threads=1)


@pytest.fixture
def some(world):
    """Forty customers in arrears, one of whom has a word nobody knows and one of whom nothing is known."""
    late = np.flatnonzero(world.columns["days_past_due"] > 0)[:40]
    columns = {name: column.copy() for name, column in take(world.columns, late).items()} | {"has_profile": np.ones(40)}
    columns["region"][3], columns["product"][4] = "XX", None
    for name in SPECS["roll_risk"].features:
        if columns[name].dtype == np.float64 and name != "days_past_due":
            columns[name][7] = np.nan
    return columns


def _effect(artifact):
    shrunk = line("effect", np.array([-3.0, -1.0, 1.0]), np.array([-0.2, 0.0, 0.1]))
    body = {**artifact.body, "answers": "effect", "scores": ["uplift_voice"], "calibration": shrunk.to_json()}
    return replace(artifact, body=body, calibration=shrunk)


def _curve(artifact, columns):
    spec, encoder = SPECS["recovery_curve"], artifact.encoder
    month = np.arange(len(columns["customer_id"])) % curve.MONTHS + 1
    rows = curve.in_month(encoder.encode(columns), month)
    label = draw(identity(columns["customer_id"]), "month", 1)
    data = lightgbm.Dataset(rows, label, categorical_feature=encoder.categorical, params={"verbosity": -1})
    params = {"objective": "cross_entropy", "num_iterations": 5, "min_data_in_leaf": 2, "verbosity": -1}
    text = lightgbm.train(params | {"num_threads": 1}, data).model_to_string()
    body = {**artifact.body, "answers": "curve", "scores": list(spec.score_columns()), "horizons": list(spec.horizons)}
    body |= {"levels": [0.1, -0.1, 0.0, 0.2, 0.3]}
    made = Artifact(spec.name, body, encoder, IDENTITY, lightgbm.Booster(model_str=text), text)
    return made.proving(take(columns, slice(0, 4)))


def test_every_way_of_asking_answers_with_the_same_bits(home, some):
    boosters = [one for one in Releases(home).current().bundle.models.values() if one.booster is not None]
    boosters += [_effect(boosters[0]), _curve(boosters[0], some)]
    few, single = FewRows(boosters), SingleRow(boosters)
    whole = few.scores(some, 40)
    told = {name: values for one in boosters for name, values in one.scores(some).items()}
    assert {name: values.tobytes() for name, values in whole.items()} == {
        name: np.ascontiguousarray(values).tobytes() for name, values in told.items()
    }
    for row in range(40):
        alone = take(some, slice(row, row + 1))
        for found in (few.scores(alone, 1), single.scores(alone)):
            assert {name: values.tolist() for name, values in found.items()} == {
                name: values[row : row + 1].tolist() for name, values in whole.items()
            }


def test_a_scorer_that_was_quickened_scores_the_same_bits(home, world):
    everybody = take(world.columns, slice(0, 60)) | {"has_profile": np.ones(60)}
    releases = Releases(home)
    before = releases.current().score(everybody)
    releases.quicken()
    for rows in (slice(0, 60), slice(20, 25), slice(7, 8)):
        after = releases.current().score(take(everybody, rows))
        assert {name: after[name].tobytes() for name in SCORES} == {
            name: before[name][rows].tobytes() for name in SCORES
        }


@pytest.mark.parametrize("wrong", [np.inf, -np.inf])
def test_an_infinity_is_refused_by_name(home, some, wrong):
    boosters = [one for one in Releases(home).current().bundle.models.values() if one.booster is not None]
    some["days_since_last_payment"][0] = wrong
    for scores in (
        lambda: SingleRow(boosters).scores(take(some, slice(0, 1))),
        lambda: FewRows(boosters).scores(some, 40),
    ):
        with pytest.raises(DataError, match=r"days_since_last_payment is -?inf"):
            scores()


def test_words_where_numbers_belong_are_refused_by_name(home, some):
    boosters = [one for one in Releases(home).current().bundle.models.values() if one.booster is not None]
    some["days_since_last_payment"] = np.array(["yesterday"] * 40, dtype=object)
    with pytest.raises(DataError, match="days_since_last_payment holds"):
        FewRows(boosters).scores(some, 40)


def test_trees_that_say_something_else_are_not_put_to_work(home):
    one = next(one for one in Releases(home).current().bundle.models.values() if one.booster is not None)
    told = one.body["golden"] | {"raw": pack(np.array([0.5]))}
    with pytest.raises(BundleError, match="laid out"):
        FewRows([replace(one, body={**one.body, "golden": told})])


def test_what_was_laid_out_once_is_laid_out_for_the_next_start(home, some, monkeypatch):
    made = _quickened(home)

    def never(*_):
        raise AssertionError("laid out again")

    monkeypatch.setattr(walking, "plant", never)
    again = _quickened(home)
    for count in (1, 40):
        asked = take(some, slice(0, count))
        before, now = made.scores(asked, count), again.scores(asked, count)
        assert {name: before[name].tobytes() for name in before} == {name: now[name].tobytes() for name in now}


def test_trees_that_another_has_laid_out_are_not_walked(home, monkeypatch):
    _quickened(home)
    planted, plant = [], walking.plant
    monkeypatch.setattr(walking, "plant", lambda *given: planted.append(given) or plant(*given))
    for kept in (home.releases / FOLDER).glob("*.trees-*"):
        content = bytearray(kept.read_bytes())
        content[-3] ^= 1
        kept.write_bytes(content)
    _quickened(home)
    assert planted


def test_trees_that_plain_steps_walk_otherwise_are_not_kept_for_the_next_start(home, monkeypatch):
    shutil.rmtree(home.releases / FOLDER, ignore_errors=True)
    mark, add_up, straighten = plain_steps.PLAIN

    def differs(*given):
        add_up(*given)
        given[-1][:, 5:] += 1e-12  # the first golden rows are said as ever

    monkeypatch.setattr(few_rows, "PLAIN", (mark, differs, straighten))
    boosters = [one for one in Releases(home).current().bundle.models.values() if one.booster is not None]
    proven = Proven(home, "of a release")
    with pytest.raises(BundleError, match="laid out"):
        FewRows.of(boosters, proven)
    assert FewRows.kept(boosters, proven) is None


def test_a_start_that_finds_trees_laid_out_leaves_lightgbm_and_the_compiler_for_later(home, some):
    _quickened(home)
    releases = Releases(home)
    rest = releases.prepare()
    late = [one.booster for one in releases.current().bundle.models.values() if one.booster is not None]
    before = releases.current().score(some)
    assert not any(one._made for one in late)
    asked = [asked for _, asked in releases.current()._asked if asked._boosters]
    assert all(one._few._by is plain_steps.PLAIN for one in asked)
    rest()
    assert all(one._few._by is None for one in asked)
    assert all(one._made for one in late)
    assert {name: before[name].tobytes() for name in SCORES} == {
        name: values.tobytes() for name, values in releases.current().score(some).items() if name in SCORES
    }


def test_a_start_that_finds_none_lets_lightgbm_answer_and_lays_them_out_beside(home, some):
    shutil.rmtree(home.releases / FOLDER, ignore_errors=True)
    releases = Releases(home)
    rest = releases.prepare()
    assert all(asked._few is None for _, asked in releases.current()._asked)
    rest()
    assert any(asked._few for _, asked in releases.current()._asked)


def test_priors_stand_in_for_boosters_that_lightgbm_can_prove_no_more(home, some, monkeypatch):
    def differs(_):
        raise BundleError("it scores otherwise")

    _quickened(home)
    releases = Releases(home)
    monkeypatch.setattr(Artifact, "_prove", differs)
    releases.prepare()()
    assert releases.problem.found == "it scores otherwise"
    assert releases.current().stands_in


def _quickened(home):
    """What a process that starts now prepares of the champion for customers in arrears."""
    scorer = Releases(home).current()
    scorer.quicken()
    asked = next(asked for _, asked in scorer._asked if asked._boosters)
    assert asked._few is not None
    return asked


def test_without_a_compiler_lightgbm_goes_on_to_answer(home, some, monkeypatch):
    monkeypatch.setattr(compiler, "is_possible", lambda: False)
    releases = Releases(home)
    releases.quicken()
    assert np.isfinite(releases.current().score(some)["p_roll"]).sum() == 39
