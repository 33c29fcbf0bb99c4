"""The decision log as the rest of serving knows it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType

import orjson

from regua.errors import NotFoundError
from regua.records import Event
from serving.store import events as events_table
from serving.store import log
from serving.store.connection import Connection
from serving.store.events import Receipt, Refusal
from serving.store.log import Committed, Live, Logged, Watermark
from serving.store.schema import instant, moment_of

_COLUMNS = (
    "decision_id, customer_id, decided_at, action, channel, send_at, journey, release_id, book_digest, shape_digest, "
    "position, body, inputs"
)
_COUNTED = frozenset({"decisions", "events", "quarantine", "positions"})


class Store:
    """Decisions, events, positions and books in one SQLite file; what a call wrote is on the disk when it returns.

    Safe for several threads and several processes: a writer that read before another wrote is told whose
    customers' answers to think over again (:meth:`commit`).
    """

    def __init__(self, path: Path) -> None:
        self._connection = Connection(path)
        self.path = path

    def live(self, customer_ids: Sequence[str], since: datetime, moment: datetime) -> Live:
        """Read plans since an instant, events and positions known at a moment, from one state of the log."""
        with self._connection.reading() as sqlite:
            return log.read_live(sqlite, customer_ids, since, moment)

    def commit(self, rows: Sequence[Logged], seen: Watermark) -> Committed:
        """Write decisions in one transaction, but those whose customers' facts moved since they were read."""
        with self._connection.writing() as sqlite:
            moved = log.contested(sqlite, rows, seen)
            kept = [row for row in rows if row.customer_id not in moved] if moved else rows
            return Committed(frozenset(moved), log.write(sqlite, kept))

    def decision(self, decision_id: str) -> Logged:
        """Read one decision.

        Raises
        ------
        NotFoundError
            Nothing is logged under this identifier.
        """
        with self._connection.reading() as sqlite:
            row = sqlite.execute(f"SELECT {_COLUMNS} FROM decisions WHERE decision_id = ?", (decision_id,)).fetchone()
        if row is None:
            raise NotFoundError(
                f"no decision {decision_id}",
                expected="an identifier such as dec_0123…, as answered by a decision",
                remedy="regua decide --all --json, or look in this home's log",
            )
        return _logged(row)

    def decisions(self, after: int = 0, limit: int = 1_000) -> list[tuple[int, Logged]]:
        """Read a run of the log in the order it was written, as (sequence, row)."""
        query = f"SELECT seq, {_COLUMNS} FROM decisions WHERE seq > ? ORDER BY seq LIMIT ?"
        with self._connection.reading() as sqlite:
            return [(seq, _logged(row)) for seq, *row in sqlite.execute(query, (after, limit)).fetchall()]

    def whole_log(self) -> Iterator[Logged]:
        """Walk through every decision in the order it was written, in bounded memory."""
        seq = 0
        while page := self.decisions(seq):
            seq = page[-1][0]
            yield from (row for _, row in page)

    def record(self, events: Sequence[Event], refusals: Sequence[Refusal] = ()) -> list[Receipt]:
        """Keep events, and what was refused beside them, in one transaction."""
        with self._connection.writing() as sqlite:
            events_table.quarantine(sqlite, refusals)
            return events_table.write(sqlite, events)

    def events_of(self, customer_id: str, since: datetime, moment: datetime) -> list[Event]:
        """Read what was learned of one customer between two instants."""
        with self._connection.reading() as sqlite:
            return list(events_table.known(sqlite, orjson.dumps([customer_id]).decode(), since, moment))

    def refused(self) -> list[Refusal]:
        """Read the quarantine."""
        with self._connection.reading() as sqlite:
            rows = sqlite.execute("SELECT received_at, place, found, expected, raw FROM quarantine ORDER BY seq")
            return [Refusal(moment_of(received_at), *rest) for received_at, *rest in rows.fetchall()]

    def keep_texts(self, table: str, texts: Mapping[str, str]) -> None:
        """Keep texts under their digests: ``books`` or ``shapes``."""
        with self._connection.writing() as sqlite:
            sqlite.executemany(f"INSERT INTO {table} VALUES (?, ?) ON CONFLICT DO NOTHING", list(texts.items()))

    def text(self, table: str, digest: str) -> str:
        """Read a text back by its digest: from ``books`` or ``shapes``."""
        with self._connection.reading() as sqlite:
            row = sqlite.execute(f"SELECT text FROM {table} WHERE digest = ?", (digest,)).fetchone()
        if row is None:
            raise NotFoundError(f"no text {digest} in {table}", expected="one of the texts decisions were made under")
        return str(row[0])

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        if table not in _COUNTED:
            raise NotFoundError(f"no table {table}", expected=", ".join(sorted(_COUNTED)))
        with self._connection.reading() as sqlite:
            return int(sqlite.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def decided_since(self, moment: datetime) -> int:
        """Count the decisions made at or after an instant."""
        with self._connection.reading() as sqlite:
            query = "SELECT count(*) FROM decisions WHERE decided_at >= ?"
            return int(sqlite.execute(query, (instant(moment),)).fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        with suppress(Exception):
            self._connection.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _logged(row: Sequence[object]) -> Logged:
    decision_id, customer_id, decided_at, action, channel, send_at, *rest = row
    return Logged(
        str(decision_id),
        str(customer_id),
        moment_of(str(decided_at)),
        str(action),
        None if channel is None else str(channel),
        None if send_at is None else moment_of(str(send_at)),
        *rest,  # type: ignore[arg-type]
    )
