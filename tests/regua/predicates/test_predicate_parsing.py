"""What the condition language takes, and how it says no."""

import pytest

from regua.errors import Place, PredicateError
from regua.predicates import (
    And,
    Between,
    Comparison,
    Constant,
    Field,
    FieldKind,
    In,
    IsNull,
    Not,
    Operator,
    Or,
    Predicate,
    Truth,
    fields_used,
    leaves,
    parse,
    to_sql_text,
)

DAYS = Field("days_past_due", FieldKind.NUMBER)
SELF_CURE = Field("p_self_cure", FieldKind.NUMBER)
OVERDUE = Field("balance_overdue", FieldKind.MONEY)
OPEN = Field("balance_open", FieldKind.MONEY)
DISPUTE = Field("has_open_dispute", FieldKind.FLAG)
SECURED = Field("is_secured", FieldKind.FLAG)
BAND = Field("risk_band", FieldKind.TEXT, ("low", "medium", "high"))
REGION = Field("region", FieldKind.TEXT)
OFFSET = Field("offset", FieldKind.NUMBER)  # a word of SQL
FIELDS = {field.name: field for field in (DAYS, SELF_CURE, OVERDUE, OPEN, DISPUTE, SECURED, BAND, REGION, OFFSET)}


def read(text):
    return parse(text, FIELDS)


def refusal(text, **options):
    with pytest.raises(PredicateError) as caught:
        parse(text, FIELDS, **options)
    return caught.value


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("days_past_due <= 30", Comparison(DAYS, Operator.AT_MOST, 30.0)),
        ("30 >= days_past_due", Comparison(DAYS, Operator.AT_MOST, 30.0)),
        ("30 < days_past_due", Comparison(DAYS, Operator.MORE, 30.0)),
        ("days_past_due != -3.5", Comparison(DAYS, Operator.UNEQUAL, -3.5)),
        ("days_past_due <> 1e3", Comparison(DAYS, Operator.UNEQUAL, 1000.0)),
        ("days_past_due = p_self_cure", Comparison(DAYS, Operator.EQUAL, SELF_CURE)),
        ("((days_past_due)) = (5)", Comparison(DAYS, Operator.EQUAL, 5.0)),
        ("days_past_due BETWEEN 5 AND 30", Between(DAYS, 5.0, 30.0)),
        ("days_past_due not between -5 and p_self_cure", Not(Between(DAYS, -5.0, SELF_CURE))),
        ("risk_band IN ('low', 'high', 'low')", In(BAND, ("low", "high"))),
        ("region NOT IN ('SP', 'd''água')", Not(In(REGION, ("SP", "d'água")))),
        ("region = ''", Comparison(REGION, Operator.EQUAL, "")),
        (
            "region = 'São Paulo 😀' AND has_open_dispute",
            And((Comparison(REGION, Operator.EQUAL, "São Paulo 😀"), Truth(DISPUTE))),
        ),
        ("days_past_due IS NULL", IsNull(DAYS)),
        ("days_past_due Is Not Null", Not(IsNull(DAYS))),
        ("NOT has_open_dispute", Not(Truth(DISPUTE))),
        ("has_open_dispute = FALSE", Not(Truth(DISPUTE))),
        ("TRUE <> has_open_dispute", Not(Truth(DISPUTE))),
        ("has_open_dispute IS TRUE", And((Truth(DISPUTE), Not(IsNull(DISPUTE))))),
        ("has_open_dispute <> is_secured", Comparison(DISPUTE, Operator.UNEQUAL, SECURED)),
        ("TRUE", Constant(value=True)),
        ("offset > 1", Comparison(OFFSET, Operator.MORE, 1.0)),
        ("is_secured\n\tAND\r\n(has_open_dispute)", And((Truth(SECURED), Truth(DISPUTE)))),
    ],
)
def test_the_subset_is_read_into_the_tree(text, tree):
    assert read(text) == tree
    assert parse(to_sql_text(tree), FIELDS) == tree


def test_and_binds_before_or_and_runs_are_flat():
    a, b, c = Truth(DISPUTE), Truth(SECURED), IsNull(DAYS)
    assert read("has_open_dispute OR is_secured AND days_past_due IS NULL") == Or((a, And((b, c))))
    assert read("(has_open_dispute OR is_secured) AND days_past_due IS NULL") == And((Or((a, b)), c))
    assert read("has_open_dispute AND (is_secured AND days_past_due IS NULL)") == And((a, b, c))
    assert And((a, And((b, c)))) == And((And((a, b)), c)) == And((a, b, c))


def test_joining_fewer_than_two_terms_is_refused():
    with pytest.raises(ValueError, match="two terms or more"):
        And((Truth(DISPUTE),))


