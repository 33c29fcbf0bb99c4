"""The three answers, term by term; the shapes columns come in; the memory of a batch."""

import math

import numpy as np
import pytest

from regua.errors import SchemaError
from regua.predicates import Field, FieldKind, compile_row, evaluate, evaluate3, parse

FIELDS = {
    "n": Field("n", FieldKind.NUMBER),
    "other": Field("other", FieldKind.NUMBER),
    "flag": Field("flag", FieldKind.FLAG),
    "t": Field("t", FieldKind.TEXT),
    "u": Field("u", FieldKind.TEXT),
    "money": Field("money", FieldKind.MONEY),
}


def answer(text, **row):
    return compile_row(parse(text, FIELDS))(row)


@pytest.mark.parametrize("null", [{}, {"n": None}, {"n": math.nan}, {"n": np.float64("nan")}])
def test_missing_none_and_nan_are_null(null):
    assert answer("n > 0.6", **null) is None
    assert answer("NOT n > 0.6", **null) is None
    assert answer("n = n", **null) is None
    assert answer("n IN (1, 2)", **null) is None
    assert answer("n NOT IN (1, 2)", **null) is None
    assert answer("n BETWEEN 1 AND 2", **null) is None
    assert answer("n IS NULL", **null) is True


def test_unknown_spreads_only_where_it_decides():
    assert answer("n > 1 AND FALSE") is False
    assert answer("n > 1 OR TRUE") is True
    assert answer("n > 1 AND TRUE") is None
    assert answer("n > 1 OR FALSE") is None
    assert answer("n BETWEEN other AND 5", n=6) is False
    assert answer("n BETWEEN other AND 5", n=4) is None


def test_infinities_are_numbers_at_the_ends():
    assert answer("n > 1e300", n=math.inf) is True
    assert answer("n < 0", n=-math.inf) is True
    assert answer("n = other", n=math.inf, other=math.inf) is True


def test_a_flag_may_be_a_bool_or_a_number():
    assert [answer("flag", flag=value) for value in (True, 1, 1.0, False, 0, None)] == [
        True,
        True,
        True,
        False,
        False,
        None,
    ]


def test_money_is_compared_in_cents():
    assert answer("money >= 20.00", money_cents=2000) is True
    assert answer("money >= 20.00", money_cents=1999) is False


def test_a_number_in_a_text_is_a_clear_error_for_a_row():
    with pytest.raises(SchemaError, match="cannot be compared"):
        answer("n > 3", n="four")


@pytest.mark.parametrize("rows", [3, 30, 300])
@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64, np.int8, np.bool_, object])
def test_columns_of_any_number_type_are_taken(rows, kind):
    column = np.tile(np.array([0, 1, 1]), rows // 3).astype(kind)
    columns = {"n": column, "flag": column}
    expected = [False, True, True] * (rows // 3)
    assert evaluate(parse("n >= 1", FIELDS), columns).tolist() == expected
    assert evaluate(parse("flag", FIELDS), columns).tolist() == expected
    assert evaluate(parse("n IN (1, 2, 3, 4, 5, 6, 7, 8)", FIELDS), columns).tolist() == expected
    assert evaluate(parse("NOT n <> 1", FIELDS), columns).tolist() == expected
    assert evaluate(parse("n IS NOT NULL", FIELDS), columns).all()


@pytest.mark.parametrize("rows", [2, 20, 200])
def test_text_columns_with_nan_none_or_nothing_known_are_null(rows):
    columns = {"t": np.array(["SP", None, math.nan, ""] * rows, object), "u": np.full(4 * rows, math.nan)}
    true, false = evaluate3(parse("t IN ('SP', 'RJ')", FIELDS), columns)
    assert true.tolist() == [True, False, False, False] * rows
    assert false.tolist() == [False, False, False, True] * rows
    true, false = evaluate3(parse("t = u", FIELDS), columns)
    assert not true.any()
    assert not false.any()
    assert evaluate(parse("u IS NULL", FIELDS), columns).all()


def test_a_number_in_a_text_column_is_a_clear_error():
    with pytest.raises(SchemaError, match=r"column t holds 3\.0"):
        evaluate(parse("t = 'SP'", FIELDS), {"t": np.full(100, 3.0)})


def test_more_than_127_distinct_texts_keep_their_codes_apart():
    names = [f"city {number}" for number in range(300)]
    columns = {"t": np.array(names, object), "u": np.array(names[::-1], object)}
    assert evaluate(parse("t = 'city 200'", FIELDS), columns).nonzero()[0].tolist() == [200]
    assert not evaluate(parse("t = u", FIELDS), columns).any()
    assert evaluate(parse("t <> u", FIELDS), columns).all()


def test_a_missing_column_is_unknown_for_everyone():
    columns = {"n": np.arange(100.0)}
    for text in ("other > 1", "t = 'x'", "flag", "n > other", "n BETWEEN other AND 3"):
        true, false = evaluate3(parse(text, FIELDS), columns)
        assert not true.any()
        assert (false == (columns["n"] > 3)).all() if "BETWEEN" in text else not false.any()
    assert evaluate(parse("other IS NULL", FIELDS), columns).all()


def test_a_cache_from_another_batch_does_no_harm():
    cache = {}
    tree = parse("t = 'SP'", FIELDS)
    assert evaluate(tree, {"t": np.array(["SP"] * 100, object)}, cache).all()
    assert not evaluate(tree, {"t": np.array(["RJ"] * 100, object)}, cache).any()


def test_a_mask_can_be_written_to_without_touching_the_column():
    columns = {"flag": np.ones(100, bool)}
    mask = evaluate(parse("flag", FIELDS), columns)
    mask[:] = False
    assert columns["flag"].all()


def test_no_rows_give_no_answers():
    assert evaluate(parse("n > 1 AND t = 'x'", FIELDS), {"n": np.zeros(0), "t": np.zeros(0, object)}).shape == (0,)
    assert evaluate(parse("TRUE", FIELDS), {}).shape == (0,)
