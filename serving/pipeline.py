"""The one path from a customer to a logged decision, the same for the API, the batch and replay."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from features import catalog
from journeys.book import Book, health, readings
from regua.clock import utc
from regua.columns import Array, Columns, Flags, height
from regua.errors import UnavailableError
from regua.records import Decision
from regua.settings import Settings
from serving.counting import LOOK_BACK
from serving.inputs import CODES, SHAPE, Inputs
from serving.live import overlay
from serving.making import Made, make
from serving.profiles import Profiles
from serving.scorer import Scorer
from serving.store import Store, Watermark

if TYPE_CHECKING:
    from models.bundle import Bundle

MOST_TRIES = 25
"""How often customers whose facts keep moving are decided again before the caller is told to come back."""


FEW_STALE = 5
"""Up to here stale features of a view are told one by one; beyond, the view is told as one."""
Sift = Callable[[Inputs, Scorer, Book, datetime], Flags]
"""Says which rows are worth deciding and logging."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One decision, and the canonical bytes the log holds."""

    customer_id: str
    decision: Decision
    body: bytes


class Pipeline:
    """Profile, what happened since, scores, journeys, log, answer: in this order, and nothing unlogged leaves.

    Parameters
    ----------
    settings
        Where things lie; the zone of the business day.
    profiles
        Where a customer's profile is read.
    bundle
        The release at work, None before there is one; a :class:`~serving.scorer.Scorer` is taken as it is.
    book
        Journeys and policies.
    store
        The decision log.
    """

    def __init__(
        self, settings: Settings, profiles: Profiles, bundle: "Bundle | Scorer | None", book: Book, store: Store
    ) -> None:
        self.settings, self.profiles, self.book, self.store = settings, profiles, book, store
        self.scorer = bundle if isinstance(bundle, Scorer) else Scorer(bundle, settings.threads)
        store.keep_texts("books", {book.digest: book.text})
        store.keep_texts("shapes", {SHAPE.digest: SHAPE.text})

    def adopt(self, scorer: Scorer) -> None:
        """Take up another release from the next decision on."""
        self.scorer = scorer

    def decide(self, customer_ids: Sequence[str], moment: datetime) -> list[Decision]:
        """Decide for customers at a moment and log it; see :meth:`answer`."""
        return [answer.decision for answer in self.answer(customer_ids, moment)]

    def answer(self, customer_ids: Sequence[str], moment: datetime) -> list[Answer]:
        """Decide for customers at a moment; every answer is on the disk before it is returned.

        Parameters
        ----------
        customer_ids
            Whom to decide about; unknown customers get no contact and the reason ``no_profile``. Each is decided
            once, however often it is named.
        moment
            The moment decided for. Decided again at the same moment on the same facts, the same bytes come back;
            at another moment of the day, the contact planned before counts as an attempt.

        Returns
        -------
        One answer a customer in the order asked, first mentions only.

        Raises
        ------
        UnavailableError
            The log cannot be written, or others kept changing the same customers' facts.
        """
        wanted = list(dict.fromkeys(customer_ids))
        answers = self.run(wanted, utc(moment))
        return [answers[customer_id] for customer_id in wanted]

    def run(self, customer_ids: Sequence[str], moment: datetime, sift: Sift | None = None) -> dict[str, Answer]:
        """Decide and log, again and again for those whose facts move meanwhile; ``sift`` may leave rows out."""
        answers: dict[str, Answer] = {}
        waiting = list(customer_ids)
        for _ in range(MOST_TRIES):
            inputs, watermark = self.inputs(waiting, moment)
            if sift is not None:
                inputs = inputs.take(sift(inputs, self.scorer, self.book, moment))
            made = make(inputs, self.scorer, self.book, moment)
            stand = self.commit(made, watermark)
            answers |= stand
            waiting = [one.row.customer_id for one in made if one.row.customer_id not in stand]
            if not waiting:
                return answers
        raise UnavailableError(
            f"{len(waiting)} customers' facts changed {MOST_TRIES} times while they were being decided",
            expected="a moment of quiet",
            remedy="ask again; look for a caller that repeats itself without end",
        )

    def decide_columns(self, columns: Columns, moment: datetime) -> list[Decision]:
        """Decide on complete inputs, without reading or writing anything: for what-if."""
        return [made.decision for made in make(Inputs.fit(columns), self.scorer, self.book, utc(moment))]

    def inputs(self, customer_ids: Sequence[str], moment: datetime) -> tuple[Inputs, Watermark]:
        """Read profiles and lay over them what happened since: all a decision will see, and how fresh the log was."""
        profile = self.profiles.read(customer_ids, moment)
        stamps = profile["profile_at"]
        known = stamps[~np.isnat(stamps)]
        since = min(utc(known.min().item()), moment) if known.size else moment
        live = self.store.live(customer_ids, since - LOOK_BACK, moment)
        inputs = Inputs.fit({**profile, "profile_at": as_text(stamps), CODES: stale_codes(profile)})
        overlay(inputs.columns, stamps, live, moment, self.settings.zone)
        for name, value in self._channels(moment):
            inputs.columns[name][:] = value
        return inputs, live.watermark

    def _channels(self, moment: datetime) -> Iterator[tuple[str, float]]:
        """Say how the channels stand, where the house keeps readings of them: health and today's prices."""
        states = readings.states(self.settings.home / readings.FILE, self.book.channels, moment)
        return health.columns(states, moment)

    def scored(self, customer_ids: Sequence[str], moment: datetime) -> dict[str, Array]:
        """Return inputs and scores without deciding or logging anything."""
        inputs, _ = self.inputs(customer_ids, utc(moment))
        return {**inputs.columns, **self.scorer.score(inputs.columns)}

    def commit(self, made: Sequence[Made], watermark: Watermark) -> dict[str, Answer]:
        """Log decisions in one transaction; return those that stand, by customer."""
        committed = self.store.commit([one.row for one in made], watermark)
        return {
            one.row.customer_id: Answer(
                one.row.customer_id, one.decision, committed.repeated.get(one.row.decision_id, one.row.body)
            )
            for one in made
            if one.row.customer_id not in committed.moved
        }


def stale_codes(profile: Columns) -> Array:
    """Tell of each row which features were older than their own limit, and so are NULL."""
    codes = np.full(height(profile), None, dtype=object)
    for row, names in enumerate(profile.get("stale", ())):
        if names:
            codes[row] = _stale_codes(tuple(names))
    return codes


@lru_cache(maxsize=256)
def _stale_codes(names: tuple[str, ...]) -> tuple[str, ...]:
    old, codes = set(names), []
    for view in catalog.VIEWS.values():
        members = sorted(old.intersection(feature.name for feature in view.features))
        codes += [f"stale_{view.name}"] if len(members) > FEW_STALE else [f"stale_{name}" for name in members]
    return tuple(codes)


def as_text(stamps: Array) -> Array:
    """Write instants as text, NULL where there is none.

    Examples
    --------
    >>> as_text(np.array(["2026-03-04T03:00", "NaT"], "datetime64[us]")).tolist()
    ['2026-03-04T03:00:00.000000Z', None]
    """
    written = np.full(len(stamps), None, dtype=object)
    for stamp in np.unique(stamps[~np.isnat(stamps)]):
        written[stamps == stamp] = f"{np.datetime_as_string(stamp, unit='us')}Z"
    return written
