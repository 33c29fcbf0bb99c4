"""What is read of the audit chain besides its end: its records in order, and the checkpoints that were signed of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from serving.store import audit as audit_rows
from serving.store import chain
from serving.store.chain import Entry, Head
from serving.store.database import Database
from serving.store.instants import instant, moment_of
from serving.store.statements import inserting, limited, statement
from serving.store.tables import audit, decisions
from serving.store.tables import audit_checkpoints as table

_own = table.c.portfolio == bindparam("portfolio")
_COLUMNS = ("seq", "hash", "signed_at", "key", "signature")
_KEEP = statement(inserting(table, "portfolio", *_COLUMNS).on_conflict_do_nothing(), "portfolio", *_COLUMNS)
_ALL = statement(
    limited(
        select(*(table.c[name] for name in _COLUMNS))
        .where(_own, table.c.seq < bindparam("before"))
        .order_by(table.c.seq.desc())
    ),
    "portfolio",
    "before",
    "limit",
)
_told = audit.c.portfolio == bindparam("portfolio")
_HASH = statement(select(audit.c.hash).where(_told, audit.c.seq == bindparam("seq")), "portfolio", "seq")
_RECORDS = statement(
    limited(
        select(*(audit.c[name] for name in chain.COLUMNS[1:]))
        .where(_told, audit.c.seq > bindparam("after"))
        .order_by(audit.c.seq)
    ),
    "portfolio",
    "after",
    "limit",
)
_DECISION = statement(
    select(*(decisions.c[name] for name in audit_rows.DECISION_COLUMNS)).where(
        decisions.c.portfolio == bindparam("portfolio"), decisions.c.decision_id == bindparam("decision_id")
    ),
    "portfolio",
    "decision_id",
)
LAST = 2**62
LOSS = "loss"
"""A record of the log that says up to which number records are lost: a copy was put back that lacked them."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the chain: its number, what happened to whom and when, the row's digest, and its own hash."""

    seq: int
    kind: str
    customer_id: str
    subject: str
    recorded_at: datetime
    digest: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """An end of the chain, signed: whoever keeps it elsewhere can tell later whether the chain still leads there."""

    seq: int
    hash: bytes
    signed_at: datetime
    key: str
    signature: bytes

    @property
    def head(self) -> Head:
        """The end of the chain it remembers."""
        return Head(self.seq, self.hash)


class Trail:
    """The audit chain of one portfolio as it is read; each call is one transaction."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def records(self, after: int = 0, limit: int = 1_000) -> list[Record]:
        """Read records in the order of their numbers, after one of them."""
        with self._database.reading() as transaction:
            found = transaction.rows(_RECORDS, self._portfolio, after, limit)
        return [
            Record(seq, kind, customer_id, subject, moment_of(at), bytes(digest), bytes(own))
            for seq, kind, customer_id, subject, at, digest, own in found
        ]

    def passes_through(self, head: Head) -> bool:
        """Say whether the chain has a record of this number and hash."""
        with self._database.reading() as transaction:
            return [(head.hash,)] == [(bytes(own),) for (own,) in transaction.rows(_HASH, self._portfolio, head.seq)]

    def digest_of(self, decision_id: str) -> bytes | None:
        """Digest a decision's row as it is stored: what its record in the chain holds; None where there is none."""
        with self._database.reading() as transaction:
            found = transaction.rows(_DECISION, self._portfolio, decision_id)
        return chain.digest_of_decision(found[0]) if found else None

    def keep(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint beside the chain; the copy that counts lies elsewhere."""
        row = (checkpoint.seq, checkpoint.hash, instant(checkpoint.signed_at), checkpoint.key, checkpoint.signature)
        with self._database.writing() as transaction:
            transaction.change(_KEEP, self._portfolio, *row)

    def tell_loss(self, lost: Checkpoint, by: str, at: datetime) -> None:
        """Tell in the audit log that its records up to a checkpoint are lost, and who said that it goes on without."""
        when = instant(at)
        told = chain.digest_of_texts(LOSS, lost.hash.hex(), by, when)
        with self._database.writing() as transaction:
            audit_rows.append(transaction, self._portfolio, [Entry(LOSS, "", f"{lost.seq} by {by}", when, told)])

    def checkpoints(self, before: int = LAST, limit: int = 1_000) -> list[Checkpoint]:
        """Read checkpoints, the newest first."""
        with self._database.reading() as transaction:
            found = transaction.rows(_ALL, self._portfolio, before, limit)
        return [
            Checkpoint(seq, bytes(own), moment_of(at), key, bytes(signature)) for seq, own, at, key, signature in found
        ]
