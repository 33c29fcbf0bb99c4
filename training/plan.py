"""Which models to learn from which stretch of history: the one thing that differs between two books."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models import SPECS, ModelSpec
from regua.clock import utc
from regua.errors import DataError, Place

PLANS = Path(__file__).parent / "plans"
DEFAULT = PLANS / "default.yaml"
DEEPEST = 100_000
"""Days past due that nothing exceeds."""

_ON_THE_GRID = ("contract", "arrangement")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelPlan(_Strict):
    """What this book changes in a model's definition; what is left out stays as the model says."""

    gap_days: int | None = Field(None, ge=0, le=365)
    performance_days: int | None = Field(None, ge=1, le=1_000)
    observed_days_past_due: tuple[int, int] | None = Field(None, description="First and last day past due observed.")
    observe_once: bool = Field(default=False, description="Only a contract's first observation counts.")
    rows_maximum: int | None = Field(None, ge=100, description="Rows of this model; the plan's where left out.")


class Moments(_Strict):
    """The grid of snapshot moments, counted back from the moment of training."""

    every_days: int = Field(15, ge=1, le=365)
    back_days: int = Field(300, ge=1, le=5_000)


class Split(_Strict):
    """Where time is cut into learning, calibrating and testing: by dates, or by shares of the moments."""

    calibrate_from: date | None = None
    test_from: date | None = None
    calibrate_share: float = Field(0.2, ge=0, lt=1)
    test_share: float = Field(0.25, ge=0, lt=1)
    customers: tuple[float, float, float] = Field(
        (0.5, 0.25, 0.25), description="Chances of a customer seen in all periods to learn, calibrate, test."
    )


class Plan(_Strict):
    """How to learn from one book.

    Examples
    --------
    >>> plan = read(DEFAULT)
    >>> plan.spec("roll_risk").performance_days
    30
    """

    name: str
    models: dict[str, ModelPlan]
    moments: Moments = Moments()
    split: Split = Split()
    treatment_back_days: int = Field(
        480, ge=1, le=5_000, description="Treatment choices of this past are learned from."
    )
    treatments_maximum: int = Field(5_000, ge=10, description="Choices of one arm; the least likely ones come first.")
    weight_maximum: float = Field(20, ge=1, description="Inverse propensities are cut here.")
    rows_maximum: int = Field(60_000, ge=100, description="Rows of one model; drawn by customer above.")
    customers_maximum: int = Field(50_000, ge=100, description="Customers learned from; drawn by key above.")
    trials: int = Field(6, ge=1, le=500)
    tuning_rows: int = Field(12_000, ge=100)
    trees_maximum: int = Field(150, ge=1, le=5_000)
    decisions_may_change: float = Field(
        0.10, ge=0, le=1, description="Share of customers asked about whom a new release may treat otherwise."
    )

    def spec(self, name: str) -> ModelSpec:
        """Return a model's definition with this book's windows."""
        changes: dict[str, Any] = self.models[name].model_dump(include={"gap_days", "performance_days"})
        return replace(SPECS[name], **{key: value for key, value in changes.items() if value is not None})

    @property
    def longest_days_past_due(self) -> int:
        """The deepest arrears any model observed on the grid asks about."""
        ranges = (self.models[name].observed_days_past_due for name in self.models if self._is_on_the_grid(name))
        return max((observed[1] if observed else DEEPEST for observed in ranges), default=0)

    def _is_on_the_grid(self, name: str) -> bool:
        return self.spec(name).unit in _ON_THE_GRID

    def rows_of(self, name: str) -> int:
        """Return the most rows a model may have."""
        return self.models[name].rows_maximum or self.rows_maximum

    def grid(self, as_of: datetime) -> list[datetime]:
        """List the moments to take snapshots at, oldest first: those whose shortest window has closed by ``as_of``.

        The grid is fixed to the calendar, at ``as_of``'s time of day, so that training again a week later finds most
        of its snapshots made.
        """
        last = utc(as_of).replace(second=0, microsecond=0)
        observed = (self.spec(name) for name in self.models if self._is_on_the_grid(name))
        shortest = min((spec.window_days for spec in observed), default=0)
        ages = range(self.moments.back_days, max(shortest, 1) - 1, -1)
        days = (last - timedelta(days=age) for age in ages)
        return [day for day in days if day.toordinal() % self.moments.every_days == 0]


def read(path: Path = DEFAULT) -> Plan:
    """Read a plan.

    Raises
    ------
    DataError
        The file is missing, is no YAML, or says something a plan does not know.
    """
    try:
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
        plan = Plan.model_validate(body)
    except OSError as problem:
        raise DataError(f"no plan at {path}", expected=f"a YAML file such as {DEFAULT}") from problem
    except yaml.YAMLError as problem:
        raise DataError(f"no YAML: {problem}", expected="a plan such as default.yaml", place=Place(path)) from problem
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the plan"
        raise DataError(
            f"{where}: {first['input']!r}",
            expected=first["msg"].lower(),
            remedy="compare default.yaml",
            place=Place(path),
        ) from problem
    if unknown := set(plan.models) - set(SPECS):
        raise DataError(f"unknown models: {', '.join(sorted(unknown))}", expected=", ".join(SPECS), place=Place(path))
    return plan
