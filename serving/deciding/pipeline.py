"""The one path from a customer to a logged decision, the same for the API, the batch and replay."""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from journeys.book import Book, health, readings
from journeys.guardrails import kill_switch
from regua.clock import local_date, utc
from regua.columns import Array, Columns, Flags
from regua.errors import UnavailableError
from regua.records import Decision
from regua.settings import Settings
from serving.deciding.inputs import CODES, SHAPE, Inputs
from serving.deciding.making import Made, make
from serving.deciding.profiles import Profiles
from serving.degrading import footing
from serving.degrading.codes import MODEL_UNAVAILABLE
from serving.degrading.scoring import PRIORS, ModelFailedError
from serving.happenings.counting import LOOK_BACK
from serving.happenings.live import overlay
from serving.permits.issuing import permit_of
from serving.permits.modes import Mode
from serving.permits.slots import hold_slots
from serving.privacy.forgetting import forgotten
from serving.scoring.scorer import Scorer
from serving.store import Committed, Live, Plan, Store
from serving.store.instants import instant

if TYPE_CHECKING:
    from models.bundle import Bundle
    from serving.degrading.standing import Standing

MOST_TRIES = 25
"""How often customers whose facts keep moving are decided again before the caller is told to come back."""
POLITE_TRIES = 3
"""From here on a caller keeps the others away while it decides, so that many who ask at once all get an answer."""

_LOG = logging.getLogger("regua.pipeline")
Sift = Callable[[Inputs, Scorer, Book, datetime], Flags]
"""Says which rows are worth deciding and logging."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One decision, and the canonical bytes the log holds.

    ``is_claimed``: the permit is in the hands of this very caller, who asked for it and was the first.
    """

    customer_id: str
    decision: Decision
    body: bytes
    is_claimed: bool = False


