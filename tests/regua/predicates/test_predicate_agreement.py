"""Row, columns, DuckDB and the text read again give the same of three answers to the same condition."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from regua.columns import from_rows
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
    evaluate,
    evaluate3,
    fields_used,
    parse,
    to_duckdb,
    to_sql_text,
)
from regua.predicates.formulas import Formulas

BANDS = ("low", "medium", "high")
NUMBERS = [Field(name, FieldKind.NUMBER) for name in ("days_past_due", "p_self_cure", "never_built")]
MONIES = [Field(name, FieldKind.MONEY) for name in ("balance_overdue", "balance_open")]
FLAGS = [Field(name, FieldKind.FLAG) for name in ("has_open_dispute", "is_secured")]
TEXTS = [Field("region", FieldKind.TEXT), Field("city", FieldKind.TEXT), Field("risk_band", FieldKind.TEXT, BANDS)]
FIELDS = {field.name: field for field in (*NUMBERS, *MONIES, *FLAGS, *TEXTS)}

_WORDS = [
    "",
    " ",
    "SP",
    "sp",
    "São Paulo",
    "Sa\u0303o Paulo",
    "d'água",
    "😀",
    "日本",
    '"',
    "NULL",
    "--",
    "\\",
    "%",
    "ß",
]
_DECIMALS = [-1e300, -1.0, -0.0, 0.0, 0.1, 0.3, 5.0, 5e-324, 30.0, 2.0**53, 1e300]
_CENTS = [-5, 0, 1, 1999, 2000, 2001, 2**53 - 1]

numbers_written = st.sampled_from(_DECIMALS) | st.floats(allow_nan=False, allow_infinity=False)
cents_written = st.sampled_from(_CENTS) | st.integers(-(10**9), 10**9)
texts_written = st.sampled_from(_WORDS) | st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=4)
numbers_held = st.none() | st.sampled_from([math.nan, math.inf, -math.inf]) | numbers_written
cents_held = st.none() | cents_written
flags_held = st.sampled_from([None, 0, 1, 0.0, 1.0, math.nan])
texts_held = st.none() | texts_written
COLUMNS = {"days_past_due": numbers_held, "p_self_cure": numbers_held, "has_open_dispute": flags_held}
COLUMNS |= {"is_secured": flags_held, "balance_overdue_cents": cents_held, "balance_open_cents": cents_held}
COLUMNS |= {"region": texts_held, "city": texts_held, "risk_band": st.sampled_from([None, *BANDS])}
TEXT_COLUMNS = {field.column for field in TEXTS}
rows = st.fixed_dictionaries({}, optional=COLUMNS)


def value_of(field: Field) -> st.SearchStrategy[Any]:
    if field.kind is FieldKind.MONEY:
        return cents_written
    if field.kind is FieldKind.NUMBER:
        return numbers_written
    return st.sampled_from(field.values) if field.values else texts_written


def operand_of(field: Field) -> st.SearchStrategy[Any]:
    peers = {FieldKind.NUMBER: NUMBERS, FieldKind.MONEY: MONIES, FieldKind.FLAG: FLAGS, FieldKind.TEXT: TEXTS}[
        field.kind
    ]
    return st.sampled_from(peers) if field.kind is FieldKind.FLAG else value_of(field) | st.sampled_from(peers)


@st.composite
def terms(draw: st.DrawFn) -> Node:
    kind = draw(st.sampled_from(["order", "between", "equal", "in", "null", "flag", "constant"]))
    if kind == "constant":
        return Constant(value=draw(st.booleans()))
    if kind == "flag":
        return Truth(draw(st.sampled_from(FLAGS)))
    if kind == "null":
        return IsNull(draw(st.sampled_from(list(FIELDS.values()))))
    if kind == "equal":
        field = draw(st.sampled_from([*TEXTS, *FLAGS]))
        return Comparison(field, draw(st.sampled_from([Operator.EQUAL, Operator.UNEQUAL])), draw(operand_of(field)))
    if kind == "in":
        field = draw(st.sampled_from([*NUMBERS, *MONIES, *TEXTS]))
        return In(field, tuple(dict.fromkeys(draw(st.lists(value_of(field), min_size=1, max_size=9)))))
    field = draw(st.sampled_from([*NUMBERS, *MONIES]))
    if kind == "between":
        return Between(field, draw(operand_of(field)), draw(operand_of(field)))
    return Comparison(field, draw(st.sampled_from(Operator)), draw(operand_of(field)))


def _grown(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=4).map(tuple)
    return inner.map(Not) | several.map(And) | several.map(Or)


trees = st.recursive(terms(), _grown, max_leaves=12)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as opened:
        yield opened


def in_columns(batch: list[Mapping[str, Any]]) -> dict[str, np.ndarray]:
    names = sorted({name for row in batch for name in row} | {"row_number"})
    numbered = [{**row, "row_number": number} for number, row in enumerate(batch)]
    return from_rows(
        numbered, [name for name in names if name not in TEXT_COLUMNS], [name for name in names if name in TEXT_COLUMNS]
    )


def by_columns(tree: Node, columns: dict[str, np.ndarray]) -> list[bool | None]:
    true, false = evaluate3(tree, columns, {})
    assert not (true & false).any()
    np.testing.assert_array_equal(evaluate(tree, columns), true)
    return [True if yes else False if no else None for yes, no in zip(true.tolist(), false.tolist(), strict=True)]


def by_duckdb(tree: Node, columns: dict[str, np.ndarray], connection: duckdb.DuckDBPyConnection) -> list[bool | None]:
    book = pa.table(  # NaN goes to DuckDB as NaN: the SQL itself must take it for NULL.
        {name: pa.array(held, pa.string() if name in TEXT_COLUMNS else pa.float64()) for name, held in columns.items()}
    )
    connection.register("book", book)
    query = f"SELECT {to_duckdb(tree, columns)} FROM book ORDER BY row_number"
    return [answer for (answer,) in connection.execute(query).fetchall()]


def by_proof(tree: Node, batch: list[Mapping[str, Any]]) -> list[bool | None]:
    """Fix every column to a row's value and ask the solver which of the three answers is possible."""
    formulas, solver, found = Formulas(), z3.SolverFor("QF_LIRA"), []
    answers = {True: formulas.known(tree), False: formulas.known(tree, wanted=False), None: formulas.unknown(tree)}
    for row in batch:
        solver.push()
        solver.add(*formulas.row(row, fields_used(tree)))
        possible = [answer for answer, formula in answers.items() if solver.check(formula) == z3.sat]
        assert len(possible) == 1
        found += possible
        solver.pop()
    return found


