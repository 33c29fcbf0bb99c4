"""A condition from a stranger does no harm: it is read within limits, or refused with a clear error."""

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from regua.errors import PredicateError
from regua.predicates import Comparison, Field, FieldKind, Limits, Operator, compile_row, depth, parse, to_duckdb

FIELDS = {
    "a": Field("a", FieldKind.FLAG),
    "n": Field("n", FieldKind.NUMBER),
    "t": Field("t", FieldKind.TEXT),
    "m": Field("m", FieldKind.MONEY),
}


@pytest.mark.parametrize(
    "text",
    [
        "1=1; DROP TABLE contracts",
        "a; a",
        "a -- and not a",
        "a /* and not a */",
        "/* a */ a",
        "a # comment",
        "n = 1 OR 1=1",
        "t = x'73'",
        "t = b'1'",
        "t = N'SP'",
        "t = E'\\n'",
        "t = $$SP$$",
        "t = 'SP' 'RJ'",
        "t = ‘SP’",
        "t = 'SP",
        "t = '\ud800'",
        "t = 'a\x00b'",
        "n = 1\x00",
        "n\u00a0= 1",
        "n\u200b = 1",
        "n = １",
        "n = (SELECT 1)",
        "n IN (SELECT 1)",
        "EXISTS (SELECT 1)",
        "n = ANY (1)",
        "read_text('/etc/passwd') = t",
        "t = getenv('HOME')",
        "current_date > 1",
        "n::int = 1",
        "CAST(n AS INT) = 1",
        "CASE WHEN a THEN TRUE END",
        "t LIKE '%'",
        "t ~ 'x'",
        "t || 'x' = 'y'",
        "n * 2 > 1",
        "n % 2 = 1",
        "n = -(-1)",
        "n = +1",
        "(n, n) = (1, 1)",
        "[n] = 1",
        "{'n': n} = 1",
        "n = ?",
        "n = $1",
        "n = :one",
        "n = @one",
        "a.n = 1",
        '"n" = 1',
        "`n` = 1",
        "n IS DISTINCT FROM 1",
        "n COLLATE x = 1",
        "a AS b",
        "a ORDER BY n",
        "a UNION SELECT 1",
        "LAMBDA x: x",
        "x -> x",
        "NOT",
        "",
        "\n",
        "__import__",
    ],
)
def test_nothing_outside_the_subset_gets_in(text):
    with pytest.raises(PredicateError) as caught:
        parse(text, FIELDS)
    assert caught.value.place.line >= 1
    assert caught.value.place.column >= 1
    assert "^" in str(caught.value)


@pytest.mark.parametrize(
    "value", ["'; DROP TABLE book; --", "'' OR ''='", '"', "\\'", "%s", "{0}", "$1", "?", "\u202e"]
)
def test_a_text_stays_a_text_in_duckdb(value):
    tree = Comparison(FIELDS["t"], Operator.EQUAL, value)
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE book (t VARCHAR)")
        connection.execute("INSERT INTO book VALUES (?), ('other')", [value])
        assert connection.execute(f"SELECT t FROM book WHERE {to_duckdb(tree)}").fetchall() == [(value,)]


def test_a_column_name_cannot_leave_its_quotes():
    assert to_duckdb(Comparison(Field('x" OR 1=1 --', FieldKind.TEXT), Operator.EQUAL, "y")).startswith(
        '("x"" OR 1=1 --"'
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" OR ".join(["a"] * 10_000), "has 49,996 characters"),
        (" OR ".join(["a"] * 501), "more than 500 terms"),
        ("n IN (" + ", ".join(str(one) for one in range(201)) + ")", "the list has 201 values"),
        ("(" * 33 + "a" + ")" * 33, "nested too deeply"),
        ("NOT " * 33 + "a", "nested too deeply"),
        ("NOT (" * 17 + "a" + ")" * 17, "nested too deeply"),
        ("(" * 9_999 + "a" + ")" * 9_999, "nested too deeply"),
        ("NOT " * 4_000 + "a", "nested too deeply"),
        ("(a AND " * 2_000 + "a" + ")" * 2_000, "nested too deeply"),
        ("- " * 5_000 + "1 = n", "arithmetic"),
    ],
)
def test_a_bomb_is_a_clear_error(text, message):
    with pytest.raises(PredicateError, match=message) as caught:
        parse(text, FIELDS)
    assert len(str(caught.value)) < 1_000


def test_ten_thousand_terms_are_refused_even_where_the_text_may_be_long():
    with pytest.raises(PredicateError, match="more than 500 terms"):
        parse(" OR ".join(["a"] * 10_000), FIELDS, limits=Limits(characters=10**6))


def test_what_is_just_within_the_limits_is_read_and_answered():
    many = parse(" OR ".join(["n = 1"] * 500), FIELDS)
    nested = parse("NOT (" * 15 + "a AND a" + ")" * 15, FIELDS)
    assert len(many.terms) == 500
    assert depth(nested) <= 32
    assert compile_row(many)({"n": 1}) is True
    assert compile_row(nested)({"a": 1}) is False
    parse("n BETWEEN 1 AND 2 AND " * 499 + "a", FIELDS)
    parse("n IN (" + ", ".join(str(one) for one in range(200)) + ")", FIELDS)
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT {to_duckdb(many)} FROM (SELECT 1 AS n)").fetchall() == [(True,)]


def _read_or_refused(text):
    try:
        tree = parse(text, FIELDS)
    except PredicateError as problem:
        return str(problem)
    return compile_row(tree)({})


FRAGMENTS = "a n t m ( ) , AND OR NOT BETWEEN IN IS NULL TRUE FALSE = <> < <= > >= != - 1 0.5 'x' '' ; . /* --"


@given(st.lists(st.sampled_from(FRAGMENTS.split(" ")), max_size=14).map(" ".join))
def test_any_soup_of_tokens_is_read_or_refused(text):
    assert _read_or_refused(text) in (True, False, None) or "^" in _read_or_refused(text)


@given(st.text(max_size=30))
@example("n IN ((1), (2))")
@example("a IS NOT NOT NULL")
@example("n BETWEEN (1) AND (n)")
@example("NOT NOT NOT a")
@example("n IS (NULL)")
def test_any_text_is_read_or_refused(text):
    assert _read_or_refused(text) in (True, False, None) or "^" in _read_or_refused(text)
