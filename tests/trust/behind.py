"""Changes made to a log behind the store's back, each with the records of the chain that may be named for it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import LargeBinary, Table

from serving.store import audit, chain, tables
from serving.store.chain import Head
from serving.store.database import Transaction
from serving.store.statements import Statement

PORTFOLIO = "main"
NAMED = {tables.decisions: "decision_id", tables.events: "event_id", tables.permits: "permit_id"}
UNIQUE = ("decision_id", "customer_id", "contract_id", "slot")
"""What the database itself keeps apart between permits."""
LINKS = ", ".join(chain.COLUMNS)


@dataclass(frozen=True, slots=True)
class Tampering:
    """What was done, and which records may be the first bad one."""

    what: str
    named: frozenset[int]


class Behind:
    """Somebody with the database's password; ``end`` is the end of the chain as kept elsewhere."""

    def __init__(self, transaction: Transaction, end: Head, luck: Random) -> None:
        self._transaction, self.end, self._luck = transaction, end, luck

    def tamper(self) -> Tampering:
        """Do one thing, drawn among all that can be done."""
        table = self._luck.choice([*NAMED, tables.audit])
        ways: list[Callable[[Table], Tampering | None]] = [self._edit, self._delete, self._insert, self._swap]
        if table is tables.audit:
            ways = [self._edit, self._delete, self._cut, self._cut_out, self._write_anew, self._forge]
        while (done := self._luck.choice(ways)(table)) is None:
            pass
        return done

    def _edit(self, table: Table) -> Tampering | None:
        row = self._row(table)
        name = self._luck.choice([one for one in row if one not in ("portfolio", "seq")])
        self._set(table, row, name, self._another(table, name, row[name]))
        return Tampering(f"{table.name}.{name} edited", self._records(table, row))

    def _delete(self, table: Table) -> Tampering:
        row = self._row(table)
        named = self._records(table, row)
        self._change(f"DELETE FROM {table.name} WHERE {self._key(table)} = ? AND portfolio = ?", *self._is(table, row))
        return Tampering(f"{table.name} deleted", named)

    def _insert(self, table: Table) -> Tampering:
        row = self._row(table)
        row[NAMED[table]] = f"planted_{row[NAMED[table]]}"
        row.pop("seq", None)
        if table is tables.permits:
            row |= {"slot": f"planted_{row['slot']}", "decision_id": f"planted_{row['decision_id']}"}
        self._change(f"INSERT INTO {table.name} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", *row.values())
        return Tampering(f"{table.name} inserted", frozenset({self.end.seq + 1}))

    def _swap(self, table: Table) -> Tampering | None:
        one, other = self._row(table), self._row(table)
        name = self._luck.choice([name for name in one if name not in ("portfolio", "seq", NAMED[table])])
        if one[name] == other[name] or (table is tables.permits and name in UNIQUE):
            return None
        named = self._records(table, one) | self._records(table, other)
        self._set(table, one, name, other[name])
        self._set(table, other, name, one[name])
        return Tampering(f"{table.name}.{name} swapped", named if table is tables.permits else frozenset({min(named)}))

    def _cut(self, table: Table) -> Tampering:
        first = self._luck.randint(2, self.end.seq)
        for told, name in ((tables.decisions, "decision_id"), (tables.events, "event_id")):
            self._change(
                f"DELETE FROM {told.name} WHERE portfolio = ? AND {name} IN"
                " (SELECT subject FROM audit WHERE portfolio = ? AND seq >= ?)",
                *(PORTFOLIO, PORTFOLIO, first),
            )
        self._change("DELETE FROM audit WHERE portfolio = ? AND seq >= ?", PORTFOLIO, first)
        # A permit whose later records are gone stands otherwise than its first one says.
        return Tampering("tail cut", frozenset(range(1, first + 1)))

    def _cut_out(self, table: Table) -> Tampering:
        """Take a row out together with its record."""
        told = self._luck.choice([tables.decisions, tables.events])
        row = self._row(told)
        (seq,) = self._records(told, row)
        self._delete_row(told, row)
        self._change("DELETE FROM audit WHERE portfolio = ? AND seq = ?", PORTFOLIO, seq)
        return Tampering(f"{told.name} cut out with its record", frozenset({seq}))

    def _write_anew(self, table: Table) -> Tampering:
        """Change a decision, and its record, and every hash after it."""
        row = self._row(tables.decisions)
        (seq,) = self._records(tables.decisions, row)
        self._set(tables.decisions, row, "body", row["body"] + b" ")
        row["body"] += b" "
        digest = chain.digest_of_decision([row[name] for name in audit.DECISION_COLUMNS])
        last = Head(0, bytes(32))
        for link in self._links():
            kept = (*link[:-2], digest if link[1] == seq else link[-2], link[-1])
            last = Head(link[1], chain.follow(PORTFOLIO, last, kept))
            self._change(
                "UPDATE audit SET digest = ?, hash = ? WHERE portfolio = ? AND seq = ?",
                *(kept[-2], last.hash, PORTFOLIO, link[1]),
            )
        return Tampering("chain written anew", frozenset({self.end.seq}))

    def _forge(self, table: Table) -> Tampering:
        """Add a record with a right hash, of a decision that was never made."""
        entry = chain.Entry("decision", "ana", "dec_planted", "2026-03-04T15:00:00.000000Z", bytes(32))
        (link,), _ = chain.links(PORTFOLIO, self.end, [entry])
        self._change(f"INSERT INTO audit ({LINKS}) VALUES ({', '.join('?' * len(link))})", *link)
        return Tampering("record forged", frozenset({self.end.seq + 1}))

    def _another(self, table: Table, name: str, value: Any) -> Any:
        if name == "state":
            return self._luck.choice([one for one in ("open", "claimed", "sent", "unknown", "expired") if one != value])
        if isinstance(table.c[name].type, LargeBinary):
            content = bytearray(value or b"\0")
            content[self._luck.randrange(len(content))] ^= 1 << self._luck.randrange(8)
            return bytes(content) if value else b"x"
        return "x" if value is None else f"{value[:-1]}{'x' if value[-1:] != 'x' else 'y'}"

    def _row(self, table: Table) -> dict[str, Any]:
        names = list(table.c.keys())
        found = self._transaction.rows(
            _both(f"SELECT {', '.join(names)} FROM {table.name} WHERE portfolio = ? ORDER BY {self._key(table)}"),
            PORTFOLIO,
        )
        return dict(zip(names, self._luck.choice(found), strict=True))

    def _links(self) -> Sequence[Any]:
        return self._transaction.rows(_both(f"SELECT {LINKS} FROM audit WHERE portfolio = ? ORDER BY seq"), PORTFOLIO)

    def _records(self, table: Table, row: dict[str, Any]) -> frozenset[int]:
        if table is tables.audit:
            return frozenset({row["seq"]})
        kind = "permit" if table is tables.permits else table.name.removesuffix("s")
        subject = row[NAMED[table]]
        return frozenset(link[1] for link in self._links() if link[4] == subject and link[2].split(".")[0] == kind)

    def _key(self, table: Table) -> str:
        return NAMED.get(table, "seq")

    def _is(self, table: Table, row: dict[str, Any]) -> Iterable[Any]:
        return row[self._key(table)], PORTFOLIO

    def _delete_row(self, table: Table, row: dict[str, Any]) -> None:
        self._change(f"DELETE FROM {table.name} WHERE {self._key(table)} = ? AND portfolio = ?", *self._is(table, row))

    def _set(self, table: Table, row: dict[str, Any], name: str, value: Any) -> None:
        text = f"UPDATE {table.name} SET {name} = ? WHERE {self._key(table)} = ? AND portfolio = ?"
        self._change(text, value, *self._is(table, row))

    def _change(self, text: str, *values: Any) -> None:
        changed = self._transaction.change(_both(text), *values)
        assert changed or "tail" in text or text.startswith("DELETE"), f"nothing was changed by {text}"


def _both(text: str) -> Statement:
    return Statement(text, text.replace("?", "%s"))
