"""The experiment log: what was tried, how it went, with plots. The only module that knows MLflow.

Serving never reads it; a release bundle is complete without it.
"""

import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from models.measure import flat
from training.judging import plots
from training.judging.card import About
from training.judging.gates import GateResult
from training.learned import Learned, LearnReport

EXPERIMENT = "regua"
_METRICS_MAXIMUM = 60


def log(
    report: LearnReport,
    release: Path,
    mlruns: Path,
    *,
    about: About | None = None,  # noqa: ARG001
    gates: Mapping[str, Sequence[GateResult]] | None = None,  # noqa: ARG001
    cards: Path | None = None,  # noqa: ARG001
) -> str:
    """Write one run for the training and one below it for each model; return the run's identifier.

    Parameters
    ----------
    report
        What was learned.
    release
        Folder of the release bundle; its files are kept with the run.
    mlruns
        Folder of the log: ``mlflow.db`` (SQLite) and ``artifacts/``, made where they are missing.
    about
        Who trained, and the digests the run is tagged with.
    gates
        Results of the gates by artifact name.
    cards
        Folder of the model cards, kept with the run.
    """
    # A collections book's training is nobody else's business; and nothing is ever unpickled from the log.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    import mlflow

    for talkative in ("mlflow", "alembic"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    mlruns.mkdir(parents=True, exist_ok=True)
    with _tracking(mlflow, mlruns) as experiment:
        started = {"experiment_id": experiment, "run_name": f"{report.plan} {report.trained_as_of:%Y-%m-%d}"}
        with mlflow.start_run(**started) as run:
            mlflow.log_params(
                {
                    "plan": report.plan,
                    "seed": report.seed,
                    "trained_as_of": report.trained_as_of.isoformat(),
                    "moments": len(report.moments),
                    "release_id": report.release_id,
                }
            )
            mlflow.log_dict(report.to_json(), "report.json")
            mlflow.log_artifacts(str(release), "release")
            for name in dict.fromkeys(one.spec.name for one in report.models):
                arms = [one for one in report.models if one.spec.name == name]
                with mlflow.start_run(experiment_id=experiment, run_name=name, nested=True):
                    _log_model(mlflow, arms)
            return str(run.info.run_id)


def alias(mlruns: Path, release_id: str, name: Literal["champion", "challenger"]) -> None:
    """Point an alias of the registry at a release, so that the experiment log shows what works and what waits."""


def _log_model(mlflow: Any, arms: list[Learned]) -> None:
    tuned = next((one.tuned for one in arms if one.tuned is not None), None)
    if tuned is not None:
        mlflow.log_params({key: value for key, value in tuned.params.items() if key != "verbosity"})
        for step, loss in enumerate(tuned.trials):
            mlflow.log_metric("trial_log_loss", loss, step=step)
    mlflow.log_metrics(_metrics(arms))
    for one in arms:
        mlflow.log_dict(dict(one.artifact.body), f"{one.artifact.name}.json")
        if one.artifact.booster_text is not None:
            # The booster's own text: readable without unpickling, and the very bytes that serve.
            mlflow.log_text(one.artifact.booster_text, f"{one.artifact.name}.lgb")
    for name, figure in plots.draw(arms).items():
        mlflow.log_figure(figure, f"plots/{name}.png")


def _metrics(arms: list[Learned]) -> Mapping[str, float]:
    """Name the measures of a model's arms, the pooled ones first, within what a log can be read for."""
    named = {}
    for one in arms:
        prefix = f"{one.arm}/" if one.arm else ""
        for name, value in flat(one.verdict.figures).items():
            if not one.arm or name in ("auc", "ks", "brier", "ece", "log_loss", "rows"):
                named[prefix + name.replace("120+", "over_120")] = value
    return dict(list(named.items())[:_METRICS_MAXIMUM])


@contextmanager
def _tracking(mlflow: Any, mlruns: Path) -> Iterator[str]:
    """Point MLflow at a folder for the while, and give back the experiment's identifier."""
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{mlruns.resolve()}/mlflow.db")
    try:
        with warnings.catch_warnings():
            # MLflow's own use of SQLAlchemy and shap's of Matplotlib are theirs to mend.
            warnings.simplefilter("ignore")
            found = mlflow.get_experiment_by_name(EXPERIMENT)
            place = (mlruns.resolve() / "artifacts").as_uri()
            yield found.experiment_id if found else mlflow.create_experiment(EXPERIMENT, artifact_location=place)
    finally:
        mlflow.set_tracking_uri(before)
