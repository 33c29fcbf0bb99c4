"""A change is told in words: what moves, what comes, what goes, with both values."""

from collections.abc import Mapping

import orjson
import pytest

from journeys.book import Book, compile_book, load
from journeys.telling.differences import Difference, differences

EARLY = "catalog/early/early_digital.yaml"


@pytest.fixture(scope="module")
def files() -> Mapping[str, str]:
    found: Mapping[str, str] = orjson.loads(load().text)["files"]
    return found


def changed(files: Mapping[str, str], file: str, *swaps: tuple[str, str]) -> list[Difference]:
    """Tell the differences after some text of a file was replaced."""
    text = files[file]
    for old, new in swaps:
        assert text.count(old) >= 1, f"{old!r} is not in {file}"
        text = text.replace(old, new, 1)
    return differences(compile_book(files), compile_book({**files, file: text}))


def english(found: list[Difference]) -> list[str]:
    return [difference.words["en"] for difference in found]


def test_the_same_book_has_no_difference(files: Mapping[str, str]) -> None:
    assert differences(compile_book(files), Book.from_text(compile_book(files).text)) == []


def test_a_step_that_moves_is_told_by_its_channel_and_both_days(files: Mapping[str, str]) -> None:
    found = changed(files, EARLY, ("- day: 3\n", "- day: 5\n"))
    assert [one.kind for one in found] == ["step_moved"]
    assert found[0].subject == "journey early_digital"
    assert "moves from day 3 to day 5" in found[0].words["en"]
    assert "passa do dia 3 para o dia 5" in found[0].words["pt-BR"]


def test_a_threshold_is_told_with_both_values(files: Mapping[str, str]) -> None:
    old = "high: p_roll >= 0.50"
    found = changed(files, "segments.yaml", (old, "high: p_roll >= 0.45"))
    assert english(found) == ["bands.risk_band.bands.high: p_roll >= 0.50 → p_roll >= 0.45"]


def test_a_new_journey_says_who_enters(files: Mapping[str, str]) -> None:
    text = files[EARLY].replace("journey: early_digital", "journey: early_two").replace("priority: ", "priority: 9")
    found = differences(compile_book(files), compile_book({**files, "catalog/early/early_two.yaml": text}))
    assert [one.kind for one in found] == ["journey_added"]
    back = differences(compile_book({**files, "catalog/early/early_two.yaml": text}), compile_book(files))
    assert [one.kind for one in back] == ["journey_removed"]


def test_a_changed_exit_and_priority_are_told(files: Mapping[str, str]) -> None:
    found = changed(files, EARLY, ("cured: balance_overdue = 0", "cured: balance_overdue <= 1.00"))
    assert english(found) == ["exit cured: balance_overdue = 0 → balance_overdue <= 1.00"]


def test_an_example_or_a_comment_changes_nothing_that_is_told(files: Mapping[str, str]) -> None:
    assert changed(files, EARLY, ("journey: early_digital", "# why\njourney: early_digital")) == []
