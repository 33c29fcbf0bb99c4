"""How large is each segment on the current book? Counted on the newest profiles, with the scores of the release."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from journeys.book import Book
from journeys.stages.case import Case
from journeys.stages.segment import segment
from journeys.telling.segments import describe, percent
from regua.clock import utc
from regua.columns import Array, Flags, number
from regua.errors import BundleError, NotFoundError
from regua.settings import Settings
from serving.deciding.batch import everybody
from serving.deciding.pipeline import Pipeline
from serving.deciding.profiles import SnapshotProfiles, TableProfiles
from serving.scoring.releases import Releases
from serving.scoring.scorer import NO_BUNDLE, Scorer
from serving.store import Store

NO_GRADE = "none"
"""Who fits no grade: a figure the band reads is missing."""


@dataclass(slots=True)
class Count:
    """Customers of one grade, those of them in arrears, and what they owe overdue, in cents."""

    customers: int = 0
    in_arrears: int = 0
    overdue_cents: int = 0

    def add(self, where: Flags, overdue: Array) -> None:
        """Count some customers."""
        owed = overdue[where]
        self.customers += int(where.sum())
        self.in_arrears += int((owed > 0).sum())
        self.overdue_cents += int(owed.sum())


@dataclass(slots=True)
class Sizes:
    """The size of each segment; ``missing`` says, in words, what the figures lack."""

    moment: datetime
    release_id: str = NO_BUNDLE
    customers: int = 0
    counts: dict[str, dict[str, Count]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def to_dict(self, book: Book) -> dict[str, Any]:
        """Return the segments in words, each grade with its size where there is one."""
        told = describe(book)
        for entry in told:
            counts = self.counts.get(entry["segment"], {})
            if NO_GRADE in counts:
                entry["grades"].append({"grade": NO_GRADE, "where": None, "keep": None})
            listed = [counts[grade["grade"]] for grade in entry["grades"] if counts]
            sizes = [one.customers for one in listed]
            # Of a group the rest is everybody else.
            shares = percent([*sizes, self.customers - sum(sizes)], self.customers)
            for grade, count, share in zip(entry["grades"], listed, shares, strict=False):
                grade |= {
                    "customers": count.customers,
                    "percent": share,
                    "in_arrears": count.in_arrears,
                    "overdue_cents": count.overdue_cents,
                }
        return {
            "moment": self.moment,
            "release_id": self.release_id,
            "customers": self.customers if self.counts else None,
            "missing": self.missing,
            "segments": told,
        }


def size(
    settings: Settings,
    book: Book,
    moment: datetime,
    *,
    profiles: TableProfiles | None = None,
) -> Sizes:
    """Count every segment of a book over everyone in the newest snapshot at or before a moment.

    The bands are those a decision at this moment would see, with what happened since the snapshot and with the grades
    customers had before. Nothing is decided and nothing logged.

    Parameters
    ----------
    settings
        Where things lie; ``chunk_rows`` customers are held in memory at once.
    book
        Whose segments are counted.
    moment
        The moment they are counted for.
    profiles
        Whom to count; everyone in the snapshot when None.

    Returns
    -------
    The counts of each band's grades, with ``none`` for who fits none, add up to ``customers``; without a snapshot there
    are no counts, and ``missing`` says so.
    """
    moment = utc(moment)
    sizes = Sizes(moment)
    try:
        names = profiles.customer_ids if profiles else everybody(settings, moment)
    except NotFoundError as problem:
        sizes.missing.append(f"{problem.found}; try: {problem.remedy}")
        return sizes
    store = Store.open(settings)
    try:
        read = profiles or SnapshotProfiles(settings)
        pipeline = Pipeline(settings, read, _release(settings, sizes.missing), book, store)
        sizes.release_id = pipeline.scorer.release_id
        for start in range(0, len(names), settings.chunk_rows):
            chunk = names[start : start + settings.chunk_rows]
            _count(sizes, book, pipeline.scored(chunk, moment), moment)
    finally:
        store.close()
    return sizes


def _release(settings: Settings, missing: list[str]) -> Scorer | None:
    """Return the release at work, or say why averages stand in for scores."""
    try:
        scorer = Releases(settings).current()
    except BundleError as problem:
        missing.append(
            f"the release cannot be used, averages stand in for scores: {problem.found}; try: {problem.remedy}"
        )
        return None
    if scorer.bundle is None:
        missing.append("no release, averages stand in for scores; try: regua learn, then regua promote challenger")
    return scorer


def _count(sizes: Sizes, book: Book, columns: dict[str, Array], moment: datetime) -> None:
    case = Case(columns, book, moment)
    found = segment(case)
    overdue = np.nan_to_num(number(columns, "customer_balance_overdue_cents"))
    sizes.customers += case.n
    for band in book.segments.bands:
        grades = case.columns[band.column]
        counts = sizes.counts.setdefault(band.column, {})
        for label in band.labels:
            where = np.array([grade == label for grade in grades.tolist()], np.bool_)
            counts.setdefault(label or NO_GRADE, Count()).add(where, overdue)
    for group in book.segments.groups:
        sizes.counts.setdefault(group.column, {}).setdefault("yes", Count()).add(found[group.column] > 0, overdue)
