import os
import signal
import socket
import sqlite3
import subprocess
import sys

import orjson
import pytest

from regua.errors import NotFoundError
from training.judging import plots
from training.judging.card import About
from training.judging.results import result
from training.learned import Learned
from training.releasing import register


@pytest.fixture(scope="module")
def log(report, book, tmp_path_factory):
    folder, cards = tmp_path_factory.mktemp("mlruns"), tmp_path_factory.mktemp("cards")
    (cards / "roll_risk.en.html").write_text("<html></html>")
    about = About(report.trained_as_of, report.plan, report.seed, "ana", {"data": "d" * 64, "book": "b" * 64})
    gates = {"roll_risk": [result("discrimination", passed=False, found=0.48, allowed=0.5, severity="stands_in")]}
    release = book.releases / report.release_id
    return folder, register.log(report, release, folder, about=about, gates=gates, cards=cards)


@pytest.fixture(scope="module")
def runs(log):
    with sqlite3.connect(f"file:{log[0]}/mlflow.db?mode=ro", uri=True) as database:
        # Others log later under the same names; the first of a name is the one logged here.
        yield dict(database.execute("SELECT name, run_uuid FROM runs ORDER BY start_time DESC").fetchall())


def test_a_training_is_one_run_with_one_below_it_for_each_model(runs, log, report):
    assert set(runs) == {"short 2026-06-30", *(one.spec.name for one in report.models)}
    assert runs["short 2026-06-30"] == log[1]


def test_the_log_keeps_the_booster_the_report_and_the_pictures(runs, log, report):
    kept = {str(file.relative_to(log[0] / "artifacts")) for file in (log[0] / "artifacts").rglob("*.*")}
    assert f"{log[1]}/artifacts/report.json" in kept
    taught = next(one for one in report.models if one.artifact.booster and one.spec.answers == "probability")
    run, own = runs[taught.spec.name], taught.artifact.name
    for name in (f"{own}.lgb", f"{own}.json", "plots/roc.png", "plots/gains.png", "plots/shap.png"):
        assert f"{run}/artifacts/{name}" in kept


def test_the_release_in_the_log_is_the_release_that_serves(log, book, report):
    logged = log[0] / "artifacts" / log[1] / "artifacts" / "release" / "manifest.json"
    assert logged.read_bytes() == (book.releases / report.release_id / "manifest.json").read_bytes()
    body = orjson.loads((log[0] / "artifacts" / log[1] / "artifacts" / "report.json").read_bytes())
    assert body["release_id"] == report.release_id


def test_measures_are_few_enough_to_be_read(runs, log):
    with sqlite3.connect(f"file:{log[0]}/mlflow.db?mode=ro", uri=True) as database:
        counted = dict(database.execute("SELECT run_uuid, count(DISTINCT key) FROM metrics GROUP BY 1").fetchall())
    assert 10 < counted[runs["roll_risk"]] <= 61
    assert 3 <= counted[log[1]] <= 4, "the run above them sums the training up"


def test_a_model_that_is_only_a_prior_has_no_picture(report):
    priors: list[Learned] = [one for one in report.models if one.artifact.booster is None]
    assert plots.draw(priors) == {}


def test_the_log_says_of_what_data_by_whom_and_whether_it_passed(runs, log):
    with sqlite3.connect(f"file:{log[0]}/mlflow.db?mode=ro", uri=True) as database:
        tags = dict(database.execute("SELECT key, value FROM tags WHERE run_uuid = ?", [log[1]]).fetchall())
    assert tags["digest.data"] == "d" * 64
    assert tags["trained_by"] == "ana"
    assert tags["gates"] == "failed: roll_risk discrimination"


def _pointed_at(folder):
    with sqlite3.connect(f"file:{folder}/mlflow.db?mode=ro", uri=True) as database:
        return dict(database.execute("SELECT alias, version FROM registered_model_aliases").fetchall())


def test_a_release_waits_as_challenger_until_it_is_champion(log, book, report):
    register.log(report, book.releases / report.release_id, log[0])
    assert _pointed_at(log[0]) == {"challenger": 1}, "the same release is one version, however often it is logged"
    register.alias(log[0], report.release_id, "champion")
    assert _pointed_at(log[0]) == {"champion": 1}
    with pytest.raises(NotFoundError, match="knows no release 0000"):
        register.alias(log[0], "0000", "champion")


@pytest.fixture
def server(log):
    """The real MLflow server on the log, on the loopback address; given when it says that it is ready."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{log[0]}/mlflow.db"]
    quiet = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    with subprocess.Popen(
        command, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True, env=quiet, start_new_session=True
    ) as process:
        said = []
        for line in process.stdout:
            said.append(line)
            if "startup complete" in line:
                break
        else:
            pytest.fail("".join(said))
        yield f"http://127.0.0.1:{port}"
        os.killpg(process.pid, signal.SIGTERM)


@pytest.mark.slow
def test_the_real_mlflow_opens_on_the_log_and_shows_it(server, log, report):
    import httpx

    with httpx.Client(base_url=server, timeout=30) as api:
        page = api.get("/").text
        experiment = api.get("/api/2.0/mlflow/experiments/get-by-name", params={"experiment_name": "regua"}).json()
        asked = {"experiment_ids": [experiment["experiment"]["experiment_id"]], "max_results": 100}
        found = api.post("/api/2.0/mlflow/runs/search", json=asked).json()["runs"]
        kept = api.get("/api/2.0/mlflow/artifacts/list", params={"run_id": log[1]}).json()["files"]
        versions = api.get("/api/2.0/mlflow/model-versions/search", params={"filter": "name='regua'"}).json()
        card = api.get("/get-artifact", params={"run_uuid": log[1], "path": "cards/roll_risk.en.html"}).text
    below = [run for run in found if {"key": "mlflow.parentRunId", "value": log[1]} in run["data"]["tags"]]
    assert "<html" in page
    assert {run["info"]["run_name"] for run in below} == {one.spec.name for one in report.models}
    assert all(len(run["data"].get("metrics", ())) <= 60 for run in found)
    assert {one["path"] for one in kept} >= {"cards", "release", "report.json"}
    assert {"key": "release_id", "value": report.release_id} in versions["model_versions"][0]["tags"]
    assert card == "<html></html>"
