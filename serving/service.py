"""One home at work: its store, book, releases and profiles put together, for the API and the command line."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from journeys import book as books
from journeys.book.journeys import CompiledJourney
from regua.clock import Clock
from regua.columns import text
from regua.errors import ReguaError
from regua.settings import Settings
from serving.changes.control import ChangeControl
from serving.changes.drafting import policy_digest
from serving.changes.live_book import BOOK, LiveBook
from serving.deciding.pipeline import Answer, Pipeline
from serving.deciding.profiles import OnlineStore, Profiles, SnapshotProfiles
from serving.degrading.profiles import SteadyProfiles
from serving.degrading.standing import Standing
from serving.happenings.intake import Report, take_in
from serving.permits.modes import AS_USUAL, How, Mode
from serving.sandbox.profiles import SandboxProfiles
from serving.sandbox.sandbox import Sandbox
from serving.scoring.releases import Releases
from serving.scoring.scorer import NO_BUNDLE, SCORES
from serving.store import Store
from serving.telemetry.degraded import Watch
from serving.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from serving.access.access import Access

RESTS_SECONDS = 1.0
"""How long after it can answer a service waits before it prepares what can wait."""


class Service:
    """Everything a running Regua needs, opened once; in the environment ``test`` with a ``sandbox``, else with none.

    Parameters
    ----------
    settings
        Where things lie.
    clock
        Says the moment of each decision.
    profiles
        Where profiles are read from.
    book
        The journeys and policies at work; those a change put live, or the shipped ones, when None.
    goes_on
        Whether it starts on documented priors where the champion cannot be used, as a service does that must answer.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        profiles: Profiles,
        book: "books.Book | None" = None,
        *,
        goes_on: bool = False,
    ) -> None:
        self.settings, self.store = settings, Store.open(settings)
        self.sandbox: Sandbox | None = None
        if settings.environment == "test":
            self.sandbox = Sandbox(settings, self.store, clock, profiles)
            clock, profiles = self.sandbox.clock, self.sandbox.profiles
        self.clock, self.releases = clock, Releases(settings, goes_on=goes_on)
        self.live_book = LiveBook(self.store, book)
        self.changes = ChangeControl(settings, self.store, lambda: self)
        self.switches = self.store.switches
        self.metrics, self.watch = Metrics(self.store, clock), Watch()
        # A sandbox's clock is put where somebody wants it: it claims to be right as little as a test's does.
        self.standing = Standing(settings, self.store, clock)
        scorer = self.releases.current()
        self.pipeline = Pipeline(settings, profiles, scorer, self.book, self.store, self.standing)

    @classmethod
    def open(cls, settings: Settings, clock: Clock, *, online: bool = True, journeys: Path | None = None) -> "Service":
        """Open a home: with Feast's online store for a few customers, or the snapshots for many."""
        profiles: Profiles = OnlineStore(settings) if online else SnapshotProfiles(settings)
        return cls(settings, clock, profiles, books.load(journeys) if journeys else None)

    @classmethod
    def serving(cls, settings: Settings, clock: Clock) -> "Service":
        """Open a home to serve callers: what is away, slow or unusable is answered for by what stands in."""
        return cls(settings, clock, SteadyProfiles.of(settings), goes_on=True)

    @property
    def book(self) -> "books.Book":
        """The journeys and policies at work."""
        return self.live_book.book

    @cached_property
    def access(self) -> "Access":
        """The door: who calls, and what they may do; made when it is first asked for."""
        from serving.access.access import Access

        return Access(self.settings, self.store)

    def quicken(self) -> None:
        """Prepare for callers who ask about few customers at a time, beside the requests: answers stay the same."""
        rest = self.releases.prepare()

        def later() -> None:
            # Who waited for the start is answered first.
            Event().wait(RESTS_SECONDS)
            rest()

        Thread(target=later, name="quicken", daemon=True).start()

    def decide(self, customer_ids: Sequence[str], moment: datetime | None = None) -> dict[str, bytes]:
        """Decide now, or for a moment just noted, and log; return the canonical bytes by customer."""
        return {name: answer.body for name, answer in self.answers(customer_ids, moment=moment).items()}

    def answers(
        self, customer_ids: Sequence[str], how: How = AS_USUAL, moment: datetime | None = None
    ) -> dict[str, Answer]:
        """Decide as asked, now or for a moment just noted; see :meth:`serving.deciding.pipeline.Pipeline.answer`."""
        asked = self._ready().answer(customer_ids, moment or self.clock.now(), how.mode, auto_claim=how.auto_claim)
        if how.mode is Mode.LIVE:
            self.metrics.decided(answer.decision for answer in asked)
        return {answer.customer_id: answer for answer in asked}

    def score(self, customer_ids: Sequence[str]) -> Mapping[str, Any]:
        """Score now, deciding and logging nothing."""
        moment = self.clock.now()
        pipeline = self._ready()
        columns = pipeline.scored(customer_ids, moment)
        results = [
            {
                "customer_id": customer_id,
                "has_profile": bool(columns["has_profile"][row]),
                "scores": {name: float(columns[name][row]) for name in SCORES},
                "degraded": [*(columns["input_codes"][row] or ()), *text(columns, "score_sources")[row]],
            }
            for row, customer_id in enumerate(customer_ids)
        ]
        return {"release_id": pipeline.scorer.release_id, "scored_at": moment, "results": results}

    def take_in(self, items: Sequence[tuple[str, Any]], *, in_envelopes: bool = False) -> list[Report]:
        """Keep reported events; see :func:`serving.happenings.intake.take_in`."""
        reports = take_in(self.store, items, self.clock.now(), in_envelopes=in_envelopes)
        self.metrics.reported(report.status for report in reports)
        return reports

    def journeys(self) -> Mapping[str, Any]:
        """Summarise the book at work."""
        return {"book_digest": self.book.digest, "journeys": [_summary(one) for one in self.book.journeys]}

    def readiness(self) -> dict[str, Any]:
        """Try each part an answer needs, and say which fails and why."""
        parts = {
            "release": self._release(),
            "book": self._book(),
            "profiles": self._profiles(),
            "decision_log": self._decision_log(),
        }
        is_ready = all(part["is_ready"] for part in parts.values())
        return {"is_ready": is_ready, "parts": parts, "contacts_stopped_by": self._stops()}

    def at_work(self) -> dict[str, Any]:
        """Name the release, the book and the policies that answer now; nothing is read for it."""
        book, release_id = self.book, self.releases.current().release_id
        release = {"release_id": release_id, "has_models": release_id != NO_BUNDLE}
        return {**release, "book_digest": book.digest, "policy_digest": policy_digest(book)}

    def close(self) -> None:
        """Close the decision log."""
        self.store.close()

    def _ready(self) -> Pipeline:
        self.pipeline.adopt(self.releases.current(), self.live_book.current())
        return self.pipeline

    def _book(self) -> dict[str, Any]:
        try:
            book, lived = self.live_book.current(), self.store.changes.live(BOOK)
        except ReguaError as failed:
            return {**_names(self.book), "is_ready": False, "problem": failed.found, "try": failed.remedy}
        problem = self.live_book.problem
        change_id = lived.change_id if lived and lived.target == book.digest else None
        state = {"is_ready": bool(book.journeys), **_names(book), "change_id": change_id}
        return state if problem is None else {**state, "kept_last_good": True, "problem": problem.found}

    def _decision_log(self) -> dict[str, Any]:
        state = _tried(lambda: self.store.decided_since(self.clock.now()))
        trouble = self.store.trouble()
        if trouble is None or not state["is_ready"]:
            return state
        return {"is_ready": False, "problem": trouble, "try": "check the disk and its room, or the server"}

    def _stops(self) -> list[str]:
        try:
            return list(self.pipeline.stops(self.clock.now()))
        except ReguaError:  # that the store is away is told as one of the parts
            return []

    def _profiles(self) -> dict[str, Any]:
        profiles = self.pipeline.profiles
        state = _tried(lambda: profiles.read(["readiness"], self.clock.now()))
        problem = profiles.problem if isinstance(profiles, SteadyProfiles | SandboxProfiles) else None
        return state if problem is None else {**state, "stands_in": True, "problem": problem}

    def _release(self) -> dict[str, Any]:
        scorer = self.releases.current()
        problem = self.releases.problem
        state = {"is_ready": True, "release_id": scorer.release_id, "has_models": scorer.release_id != NO_BUNDLE}
        if problem is None:
            return state
        return {**state, "stands_in" if scorer.stands_in else "kept_last_good": True, "problem": problem.found}


def _tried(part: Any) -> dict[str, Any]:
    try:
        part()
    except ReguaError as problem:
        return {"is_ready": False, "problem": problem.found, "try": problem.remedy}
    except Exception as problem:  # whatever fails, readiness says so instead of failing
        return {"is_ready": False, "problem": f"{type(problem).__name__}: {problem}"}
    return {"is_ready": True}


def _names(book: "books.Book") -> dict[str, Any]:
    return {"digest": book.digest, "policy_digest": policy_digest(book)}


def _summary(journey: CompiledJourney) -> dict[str, Any]:
    return {
        "journey": journey.name,
        "version": journey.version,
        "title": journey.written.title.both(),
        "purpose": journey.written.purpose.both(),
        "steps": len(journey.written.steps),
    }