@pytest.mark.parametrize(
    ("written", "in_cents"),
    [("20.00", 2000), ("20", 2000), ("0.5", 50), ("-3.25", -325), ("1e3", 100_000), ("90071992547409.91", 2**53 - 1)],
)
def test_money_is_written_in_currency_and_read_in_cents(written, in_cents):
    tree = read(f"balance_overdue >= {written}")
    assert tree == Comparison(OVERDUE, Operator.AT_LEAST, in_cents)
    assert type(tree.other) is int
    assert fields_used(tree) == {"balance_overdue_cents"}
    assert read(to_sql_text(tree)) == tree


def test_two_amounts_of_money_compare_but_money_and_days_do_not():
    assert read("balance_overdue < balance_open") == Comparison(OVERDUE, Operator.LESS, OPEN)
    assert "is a number and balance_overdue is money" in refusal("balance_overdue < days_past_due").found


def test_the_canonical_text_reads_as_a_strategist_writes():
    text = "not (has_open_dispute) and (balance_overdue>=20 or region not in('SP'))and not(days_past_due=3)"
    canonical = (
        "NOT has_open_dispute AND (balance_overdue >= 20.00 OR region NOT IN ('SP')) AND NOT (days_past_due = 3)"
    )
    assert to_sql_text(read(text)) == canonical


def test_a_predicate_keeps_text_tree_and_columns_together():
    text = "balance_overdue > 0 AND days_past_due BETWEEN 1 AND p_self_cure OR risk_band IN ('low')"
    predicate = Predicate(text, read(text))
    assert fields_used(predicate.tree) == {"balance_overdue_cents", "days_past_due", "p_self_cure", "risk_band"}
    assert [type(leaf).__name__ for leaf in leaves(predicate.tree)] == ["Comparison", "Between", "In"]
    assert hash(predicate) == hash(Predicate(text, read(text)))


REFUSED = """\
days_past_du > 3
DAYS_PAST_DUE > 3
balance_overdue_cents > 2000
risk_band = 'hgh'
region = SP
region = "SP"
region = “SP”
balance_overdue >= 20,00
balance_overdue > 0.005
balance_overdue > 1e300
balance_overdue > '20'
days_past_due > '3'
region = 3
region > 'SP'
region BETWEEN 'A' AND 'B'
has_open_dispute > FALSE
has_open_dispute = 1
has_open_dispute IN (TRUE)
days_past_due
days_past_due = NULL
days_past_due NOT NULL
days_past_due IN (1, NULL)
days_past_due IN ()
days_past_due IN (1,)
days_past_due IN (1, p_self_cure)
days_past_due IN 3
days_past_due == 3
days_past_due > .5
days_past_due > 1e999
days_past_due IS 5
days_past_due < p_self_cure < 3
days_past_due = NOT is_secured
1 = 1
NULL
!is_secured
(is_secured
is_secured)
is_secured AND
AND is_secured
is_secured is_secured
days_past_due BETWEEN 1
region = 'SP
region LIKE 'S%'
days_past_due + 1 > 2
days_past_due > 5 -3
abs(days_past_due) > 3
days_past_due > 1 -- always"""


def test_every_refusal_says_where_what_and_instead(golden):
    golden("predicates/refusals.txt", "\n\n".join(str(refusal(text)) for text in REFUSED.split("\n")) + "\n")


def test_an_error_on_a_later_line_counts_from_there():
    error = refusal("days_past_due > 3\n  AND risk_bend = 'low'\n  AND is_secured")
    assert (error.place.line, error.place.column) == (2, 7)
    assert error.found.split("\n") == [
        "unknown field risk_bend: did you mean risk_band?",
        "      AND risk_bend = 'low'",
        "          ^^^^^^^^^",
    ]


def test_a_parser_error_on_a_later_line_counts_from_there():
    error = refusal("days_past_due > 3 AND\n  is_secured 5")
    assert (error.place.line, error.place.column) == (2, 14)


def test_the_place_of_the_text_in_its_file_is_added():
    place = Place("journeys/catalog/early.yaml", line=7, column=10)
    assert str(refusal("days_past_du > 3", place=place)).startswith("journeys/catalog/early.yaml:7:10: unknown field")
    assert str(refusal("TRUE\nAND x", place=place)).startswith("journeys/catalog/early.yaml:8:5: unknown field x")


def test_positions_are_in_characters_also_after_an_emoji():
    assert refusal("region = '😀ção' AND nope").place.column == 21


def test_a_very_long_line_is_shown_in_part():
    error = refusal(" OR ".join(["is_secured"] * 200) + " OR nope")
    line, mark = error.found.split("\n")[1:]
    assert len(line) < 140
    assert line[mark.index("^") :].startswith("nope")