class Pipeline:
    """Profile, what happened since, scores, journeys, log, answer: in this order, and nothing unlogged leaves.

    Parameters
    ----------
    settings
        Where things lie; the zone of the business day.
    profiles
        Where a customer's profile is read.
    bundle
        The release at work, None before there is one; a :class:`~serving.scoring.scorer.Scorer` is taken as it is.
    book
        Journeys and policies.
    store
        The decision log.
    standing
        Says what stops every contact now; nothing does when None.
    """

    def __init__(
        self,
        settings: Settings,
        profiles: Profiles,
        bundle: "Bundle | Scorer | None",
        book: Book,
        store: Store,
        standing: "Standing | None" = None,
    ) -> None:
        self.settings, self.profiles, self.book, self.store = settings, profiles, book, store
        self.standing, self._readings = standing, settings.home / readings.FILE
        self.scorer = bundle if isinstance(bundle, Scorer) else Scorer(bundle, settings.threads)
        store.texts.keep("books", {book.digest: book.text})
        store.texts.keep("shapes", {SHAPE.digest: SHAPE.text})

    def adopt(self, scorer: Scorer, book: Book | None = None) -> None:
        """Take up another release, or another book, from the next decision on."""
        self.scorer = scorer
        if book is not None and book is not self.book:
            self.store.texts.keep("books", {book.digest: book.text})
            self.book = book

    def decide(self, customer_ids: Sequence[str], moment: datetime) -> list[Decision]:
        """Decide for customers at a moment and log it; see :meth:`answer`."""
        return [answer.decision for answer in self.answer(customer_ids, moment)]

    def answer(
        self, customer_ids: Sequence[str], moment: datetime, mode: Mode = Mode.LIVE, *, auto_claim: bool = False
    ) -> list[Answer]:
        """Decide for customers at a moment; every answer is on the disk before it is returned.

        Parameters
        ----------
        customer_ids
            Whom to decide about; unknown customers get no contact and the reason ``no_profile``. Each is decided
            once, however often it is named.
        moment
            The moment decided for. Decided again at the same moment on the same facts, the same bytes come back;
            at another moment of the day, the contact planned before counts as an attempt.
        mode
            Live decisions commit with a permit for their contact; a shadow is logged apart and permits nothing; a dry
            run leaves no trace.
        auto_claim
            Whether the caller takes the permits at once, for want of a second call just before it sends.

        Returns
        -------
        One answer a customer in the order asked, first mentions only.

        Raises
        ------
        UnavailableError
            The log cannot be written, or others kept changing the same customers' facts.
        """
        wanted = list(dict.fromkeys(customer_ids))
        answers = self.run(wanted, utc(moment), mode=mode, auto_claim=auto_claim)
        return [answers[customer_id] for customer_id in wanted]

    def run(
        self,
        customer_ids: Sequence[str],
        moment: datetime,
        sift: Sift | None = None,
        *,
        mode: Mode = Mode.LIVE,
        auto_claim: bool = False,
    ) -> dict[str, Answer]:
        """Decide and log, again and again for those whose facts move meanwhile; ``sift`` may leave rows out.

        Whose slot another permit turns out to hold, and whom another decision of this very moment contacts, is decided
        again in the knowledge of it.
        """
        answers: dict[str, Answer] = {}
        waiting, beside = list(customer_ids), set[str]()
        for tried in range(MOST_TRIES):
            is_alone = tried >= POLITE_TRIES and mode is Mode.LIVE
            with self.store.alone_with(waiting) if is_alone else nullcontext():
                inputs, live = self.inputs(waiting, moment, beside, whole=auto_claim)
                made = self._make(inputs, moment, sift, mode)
                if mode is not Mode.LIVE:
                    return self._rehearsed(made, mode)
                unaware = unaware_of(made, live.uncounted)
                aware = [one for one in made if one.row.customer_id not in unaware]
                committed = self._commit(aware, live, auto_claim=auto_claim)
            stand = answered(aware, committed, auto_claim=auto_claim)
            answers |= stand
            beside |= committed.taken | unaware
            waiting = [one.row.customer_id for one in made if one.row.customer_id not in stand]
            if not waiting:
                return answers
        raise UnavailableError(
            f"{len(waiting)} customers' facts changed {MOST_TRIES} times while they were being decided",
            expected="a moment of quiet",
            remedy="ask again; look for a caller that repeats itself without end",
        )

    def _make(self, inputs: Inputs, moment: datetime, sift: Sift | None, mode: Mode) -> list[Made]:
        if sift is not None:
            inputs = inputs.take(sift(inputs, self.scorer, self.book, moment))
        try:
            return make(inputs, self.scorer, self.book, moment, mode)
        except ModelFailedError as problem:
            _LOG.warning("decided without models: %s", problem.found)
            footing.add_code(inputs.columns, MODEL_UNAVAILABLE)
            return make(inputs, PRIORS, self.book, moment, mode)

    def decide_columns(self, columns: Columns, moment: datetime) -> list[Decision]:
        """Decide on complete inputs, without reading or writing anything: for what-if."""
        return [made.decision for made in make(Inputs.fit(columns), self.scorer, self.book, utc(moment))]

    def inputs(
        self, customer_ids: Sequence[str], moment: datetime, beside: Collection[str] = (), *, whole: bool = False
    ) -> tuple[Inputs, Live]:
        """Read profiles and lay over them what happened since: all a decision will see, and what the log had of it.

        ``beside`` are customers of whom another decision of this very moment stands: of them it counts as well.
        ``whole``: whatever was acknowledged counts, by however wrong a clock.
        """
        profile = self.profiles.read(customer_ids, moment)
        live = self.store.live(customer_ids, looking_back(profile, moment), moment, beside, whole=whole)
        return self.laid_over(profile, live, moment), live

    def laid_over(self, profile: Columns, live: Live, moment: datetime) -> Inputs:
        """Lay what happened since over profiles that were read, and put today's channels and slots beside them."""
        stamps = profile["profile_at"]
        if live.erased_at:
            profile = forgotten(profile, live.erased_at)
            stamps = profile["profile_at"]
        inputs = Inputs.fit(profile, instead={"profile_at": as_text(stamps), CODES: footing.stale_codes(profile)})
        overlay(inputs.columns, stamps, live, moment, self.settings.zone)
        hold_slots(inputs.columns, live.plans, moment, self.book.policies.zone)
        if live.stopped:
            inputs.columns[kill_switch.SWITCHES][:] = kill_switch.written(live.stopped)
        self._tell_footing(inputs.columns, profile, moment)
        for name, value in self._channels(moment):
            inputs.columns[name][:] = value
        return inputs

    def stops(self, moment: datetime) -> tuple[str, ...]:
        """Return the codes of what stops every contact of the portfolio at a moment."""
        return self.standing.stops(moment, self.book) if self.standing else ()

    def _tell_footing(self, columns: dict[str, Array], profile: Columns, moment: datetime) -> None:
        """Tell of each row what stands in, what is missing and what stops its contacts."""
        critical = self.book.policies.on(local_date(moment, self.book.policies.zone)).critical
        footing.tell(columns, profile, self.stops(moment), critical)
        if self.scorer.stands_in:
            footing.add_code(columns, MODEL_UNAVAILABLE)

    def _channels(self, moment: datetime) -> Iterator[tuple[str, float]]:
        """Say how the channels stand, where the house keeps readings of them: health and today's prices."""
        states = readings.states(self._readings, self.book.channels, moment)
        return health.columns(states, moment)

    def scored(self, customer_ids: Sequence[str], moment: datetime) -> dict[str, Array]:
        """Return inputs and scores without deciding or logging anything."""
        inputs, _ = self.inputs(customer_ids, utc(moment))
        return {**inputs.columns, **self.scorer.score(inputs.columns)}

    def _commit(self, made: Sequence[Made], seen: Live, *, auto_claim: bool) -> Committed:
        """Log decisions with their permits in one transaction."""
        asked = (permit_of(one.decision, is_claimed=auto_claim) for one in made)
        return self.store.commit([one.row for one in made], seen.watermark, [one for one in asked if one is not None])

    def _rehearsed(self, made: Sequence[Made], mode: Mode) -> dict[str, Answer]:
        """Answer without moving anybody; shadows are kept, apart from the log."""
        if mode is Mode.SHADOW:
            self.store.shadows.keep([one.row for one in made])
        return {one.row.customer_id: Answer(one.row.customer_id, one.decision, one.row.body) for one in made}


