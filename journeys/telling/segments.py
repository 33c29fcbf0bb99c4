"""Segments for people: what each band, group and amount means, in words of both languages."""

from collections.abc import Sequence
from typing import Any

from journeys.book import Book
from journeys.book.segments import Band
from journeys.language.conditions import Condition
from regua.predicates import in_words


def describe(book: Book) -> list[dict[str, Any]]:
    """Describe every segment of a book, in the order it is computed.

    Returns
    -------
    One entry a segment: its ``segment``, ``kind`` (band, group or amount), ``title`` in both languages and ``grades``:
    those of a band from the first tried to the last, each with its condition as written and in words, and under what
    condition it is kept. A group has one grade, ``yes``; an amount has none.
    """
    segments = book.segments
    told = [_entry(band.column, "band", band.title.both(), _grades(band)) for band in segments.bands]
    for group in segments.groups:
        grade = {"grade": "yes", "where": _words(group.condition), "keep": None}
        told.append(_entry(group.column, "group", group.title.both(), [grade]))
    told += [_entry(amount.column, "amount", amount.title.both(), []) for amount in segments.amounts]
    return told


def percent(counts: Sequence[int], total: int) -> list[float]:
    """Share out a hundred per cent in tenths, so that the shares of a whole add up to exactly 100.

    The tenths that rounding down leaves over go to the largest remainders, the first of equals (Hare's quota).

    Examples
    --------
    >>> percent([1, 1, 1], 3)
    [33.4, 33.3, 33.3]
    >>> percent([0, 0], 0)
    [0.0, 0.0]
    """
    if not total:
        return [0.0] * len(counts)
    whole = [count * 1000 // total for count in counts]
    left = sum(counts) * 1000 // total - sum(whole)
    by_remainder = sorted(range(len(counts)), key=lambda index: (-(counts[index] * 1000 % total), index))
    for index in by_remainder[:left]:
        whole[index] += 1
    return [tenths / 10 for tenths in whole]


def _entry(name: str, kind: str, title: dict[str, str], grades: list[dict[str, Any]]) -> dict[str, Any]:
    return {"segment": name, "kind": kind, "title": title, "grades": grades}


def _grades(band: Band) -> list[dict[str, Any]]:
    return [
        {"grade": label, "where": _words(condition), "keep": None if keep is None else _words(keep)}
        for label, condition, keep in zip(band.labels[:-1], band.conditions, band.keeps, strict=True)
    ]


def _words(condition: Condition) -> dict[str, str]:
    return {
        "sql": condition.text,
        "pt-BR": in_words(condition.node, "pt-BR"),
        "en": in_words(condition.node, "en"),
    }
