import sqlite3

import orjson
import pytest

from training.judging import plots
from training.learned import Learned
from training.releasing import register


@pytest.fixture(scope="module")
def log(report, book, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mlruns")
    return folder, register.log(report, book.releases / report.release_id, folder)


@pytest.fixture(scope="module")
def runs(log):
    with sqlite3.connect(f"file:{log[0]}/mlflow.db?mode=ro", uri=True) as database:
        yield dict(database.execute("SELECT name, run_uuid FROM runs").fetchall())


def test_a_training_is_one_run_with_one_below_it_for_each_model(runs, log):
    assert set(runs) == {"short 2026-06-30", "roll_risk", "self_cure", "channel_response"}
    assert runs["short 2026-06-30"] == log[1]


def test_the_log_keeps_the_booster_the_report_and_the_pictures(runs, log):
    kept = {str(file.relative_to(log[0] / "artifacts")) for file in (log[0] / "artifacts").rglob("*.*")}
    assert f"{log[1]}/artifacts/report.json" in kept
    roll = runs["roll_risk"]
    for name in ("roll_risk.lgb", "roll_risk.json", "plots/roc.png", "plots/gains.png", "plots/shap.png"):
        assert f"{roll}/artifacts/{name}" in kept


def test_the_release_in_the_log_is_the_release_that_serves(log, book, report):
    logged = log[0] / "artifacts" / log[1] / "artifacts" / "release" / "manifest.json"
    assert logged.read_bytes() == (book.releases / report.release_id / "manifest.json").read_bytes()
    body = orjson.loads((log[0] / "artifacts" / log[1] / "artifacts" / "report.json").read_bytes())
    assert body["release_id"] == report.release_id


def test_measures_are_few_enough_to_be_read(runs, log):
    with sqlite3.connect(f"file:{log[0]}/mlflow.db?mode=ro", uri=True) as database:
        counted = dict(database.execute("SELECT run_uuid, count(DISTINCT key) FROM metrics GROUP BY 1").fetchall())
    assert 10 < counted[runs["roll_risk"]] <= 61


def test_a_model_that_is_only_a_prior_has_no_picture(report):
    priors: list[Learned] = [one for one in report.models if one.artifact.booster is None]
    assert plots.draw(priors) == {}
