import numpy as np
import pytest

from models.encode import Encoder
from regua.errors import DataError

ENCODER = Encoder(("days_past_due", "product"), (("product", ("card", "telecom")),))


def test_a_word_never_seen_in_training_is_null():
    columns = {"days_past_due": np.array([1.0, 2.0, 3.0]), "product": np.array(["telecom", "yacht", None], object)}
    assert np.array_equal(ENCODER.encode(columns), [[1, 1], [2, np.nan], [3, np.nan]], equal_nan=True)


def test_a_column_that_is_absent_is_null():
    encoded = ENCODER.encode({"product": np.array(["card"], object)})
    assert np.array_equal(encoded, [[np.nan, 0]], equal_nan=True)


@pytest.mark.parametrize("infinity", [np.inf, -np.inf])
def test_an_infinity_never_reaches_a_model(infinity):
    with pytest.raises(DataError, match=r"days_past_due is -?inf in row 1"):
        ENCODER.encode({"days_past_due": np.array([1.0, infinity])})


def test_words_where_numbers_belong_are_refused():
    with pytest.raises(DataError, match="days_past_due holds"):
        ENCODER.encode({"days_past_due": np.array(["soon"], object)})


def test_words_are_learned_in_a_fixed_order():
    columns = {"days_past_due": np.ones(3), "product": np.array(["telecom", None, "card"], object)}
    assert Encoder.learn(("days_past_due", "product"), columns) == ENCODER
    assert ENCODER.categorical == [1]
