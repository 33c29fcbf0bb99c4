"""Every step of every operation of the store, with the process killed there: all of it is kept, or nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from serving.store import Store, tables
from serving.store.statements import Statement
from tests.trust.databases import POSTGRES, SQLITE, place
from tests.trust.dying import NEVER, OPERATIONS, Operation, died
from tests.trust.line import Line, count_line

BY_CUSTOMER = (tables.decisions, tables.positions, tables.events, tables.permits, tables.audit)
COUNTING = {"seq", "hash", "digest", "content_digest"}
"""What differs between two customers of the same story."""
OF_A_SMALL_RUN = {SQLITE: OPERATIONS[:2], POSTGRES: OPERATIONS[:1]}


def run(folder: Path, *, full: bool) -> Sequence[Line]:
    """Kill before each statement, before the commit and before the answer, and ask again."""
    tried = {name: OPERATIONS if full else OF_A_SMALL_RUN[name] for name in (SQLITE, POSTGRES)}
    return [line for name in tried for line in _lines(name, tried[name], folder / name)]


def _lines(name: str, operations: Sequence[Operation], folder: Path) -> Iterator[Line]:
    torn, untold, again, points = [], [], [], 0
    with place(name, folder) as where:
        Store(where).close()
        for kind, operation in enumerate(operations):
            before, steps, whole = _tried(where, operation, f"c{kind}x0x", NEVER)
            assert whole != before, f"{operation.name} does something"
            for step in range(1, steps + 1):
                customer = f"c{kind}x{step}x"
                before, _, after = _tried(where, operation, customer, step)
                points += 1
                torn += [f"{operation.name}, step {step}"] * (after not in (before, whole))
                # The last step is past the commit: nobody was told, and all is kept.
                untold += [f"{operation.name}, step {step}"] * (step == steps and after != whole)
                with Store(where) as store:
                    operation.act(store, customer)
                    again += [f"{operation.name}, step {step}"] * (_of(store, customer) != whole)
        with Store(where) as store:
            flaw = store.verify()
    what = f"{name}: {points} steps of {len(operations)} operations"
    yield count_line(f"{what}, left half done{_such_as(torn)}", len(torn))
    yield count_line(f"{what}, committed and not kept{_such_as(untold)}", len(untold))
    yield count_line(f"{what}, asked again and not done once{_such_as(again)}", len(again))
    yield Line(f"{name}: the chain after all that", "sound", "sound" if flaw is None else flaw.found, flaw is None)


def _tried(where: str, operation: Operation, customer: str, step: int):
    with Store(where) as store:
        operation.prepare(store, customer)
        before = _of(store, customer)
    # No connection is open here while the process is forked: SQLite forbids it.
    steps, _ = died(where, operation, customer, step)
    with Store(where) as store:
        return before, steps, _of(store, customer)


def _of(store: Store, customer: str) -> list[str]:
    """Write down all that is kept of a customer, in words that are the same for every customer."""
    found = []
    with store._database.reading() as transaction:
        for table in (*BY_CUSTOMER, tables.outbox):
            names = [column.name for column in table.c if column.name not in COUNTING]
            whose = "customer_id = ?" if table in BY_CUSTOMER else "subject LIKE ?"
            value = customer if table in BY_CUSTOMER else f"%{customer}"
            text = f"SELECT {', '.join(names)} FROM {table.name} WHERE {whose}"
            rows = transaction.rows(Statement(text, text.replace("?", "%s")), value)
            found += sorted(f"{table.name} {row}".replace(customer, "#") for row in rows)
    return found


def _such_as(found: Sequence[str]) -> str:
    return f" ({'; '.join(found[:3])})" if found else ""
