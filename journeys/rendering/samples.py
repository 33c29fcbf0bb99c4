"""Values to show and to measure with: the sample of each placeholder, and the longest it may become."""

from collections.abc import Mapping
from typing import Any

from journeys.book import Book
from journeys.book.wording import Placeholder

LONGEST_DATE = "2026-12-31"


def samples(book: Book) -> Mapping[str, Any]:
    """Return a sample of everything a message may fill in."""
    own = {name: one.sample for name, one in book.wording.placeholders.items()}
    return {name: value for name, value in own.items() if name not in ("creditor", "phone")}


def longest(book: Book) -> Mapping[str, Any]:
    """Return the longest of everything a message may fill in; what has none is as long as its sample."""
    own = {name: _longest(one) for name, one in book.wording.placeholders.items()}
    return {name: value for name, value in own.items() if name not in ("creditor", "phone")}


def _longest(placeholder: Placeholder) -> Any:
    if placeholder.longest is not None:
        return placeholder.longest
    return LONGEST_DATE if placeholder.kind == "date" else placeholder.sample
