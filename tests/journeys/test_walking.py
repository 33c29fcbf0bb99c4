"""A customer is walked through the days to come by the real kernel, and nothing but time and what is said changes."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from journeys.book import HOME, Book, load
from journeys.kernel import decide
from journeys.rehearsal.trying import try_file
from journeys.rehearsal.walk import Change, Walk, inside, invented, older
from regua.errors import BookError

TUESDAY = datetime(2026, 3, 3, 13, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def book() -> Book:
    return load()


def actions(book: Book, days: int, *changes: str, **walk: bool) -> list[str]:
    given = [Change.read(text, book) for text in ("p_self_cure=0.4", "p_roll=0.1", *changes)]
    return [str(one.decisions.action[0]) for one in Walk(book, invented(book), TUESDAY, given, **walk).days(days)]


def test_the_first_day_of_a_walk_is_what_the_kernel_decides(book: Book) -> None:
    columns = invented(book)
    walked = next(iter(Walk(book, columns, TUESDAY).days(1)))
    assert walked.decisions.action[0] == decide(columns, book.without_chance(), TUESDAY).action[0]


def test_an_unread_message_is_followed_by_the_next_channel_and_a_read_one_is_not(book: Book) -> None:
    assert "sms/pay_link" in actions(book, 7)
    assert "sms/pay_link" not in actions(book, 7, is_read=True)


def test_who_pays_is_left_in_peace_from_that_day_on(book: Book) -> None:
    found = actions(book, 20, "balance_overdue=0@4", "customer_balance_overdue=0@4", "days_past_due=0@4")
    assert any(action != "nothing" for action in found[:4])
    assert set(found[4:]) == {"nothing"}


def test_time_ages_what_ages_and_no_more(book: Book) -> None:
    start = invented(book) | {"days_since_last_payment": np.array([3.0]), "attempts_7d": np.array([2.0])}
    later = older(start, 7)
    assert later["days_past_due"][0] == start["days_past_due"][0] + 7
    assert later["days_since_last_payment"][0] == 10
    assert later["attempts_7d"][0] == 0
    assert older(start, 6)["attempts_7d"][0] == 2
    assert later["balance_overdue_cents"][0] == start["balance_overdue_cents"][0]


def test_a_customer_can_be_put_inside_a_journey(book: Book) -> None:
    columns = invented(book) | inside(book, "early_digital") | {"p_roll": np.array([0.1])}
    walked = next(iter(Walk(book, columns, TUESDAY).days(1)))
    assert walked.decisions.journey[0] == "early_digital"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("p_rol=0.4", "p_roll"),
        ("p_roll", "field=value@day"),
        ("p_roll=0.4@soon", "field=value@day"),
        ("p_roll=high", "a number"),
    ],
)
def test_a_change_that_cannot_be_read_says_how_it_is_written(book: Book, text: str, told: str) -> None:
    with pytest.raises(BookError, match=r"field=value@day|unknown field|number") as problem:
        Change.read(text, book)
    assert told in str(problem.value)


def test_a_walk_without_end_is_refused(book: Book) -> None:
    with pytest.raises(BookError, match="10000 days"):
        list(Walk(book, invented(book), TUESDAY).days(10_000))


def test_a_file_is_tried_among_the_journeys_of_its_folder() -> None:
    tried = try_file(HOME / "catalog" / "early" / "early_digital.yaml")
    assert (tried.journey, tried.misses) == ("early_digital", ())
    assert tried.examples >= 3


def test_a_file_whose_example_is_wrong_says_where(tmp_path: Path) -> None:
    file = tmp_path / "early_digital.yaml"
    text = (HOME / "catalog" / "early" / "early_digital.yaml").read_text("utf-8")
    file.write_text(text.replace("push/forgot, whatsapp/pay_link", "push/forgot, sms/pay_link", 1), "utf-8")
    tried = try_file(file)
    assert len(tried.misses) == 1
    assert tried.misses[0].place.line is not None


def test_a_file_that_does_not_exist_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="no file"):
        try_file(tmp_path / "none.yaml")
