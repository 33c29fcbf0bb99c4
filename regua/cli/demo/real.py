"""The same path on a real log: road fines, judged out of time, and decided for as of 2008-01-01."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from features import snapshots
from features.adapters.road_fines import ingest_road_fines
from features.checks import check_billing
from regua.cli.demo import days as living
from regua.cli.demo.days import DECIDE_AT, PEOPLE, PROFILE_AT
from regua.cli.demo.steps import Steps, peak_memory_mb
from regua.clock import start_of_day
from regua.settings import Settings
from serving.deciding.batch import BatchReport
from training import plan as plans
from training.learn import learn
from training.learned import LearnReport
from training.releasing.promotion import promote

LOG_ENDS = datetime(2009, 1, 1, tzinfo=UTC)
DECIDED_ON = datetime(2008, 1, 1, tzinfo=UTC).date()
NEXT_WORKING_DAY = datetime(2008, 1, 2, tzinfo=UTC).date()
PLAN = plans.PLANS / "road_fines.yaml"


@dataclass(frozen=True, slots=True)
class Report:
    """What the log came to: ``judged`` is learned with all the log tells, ``champion`` with what 2008-01-01 knew.

    ``batch`` is decided on that day, a holiday; ``working`` on the next working day.
    """

    cases: int
    kept: int
    quarantined: int
    judged: LearnReport
    champion: LearnReport
    batch: BatchReport
    working: BatchReport
    reasons: Counter[str]
    seconds: dict[str, float]

    def facts(self) -> dict[str, Any]:
        """Return the report as plain data, for machines."""
        return {
            "cases": self.cases,
            "kept": self.kept,
            "quarantined": self.quarantined,
            "out_of_time": self.judged.to_json(),
            "champion": self.champion.to_json(),
            "decisions": self.batch.to_dict(),
            "decisions_next_working_day": self.working.to_dict(),
            "reasons": self.reasons,
            "seconds": self.seconds,
            "peak_memory_mb": peak_memory_mb(),
        }


def run(settings: Settings, log: Path, mlruns: Path, *, quiet: bool) -> Report:
    """Run the whole path on the log.

    The figures beside the baseline come from a training that knows the outcomes of 2007's fines; the decisions come
    from another that knew only what was known on 2008-01-01. That day is a holiday, on which nobody may be contacted;
    the day after shows the contacts.

    Raises
    ------
    DataError
        The log is not where it was said to be, or is not what it claims to be.
    """
    steps, plan = Steps(total=6, quiet=quiet), plans.read(PLAN)
    # The figures of the log are Italian; its business day is too.
    settings = settings.model_copy(update={"zone": "Europe/Rome"})
    with steps.step("read the event log into canonical tables"):
        fines = ingest_road_fines(log, settings, LOG_ENDS, progress=lambda name, rows: steps.say(f"{name} {rows:,}"))
        check_billing(settings)
    with steps.step("judge the models out of time: learn before 2006, test on 2007"):
        judged = learn(settings, LOG_ENDS, plan=plan, mlruns=mlruns, progress=steps.say)
    morning = start_of_day(DECIDED_ON, settings.zone)
    with steps.step("learn again with what was known on 2008-01-01"):
        champion = learn(settings, morning, plan=plan, mlruns=mlruns, progress=steps.say)
        promote(settings, champion.release_id, **PEOPLE, reason="what was known on 2008-01-01", at=morning)
    working_morning = start_of_day(NEXT_WORKING_DAY, settings.zone)
    with steps.step("profile every case as of 2008-01-01 and the next working day"):
        snapshots.build(settings, [morning + PROFILE_AT, working_morning + PROFILE_AT])
    with steps.step("decide every open case on the holiday"):
        batch, decisions = living.decisions_of(settings, morning + DECIDE_AT)
    with steps.step("decide every open case on 2008-01-02"):
        working, _ = living.decisions_of(settings, working_morning + DECIDE_AT)
    return Report(
        cases=fines.cases_in,
        kept=fines.cases_kept,
        quarantined=fines.cases_quarantined,
        judged=judged,
        champion=champion,
        batch=batch,
        working=working,
        reasons=Counter(reason.code for decision in decisions for reason in decision.reasons),
        seconds=steps.seconds,
    )
