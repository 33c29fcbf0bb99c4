"""Do all evaluators answer alike? Random conditions over random rows, by closures, NumPy, DuckDB and the solver."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from regua.dice import draw, identity
from regua.predicates import (
    And,
    Between,
    Comparison,
    Constant,
    Field,
    FieldKind,
    In,
    IsNull,
    Node,
    Not,
    Operator,
    Or,
    Truth,
    compile_row,
    evaluate3,
    fields_used,
    to_duckdb,
)
from tests.bench.measure import Figure, seconds

ROWS = 1_000
DEEPEST = 3
NUMBERS = [Field(name, FieldKind.NUMBER) for name in ("days_past_due", "p_self_cure", "attempts_7d", "never_built")]
MONIES = [Field(name, FieldKind.MONEY) for name in ("balance_overdue", "balance_open")]
FLAGS = [Field(name, FieldKind.FLAG) for name in ("has_open_dispute", "is_secured")]
TEXTS = [Field("region", FieldKind.TEXT), Field("city", FieldKind.TEXT)]
DECIMALS = (-1e300, -1.0, -0.0, 0.0, 0.1, 0.3, 1 / 3, 5.0, 5e-324, 30.0, 2.0**53, 1e300, float("inf"), -float("inf"))
CENTS = (-5.0, 0.0, 1.0, 1999.0, 2000.0, 2001.0, 2.0**53 - 1)
WORDS = ("", "SP", "sp", "São Paulo", "d'água", "日本", "NULL", "--")

Answers = np.ndarray[Any, np.dtype[np.int8]]
"""1 true, 0 false, -1 unknown."""


class Chance:
    """A stream of choices that is the same in every run."""

    def __init__(self, name: str) -> None:
        self.name, self.block, self.position = name, 0, 0
        self.held: list[float] = []

    def below(self, count: int) -> int:
        """Choose one of ``count``."""
        if self.position == len(self.held):
            ids = np.array([f"{self.name}-{self.block}-{index}" for index in range(4_096)], dtype=object)
            self.held, self.position, self.block = draw(identity(ids), "bench", 0, 0).tolist(), 0, self.block + 1
        self.position += 1
        return int(self.held[self.position - 1] * count)

    def of(self, choices: Sequence[Any]) -> Any:
        """Choose one of some."""
        return choices[self.below(len(choices))]


def run(folder: Path, *, full: bool = False, customers: int | None = None) -> Sequence[Figure]:
    """Ask every pair of a million (a tenth when quick), and the solver a sample; a difference is a defect."""
    chance = Chance("predicates")
    trees = [_tree(chance, DEEPEST) for _ in range((1_000 if full else 100) if customers is None else customers)]
    rows = [_row(chance) for _ in range(ROWS)]
    columns = _columns(rows)
    found: dict[str, list[Answers]] = {}
    spent: dict[str, float] = {}

    def answered(name: str, ask: Callable[[Node], Answers]) -> None:
        spent[name] = seconds(lambda: found.update({name: [ask(tree) for tree in trees]}))

    answered("closures", lambda tree: _by_closure(tree, rows))
    answered("NumPy", lambda tree: _by_columns(tree, columns))
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("book", _arrow(columns))
        answered("DuckDB", lambda tree: _by_duckdb(tree, connection))
    sampled, by_solver = _solver_differences(trees, rows, found["closures"], 5_000 if full else 500)
    pairs = len(trees) * ROWS
    figures = [Figure("random (condition, row) pairs", pairs, "pairs", goal="1,000,000")]
    for name in ("NumPy", "DuckDB"):
        differing = sum(int((one != two).sum()) for one, two in zip(found["closures"], found[name], strict=True))
        figures.append(Figure(f"answers of {name} that differ from the closures'", differing, "answers", goal="0"))
    figures.append(Figure(f"answers of the solver that differ, of {sampled:,} pairs", by_solver, "answers", goal="0"))
    answers = np.concatenate(found["closures"])
    figures.append(Figure("answers that are unknown", float(100 * (answers < 0).mean()), "%"))
    figures += [Figure(f"{name}, pairs a second", pairs / spent[name], "pairs/s") for name in found]
    return figures


def _tree(chance: Chance, deepest: int) -> Node:
    kind = chance.below(7) if deepest else 0
    if kind == 1:
        return Not(_tree(chance, deepest - 1))
    if kind in (2, 3, 4, 5):
        terms = tuple(_tree(chance, deepest - 1) for _ in range(2 + chance.below(3)))
        return And(terms) if kind < 4 else Or(terms)
    return _leaf(chance)


def _leaf(chance: Chance) -> Node:
    kind = chance.below(12)
    if kind == 0:
        return Constant(value=chance.below(2) == 0)
    if kind == 1:
        return Truth(chance.of(FLAGS))
    if kind == 2:
        return IsNull(chance.of([*NUMBERS, *MONIES, *FLAGS, *TEXTS]))
    if kind in (3, 4):
        field = chance.of(TEXTS)
        other = chance.of(TEXTS) if chance.below(4) == 0 else chance.of(WORDS)
        return Comparison(field, chance.of([Operator.EQUAL, Operator.UNEQUAL]), other)
    if kind == 5:
        field = chance.of(FLAGS)
        return Comparison(field, chance.of([Operator.EQUAL, Operator.UNEQUAL]), chance.of(FLAGS))
    peers, values = (NUMBERS, DECIMALS[:-2]) if chance.below(2) else (MONIES, CENTS)
    field = chance.of(peers)
    if kind == 6:
        return In(chance.of(TEXTS), _some(chance, WORDS))
    if kind == 7:
        return In(field, _some(chance, values))
    operands = [chance.of(peers) if chance.below(4) == 0 else chance.of(values) for _ in range(2)]
    return Between(field, *operands) if kind == 8 else Comparison(field, chance.of(list(Operator)), operands[0])


def _some(chance: Chance, values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(chance.of(values) for _ in range(1 + chance.below(9))))


def _row(chance: Chance) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for field in (*NUMBERS[:-1], *MONIES, *FLAGS, *TEXTS):
        values = {
            FieldKind.NUMBER: (*DECIMALS, float("nan")),
            FieldKind.MONEY: CENTS,
            FieldKind.FLAG: (0.0, 1.0),
            FieldKind.TEXT: WORDS,
        }[field.kind]
        row[field.column] = None if chance.below(5) == 0 else chance.of(values)
    return row


def _columns(rows: Sequence[dict[str, Any]]) -> dict[str, np.ndarray[Any, Any]]:
    texts = {field.column for field in TEXTS}
    return {
        name: np.array([row[name] for row in rows], dtype=object)
        if name in texts
        else np.array([np.nan if row[name] is None else row[name] for row in rows])
        for name in rows[0]
    }


def _by_closure(tree: Node, rows: Sequence[dict[str, Any]]) -> Answers:
    answer = compile_row(tree)
    return np.array([-1 if (one := answer(row)) is None else int(one) for row in rows], np.int8)


def _by_columns(tree: Node, columns: dict[str, np.ndarray[Any, Any]]) -> Answers:
    true, false = evaluate3(tree, columns, {})
    return np.where(true, 1, np.where(false, 0, -1)).astype(np.int8)


def _arrow(columns: dict[str, np.ndarray[Any, Any]]) -> pa.Table:
    texts = {field.column for field in TEXTS}
    made = {name: pa.array(held, pa.string() if name in texts else pa.float64()) for name, held in columns.items()}
    return pa.table(made | {"row_number": pa.array(range(ROWS))})


def _by_duckdb(tree: Node, connection: duckdb.DuckDBPyConnection) -> Answers:
    names = {name for name, *_ in connection.execute("DESCRIBE book").fetchall()}
    query = f"SELECT coalesce(CAST({to_duckdb(tree, names)} AS TINYINT), -1) AS answer FROM book ORDER BY row_number"
    return np.asarray(connection.execute(query).fetchnumpy()["answer"], np.int8)


def _solver_differences(
    trees: Sequence[Node], rows: Sequence[dict[str, Any]], answers: Sequence[Answers], count: int
) -> tuple[int, int]:
    """Fix a row and ask the solver which answers are possible: exactly the closure's, or a difference."""
    import z3

    from regua.predicates.formulas import Formulas

    differing = 0
    per_tree = max(1, count // len(trees))
    for index, tree in enumerate(trees):
        formulas, solver = Formulas(), z3.SolverFor("QF_LIRA")
        possible = {1: formulas.known(tree), 0: formulas.known(tree, wanted=False), -1: formulas.unknown(tree)}
        for step in range(per_tree):
            row = (index * 37 + step * 101) % ROWS
            solver.push()
            solver.add(*formulas.row(rows[row], fields_used(tree)))
            found = [answer for answer, formula in possible.items() if solver.check(formula) == z3.sat]
            differing += found != [int(answers[index][row])]
            solver.pop()
    return per_tree * len(trees), differing
