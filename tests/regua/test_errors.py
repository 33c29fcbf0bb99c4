"""Every error says what, where, what was expected and what to do."""

import pytest

from regua import errors
from regua.errors import Place, ReguaError


def kinds(base=ReguaError):
    return [base, *(kind for child in base.__subclasses__() for kind in kinds(child))]


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(), ""),
        (Place("book.csv"), "book.csv"),
        (Place("book.yaml", line=7, column=3), "book.yaml:7:3"),
        (Place("book.yaml", line=7), "book.yaml:7"),
        (Place(line=2, column=5), "2:5"),
        (Place(row=4), "row 4"),
    ],
)
def test_a_place_is_written_as_editors_understand_it(place, text):
    assert str(place) == text


def test_an_error_reads_as_three_sentences():
    error = ReguaError(
        "no such column", expected="days_past_due", remedy="correct the mapping", place=Place("map.yaml", line=3)
    )
    assert str(error) == "map.yaml:3: no such column\n  expected: days_past_due\n  try: correct the mapping"


def test_an_error_without_a_place_does_not_start_with_a_colon():
    assert str(ReguaError("nothing here", place=Place())) == "nothing here"


def test_every_kind_of_error_has_a_code_of_its_own_and_stands_in_the_tree():
    drawn = errors.__doc__
    found = [kind for kind in kinds() if kind.__module__ == "regua.errors"]
    assert len({kind.code for kind in found}) == len(found)
    assert all(kind.__name__ in drawn for kind in found)
    assert all(400 <= kind.status < 600 and kind.exit_code > 0 for kind in found)
