"""A sandbox at work: its clock is set and moved, customers are cast, and what is due happens as the clock passes it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

from regua.clock import Clock, utc
from regua.errors import ConflictError, NotFoundError, RequestError
from regua.records import Event, canonical, digest
from regua.settings import Settings
from regua.vocabulary import Channel, EventKind
from serving.deciding.profiles import Profiles
from serving.sandbox.clock import SandboxClock
from serving.sandbox.parts import SOON, Actor, Part, script
from serving.sandbox.profiles import SandboxProfiles
from serving.store import PermitState, Store
from serving.store.sandbox import KeptClock

SOURCE = "sandbox"
"""Who reports what test customers do."""
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
FARTHEST = timedelta(days=366)
"""How far a clock may be moved at once."""
MOST_ACTORS = 1_000


class Sandbox:
    """The clock and the test customers of one portfolio, in the environment ``test`` and nowhere else.

    Parameters
    ----------
    settings
        The zone of the business day.
    store
        Where clocks and customers are kept, for all processes.
    clock
        What time it is before a test clock is set.
    profiles
        Where the home's own customers are read.
    """

    def __init__(self, settings: Settings, store: Store, clock: Clock, profiles: Profiles) -> None:
        self._zone, self._store = settings.zone, store
        self.clock = SandboxClock(store, clock)
        self.profiles = SandboxProfiles(settings, store, profiles)

    def set_clock(self, at: datetime, by: str, name: str) -> KeptClock:
        """Put a clock in force: from now on it is this instant, until the clock is moved.

        Parameters
        ----------
        name
            Tells the request apart from every other: the same one makes the same clock.

        Raises
        ------
        RequestError
            No clock of a sandbox shows this year.
        ConflictError
            The clock in force is further, or something was decided after that instant: time goes forward.
        """
        at = _within(at, "/at")
        with self._store.unit():
            self._store.sandbox.hold()
            before, decided = self._store.sandbox.clock(), self._store.sandbox.last_decided()
            latest = max((one for one in (before.at if before else None, decided) if one), default=None)
            if latest is not None and at < latest:
                raise ConflictError(
                    f"{at.isoformat()} lies before {latest.isoformat()}, which this sandbox has come to",
                    expected="an instant not before that: time goes forward",
                    remedy="set it later, or begin another sandbox with a REGUA_PORTFOLIO or REGUA_HOME of its own",
                )
            made = KeptClock(f"clk_{digest(canonical([self._store.portfolio, by, name]))[:26]}", at, at, by)
            self._play(before.at if before else FIRST, at)
            # What was told before by a clock further on would never be late by this one.
            self._store.feeds.take_back(at)
            self._store.sandbox.keep_clock(made)
        return made

    def advance(self, clock_id: str, to: datetime | None, by: timedelta | None = None) -> KeptClock:
        """Move the clock in force to a later instant, or on by a time; what is due until then happens in its order.

        Permits run out, and test customers play their parts, each event at its own instant: all in one transaction.

        Raises
        ------
        NotFoundError
            There is no such clock.
        ConflictError
            Another one was set since.
        RequestError
            It is not later, or too far.
        """
        with self._store.unit():
            self._store.sandbox.hold()
            clock, newest = self._store.sandbox.clock_of(clock_id), self._store.sandbox.clock()
            if newest is None or newest.clock_id != clock_id:
                raise ConflictError(
                    f"{clock_id} was replaced by {newest.clock_id if newest else 'none'}", expected="the clock in force"
                )
            target = _within(to if to is not None else clock.at + (by or timedelta()), "/to")
            if not clock.at < target <= clock.at + FARTHEST:
                raise RequestError(
                    f"to: {target.isoformat()}, and the clock shows {clock.at.isoformat()}",
                    expected=f"a later instant, at most {FARTHEST.days} days on",
                    param="/to",
                )
            self._play(clock.at, target)
            return self._store.sandbox.move(clock, target)

    def cast(self, actor: Actor) -> list[Event]:
        """Let a test customer play its part from now on; return what will happen with it.

        Raises
        ------
        ConflictError
            There is somebody of this name, or there are too many.
        """
        self._store.sandbox.keep_actor(actor.kept(), MOST_ACTORS)
        return script(actor, self._zone)

    def actor(self, customer_id: str) -> tuple[Actor, list[Event]]:
        """Read a test customer, and what happens with it.

        Raises
        ------
        NotFoundError
            Nobody of this name plays a part.
        """
        kept = self._store.sandbox.actors_among([customer_id]).get(customer_id)
        if kept is None:
            raise NotFoundError(
                f"no test customer {customer_id}", expected="the customer_id that making one was answered with"
            )
        actor = Actor.of(kept)
        return actor, script(actor, self._zone)

    def _play(self, after: datetime, until: datetime) -> None:
        """Let all happen that is due in a stretch of time, each instant in its order."""
        actors = [Actor.of(one) for one in self._store.sandbox.actors()]
        due = [event for one in actors for event in script(one, self._zone) if after < event.known_at <= until]
        due += self._late_reports([one.customer_id for one in actors if one.part is Part.PROVIDER_TIMEOUT], until)
        due.sort(key=lambda event: (event.known_at, event.event_id))
        for at, told in groupby(due, key=lambda event: event.known_at):
            self._expire(at)
            self._store.record(list(told), source=SOURCE)
        self._expire(until)

    def _late_reports(self, customer_ids: Sequence[str], until: datetime) -> list[Event]:
        """Report what a provider that had not answered did after all: it sent, and told an hour later."""
        unknown = self._store.permits.of(customer_ids, (PermitState.UNKNOWN,)) if customer_ids else []
        return [
            Event(
                f"{one.decision_id}.{kind}",
                kind,
                one.customer_id,
                one.changed_at,
                one.changed_at + SOON,
                one.contract_id,
                one.decision_id,
                Channel(one.channel),
            )
            for one in unknown
            if one.changed_at + SOON <= until
            for kind in (EventKind.CONTACT_SENT, EventKind.CONTACT_DELIVERED)
        ]

    def _expire(self, at: datetime) -> None:
        while self._store.permits.expire(at):
            pass


def _within(at: datetime, param: str) -> datetime:
    """Return an instant in UTC that a sandbox's clock can show."""
    # Compared before it is turned to UTC: at the ends of the calendar that cannot be done.
    if not FIRST <= at <= LAST:
        raise RequestError(
            f"{param[1:]}: an instant no test clock shows",
            expected=f"one from {FIRST:%Y} to {LAST:%Y}",
            param=param,
        )
    return utc(at)
