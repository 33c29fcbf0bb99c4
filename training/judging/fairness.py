"""Does a model serve protected groups alike? Read here alone, reported and gated, and never predicted from.

Two questions for each group (Hardt et al. 2016, NeurIPS; Pleiss et al. 2017, NeurIPS): of those who did answer yes, is
the same share among the highest scores as among everybody else (opportunity); and does what happened match what was
said (calibration)? Groups too small to say anything are listed without a figure.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from features import sources
from models.resample import Estimate, times_drawn
from regua.columns import Array, Flags, Numbers
from regua.settings import Settings
from training.examples import Examples

AGE_FLOORS = (0, 30, 45, 60)
AGE_BANDS = ("under_30", "from_30_to_44", "from_45_to_59", "from_60")
MINIMUM_CASES = 150
MINIMUM_POSITIVES = 20
_REPLICATES = 200
_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class People:
    """Sex and year of birth by customer, where they are known; no model ever sees them."""

    sex: dict[str, str]
    birth_year: dict[str, int]


@dataclass(frozen=True, slots=True)
class Group:
    """How one group fares; the estimates are None where it has too few cases.

    ``calibration`` is what was said less what happened, in probability; ``opportunity`` the share of its yes that was
    among the highest scores, less that share among everybody else.
    """

    attribute: str
    name: str
    cases: int
    positives: int
    rate: float
    calibration: Estimate | None
    opportunity: Estimate | None


def people(settings: Settings) -> People:
    """Read the protected attributes of everybody in the book."""
    with sources.open_tables(settings) as connection:
        rows = connection.sql("SELECT customer_id, sex, birth_year FROM customers").fetchall()
    return People(
        {str(who): str(sex) for who, sex, _ in rows if sex is not None},
        {str(who): int(year) for who, _, year in rows if year is not None},
    )


def report(test: Examples, probability: Numbers, known: People) -> tuple[Group, ...]:
    """Measure each group of people among the test cases.

    The highest scores are as many as there were yes, weighted, so that all models are asked alike.
    """
    test, probability = test.take(slice(0, _ROWS)), probability[:_ROWS]
    if not len(test):
        return ()
    chosen = probability >= _threshold(probability, test.weight, float(np.average(test.label, weights=test.weight)))
    found = []
    for attribute, member in _attributes(test, known):
        has = np.array([one is not None for one in member], bool)
        if has.any():
            found += _groups(attribute, test.take(has), probability[has], chosen[has], member[has])
    return tuple(found)


def _attributes(test: Examples, known: People) -> Iterator[tuple[str, Array]]:
    yield "sex", np.array([known.sex.get(who) for who in test.customer], object)
    years = test.moment.astype("datetime64[Y]").astype(int) + 1970
    born = [known.birth_year.get(who) for who in test.customer]
    bands = [
        None if year is None else AGE_BANDS[int(np.searchsorted(AGE_FLOORS, now - year, side="right")) - 1]
        for now, year in zip(years.tolist(), born, strict=True)
    ]
    yield "age", np.array(bands, object)


def _groups(attribute: str, test: Examples, probability: Numbers, chosen: Flags, member: Array) -> list[Group]:
    names = sorted(set(member.tolist()))
    inside = np.stack([member == name for name in names], axis=1).astype(np.float64)
    yes = test.weight * test.label
    parts = np.stack([test.weight, test.weight * (probability - test.label), yes, yes * chosen], axis=1)
    columns = (inside[:, :, None] * parts[:, None, :]).reshape(len(test), -1)
    times = np.vstack([np.ones(len(test)), times_drawn(test.customer, _REPLICATES, f"fairness/{attribute}")])
    sums = (times @ columns).reshape(len(times), len(names), 4)
    others = sums.sum(axis=1, keepdims=True) - sums
    with np.errstate(divide="ignore", invalid="ignore"):
        calibration = sums[..., 1] / sums[..., 0]
        opportunity = sums[..., 3] / sums[..., 2] - others[..., 3] / others[..., 2]
    made = []
    for place, name in enumerate(names):
        cases, positives = int(inside[:, place].sum()), int((inside[:, place] * test.label).sum())
        enough = cases >= MINIMUM_CASES and min(positives, cases - positives) >= MINIMUM_POSITIVES and len(names) > 1
        rate = float(sums[0, place, 2] / sums[0, place, 0])
        both = (_estimate(calibration[:, place]), _estimate(opportunity[:, place])) if enough else (None, None)
        made.append(Group(attribute, str(name), cases, positives, rate, *both))
    return made


def _estimate(draws: Numbers) -> Estimate:
    low, high = np.nanquantile(draws[1:], [0.025, 0.975])
    return Estimate(float(draws[0]), float(low), float(high))


def _threshold(probability: Numbers, weight: Numbers, share: float) -> float:
    order = np.argsort(-probability, kind="stable")
    reached = np.cumsum(weight[order]) >= share * weight.sum()
    return float(probability[order][int(np.argmax(reached))])
