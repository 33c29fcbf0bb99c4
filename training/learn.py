"""Learn again from everything that was known by a moment: the whole way from what happened to a new challenger.

outcomes → history → cases → teach each model → gates → release → cards → experiment log

Each stage is a checkpoint: a training that was killed goes on where it stopped, and gives the same bytes.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from features import catalog
from models import SPECS
from regua.clock import utc
from regua.errors import DataError
from regua.settings import Settings
from training import checkpoints
from training.course import TOLD, Course, asked_of
from training.learned import LearnReport
from training.modelling import Progress
from training.plan import Plan, read
from training.stages import Begin, Stages

_GOES_ON_WITHIN = timedelta(days=1)


def learn(
    settings: Settings,
    as_of: datetime,
    *,
    plan: Plan | None = None,
    seed: int = 7,
    trials: int | None = None,
    minutes: float | None = None,
    mlruns: Path | None = None,
    progress: Progress | None = None,
    began: Begin | None = None,
    by: str = "regua",
) -> LearnReport:
    """Train every model of a plan as of a moment; the release is a challenger until somebody promotes it.

    Parameters
    ----------
    as_of
        The moment of training: nothing known later is used, and no outcome whose window was still open.
    plan
        What to learn and from which stretch of history; the default plan when None.
    seed
        Key of all chance. The same data, plan, seed and number of threads give the same bytes.
    trials
        Settings to try for each model; the plan's when None.
    minutes
        Search for settings this long in all, instead of by trials: then no two machines need give the same bytes.
    mlruns
        Folder of the experiment log; None logs nothing.
    progress
        Told in words what is being done.
    began
        Told when a stage begins: its name, its number, and how many there are.
    by
        Who trains, for the cards.

    Raises
    ------
    DataError
        No contract was ever in arrears at the plan's moments, or a fact gives an answer away.
    UnavailableError
        Another training is at work in the same home.
    """
    plan = plan or read()
    check_catalogue()
    planned = [name for name in SPECS if name in plan.models]
    stages = Stages(total=len(planned) + 6 + (mlruns is not None), began=began)
    with checkpoints.alone(settings.learning), stages.metered():
        training = Course(
            settings, utc(as_of), plan, seed, trials or plan.trials, planned, stages, progress or _quiet, minutes
        )
        report = training.run(by)
        if mlruns is not None:
            report = training.log(report, mlruns, by)
        training.close()
    return replace(report, stages=tuple(stages.done), share_outside_lightgbm=stages.share_outside_lightgbm())


def unfinished(
    settings: Settings, now: datetime, plan: Plan, *, seed: int, trials: int | None, minutes: float | None = None
) -> datetime | None:
    """Return the moment of a training that was cut short within the last day, to go on with it; None: there is none."""
    wanted = asked_of(plan, seed, trials or plan.trials, minutes)
    found = []
    for told in settings.learning.glob(f"*/{TOLD}"):
        body = orjson.loads(told.read_bytes())
        moment = datetime.fromisoformat(body["as_of"])
        if not body["finished"] and body["asked"] == wanted and timedelta() <= utc(now) - moment < _GOES_ON_WITHIN:
            found.append(moment)
    return max(found, default=None)


def check_catalogue() -> None:
    """Hold the models to the profile catalogue.

    Raises
    ------
    DataError
        A model lists a feature that the catalogue lacks or keeps from models.
    """
    allowed = set(catalog.predictors())
    for spec in SPECS.values():
        if strangers := [name for name in spec.features if name not in allowed]:
            raise DataError(
                f"model {spec.name} lists {', '.join(strangers)}",
                expected="features of the catalogue with predicts: true",
                remedy="take them out of models/families.py, or let the catalogue allow them",
            )


def _quiet(_: str) -> None:
    return None
