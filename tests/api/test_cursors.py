"""Pages of a list neither lose nor repeat a row, whatever is added between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ConfigDict

from serving.access.roles import Role
from serving.api import cursors
from serving.api.anatomy import Resource
from serving.api.cursors import PageQuery


class Narrowed(PageQuery):
    """A list that can be narrowed."""

    model_config = ConfigDict(extra="forbid")

    state: str | None = None


ROWS: list[int] = []
resource = Resource("rows", "Numbers, for this test alone.")


@resource.operation("GET", "/v1/rows", summary="List rows", roles=frozenset({Role.CRM}), query=Narrowed)
async def rows(call):
    """List numbers in their order."""
    after = cursors.position_of(call)
    found = sorted(row for row in ROWS if after is None or row > after[0])
    return cursors.page(call, found[: call.query.limit + 1], lambda row: (row,))


@pytest.fixture
def listing(app, crm):
    app.router.routes[:0] = resource.routes
    ROWS.clear()
    return crm


@given(at_first=st.sets(st.integers(0, 99), max_size=20), added=st.lists(st.integers(100, 199), max_size=20))
def test_no_row_is_lost_or_repeated_while_others_are_added(listing, at_first, added):
    ROWS[:] = at_first
    seen, cursor, waiting = [], None, list(dict.fromkeys(added))
    while True:
        told = listing.get("/v1/rows", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        seen += told["results"]
        ROWS.extend(waiting[:1])
        waiting = waiting[1:]
        cursor = told["next_cursor"]
        assert told["has_more"] is (cursor is not None)
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen)
    assert at_first <= set(seen)


@pytest.mark.parametrize("cursor", ["x", "W10", "eyJhIjoxfQ", "WyJ4Il0", "a" * 1_024])
def test_a_cursor_that_is_none_of_ours_is_refused(listing, cursor):
    answer = listing.get("/v1/rows", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["param"]) == (422, "/query/cursor")


def test_a_cursor_goes_on_only_with_the_parameters_it_was_given_for(listing):
    ROWS[:] = range(9)
    cursor = listing.get("/v1/rows", params={"limit": 3}).json()["next_cursor"]
    assert listing.get("/v1/rows", params={"limit": 5, "cursor": cursor}).json()["results"] == [3, 4, 5, 6, 7]
    assert listing.get("/v1/rows", params={"state": "open", "cursor": cursor}).status_code == 422


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=a", "limit=1&limit=2", "limit=1.5", "offset=3"])
def test_a_page_that_cannot_be_is_refused(listing, query):
    assert listing.get(f"/v1/rows?{query}").status_code == 422