def unaware_of(made: Sequence[Made], uncounted: Sequence[Plan]) -> set[str]:
    """Name the customers of whom an earlier decision of the same moment plans a contact that a new one did not count.

    A decision that is there already is the same question asked again, and knows all it knew.
    """
    there, contacted = {one.decision_id for one in uncounted}, {one.customer_id for one in uncounted}
    return {one.row.customer_id for one in made if one.row.decision_id not in there} & contacted


def answered(made: Sequence[Made], committed: Committed, *, auto_claim: bool) -> dict[str, Answer]:
    """Return the answers that stand after a commit, by customer: those in the log already with the bytes they had."""
    left_out = committed.moved | committed.taken
    return {
        one.row.customer_id: Answer(
            one.row.customer_id,
            one.decision,
            committed.repeated.get(one.row.decision_id, one.row.body),
            # Whoever asks again gets the same decision, but not the permit a second time.
            auto_claim
            and one.decision.permit is not None
            and one.row.decision_id not in committed.repeated
            and one.row.customer_id not in committed.unclaimed,
        )
        for one in made
        if one.row.customer_id not in left_out
    }


def looking_back(profile: Columns, moment: datetime) -> datetime:
    """Say from when the log has to be read beside some profiles: the longest window of a rule before the oldest."""
    stamps = profile["profile_at"]
    known = stamps[~np.isnat(stamps)]
    return (min(utc(known.min().item()), moment) if known.size else moment) - LOOK_BACK


def as_text(stamps: Array) -> Array:
    """Write instants as text, NULL where there is none.

    Examples
    --------
    >>> as_text(np.array(["2026-03-04T03:00", "NaT"], "datetime64[us]")).tolist()
    ['2026-03-04T03:00:00.000000Z', None]
    """
    written = np.empty(len(stamps), dtype=object)
    written[:] = [stamp if stamp is None else instant(stamp) for stamp in stamps.tolist()]
    return written
