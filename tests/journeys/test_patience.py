"""How long is waited: days by band, at each boundary, and what is not known."""

import numpy as np
import pytest

from journeys.book import compile_book, sources
from journeys.book.book import HOME
from journeys.kernel import decide
from regua.errors import BookError


@pytest.fixture(scope="module")
def patience(book):
    """The shipped tables."""
    return book.patience


@pytest.mark.parametrize(
    ("table", "columns", "days"),
    [
        ("promise_hold_days", {"promise_kept_share_365d": 0.80, "promises_kept_365d": 2}, 5),
        ("promise_hold_days", {"promise_kept_share_365d": 0.80, "promises_kept_365d": 1}, 3),
        ("promise_hold_days", {"promise_kept_share_365d": 0.79, "promises_kept_365d": 9}, 3),
        ("promise_hold_days", {"promise_kept_share_365d": 0.49}, 2),
        ("promise_hold_days", {"promise_kept_share_365d": None}, 2),
        ("claim_hold_days", {"risk_band": "low"}, 10),
        ("claim_hold_days", {"risk_band": "medium"}, 5),
        ("claim_hold_days", {"risk_band": "high"}, 3),
        ("claim_hold_days", {"risk_band": None}, 5),
        ("grace_days", {"p_self_cure": 0.85}, 10),
        ("grace_days", {"p_self_cure": 0.75}, 7),
        ("grace_days", {"p_self_cure": 0.60}, 5),
        ("grace_days", {"p_self_cure": 0.59}, 3),
        ("grace_days", {"p_self_cure": None}, 3),
    ],
)
def test_the_first_row_that_is_true_counts(patience, table, columns, days):
    arrays = {
        name: np.array([value], dtype=object if name == "risk_band" else float) for name, value in columns.items()
    }
    assert patience.days(arrays)[table].tolist() == [days]
    many = {name: np.repeat(array, 9) for name, array in arrays.items()}
    assert patience.days(many)[table].tolist() == [days] * 9


def test_the_days_are_never_unknown(patience, crowd):
    for days in patience.days(crowd(300)).values():
        assert np.isfinite(days).all()


def test_the_better_payer_is_never_given_less_time(patience):
    shares = {"promise_kept_share_365d": np.linspace(0, 1, 101), "promises_kept_365d": np.full(101, 3.0)}
    assert (np.diff(patience.days(shares)["promise_hold_days"]) >= 0).all()
    cures = {"p_self_cure": np.linspace(0, 1, 101)}
    assert (np.diff(patience.days(cures)["grace_days"]) >= 0).all()


def test_a_journey_may_ask_for_the_days(book):
    files = sources(HOME)
    name = "catalog/early/self_cure_grace.yaml"
    assert {"promise_hold_days", "claim_hold_days", "grace_days"} <= set(book.fields)
    asked = files[name].replace("enter: ", "enter: grace_days >= 3 AND ", 1)
    assert asked != files[name]
    compile_book(files | {name: asked})


def test_the_kernel_makes_the_days_before_anything_asks(calm, customers, tuesday):
    decisions = decide(customers(p_self_cure=0.9), calm, tuesday)
    assert len(decisions) == 1


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("wait: 10, when: p_self_cure", "wait: 11, when: p_self_cure", "grace_days of 3 to 10 days, not 11"),
        ("- wait: 5\n", "- wait: 6\n", "promise_hold_days of 0 to 5 days, not 6"),
        ("p_self_cure >= 0.75", "p_selfcure >= 0.75", "p_selfcure"),
        ("when_over: stays", "when_over: fades", "fades"),
        ("  otherwise: 5\n", "", "otherwise is missing"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused_with_its_place(old, new, told):
    files = sources(HOME)
    assert old in files["patience.yaml"]
    changed = files["patience.yaml"].replace(old, new, 1)
    with pytest.raises(Exception, match=r"patience\.yaml") as refused:
        compile_book(files | {"patience.yaml": changed})
    assert told in str(refused.value)


def test_a_table_may_not_be_left_out():
    files = sources(HOME)
    without = files["patience.yaml"].split("\ngrace_days:")[0]
    with pytest.raises(BookError, match="grace_days is missing"):
        compile_book(files | {"patience.yaml": without})
