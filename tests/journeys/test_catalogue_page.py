"""The catalogue at a glance says what the journeys say, no more and no less."""

from pathlib import Path

from journeys.telling.catalogue import catalogue, markdown

PAGE = Path(__file__).parents[2] / "docs" / "journeys.md"


def test_the_page_of_the_catalogue_is_as_the_book_tells_it(book):
    assert PAGE.read_text("utf-8") == markdown(book), "regua show --all --markdown > docs/journeys.md"


def test_every_journey_stands_in_the_catalogue_once(book):
    told = [journey["journey"] for stage in catalogue(book, "en") for journey in stage["journeys"]]
    assert sorted(told) == sorted({journey.name for journey in book.journeys})


def test_every_journey_has_a_title_and_a_purpose_of_its_own_in_both_languages(book):
    for language in ("pt-BR", "en"):
        journeys = [journey for stage in catalogue(book, language) for journey in stage["journeys"]]
        for word in ("title", "purpose"):
            assert len({journey[word] for journey in journeys}) == len(journeys)


def test_the_examples_of_every_journey_show_an_interruption_and_a_guarded_day(book):
    for journey in book.journeys:
        assert len(journey.written.examples) >= 3, journey.name
