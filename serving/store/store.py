"""The store as the rest of serving knows it: each call is one transaction, kept when it returns."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from regua.errors import ErasedError, NotFoundError
from regua.records import Event
from regua.sealing import Vault
from regua.settings import Settings
from serving.store import audit, log, outbox, permits, subjects, switches
from serving.store import events as events_table
from serving.store.audit import Flaw
from serving.store.callers import Callers
from serving.store.chain import Entry, Head
from serving.store.changes import Changes
from serving.store.checkpoints import Trail
from serving.store.claiming import Permits
from serving.store.counts import Counts
from serving.store.database import Database
from serving.store.environments import keep_apart
from serving.store.erasing import Subjects
from serving.store.events import SOURCE, Events, Receipt, Refusal
from serving.store.feeds import Feeds
from serving.store.jobs import Jobs
from serving.store.keys import Keys
from serving.store.listing import Listing
from serving.store.log import Committed, Live, Logged, Watermark
from serving.store.opening import beside, open_database
from serving.store.outbox import Message
from serving.store.permit import Permit
from serving.store.reviews import Reviews
from serving.store.sandbox import SandboxRows
from serving.store.shadows import Shadows
from serving.store.switches import Switches
from serving.store.texts import Texts
from serving.store.webhooks import Webhooks

PORTFOLIO = "main"
"""Whose rows are meant where nobody says."""


class Store:
    """Decisions, events, positions, permits, messages and their audit chain, of one portfolio.

    Safe for several threads and several processes: a writer that read before another wrote is told whose
    customers' answers to think over again (:meth:`commit`).

    Parameters
    ----------
    where
        A SQLite file, or the address of a database: ``sqlite:///…`` or ``postgresql://…``.
    portfolio
        Whose rows are read and written; :meth:`of` gives another portfolio's on the same connections.
    vault
        The home's own key, under which what is kept of people is sealed. Without it a SQLite file is read with the
        key in ``keys`` beside it, if there is one, and anything else is kept as it is.
    """

    def __init__(self, where: Path | str, portfolio: str = PORTFOLIO, vault: Vault | None = None) -> None:
        database = open_database(where, portfolio)
        database.vault = vault or beside(where)
        self._use(database, portfolio)

    @classmethod
    def open(cls, settings: Settings) -> "Store":
        """Open the store and portfolio the settings name: ``REGUA_STORE_URL``, or the SQLite file of the home."""
        url = settings.store_url
        where = url.get_secret_value() if url else settings.decisions
        store = cls(where, settings.portfolio, Vault(settings.keys))
        keep_apart(store._database, settings.portfolio, settings.environment)
        return store

    def of(self, portfolio: str) -> "Store":
        """Return another portfolio's store on the same connections; closing one closes both."""
        other = object.__new__(Store)
        other._use(self._database, portfolio)
        return other

    def _use(self, database: Database, portfolio: str) -> None:
        self._database, self.portfolio = database, portfolio
        self.permits = Permits(database, portfolio)
        self.keys = Keys(database, portfolio)
        self.callers = Callers(database, portfolio)
        self.webhooks = Webhooks(database, portfolio)
        self.changes = Changes(database, portfolio)
        self.counts = Counts(database, portfolio)
        self.texts = Texts(database, portfolio)
        self.switches = Switches(database, portfolio)
        self.events = Events(database, portfolio)
        self.jobs = Jobs(database, portfolio)
        self.shadows = Shadows(database, portfolio)
        self.listing = Listing(database, portfolio)
        self.subjects = Subjects(database, portfolio)
        self.trail = Trail(database, portfolio)
        self.reviews = Reviews(database, portfolio)
        self.feeds = Feeds(database, portfolio)
        self.sandbox = SandboxRows(database, portfolio)

    @contextmanager
    def unit(self) -> Iterator[None]:
        """Keep all that this thread asks of the store meanwhile in one transaction, or nothing of it."""
        with self._database.writing():
            yield

    def trouble(self) -> str | None:
        """Say why nothing could be read or written a moment ago, where nothing was kept since."""
        return self._database.trouble()

    @contextmanager
    def alone_with(self, customer_ids: Collection[str]) -> Iterator[None]:
        """Keep every other writer about these customers away for the length of a unit."""
        with self._database.writing() as transaction:
            transaction.hold(self.portfolio, customer_ids)
            yield

    def live(
        self,
        customer_ids: Sequence[str],
        since: datetime,
        moment: datetime,
        beside: Collection[str] = (),
        *,
        whole: bool = False,
    ) -> Live:
        """Read plans since an instant, events and positions known at a moment, from one state of the log."""
        with self._database.reading() as transaction:
            return log.read_live(transaction, self.portfolio, customer_ids, since, moment, beside, whole=whole)

    def commit(
        self,
        rows: Sequence[Logged],
        seen: Watermark,
        issued: Sequence[Permit] = (),
        messages: Sequence[Message] = (),
    ) -> Committed:
        """Write decisions with their permits, messages and audit records in one transaction.

        Left out, with all that belongs to them, are those whose customers' facts moved since they were read, and those
        whose permits ask for a slot that another permit holds.

        Parameters
        ----------
        rows
            Decisions.
        seen
            How far the log had got when they were made.
        issued
            Permits of these decisions.
        messages
            What is to be told of these decisions; a message's subject is its decision's identifier.
        """
        with self._database.writing() as transaction:
            transaction.hold(self.portfolio, {row.customer_id for row in rows})
            contested = log.ask_contested(transaction, self.portfolio, rows, seen)
            logged = log.ask_bodies(transaction, self.portfolio, rows)
            standing = permits.ask_standing(transaction, self.portfolio, issued)
            moved, bodies = contested(), logged()
            kept = [row for row in rows if row.customer_id not in moved] if moved else rows
            repeated = {name: bodies[name] for name in (row.decision_id for row in kept) if name in bodies}
            fresh = {row.decision_id: row for row in kept if row.decision_id not in repeated}
            issued = [permit for permit in issued if permit.decision_id in fresh]
            taken: set[str] = set()
            unclaimed: frozenset[str] = frozenset()
            entries: list[Entry] = []
            if issued:
                entries, taken = permits.make_room(transaction, self.portfolio, issued, standing())
                fresh = {name: row for name, row in fresh.items() if row.customer_id not in taken}
                issued = [permit for permit in issued if permit.customer_id not in taken]
                issued, unclaimed = switches.left_open(transaction, self.portfolio, issued, list(fresh.values()))
            entries += log.write(transaction, self.portfolio, list(fresh.values()), seen.keys)
            if issued:
                entries += permits.issue(transaction, self.portfolio, issued)
            if messages:
                outbox.keep(transaction, self.portfolio, [one for one in messages if one.subject in fresh])
            audit.append(transaction, self.portfolio, entries)
        return Committed(frozenset(moved), repeated, frozenset(taken), unclaimed)

    def record(
        self, events: Sequence[Event], refusals: Sequence[Refusal] = (), source: str | Sequence[str] = SOURCE
    ) -> list[Receipt]:
        """Keep events by their sources, revoke the permits they forbid, and keep what was refused: one transaction."""
        sources = [source] * len(events) if isinstance(source, str) else source
        with self._database.writing() as transaction:
            transaction.hold(self.portfolio, {event.customer_id for event in events})
            events_table.quarantine(transaction, self.portfolio, refusals)
            receipts, news, entries = events_table.write(transaction, self.portfolio, events, sources)
            entries += permits.follow(transaction, self.portfolio, news)
            audit.append(transaction, self.portfolio, entries)
            return receipts

    def decision(self, decision_id: str) -> Logged:
        """Read one decision.

        Raises
        ------
        NotFoundError
            Nothing is logged under this identifier.
        """
        with self._database.reading() as transaction:
            row = log.one(transaction, self.portfolio, decision_id)
        row = row or self.shadows.one(decision_id)
        if row is None:
            raise NotFoundError(
                f"no decision {decision_id}",
                expected="an identifier such as dec_0123…, as answered by a decision",
                remedy="regua decide --all --json, or look in this home's log",
            )
        if row.is_erased:
            raise ErasedError(f"decision {decision_id} was erased with what was kept of its customer")
        return row

    def decisions(self, after: int = 0, limit: int = 1_000) -> list[tuple[int, Logged]]:
        """Read a run of the log in the order it was written, as (sequence, row)."""
        with self._database.reading() as transaction:
            return log.run(transaction, self.portfolio, after, limit)

    def whole_log(self) -> Iterator[Logged]:
        """Walk through every decision in the order it was written, in bounded memory."""
        seq = 0
        while page := self.decisions(seq):
            seq = page[-1][0]
            yield from (row for _, row in page)

    def events_of(self, customer_id: str, since: datetime, moment: datetime) -> list[Event]:
        """Read what was learned of one customer between two instants."""
        with self._database.reading() as transaction:
            ids = transaction.several([customer_id])
            keys = subjects.ask(transaction, self.portfolio, ids)
            told = events_table.ask_known(transaction, self.portfolio, ids, since, moment)
            return list(events_table.opened(told(), keys()))

    def refused(self) -> list[Refusal]:
        """Read the quarantine."""
        with self._database.reading() as transaction:
            return events_table.quarantined(transaction, self.portfolio)

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        return self.counts.rows(table)

    def decided_since(self, moment: datetime) -> int:
        """Count the decisions made at or after an instant."""
        with self._database.reading() as transaction:
            return log.decided_since(transaction, self.portfolio, moment)

    def chain_end(self) -> Head:
        """Read the end of the audit chain: what a checkpoint outside the store remembers."""
        with self._database.reading() as transaction:
            return audit.head(transaction, self.portfolio)

    def verify(self, until: Head | None = None) -> Flaw | None:
        """Follow the audit chain from its first record; see :func:`serving.store.audit.verify`."""
        with self._database.reading() as transaction:
            return audit.verify(transaction, self.portfolio, until)

    def take_messages(self, moment: datetime, until: datetime, limit: int = 100) -> list[Message]:
        """Take messages that are due; nobody else gets them before ``until``."""
        with self._database.writing() as transaction:
            return outbox.take(transaction, self.portfolio, moment, until, limit)

    def delivered(self, message_ids: Sequence[str], at: datetime) -> int:
        """Mark messages as delivered; return how many were not yet."""
        with self._database.writing() as transaction:
            return outbox.delivered(transaction, self.portfolio, message_ids, at)

    def deliver_later(self, message_id: str, at: datetime) -> None:
        """Put a message off after a delivery that failed."""
        with self._database.writing() as transaction:
            outbox.later(transaction, self.portfolio, message_id, at)

    def close(self) -> None:
        """Close every connection."""
        with suppress(Exception):
            self._database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
