import shutil
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import polars as pl
import pytest

from features import catalog
from models import SPECS, bundle
from regua.errors import DataError
from regua.settings import Settings
from regua.vocabulary import CHANNELS, NOTHING
from serving.scoring import trying
from training import learn as learning
from training.learn import learn
from training.plan import DEFAULT, PLANS, read
from training.portfolio.channels import CHANNELS as SIMULATED


def _digests(folder):
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


@pytest.fixture
def copy(book, tmp_path):
    """The book again, in a home of its own, without what was made of it."""
    shutil.copytree(book.tables, tmp_path / "tables")
    if book.keys.exists():  # a signature is its key's
        shutil.copytree(book.keys, tmp_path / "keys")
    return Settings(home=tmp_path, threads=1, memory_mb=512)


def test_what_was_learned_is_a_challenger_and_serves_without_the_experiment_log(book, report):
    folder = bundle.challenger(book.releases)
    held = bundle.load(folder, catalog_digest=catalog.catalog_digest(), trusted=book.trusted_keys)
    assert held.release_id == report.release_id
    assert set(held.models) == {name for spec in SPECS.values() for name in spec.artifact_names}


def test_the_models_learned_something(report):
    by_name = {one.artifact.name: one for one in report.models}
    chances = [one for one in by_name.values() if one.spec.answers == "probability" and one.folds.get("train")]
    assert all(one.artifact.kind == "booster" or one.stands_in for one in chances)
    assert by_name["self_cure"].verdict.figures["pooled"]["auc"] > 0.7
    assert by_name["self_cure"].verdict.scorecard is not None


def test_a_small_arm_leans_on_all_arms_together(report):
    by_arm = {one.arm: one.artifact for one in report.models if one.spec.name == "channel_response"}
    learned = {NOTHING, *SIMULATED}
    trees = {arm: by_arm[arm].booster.num_trees() for arm in learned}
    assert trees["push"] == min(trees.values())
    assert all(by_arm[arm].source_code is None for arm in learned)


def test_an_arm_nobody_ever_chose_keeps_its_prior_and_says_so(report):
    by_arm = {one.arm: one.artifact for one in report.models if one.spec.name == "channel_response"}
    unheard = set(CHANNELS) - set(SIMULATED)
    assert unheard, "the simulated book uses seven of the channels"
    for arm in unheard:
        assert by_arm[arm].booster is None
        assert by_arm[arm].source_code == f"prior_channel_response_{arm}"


def test_the_report_shows_itself_in_a_line(report):
    assert len(repr(report)) < 400
    assert len(repr(report.models[0])) < 600


def test_the_same_history_and_seed_give_the_same_bytes(book, copy, report, short_plan, as_of):
    again = learn(copy, as_of, plan=short_plan)
    first, second = (settings.releases / report.release_id for settings in (book, copy))
    assert again.release_id == report.release_id
    assert _digests(first) == _digests(second)


def test_what_became_known_later_changes_no_byte(copy, report, short_plan, as_of):
    for table in ("payments", "contacts", "promises", "invoices", "treatments"):
        folder = copy.tables / table
        rows = pl.read_parquet(folder)
        late = pl.col("known_at").dt.replace_time_zone(None) > as_of.replace(tzinfo=None) - timedelta(days=40)
        key = rows.columns[0]
        future = rows.filter(late).with_columns(
            pl.col("happened_at", "known_at") + timedelta(days=60), pl.col(key) + " later"
        )
        assert len(future) > 0
        future.write_parquet(folder / "later.parquet")
    assert learn(copy, as_of, plan=short_plan).release_id == report.release_id


def test_a_book_without_contacts_promises_and_treatments_still_learns(copy, short_plan, as_of):
    for table in ("contacts", "contact_points", "consents", "promises", "treatments", "disputes", "holds"):
        shutil.rmtree(copy.tables / table)
    plan = short_plan.model_copy(
        update={"models": {name: short_plan.models[name] for name in ("roll_risk", "self_cure")}}
    )
    report = learn(copy, as_of, plan=plan)
    assert {"promises", "engagement", "contact_pressure"} <= set(report.missing_families)
    assert set(SPECS) - set(report.unplanned) == {"roll_risk", "self_cure"}
    held = bundle.load(bundle.challenger(copy.releases))
    assert held.models["channel_response_call"].body["why"] == "not in the plan of this book"
    assert held.models["roll_risk"].body["train_rows"] > 0


def test_learning_before_there_is_history_says_so(copy, short_plan, as_of):
    with pytest.raises(DataError, match="no contract was in arrears"):
        learn(copy, as_of - timedelta(days=3_000), plan=short_plan)


def test_a_model_may_not_use_what_the_catalogue_keeps_from_models(monkeypatch):
    greedy = replace(SPECS["roll_risk"], features=SPECS["roll_risk"].features)
    object.__setattr__(greedy, "features", ("hold_bits",))
    monkeypatch.setitem(learning.SPECS, "roll_risk", greedy)
    with pytest.raises(DataError, match="lists hold_bits"):
        learning.check_catalogue()


def test_every_feature_that_may_predict_is_used_by_some_model():
    used = {name for spec in SPECS.values() for name in spec.features}
    assert used == set(catalog.predictors())


def test_the_report_is_plain_data(report):
    body = report.to_json()
    told = {one["name"]: one for one in body["models"]}
    assert told["self_cure"]["by_bucket"]["pooled"]["rows"] > 0
    assert body["seed"] == 7


def test_the_shipped_plans_can_be_read():
    assert read(DEFAULT).name == "default"
    fines = read(PLANS / "road_fines.yaml")
    assert fines.spec("roll_risk").performance_days == 365
    assert {"roll_risk", "self_cure"} <= set(fines.models)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x\nmodels: {roll_risk: {}}\nmoment: {}", "moment"),
        ("name: x\nmodels: {rol_risk: {}}", "unknown models: rol_risk"),
        ("name: x\nmodels: {roll_risk: {gap_days: -1}}", "gap_days"),
        ("name: [", "no YAML"),
        ("", "the plan"),
    ],
)
def test_a_plan_with_a_mistake_is_refused_with_its_place(tmp_path, text, message):
    path = tmp_path / "plan.yaml"
    path.write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_a_plan_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no plan at .*nowhere\.yaml"):
        read(tmp_path / "nowhere.yaml")


def test_the_shipped_plan_learns_every_model_there_is():
    assert set(read(DEFAULT).models) == set(SPECS)


def test_what_was_learned_survives_the_trial_before_it_is_taken_up(book, report):
    by_name = {one.artifact.name: one.artifact for one in report.models}
    assert by_name["recovery_curve"].booster is not None, "a curve asks its booster in months, unlike all others"
    folder = book.releases / report.release_id
    assert trying.attempt(folder, book.trusted_keys, catalog.catalog_digest(), trying.Limits())
