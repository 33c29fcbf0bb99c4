"""Does every journey end? What an exit waits for: time, a payment, somebody's word, or nothing that ever comes."""

from collections.abc import Iterator
from typing import Any

import z3

from journeys.book import Book
from journeys.book.journeys import CompiledJourney
from journeys.proofs.finding import Finding
from journeys.proofs.moving import events, is_calendar, is_time
from journeys.proofs.questions import Questions, Says, no, yes
from regua.predicates.formulas import Formula

LONG = 10_000
"""Days after which every bound a journey can name has passed."""
MOST_ROUNDS = 12

INSIDE = "has_profile AND customer_balance_overdue IS NOT NULL AND balance_overdue IS NOT NULL"
PAID = "balance_overdue = 0.00 AND customer_balance_overdue = 0.00 AND days_past_due <= 0"
OWING = "balance_overdue > 0.00 AND customer_balance_overdue > 0.00 AND days_past_due >= 1"


def findings(book: Book, questions: Questions) -> Iterator[Finding]:
    """Find journeys that keep somebody for ever though nobody pays, or though the customer has paid."""
    reported = events(book)
    for journey in book.journeys:
        yield from _unpaid(journey, questions, reported)
        yield from _paid(journey, questions, reported)


def _unpaid(journey: CompiledJourney, questions: Questions, reported: frozenset[str]) -> Iterator[Finding]:
    """Let time pass while nobody pays; ask for figures that keep the customer whatever is reported."""
    stays = [yes(questions.node(INSIDE)), yes(questions.node(OWING)), *_no_exit(journey)]
    later = _as_time_passes(questions, stays)
    if not questions.possible(stays, *later):
        return
    place = journey.document.place("leave")
    kept = _kept_whatever(journey, questions, reported, stays, later)
    if kept is not None:
        yield Finding.at(
            "R303",
            place,
            f"{journey.name} may never end: nobody pays, time passes, and no exit comes true",
            expected="an exit that time alone brings about, such as: journey_day >= 30",
            remedy="add an exit by journey_day or days_past_due",
            witness=questions.ask(stays, *later, *kept),
        )
        return
    yield Finding.at(
        "R304",
        place,
        f"{journey.name} ends only when something is reported, or when the customer pays",
        expected="nothing, where waiting for people is meant; else an exit by journey_day",
        witness=questions.ask(stays, *later, is_ordinary=False),
    )


def _paid(journey: CompiledJourney, questions: Questions, reported: frozenset[str]) -> Iterator[Finding]:
    """Let the customer pay; nothing stays inside for ever but what waits for somebody's word."""
    stays = [yes(questions.node(INSIDE)), yes(questions.node(PAID)), *_no_exit(journey)]
    later = _as_time_passes(questions, stays)
    if not questions.possible(stays, *later):
        return
    kept = _kept_whatever(journey, questions, reported, stays, later)
    if kept is not None:
        yield Finding.at(
            "R305",
            journey.document.place("leave"),
            f"{journey.name} keeps a customer who owes nothing any more",
            expected="an exit for those who have paid, such as: balance_overdue = 0",
            witness=questions.ask(stays, *later, *kept),
        )


def _no_exit(journey: CompiledJourney) -> list[Says]:
    return [no(condition, inside=True) for _, condition in journey.leave]


def _as_time_passes(questions: Questions, conditions: list[Says]) -> list[Formula]:
    """Put every column that moves with time beyond all bounds; what is counted down is over."""
    formulas: list[Formula] = []
    for column in questions.columns(conditions):
        if not is_time(column) or column == "days_past_due":
            continue
        view = questions.inside if column == "journey_day" else questions.outside
        if column.startswith("days_to_") or column == "days_past_promise":
            formulas.append(view.null(column))
        elif column == "journey_day":
            formulas += [z3.Not(view.null(column)), view.value(column) >= LONG]
        else:
            formulas.append(z3.Or(view.null(column), view.value(column) >= LONG))
    if "days_past_due" in questions.columns(conditions):
        days = questions.outside.value("days_past_due")
        formulas.append(z3.Or(days >= LONG, days <= 0))
    return formulas


def _kept_whatever(
    journey: CompiledJourney,
    questions: Questions,
    reported: frozenset[str],
    stays: list[Says],
    later: list[Formula],
) -> list[Formula] | None:
    """Find figures that keep a customer inside whatever is reported: propose some, let the reports answer, and again.

    Returns
    -------
    What such figures must meet, or ``None`` where some report always opens an exit.
    """
    columns = questions.columns(stays)
    moved = sorted(column for column in columns if column in reported or is_calendar(column))
    frozen = sorted(columns - set(moved) - {column for column in columns if is_time(column)} - made_columns(questions))
    met: list[Formula] = []
    leaves = z3.Or([questions.formula(yes(condition, inside=True)) for _, condition in journey.leave])
    for _ in range(MOST_ROUNDS):
        figures = questions.figures(stays, *later, *met, columns=frozen)
        if figures is None:
            return None
        fixed = [questions.outside.equals(column, figures[column]) for column in frozen]
        answer = questions.figures(stays[:2], leaves, *later, *fixed, columns=moved)
        if answer is None:
            return [*met, *fixed]
        met.append(z3.Not(_with(questions, leaves, moved, answer)))
    return None


def made_columns(questions: Questions) -> set[str]:
    """Name the columns that follow from others."""
    return set(questions.book.segments.columns)


def _with(questions: Questions, formula: Formula, columns: list[str], figures: Any) -> Formula:
    """Put a report's values in the place of its columns."""
    pairs = []
    for column in columns:
        for view in (questions.outside, questions.inside):
            value, null = view.value(column), view.null(column)
            held = figures.get(column)
            if not z3.is_false(null):
                pairs.append((null, z3.BoolVal(val=held is None)))
            if held is not None:
                pairs.append((value, view.constant(column, held)))
    return z3.substitute(formula, *pairs) if pairs else formula
