"""Two books decide the same customers: what differs is the change's own, and nothing is logged."""

import orjson

from journeys.book import compile_book
from journeys.rehearsal.walk import Walk
from serving.deciding.comparing import compare

NAMES = [f"c{number:07d}" for number in range(1, 401)]
EARLY = "catalog/early/early_digital.yaml"


def changed(book, old: str, new: str):
    """The same book with one text of one journey replaced."""
    files = orjson.loads(book.text)["files"]
    assert old in files[EARLY]
    return compile_book({**files, EARLY: files[EARLY].replace(old, new)})


def test_a_book_compared_with_itself_touches_nobody(service) -> None:
    found = compare(service, service.book, service.book, service.clock.now(), NAMES)
    assert (found.rerouted, found.treated_otherwise) == (0, 0)
    assert found.customers > 100


def test_a_journey_nobody_may_enter_sends_its_customers_elsewhere(service) -> None:
    closed = changed(service.book, "enter: days_past_due BETWEEN 1 AND 15", "enter: days_past_due BETWEEN 900 AND 915")
    found = compare(service, service.book, closed, service.clock.now(), NAMES)
    before = sum(count for (was, _), count in found.journeys.items() if was == "early_digital")
    assert found.rerouted == before > 0
    assert all(len(found.examples[pair]) <= 3 for pair in found.journeys)
    assert not list(service.store.whole_log())


def test_the_first_day_of_a_walk_is_what_would_be_decided(service) -> None:
    columns = service.pipeline.scored(NAMES, service.clock.now())
    still = service.book.without_chance()
    for row, name in enumerate(NAMES[:60]):
        one = {column: array[row : row + 1] for column, array in columns.items()}
        walked = next(iter(Walk(still, one, service.clock.now()).days(1)))
        decided = service.pipeline.decide_columns(one, service.clock.now())[0]
        if not decided.explored:
            assert walked.decisions.action[0] == decided.action, name
