"""The whole watch on a simulated book: trained two months ago, looked at today."""

import shutil
from datetime import timedelta

import polars as pl
import pytest

from regua.errors import DataError
from regua.settings import Settings
from regua.vocabulary import LANGUAGES
from training.learn import learn
from training.plan import Moments
from training.portfolio.generate import generate
from training.portfolio.world import load_world
from training.releasing import promotion
from training.watching import report
from training.watching.watch import watch


@pytest.fixture(scope="module")
def short_plan(short_plan):
    """Two models on moments close together: a model must show often that it ranks, or no gate lets it through."""
    models = {name: short_plan.models[name] for name in ("roll_risk", "self_cure")}
    return short_plan.model_copy(update={"models": models, "moments": Moments(every_days=5, back_days=200)})


@pytest.fixture(scope="module")
def home(short_plan, as_of, tmp_path_factory):
    """A book of 2,000 customers whose champion was trained two months ago."""
    folder = tmp_path_factory.mktemp("watched")
    generate(load_world(), 2_000, folder / "tables", until=as_of.date(), months=11, seed=7)
    settings = Settings(home=folder, threads=1, memory_mb=1_000)
    trained = as_of - timedelta(days=60)
    release = learn(settings, trained, plan=short_plan).release_id
    promotion.promote(settings, release, by="ana", approved_by="bia", reason="first", at=trained)
    return settings


@pytest.fixture(scope="module")
def seen(home, short_plan, as_of):
    return watch(home, as_of, plan=short_plan)


def test_every_booster_is_judged_by_what_happened_since(seen):
    by_name = {one.verdict.model: one for one in seen.models}
    assert set(by_name) == {"roll_risk", "self_cure"}
    assert by_name["self_cure"].now["pooled"]["rows"] > 200
    assert by_name["self_cure"].then["pooled"]["auc"] is not None


def test_a_world_that_has_not_changed_needs_no_training(seen):
    grave = {one.verdict.model for one in seen.models if one.verdict.advice == "retrain"}
    assert "self_cure" not in grave
    assert not [alarm for alarm in seen.alarms if alarm.code == "feature_shift" and alarm.subject == "days_past_due"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_opens_offline(seen, language):
    page = report.html(seen, language)
    assert len(page) < 1_000_000
    for reach in ("<script", "http://", "https://", "@import", "url("):
        assert reach not in page
    assert seen.release_id in page


def test_a_feed_that_broke_is_seen(home, short_plan, as_of, tmp_path):
    shutil.copytree(home.home, tmp_path / "home")
    settings = home.model_copy(update={"home": tmp_path / "home"})
    folder = settings.tables / "payments"
    rows = pl.read_parquet(folder)
    since = as_of.replace(tzinfo=None) - timedelta(days=55)
    shutil.rmtree(folder)
    folder.mkdir()
    rows.filter(pl.col("known_at").dt.replace_time_zone(None) < since).write_parquet(folder / "0.parquet")
    broken = watch(settings, as_of, plan=short_plan)
    assert "payments_30d" in {alarm.subject for alarm in broken.alarms if alarm.code == "feature_shift"}
    assert broken.advice in ("retrain", "recalibrate")


def test_a_champion_from_the_future_is_refused(home, as_of):
    with pytest.raises(DataError, match="not before"):
        watch(home, as_of - timedelta(days=61))
