"""One small book that was learned from and decided for: made once, and found again by whoever asks for its like."""

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson

from features import snapshots
from features.ingest import Mapping, ingest
from regua import settings as infrastructure
from regua.cli.demo import days as living
from regua.cli.demo.days import DECIDE_AT, PEOPLE, PROFILE_AT
from regua.cli.demo.steps import Steps
from regua.clock import start_of_day
from regua.errors import BundleError, RequestError
from regua.locks import alone
from regua.records import canonical
from regua.settings import Settings
from training import checkpoints
from training import plan as plans
from training.learn import learn
from training.plan import Plan
from training.portfolio.generate import generate
from training.portfolio.simulation import Simulation
from training.portfolio.world import load_world
from training.releasing.promotion import promote

CUSTOMERS = 2_000
SIZE = "REGUA_NOTEBOOK_CUSTOMERS"
"""Environment variable that makes every book this size, for a machine with little time."""

MODELS = ("roll_risk", "self_cure", "channel_response", "best_time", "uplift")
LEARNED_DAYS_AGO = (60, 75, 90, 45)
"""The champion is older than the history, so that outcomes it could not have seen are there to judge it by.

Where a gate refuses what was learned at one moment, as happens on a book this small, the next is tried.
"""

_ROOMS = ("features", "journeys", "models", "regua", "serving", "training")
_MADE = "made.json"
_NOT_WORKED_ON = ("raw", "truth", _MADE)


@dataclass(frozen=True, slots=True)
class Taught:
    """A home with tables, profiles, a champion and a few decided days.

    Parameters
    ----------
    settings
        Of the home; to be read, not written: others find the same book again.
    learned_as_of
        The moment the champion knows nothing after.
    dawn, morning
        The next day to be decided: when its profiles were built, and when decisions are made.
    plan
        What the champion learned, and from which stretch of history.
    is_new
        Whether it was made just now rather than found.
    """

    settings: Settings
    customers: int
    learned_as_of: datetime
    dawn: datetime
    morning: datetime
    plan: Plan
    is_new: bool

    def simulation(self) -> Simulation:
        """Return the world the book was drawn from, at the end of its history and before the decided days."""
        return Simulation.load(self.settings.truth, load_world())

    def copied(self, name: str) -> Settings:
        """Return the settings of a copy that may be written to; what an earlier one of the name left behind is gone."""
        place = self.settings.home.with_name(f"{self.settings.home.name}-{name}")
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.settings.home, place, ignore=shutil.ignore_patterns(*_NOT_WORKED_ON))
        # Made anew: a model's copy keeps the folders that were looked up in the original.
        return Settings(**self.settings.model_dump() | {"home": place, "store_url": None})


def book(customers: int | None = None, *, days: int = 2, seed: int = 7, quiet: bool = True) -> Taught:
    """Find the book of a size, or make it: simulate, ingest, profile, learn, promote, decide a few days.

    Parameters
    ----------
    customers
        How many; what ``REGUA_NOTEBOOK_CUSTOMERS`` says, or 2,000, when None.
    days
        Days to live by the champion's decisions after the history.
    quiet
        Tell nothing on standard error while it is made.

    Returns
    -------
    The book. It lies under ``REGUA_HOME``, named by its size and by all code it came from, so that another version of
    Regua makes another.

    Raises
    ------
    RequestError
        The size is no number from 50.
    BundleError
        No release passed its gates: the book is too small.
    """
    customers = customers or _size()
    outer = infrastructure.load()
    version = checkpoints.key(checkpoints.code(*_ROOMS), customers, days, seed, LEARNED_DAYS_AGO, MODELS)
    settings = outer.model_copy(update={"home": outer.home / f"taught-{customers}-{version[:8]}", "store_url": None})
    with alone(outer.home / f"{settings.home.name}.lock"):  # two who ask at once wait for one making
        is_new = not (settings.home / _MADE).exists()
        if is_new:
            shutil.rmtree(settings.home, ignore_errors=True)
            _make(settings, customers, days, seed, quiet=quiet)
    made = orjson.loads((settings.home / _MADE).read_bytes())
    dawn, learned = (datetime.fromisoformat(made[name]) for name in ("dawn", "learned_as_of"))
    return Taught(settings, customers, learned, dawn, dawn - PROFILE_AT + DECIDE_AT, _plan(), is_new)


def _make(settings: Settings, customers: int, days: int, seed: int, *, quiet: bool) -> None:
    world, steps = load_world(), Steps(total=5, quiet=quiet)
    with steps.step(f"make a book of {customers:,} customers"):
        generate(world, customers, settings.home / "raw", seed=seed, truth=settings.truth)
        simulation = Simulation.load(settings.truth, world)
        dawn = start_of_day(simulation.day, settings.zone).astimezone(UTC) + PROFILE_AT
    with steps.step("validate it"):
        ingest(settings.home / "raw", Mapping.canonical(), settings, dawn)
    with steps.step("learn and promote"):
        then = _champion(settings, dawn, seed, steps)
    with steps.step(f"live {days} days by its decisions"):
        living.under_regua(settings, simulation, days, steps.say)
    with steps.step("build tonight's profiles"):
        tonight = start_of_day(simulation.day, settings.zone).astimezone(UTC) + PROFILE_AT
        snapshots.build(settings, [tonight])
    made = {"dawn": tonight.isoformat(), "learned_as_of": then.isoformat(), "seconds": steps.seconds}
    (settings.home / _MADE).write_bytes(canonical(made))


def _champion(settings: Settings, dawn: datetime, seed: int, steps: Steps) -> datetime:
    """Learn and promote a release that passes its gates; return the moment it knows nothing after."""
    for place, days_ago in enumerate(LEARNED_DAYS_AGO, 1):
        then = dawn - timedelta(days=days_ago)
        report = learn(settings, then, plan=_plan(), seed=seed, trials=2, progress=steps.say)
        try:
            promote(settings, report.release_id, **PEOPLE, reason="the first release", at=then)
            break
        except BundleError:
            if place == len(LEARNED_DAYS_AGO):
                raise
    return then


def _plan() -> Plan:
    """Take of the default plan the models that are looked into; documented priors stand in for the others."""
    plan = plans.read()
    return plan.model_copy(update={"name": "taught", "models": {name: plan.models[name] for name in MODELS}})


def _size() -> int:
    asked = os.environ.get(SIZE, str(CUSTOMERS))
    if not asked.isdecimal() or int(asked) < 50:
        raise RequestError(f"{SIZE} is {asked!r}", expected="a whole number from 50", remedy=f"unset {SIZE}")
    return int(asked)
