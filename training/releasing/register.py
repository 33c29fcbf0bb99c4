"""The experiment log: what was tried, how it went, with plots. The only module that knows MLflow.

Serving never reads it; a release bundle is complete without it.
"""

import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np

from models import reliability
from models.measure import flat
from regua.errors import NotFoundError
from regua.records import canonical
from training.judging import plots
from training.judging.card import About
from training.judging.decisions import OF_ALL
from training.judging.gates import GateResult
from training.learned import Learned, LearnReport

EXPERIMENT = "regua"
DATABASE = "mlflow.db"
REGISTERED = "regua"
"""Name of the one model in the registry: a release is a version of it."""

Alias = Literal["champion", "challenger"]

_METRICS_MAXIMUM = 59  # and the losses of the trials
_OF_AN_ARM = ("auc", "ece", "ece_floor", "rows")
_TAG_LENGTH = 1_000


def log(
    report: LearnReport,
    release: Path,
    mlruns: Path,
    *,
    about: About | None = None,
    gates: Mapping[str, Sequence[GateResult]] | None = None,
    cards: Path | None = None,
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
    mlflow = _mlflow()
    mlruns.mkdir(parents=True, exist_ok=True)
    with _tracking(mlflow, mlruns) as experiment:
        started = {"experiment_id": experiment, "run_name": f"{report.plan} {report.trained_as_of:%Y-%m-%d}"}
        with mlflow.start_run(**started, tags=_tags(report, about, gates)) as run:
            mlflow.log_params(
                {
                    "plan": report.plan,
                    "seed": report.seed,
                    "trained_as_of": report.trained_as_of.isoformat(),
                    "moments": len(report.moments),
                    "release_id": report.release_id,
                }
            )
            mlflow.log_metrics(_of_all(report))
            mlflow.log_dict(report.to_json(), "report.json")
            mlflow.log_artifacts(str(release), "release")
            if cards is not None:
                mlflow.log_artifacts(str(cards), "cards")
            for name in dict.fromkeys(one.spec.name for one in report.models):
                arms = [one for one in report.models if one.spec.name == name]
                tags = {"model": name, "release_id": report.release_id} | _gate_tags(arms, gates)
                began = mlflow.start_run(experiment_id=experiment, run_name=name, nested=True, tags=tags)
                with began as own, TemporaryDirectory() as folder:
                    _log_model(mlflow, own.info.run_id, arms, gates, Path(folder))
            _version(report.release_id, str(run.info.run_id), release)
            _point(report.release_id, "challenger")
            return str(run.info.run_id)


def alias(mlruns: Path, release_id: str, name: Alias) -> None:
    """Point an alias of the registry at a release, so that the experiment log shows what works and what waits.

    Raises
    ------
    NotFoundError
        The experiment log knows no such release.
    """
    mlflow = _mlflow()
    with _tracking(mlflow, mlruns):
        _point(release_id, name)


def follow(mlruns: Path, release_id: str) -> str:
    """Let the registry's champion be who was put to work, and say in words how that went.

    The champion is who the home names; a log that is not there, or cannot be written, keeps nobody from work.
    """
    if not (mlruns / DATABASE).is_file():
        return f"no experiment log in {mlruns}: its champion was not moved"
    try:
        alias(mlruns, release_id, "champion")
    except Exception as problem:  # the change of champion is done and on record; the log only shows it
        return f"the experiment log in {mlruns} was not moved: {problem}"
    return f"the experiment log in {mlruns} shows it as champion"


def _version(release_id: str, run: str, release: Path) -> None:
    """Enter a release in the registry, once: its source is the bundle itself, native text and JSON."""
    import mlflow

    client = mlflow.MlflowClient()
    if not client.search_registered_models(f"name = '{REGISTERED}'"):
        client.create_registered_model(REGISTERED, description="Releases of Regua: boosters as text, the rest as JSON")
    if not _versions(client, release_id):
        tags = {"release_id": release_id}
        client.create_model_version(REGISTERED, release.resolve().as_uri(), run_id=run, tags=tags)


def _versions(client: Any, release_id: str) -> list[Any]:
    found = client.search_model_versions(f"name = '{REGISTERED}'")
    return [one for one in found if one.tags.get("release_id") == release_id]


def _point(release_id: str, name: Alias) -> None:
    import mlflow

    client = mlflow.MlflowClient()
    found = _versions(client, release_id)
    if not found:
        raise NotFoundError(
            f"the experiment log knows no release {release_id}",
            expected="a release that was learned with this log",
            remedy="learn again with --mlruns, or promote without it",
        )
    client.set_registered_model_alias(REGISTERED, name, found[0].version)
    # Who works waits no more.
    waiting = client.get_registered_model(REGISTERED).aliases
    if name == "champion" and str(waiting.get("challenger")) == str(found[0].version):
        client.delete_registered_model_alias(REGISTERED, "challenger")


def _tags(report: LearnReport, about: About | None, gates: Mapping[str, Sequence[GateResult]] | None) -> dict[str, str]:
    tags = {"release_id": report.release_id} | _gate_tags(report.models, gates)
    if about is None:
        return tags
    return tags | {"trained_by": about.by} | {f"digest.{name}": value for name, value in about.digests.items()}


def _gate_tags(arms: Sequence[Learned], gates: Mapping[str, Sequence[GateResult]] | None) -> dict[str, str]:
    if gates is None:
        return {}
    names = [one.artifact.name for one in arms]
    failed = sorted(
        {
            f"{name} {found.gate}"
            for name in names + [OF_ALL] * (len({one.spec.name for one in arms}) > 1)
            for found in gates.get(name, ())
            if not found.passed and found.severity != "warns"
        }
    )
    return {"gates": "passed" if not failed else f"failed: {', '.join(failed)}"[:_TAG_LENGTH]}


def _log_model(
    mlflow: Any, run: str, arms: list[Learned], gates: Mapping[str, Sequence[GateResult]] | None, folder: Path
) -> None:
    """Log one model: all figures as one batch, all files from a folder of their own as one."""
    tuned = next((one.tuned for one in arms if one.tuned is not None), None)
    entities = mlflow.entities
    at = int(mlflow.get_run(run).info.start_time)
    metrics = [entities.Metric(name, value, at, 0) for name, value in _metrics(arms).items()]
    params = []
    if tuned is not None:
        params = [entities.Param(key, str(value)) for key, value in tuned.params.items() if key != "verbosity"]
        metrics += [entities.Metric("trial_log_loss", loss, at, step) for step, loss in enumerate(tuned.trials)]
    mlflow.MlflowClient().log_batch(run, metrics=metrics, params=params)
    for name, content in _files(arms, gates):
        (folder / name).write_bytes(content)
    drawn = plots.draw(arms) | ({} if tuned is None else plots.importance(tuned))
    (folder / "plots").mkdir()
    for name, figure in drawn.items():
        figure.savefig(folder / "plots" / f"{name}.png")
    mlflow.log_artifacts(str(folder))


def _files(arms: list[Learned], gates: Mapping[str, Sequence[GateResult]] | None) -> Iterator[tuple[str, bytes]]:
    yield "figures.json", canonical({one.artifact.name: dict(one.verdict.figures) for one in arms})
    chances = [one for one in arms if len(one.test) and one.spec.answers == "probability"]
    yield "curves.json", canonical({one.artifact.name: _curves(one) for one in chances})
    for one in arms:
        if gates is not None:
            told = [found.to_json() for found in gates.get(one.artifact.name, ())]
            yield f"{one.artifact.name}.gates.json", canonical({"gates": told})
        # The booster's own text: readable without unpickling, and the very bytes that serve.
        yield from one.artifact.files().items()


def _curves(one: Learned) -> dict[str, Any]:
    """Return what was said and what happened by tenth of the score: a curve is an artifact, not a hundred metrics."""
    said = one.artifact.predict(one.test.columns)
    known = ~np.isnan(said)
    if not known.any():
        return {}
    return {"reliability": reliability.table(one.test.label[known], said[known], one.test.weight[known])}


def _of_all(report: LearnReport) -> dict[str, float]:
    """Sum the training up: what was learned, what failed, and how many customers would be treated otherwise."""
    whole = next((one.found for one in report.gates.get(OF_ALL, ()) if one.gate == "decisions"), None)
    return {
        "artifacts_learned": float(sum(one.artifact.kind != "prior" for one in report.models)),
        "artifacts_stood_in": float(sum(one.stands_in is not None for one in report.models)),
        "gates_failed": float(sum(found.severity != "warns" for _, found in report.failed)),
    } | ({} if whole is None else {"decisions_changed": whole})


def _metrics(arms: list[Learned]) -> Mapping[str, float]:
    """Name the measures of a model's arms, the pooled ones first, within what a log can be read for."""
    named = {}
    for one in arms:
        prefix = f"{one.arm}/" if one.arm else ""
        for name, value in flat(one.verdict.figures).items():
            if not one.arm or name in _OF_AN_ARM:
                named[prefix + name.replace("120+", "over_120")] = value
    return dict(list(named.items())[:_METRICS_MAXIMUM])


def _mlflow() -> Any:
    # A collections book's training is nobody else's business; and nothing is ever unpickled from the log.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    import mlflow

    return mlflow


@contextmanager
def _tracking(mlflow: Any, mlruns: Path) -> Iterator[str]:
    """Point MLflow at a folder for the while, and give back the experiment's identifier."""
    for talkative in ("mlflow", "alembic"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{mlruns.resolve()}/{DATABASE}")
    try:
        with warnings.catch_warnings():
            # MLflow's own use of SQLAlchemy and shap's of Matplotlib are theirs to mend.
            warnings.simplefilter("ignore")
            found = mlflow.get_experiment_by_name(EXPERIMENT)
            place = (mlruns.resolve() / "artifacts").as_uri()
            yield found.experiment_id if found else mlflow.create_experiment(EXPERIMENT, artifact_location=place)
    finally:
        mlflow.set_tracking_uri(before)
