"""The main job end to end on a simulated book: raw tables in, models learned and promoted, two weeks lived, watched."""

import shlex
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from features import services, snapshots
from features.ingest import IngestReport, Mapping, ingest
from regua.cli.demo import days as living
from regua.cli.demo.days import DECIDE_AT, PEOPLE, PROFILE_AT, Lived
from regua.cli.demo.steps import Steps, peak_memory_mb
from regua.clock import start_of_day
from regua.errors import BundleError, ReguaError
from regua.settings import Settings
from serving.proving.explaining import Explanation, explain
from serving.proving.replay import Replayer
from serving.store import Store
from training.judging.compare import Interval, Outcome, difference, outcome
from training.learn import learn
from training.learned import LearnReport
from training.portfolio.generate import generate
from training.portfolio.report import PortfolioReport
from training.portfolio.simulation import Simulation
from training.portfolio.world import load_world
from training.releasing.promotion import promote
from training.watching import report as watch_report
from training.watching.watch import Watch, watch

WATCH_PAGE = "watch.html"


@dataclass(frozen=True, slots=True)
class Report:
    """What the demonstration came to.

    ``refused`` says why the release was not promoted, None where it was; then documented priors decided, and there was
    no champion to watch.
    """

    book: PortfolioReport
    ingested: IngestReport
    learned: LearnReport
    refused: str | None
    again: LearnReport | None
    watched: Watch | None
    lived: Lived
    days: int
    home: Path
    tonight: datetime
    regua: Outcome
    ladder: Outcome
    gain: Interval
    explanation: Explanation | None
    seconds: dict[str, float]

    @property
    def explained(self) -> str | None:
        """The decision told in full."""
        return self.explanation.decision["decision_id"] if self.explanation else None

    @property
    def next_commands(self) -> tuple[str, ...]:
        """Commands to paste next: they work on the home as it stands."""
        here, morning = f"REGUA_HOME={shlex.quote(str(self.home))} regua", self.tonight - PROFILE_AT + DECIDE_AT
        customer = self.explanation.decision["customer_id"] if self.explanation else "CUSTOMER"
        serve = f"{here} serve --at {morning:%Y-%m-%dT%H:%M}Z"
        key = f"REGUA_KEY=$({here} keys create my-crm --role crm --json | python3 -c "
        key += """'import json, sys; print(json.load(sys.stdin)["key"])')"""
        ask = (
            f"curl -s localhost:8000/v1/decisions -H 'content-type: application/json' "
            f'-H "Authorization: Bearer $REGUA_KEY" '
            f"""-d '{{"customer_ids": ["{customer}"]}}'"""
        )
        told = (f"{here} explain {self.explained}", f"{here} replay {self.explained}") if self.explained else ()
        teach = f"{here} learn --as-of {self.tonight:%Y-%m-%dT%H:%M}"
        promoted = f'{here} promote challenger --by ME --approved-by OTHER --reason "…"'
        return (*told, serve, key, ask, teach, promoted)

    @property
    def page(self) -> Path:
        """Where the watch's report lies."""
        return self.home / WATCH_PAGE

    def facts(self) -> dict[str, Any]:
        """Return the report as plain data, for machines."""
        first = self.lived.batches[0]
        return {
            "customers": self.book.customers,
            "rows": dict(self.book.rows),
            "quarantined": {name: table.quarantined for name, table in self.ingested.tables.items()},
            "suspicions": dict(self.ingested.suspicions),
            "first_day": first.by_journey,
            "all_days": self.lived.by_journey,
            "stopped_by": self.lived.blocked,
            "days": self.days,
            "events": self.lived.events,
            "rows_settled": self.lived.settled,
            "regua": _told(self.regua),
            "static_ladder": _told(self.ladder),
            "gain_cents": {"point": self.gain.point, "low": self.gain.low, "high": self.gain.high},
            "models": self.learned.to_json(),
            "models_after": self.again.to_json() if self.again else None,
            "releases": [one.release_id for one in (self.learned, self.again) if one],
            "refused": self.refused,
            "watch": self.watched.to_json() if self.watched else None,
            "explained": self.explained,
            "next": self.next_commands,
            "seconds": self.seconds,
            "peak_memory_mb": peak_memory_mb(),
        }


