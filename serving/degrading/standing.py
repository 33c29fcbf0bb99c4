"""Whether the service itself can be sure: of the hour, of what was paid, and of the rules."""

from datetime import datetime, timedelta
from time import monotonic

from journeys.book import Book
from regua.clock import Clock, SystemClock, local_date
from regua.settings import Settings
from serving.degrading.codes import CLOCK_UNTRUSTED, PAYMENTS_STALE, POLICY_UNAVAILABLE
from serving.store import Store
from serving.store.feeds import Feed

MOST_APART = timedelta(seconds=2)
"""How far the service's clock may be from the database's."""
CLOCK_SECONDS, FEEDS_SECONDS = 5.0, 1.0
"""How often the database is asked for its time, and for the feeds, at most."""
SETTLES = timedelta(minutes=1)
"""A clock that was set, on a machine without another one to ask, is believed after this."""
NEEDED = ("hours", "frequency", "consent", "holds", "critical")
"""The sections of a policy without which nothing says what is forbidden."""


class Standing:
    """What stops every contact of a portfolio at a moment, by code.

    Parameters
    ----------
    settings
        How late a feed may be, which must be there, and the zone of the business day.
    store
        Knows the feeds, and the database's time.
    clock
        The service's own. Only the machine's claims to be right now: one that tests or replays set is taken at its
        word.
    """

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings, self._store = settings, store
        self._hour, self._feeds = _Hour(store, clock), _Feeds(settings, store)
        self._policy: tuple[str, int, bool] = ("", 0, True)

    def stops(self, moment: datetime, book: Book) -> tuple[str, ...]:
        """Return the codes of what is amiss for everybody at a moment; none on most days.

        Raises
        ------
        UnavailableError
            The store does not answer.
        """
        found = {
            CLOCK_UNTRUSTED: self._hour.is_doubtful(),
            PAYMENTS_STALE: bool(self.late(moment)),
            POLICY_UNAVAILABLE: not self._has_policy(moment, book),
        }
        return tuple(code for code, is_so in found.items() if is_so)

    def late(self, moment: datetime) -> dict[str, datetime | None]:
        """Return the feeds that are later than they may be, each with how far it had got: None where never heard."""
        return self._feeds.late(moment)

    def heard(self) -> None:
        """Look at the feeds again at once: one has just told how far it is, or time was set otherwise."""
        self._feeds.forget()

    def _has_policy(self, moment: datetime, book: Book) -> bool:
        day = local_date(moment, book.policies.zone).toordinal()
        if self._policy[:2] != (book.digest, day):
            sections = book.policies.on(local_date(moment, book.policies.zone)).sections
            self._policy = book.digest, day, all(sections.get(name, ((),))[-1] for name in NEEDED)
        return self._policy[2]


class _Feeds:
    def __init__(self, settings: Settings, store: Store) -> None:
        self._store, self._needed = store, settings.needed_feeds
        self._limit = timedelta(minutes=settings.feed_minutes)
        self._known: tuple[Feed, ...] = ()
        self._looked: float | None = None

    def late(self, moment: datetime) -> dict[str, datetime | None]:
        """Return the feeds that are too late at a moment."""
        now = monotonic()
        if self._looked is None or now - self._looked >= FEEDS_SECONDS:
            self._known, self._looked = tuple(self._store.feeds.all()), now
        late: dict[str, datetime | None] = {
            one.feed: one.as_of for one in self._known if moment - one.as_of > self._limit
        }
        known = {one.feed for one in self._known}
        return late | {name: None for name in self._needed if name not in known}

    def forget(self) -> None:
        """Ask the store again next time."""
        self._looked = None


class _Hour:
    """Compares the service's clock with the database's; without one, with the seconds that passed in this process."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._is_checked = isinstance(clock, SystemClock)
        self._looked: float | None = None
        self._is_doubtful = False
        self._began, self._began_s = clock.now(), monotonic()
        self._doubted_s: float | None = None

    def is_doubtful(self) -> bool:
        """Say whether the hour may be wrong."""
        if not self._is_checked:
            return False
        now = monotonic()
        jumped = abs(self._clock.now() - self._began - timedelta(seconds=now - self._began_s)) > MOST_APART
        if self._looked is None or jumped or self._is_doubtful or now - self._looked >= CLOCK_SECONDS:
            asked = self._clock.now()
            theirs = self._store.feeds.clock()
            self._is_doubtful = self._jumped(now, jumped=jumped) if theirs is None else self._is_apart(asked, theirs)
            self._looked = now
        return self._is_doubtful

    def _is_apart(self, asked: datetime, theirs: datetime) -> bool:
        """Compare with an answer that came somewhere between the question and now: a slow database is no wrong hour."""
        ours, now_s = self._clock.now(), monotonic()
        is_apart = not asked - MOST_APART <= theirs <= ours + MOST_APART
        if not is_apart:
            self._began, self._began_s = ours, now_s
        return is_apart

    def _jumped(self, now_s: float, *, jumped: bool) -> bool:
        if not jumped:
            self._doubted_s = None
            return False
        self._doubted_s = now_s if self._doubted_s is None else self._doubted_s
        if now_s - self._doubted_s < SETTLES.total_seconds():
            return True
        self._began, self._began_s, self._doubted_s = self._clock.now(), now_s, None
        return False