@settings(max_examples=max(100, settings.default.max_examples // 3))
@given(tree=trees, batch=st.lists(rows, min_size=1, max_size=2))
def test_the_solver_gives_the_same_three_answers_to_a_row(tree, batch):
    answer = compile_row(tree)
    assert by_proof(tree, batch) == [answer(row) for row in batch]


@settings(max_examples=max(50, settings.default.max_examples // 6))
@given(tree=trees, wanted=st.sampled_from([True, False, None]))
def test_a_witness_the_solver_finds_is_answered_alike_by_the_row(tree, wanted):
    """The witness is read back as plain values; only where a fraction is no ``float`` may it lie beside the edge."""
    formulas, solver = Formulas(), z3.SolverFor("QF_LIRA")
    solver.add(formulas.unknown(tree) if wanted is None else formulas.known(tree, wanted=wanted))
    if solver.check() != z3.sat:
        return
    row = formulas.witness(solver.model(), fields_used(tree))
    again = z3.SolverFor("QF_LIRA")
    again.add(*formulas.row(row, fields_used(tree)), formulas.known(tree))
    assert (again.check() == z3.sat) is (compile_row(tree)(row) is True)


@settings(max_examples=max(300, settings.default.max_examples))
@given(tree=trees, batch=st.lists(rows, min_size=1, max_size=6))
def test_row_columns_duckdb_and_text_give_the_same_three_answers(tree, batch, connection):
    answer = compile_row(tree)
    by_row = [answer(row) for row in batch]
    columns = in_columns(batch)
    text = to_sql_text(tree)
    again = parse(text, FIELDS)

    assert again == tree
    assert to_sql_text(again) == text
    assert by_columns(tree, columns) == by_row
    assert by_duckdb(tree, columns, connection) == by_row
    for times in (10, 70):  # beyond a handful of rows, and beyond where text is encoded
        many = {name: np.tile(held, times) for name, held in columns.items()}
        assert by_columns(tree, many) == by_row * times


@settings(max_examples=max(150, settings.default.max_examples))
@given(
    text=st.recursive(
        st.sampled_from(
            [
                "days_past_due >= 5",
                "days_past_due = p_self_cure",
                "days_past_due BETWEEN 0 AND 30",
                "p_self_cure NOT BETWEEN -1 AND days_past_due",
                "p_self_cure NOT IN (0.5, 5, -1)",
                "region NOT IN ('SP', '', 'd''água')",
                "region <> 'SP'",
                "days_past_due IS NULL",
                "region IS NOT NULL",
                "TRUE",
                "5 < days_past_due",
            ]
        ),
        lambda inner: st.one_of(
            inner.map("NOT {}".format),
            inner.map("({})".format),
            st.tuples(inner, st.sampled_from([" AND ", " OR ", "\nand\t", "  or "]), inner).map("".join),
        ),
        max_leaves=10,
    ),
    batch=st.lists(
        st.fixed_dictionaries(
            {"days_past_due": cents_held, "p_self_cure": st.none() | st.sampled_from(_DECIMALS), "region": texts_held}
        ),
        min_size=1,
        max_size=5,
    ),
)
def test_precedence_is_that_of_sql(text, batch, connection):
    """DuckDB reads the very text with its own parser: AND before OR, NOT before both, BETWEEN's own AND."""
    columns = in_columns(batch)
    arrow = pa.table(
        {
            name: pa.array(held, from_pandas=True, type=pa.string() if name == "region" else pa.float64())
            for name, held in columns.items()
        }
    )
    connection.register("plain", arrow)
    theirs = [answer for (answer,) in connection.execute(f"SELECT {text} FROM plain ORDER BY row_number").fetchall()]
    ours = compile_row(parse(text, FIELDS))
    assert [ours(row) for row in batch] == theirs
