"""Judge what answers with an hour or a curve on cases that are later and belong to other people."""

from datetime import datetime

import numpy as np

from models import curve, slots, timing
from models.artifact import Artifact
from models.measure import Figure
from models.timing import Months
from regua.columns import Columns
from training.examples import Examples


def judge(artifact: Artifact, test: Examples, extras: Columns, since: datetime | None = None) -> dict[str, Figure]:
    """Measure a table of hours or a recovery curve out of time.

    Parameters
    ----------
    artifact
        What was taught without these cases; a prior is not measured.
    test, extras
        Cases of the customers of the test fold, of the artifact's own arm, and what the cases told besides. Months of a
        curve are weighted by what was left when they began.
    since
        When testing begins: of a curve's months, those that ended later are measured.

    Returns
    -------
    Figures by group, ``pooled`` first: of :func:`models.timing.hours` or :func:`models.timing.months`.
    """
    if artifact.kind == "prior" or not len(test):
        return {}
    if artifact.answers == "slots":
        return {"pooled": _hours(artifact, test, extras)}
    return _months(artifact, test, extras, since)


def _hours(artifact: Artifact, test: Examples, extras: Columns) -> Figure:
    """Measure the hours; the weekday is that of the sending, and the book's own slots are those of nobody's tries."""
    table, day = artifact.body["table"], {"day_of_week": extras["weekday"] + 1.0}
    counts = {name: test.columns[name] for name in slots.COUNTS if name in test.columns}
    said, population = slots.chances(table, {**counts, **day}), slots.chances(table, day)
    return timing.hours(said, population, extras["slot"].astype(np.int64), test.label > 0, test.customer)


def _months(artifact: Artifact, test: Examples, extras: Columns, since: datetime | None) -> dict[str, Figure]:
    month = extras["month"]
    after = None if since is None else np.datetime64(since.replace(tzinfo=None), "us")
    months = Months(month, extras["followed"], extras["months_over"], test.moment, test.customer, after)
    horizons = [int(one) for one in artifact.body["horizons"]]
    recovered = dict(zip(horizons, artifact.scores(test.columns).values(), strict=True))
    hazard = curve.hazards(artifact, artifact.encoder.encode(test.columns), month)
    return timing.months(test.label, hazard, recovered, months, test.weight)