def run(
    settings: Settings,
    customers: int,
    days: int,
    seed: int,
    world_file: Path | None,
    mlruns: Path,
    *,
    months: int = 18,
    again: bool = False,
    quiet: bool,
) -> Report:
    """Run the whole path; the home is emptied first, so that the same seed tells the same story.

    Parameters
    ----------
    again
        Learn once more from what the days brought; the release stays a challenger, for somebody to promote.

    Raises
    ------
    ReguaError
        The home holds something that is not a demonstration's.
    """
    world, steps = load_world(world_file), Steps(total=9 + again, quiet=quiet)
    _empty(settings.home)
    with steps.step(f"make a book of {customers:,} customers with {months} months of history"):
        people, raw = _of(steps, "customers"), settings.home / "raw"
        book = generate(world, customers, raw, seed=seed, months=months, truth=settings.truth, progress=people)
        simulation = Simulation.load(settings.truth, world)
        twin = simulation.copy()
        dawn = start_of_day(simulation.day, settings.zone) + PROFILE_AT
    with steps.step("validate it and put doubtful bills on hold"):
        ingested = ingest(raw, Mapping.canonical(), settings, dawn)
    with steps.step("build everyone's 360° profile as of this morning"):
        snapshots.build(settings, [dawn], progress=_of(steps, "groups"))
    with steps.step("learn the models, hold them to their gates, promote the release"):
        learned = learn(settings, dawn, seed=seed, mlruns=mlruns, progress=steps.say)
        refused = _promoted(settings, learned.release_id, dawn)
    with steps.step(f"decide everyone in arrears and live {days} days"):
        lived = living.under_regua(settings, simulation, days, steps.say)
    with steps.step("live the same days by the static ladder"):
        regua, ladder, gain = _beside_the_ladder(settings, lived, twin, days, seed)
    tonight = start_of_day(simulation.day, settings.zone) + PROFILE_AT
    with steps.step("watch the models: what came of the cases since"):
        watched = None if refused else _watched(settings, tonight, steps)
    more: LearnReport | None = None
    if again:
        with steps.step("learn again from what happened"):
            more = learn(settings, tonight, seed=seed, mlruns=mlruns, progress=steps.say)
    with steps.step("put tonight's profiles online"):
        _online(settings, tonight)
    with steps.step("explain one decision in full"):
        explanation = _one_explained(settings, lived)
    return Report(
        book=book,
        ingested=ingested,
        learned=learned,
        refused=refused,
        again=more,
        watched=watched,
        lived=lived,
        days=days,
        home=settings.home,
        tonight=tonight,
        regua=regua,
        ladder=ladder,
        gain=gain,
        explanation=explanation,
        seconds=steps.seconds,
    )


def _online(settings: Settings, tonight: datetime) -> None:
    """Build tonight's profiles and put them where the API reads them."""
    snapshots.build(settings, [tonight])
    services.apply(settings)
    services.materialise(settings, tonight)


def _promoted(settings: Settings, release: str, dawn: datetime) -> str | None:
    """Promote a release; where a gate keeps it from work, say why, and let the priors decide."""
    try:
        promote(settings, release, **PEOPLE, reason="the first release", at=dawn)
    except BundleError as problem:
        return problem.found
    return None


def _watched(settings: Settings, tonight: datetime, steps: Steps) -> Watch:
    """Watch the champion as of tonight, and write the page of it."""
    watched = watch(settings, tonight, progress=steps.say)
    (settings.home / WATCH_PAGE).write_text(watch_report.html(watched, settings.language), encoding="utf-8")
    return watched


def _beside_the_ladder(
    settings: Settings, lived: Lived, twin: Simulation, days: int, seed: int
) -> tuple[Outcome, Outcome, Interval]:
    """Live the twin's days by the ladder; return what Regua and the ladder came to, and how far they are apart."""
    rival = living.under_the_ladder(twin, days, settings.zone)
    names = _customers(settings)
    regua = outcome(names, lived.payments, lived.contacts)
    ladder = outcome(names, rival.payments, rival.contacts)
    return regua, ladder, difference(regua, ladder, names, seed=seed)


def _one_explained(settings: Settings, lived: Lived) -> Explanation | None:
    """Explain the first day's decision worth most among those that contact somebody."""
    contacts = [decision for decision in lived.first if decision.channel is not None]
    best = max(contacts, key=lambda decision: (decision.value_cents, decision.decision_id), default=None)
    if best is None:
        return None
    with Store.open(settings) as store:
        return explain(store, Replayer(store, settings), best.decision_id)


def _empty(home: Path) -> None:
    if home.exists() and any(home.iterdir()) and not (home / "raw").is_dir():
        raise ReguaError(
            f"{home} holds something that no demonstration made",
            expected="an empty or new folder",
            remedy="set REGUA_HOME to another folder",
        )
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)


def _customers(settings: Settings) -> list[str]:
    names: list[str] = pq.read_table(settings.tables / "customers", columns=["customer_id"])["customer_id"].to_pylist()
    return names


def _of(steps: Steps, what: str) -> Any:
    return lambda done, total: steps.say(f"{done:,} of {total:,} {what}")


def _told(one: Outcome) -> dict[str, int]:
    return {
        "collected_cents": one.collected_cents,
        "cost_cents": one.cost_cents,
        "net_cents": one.net_cents,
        "contacts": one.contacts,
    }
