"""Lists in pages: a cursor names the last row seen, so rows that are added meanwhile neither hide nor repeat any.

A list reads the rows after a position in the order of a key, one more than asked for, and says whether there are more.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from regua.errors import RequestError
from serving.api.call import Call

Row = TypeVar("Row")
Told = TypeVar("Told")
Position = tuple[str | int, ...]

MOST_ROWS = 500
_MARK_BYTES = 6


class PageQuery(BaseModel):
    """Which page of a list; a list that can be narrowed adds its own parameters."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=MOST_ROWS, description="How many rows at most.")
    cursor: str | None = Field(
        None,
        min_length=1,
        max_length=1_024,
        pattern="^[A-Za-z0-9_-]+$",
        description="The `next_cursor` of the page before; the first page where it is left out.",
    )


class PageOut(BaseModel, Generic[Told]):
    """One page of a list; `next_cursor` asks for the next where there are more."""

    results: list[Told]
    has_more: bool
    next_cursor: str | None


def position_of(call: Call) -> Position | None:
    """Return where a list goes on, None at its beginning.

    Raises
    ------
    RequestError
        The cursor is none of ours, or one of another list or of other parameters.
    """
    cursor: str | None = call.query.cursor
    if cursor is None:
        return None
    try:
        mark, *position = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        is_ours = mark == _mark(call) and bool(position) and all(isinstance(part, str | int) for part in position)
    except (ValueError, TypeError):
        is_ours = False
    if not is_ours:
        raise RequestError(
            "a cursor of another list",
            expected="the next_cursor of the page before, with the same parameters",
            remedy="begin again without a cursor",
            param="/query/cursor",
        )
    return tuple(position)


def page(
    call: Call, rows: Sequence[Row], position: Callable[[Row], Position], told: Callable[[Row], Any] | None = None
) -> Response:
    """Answer with a page.

    Parameters
    ----------
    rows
        Those after :func:`position_of`, in order: ``call.query.limit + 1`` of them, or all there are.
    position
        The key of a row, by which the list is ordered.
    told
        What a row is told as; the row itself where it is left out.
    """
    limit: int = call.query.limit
    shown = rows[:limit]
    following = cursor_after(call, position(shown[-1])) if len(rows) > limit else None
    results = [told(row) if told else row for row in shown]
    return call.json({"results": results, "has_more": following is not None, "next_cursor": following})


def cursor_after(call: Call, position: Position) -> str:
    """Write the cursor that goes on behind a position."""
    return urlsafe_b64encode(orjson.dumps([_mark(call), *position])).rstrip(b"=").decode()


def _mark(call: Call) -> str:
    """Name the list and its parameters, all but the page's own: a cursor of one list means nothing in another."""
    narrowed = call.query.model_dump(mode="json", exclude={"limit", "cursor"})
    told = [call.request.scope["endpoint"].operation.words, dict(call.path), narrowed]
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[: 2 * _MARK_BYTES]
