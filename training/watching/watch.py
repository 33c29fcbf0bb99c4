"""The watch: population, scores, matured cases and guardrails side by side, and one advice for each model."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from models.measure import Figure
from models.stability import Shift
from regua.clock import utc
from regua.errors import DataError
from regua.settings import Settings
from training import plan as plans
from training.plan import Plan
from training.releasing import bundle
from training.watching import guard_rates, matured, population
from training.watching.guard_rates import Rate
from training.watching.thresholds import Thresholds, read
from training.watching.verdict import Advice, Alarm, Verdict, of_model

_WORST: tuple[Advice, ...] = ("retrain", "recalibrate", "wait", "leave")


@dataclass(frozen=True, slots=True)
class ModelWatch:
    """One model: what is advised, and its figures at training (``then``) and since (``now``), by bucket."""

    verdict: Verdict
    then: Mapping[str, Figure]
    now: Mapping[str, Figure]
    score: Shift | None


@dataclass(frozen=True, slots=True)
class Watch:
    """What was found about a champion; ``rows_*`` are the profiles compared."""

    release_id: str
    trained_as_of: datetime
    as_of: datetime
    rows_before: int
    rows_now: int
    features: tuple[Shift, ...] = field(repr=False)
    models: tuple[ModelWatch, ...] = field(repr=False)
    guardrails: tuple[Rate, ...] = field(repr=False)
    thresholds: Thresholds = field(repr=False)

    @property
    def advice(self) -> Advice:
        """The gravest advice of all models."""
        given = {one.verdict.advice for one in self.models}
        return next((advice for advice in _WORST if advice in given), "wait")

    @property
    def alarms(self) -> list[Alarm]:
        """Every figure past its threshold: models, features, guardrails."""
        given = self.thresholds
        moved = (shift for shift in self.features if shift.exceeds(given.shift_act))
        odd = (rate for rate in self.guardrails if rate.is_alarming(given))
        return [
            *(alarm for one in self.models for alarm in one.verdict.alarms),
            *(Alarm("feature_shift", shift.name, shift.index, given.shift_act) for shift in moved),
            *(Alarm("guardrail", rate.guardrail, rate.now, rate.before) for rate in odd),
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the watch as plain data."""
        return {
            "release_id": self.release_id,
            "trained_as_of": self.trained_as_of.isoformat(),
            "as_of": self.as_of.isoformat(),
            "advice": self.advice,
            "alarms": [asdict(alarm) for alarm in self.alarms],
            "rows": {"before": self.rows_before, "now": self.rows_now},
            "models": [
                {
                    "model": one.verdict.model,
                    "advice": one.verdict.advice,
                    "then": dict(one.then.get("pooled", {})),
                    "now": {bucket: dict(figure) for bucket, figure in one.now.items()},
                    "score_shift": None if one.score is None else one.score.index,
                }
                for one in self.models
            ],
            "features": [asdict(shift) for shift in self.features],
            "guardrails": [asdict(rate) | {"before": rate.before, "now": rate.now} for rate in self.guardrails],
        }


def watch(
    settings: Settings,
    as_of: datetime,
    *,
    plan: Plan | None = None,
    thresholds: Thresholds | None = None,
    progress: Callable[[str], None] | None = None,
) -> Watch:
    """Look at the champion as of a moment.

    Parameters
    ----------
    as_of
        Nothing known later is used.
    plan
        How this book's cases are found; the default plan when None.
    thresholds
        What raises an alarm; the shipped ones when None.

    Raises
    ------
    BundleError
        There is no champion, or it is not as signed.
    DataError
        It was trained after the moment asked about.
    """
    given, say = thresholds or read(), progress or (lambda _: None)
    champion = bundle.champion(settings)
    trained = datetime.fromisoformat(champion.manifest["trained_as_of"])
    if trained >= utc(as_of):
        raise DataError(
            f"the champion was trained as of {trained:%Y-%m-%d %H:%M}, which is not before {utc(as_of):%Y-%m-%d %H:%M}",
            expected="a moment after its training",
            remedy="choose a later moment with --as-of",
        )
    say("profiles then and now")
    people = population.of(settings, trained, as_of)
    scores = {shift.name: shift for shift in people.scores(champion)}
    say("what came of the cases since")
    models = []
    for name, since in matured.figures(settings, champion, as_of, plan or plans.read(), progress=say).items():
        then: Mapping[str, Figure] = champion.models[name].body["metrics"].get("by_bucket") or {}
        verdict = of_model(name, then.get("pooled", {}), since["pooled"], scores.get(name), given)
        models.append(ModelWatch(verdict, then, since, scores.get(name)))
    say("guardrails")
    return Watch(
        release_id=champion.release_id,
        trained_as_of=trained,
        as_of=utc(as_of),
        rows_before=len(people.before["customer_id"]),
        rows_now=len(people.now["customer_id"]),
        features=tuple(people.features()),
        models=tuple(sorted(models, key=lambda one: (_WORST.index(one.verdict.advice), one.verdict.model))),
        guardrails=tuple(guard_rates.rates(settings, as_of)),
        thresholds=given,
    )
