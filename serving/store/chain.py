"""The audit chain's arithmetic: what is hashed of a row, and how one record hangs on the one before.

A record's hash is SHA-256 over the hash before it and the record's canonical JSON; the record holds a digest of the row
it is about. So the chain can be followed when the row itself has been erased, and a row that was changed no longer
fits its record.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

COLUMNS = ("portfolio", "seq", "kind", "customer_id", "subject", "recorded_at", "digest", "hash")
BLOBS_OF_DECISION, BLOBS_OF_EVENT = 3, 1


class Head(NamedTuple):
    """The last record of a portfolio's chain: its number, from 1, and its hash."""

    seq: int
    hash: bytes


START = Head(0, bytes(32))


class Entry(NamedTuple):
    """What happened to whom: the row it is about, when, and the digest of its content."""

    kind: str
    customer_id: str
    subject: str
    recorded_at: str
    digest: bytes


Link = tuple[str, int, str, str, str, str, bytes, bytes]
"""A record as it is stored: the columns of :data:`COLUMNS`."""


def links(portfolio: str, head: Head, entries: Iterable[Entry]) -> tuple[list[Link], Head]:
    """Hang entries on the end of a chain; return the records and the new end.

    Examples
    --------
    >>> made, end = links("main", START, [Entry("event", "ana", "e1", "2026-03-01T12:00:00.000000Z", bytes(32))])
    >>> end.seq, end.hash == made[0][-1] == follow("main", START, made[0])
    (1, True)
    """
    seq, last = head
    found: list[Link] = []
    for kind, customer_id, subject, recorded_at, digest in entries:
        seq += 1
        last = _hash(last, portfolio, seq, kind, customer_id, subject, recorded_at, digest)
        found.append((portfolio, seq, kind, customer_id, subject, recorded_at, digest, last))
    return found, Head(seq, last)


def follow(portfolio: str, head: Head, link: Link) -> bytes:
    """Compute the hash a stored record must have if it hangs on ``head``."""
    _, seq, kind, customer_id, subject, recorded_at, digest, _ = link
    return _hash(head.hash, portfolio, seq, kind, customer_id, subject, recorded_at, digest)


def digest_of_decision(row: Sequence[Any]) -> bytes:
    """Digest a decision's columns in the order they are inserted: texts, then position, body and inputs."""
    return _digest(row, BLOBS_OF_DECISION)


def digest_of_event(row: Sequence[Any]) -> bytes:
    """Digest an event's columns in the order they are inserted: texts, then body."""
    return _digest(row, BLOBS_OF_EVENT)


def digest_of_texts(*texts: str | None) -> bytes:
    """Digest a few words, such as a permit's."""
    return _digest(texts, 0)


def digest_of_permit(row: Sequence[str | None]) -> bytes:
    """Digest a permit's columns: when it was claimed comes last, and is left out where it was not.

    So a permit that was kept before there was such a column fits its record still.
    """
    return digest_of_texts(*(row if row[-1] is not None else row[:-1]))


def _digest(row: Sequence[Any], blobs: int) -> bytes:
    texts, content = row[: len(row) - blobs], row[len(row) - blobs :]
    # Lengths go first: no two rows run together into the same bytes.
    head = orjson.dumps([list(texts), [len(blob) for blob in content]])
    return hashlib.sha256(b"".join((head, *content))).digest()


def _hash(last: bytes, portfolio: str, seq: int, *record: Any) -> bytes:
    *texts, digest = record
    return hashlib.sha256(last + orjson.dumps([portfolio, seq, *texts, digest.hex()])).digest()
