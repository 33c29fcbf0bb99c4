"""The books and releases a simulated month may work by: two of each, every book compiled once for all months."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from unittest.mock import patch

from journeys import book as books
from journeys.book import Book
from regua.columns import Array, Columns
from serving.changes.live_book import LiveBook
from serving.scoring.scorer import ANSWERS_OF, Scorer

LEFT_OUT = "catalog/early/early_digital.yaml"
HALF = 0.5


@cache
def shipped_book() -> Book:
    """Read the shipped journeys and policies once."""
    return books.load()


@cache
def other_book() -> Book:
    """Leave one journey out: where it was a customer's, they stand in none when this book goes live."""
    told = json.loads(shipped_book().text)
    del told["files"][LEFT_OUT]
    return Book.from_text(json.dumps(told))


@cache
def book_of(text: str) -> Book:
    """Read a book from its text."""
    return Book.from_text(text)


@contextmanager
def compiled_once() -> Iterator[None]:
    """Let no process compile a book that another has compiled before."""

    def compiled(live: LiveBook, target: str) -> Book:
        return book_of(live._store.texts.read("books", target))

    with patch.object(LiveBook, "_compiled", compiled):
        yield


class OtherScorer(Scorer):
    """A release that thinks everything half as probable as the priors do."""

    def __init__(self) -> None:
        super().__init__(None)
        self.release_id = "rel_other"

    def score(self, columns: Columns) -> dict[str, Array]:
        """Score each row."""
        found = super().score(columns)
        return {name: one * HALF if ANSWERS_OF.get(name) == "probability" else one for name, one in found.items()}


SCORERS = {one.release_id: one for one in (Scorer(None), OtherScorer())}
