"""Can every step and exit be reached? What a customer inside a journey can be on the day a step is due."""

from collections.abc import Iterator

import z3

from journeys.book import Book
from journeys.book.grammar import Step
from journeys.book.journeys import CompiledJourney
from journeys.language.conditions import Condition
from journeys.proofs.finding import Finding
from journeys.proofs.moving import STABLE
from journeys.proofs.questions import Questions, Says, no, yes
from regua.errors import Place
from regua.predicates.formulas import Formula

INSIDE = "has_profile AND customer_balance_overdue IS NOT NULL"
DAY = {"entry": "journey_day", "due_date": "days_past_due", "promise": "days_to_promise"}


def findings(book: Book, questions: Questions) -> Iterator[Finding]:
    """Find steps and exits that nobody can reach."""
    for journey in book.journeys:
        yield from _steps(journey, questions)
        yield from _exits(journey, questions)
        yield from _promised(journey, questions)


def _steps(journey: CompiledJourney, questions: Questions) -> Iterator[Finding]:
    """Go from the last step to the first: where a step without a condition is reached, so are those before it."""
    is_reached = False
    for position in range(len(journey.written.steps) - 1, -1, -1):
        step = journey.written.steps[position]
        if step.when is None and is_reached:
            continue
        found = list(_step(journey, position, step, questions))
        is_reached |= step.when is None and not found
        yield from found


def _step(journey: CompiledJourney, position: int, step: Step, questions: Questions) -> Iterator[Finding]:
    when = journey.whens[position]
    told = f"step {position + 1} of {journey.name} (day {step.day})"
    place = journey.document.place("steps", position, "when" if when else "day")
    asks = [] if when is None else [yes(when, inside=True)]
    here = [yes(questions.node(INSIDE)), *(no(condition, inside=True) for _, condition in journey.leave)]
    come = due(journey, step.day, questions)
    late = _as_nobody_pays(journey, step, questions) or []
    if questions.possible([*here, *asks], come, *late):
        yield from _stable(journey, position, told, place, questions)
    elif not late or not questions.possible([*here, *asks], come):
        alone = bool(asks) and not questions.possible(asks)
        because = "its condition is never true" if alone else "whoever could be there has left by an exit before"
        yield Finding.at(
            "R201",
            place,
            f"nobody can reach {told}: {because}",
            expected="a customer who is inside on that day and meets the condition",
            remedy="change the step's day or condition, or the exit",
        )
    else:
        yield Finding.at(
            "R202",
            place,
            f"{told} comes after the journey is over, unless the customer pays in part",
            expected="a day before the exits by days past due come true",
            remedy="move the step to an earlier day, or the exit to a later one",
        )


def _stable(
    journey: CompiledJourney, position: int, told: str, place: Place, questions: Questions
) -> Iterator[Finding]:
    when = journey.whens[position]
    # Only a journey's own entry binds: whoever is handed over need not meet it.
    if when is not None and (when.columns & STABLE) and not _agree(journey, when, questions):
        yield Finding.at(
            "R203",
            place,
            f"{told} is for customers who cannot enter: {when.text}",
            expected=f"a condition that agrees with the entry: {journey.enter.text}",
        )


def due(journey: CompiledJourney, day: int, questions: Questions) -> Formula:
    """Return the formula of the customers for whom a day of the journey has come; a due step waits, so later counts."""
    column = DAY[journey.written.count_from]
    if column == "journey_day":
        node = questions.node(f"journey_day >= {day}")
    elif column == "days_past_due":
        node = questions.node(f"days_past_due >= {day}")
    else:
        node = questions.node(f"days_to_promise <= {-day}")
    return questions.formula(yes(node, inside=True))


def _as_nobody_pays(journey: CompiledJourney, step: Step, questions: Questions) -> list[Formula] | None:
    """Tie the days past due to the day of the journey, counted from the earliest that its entry admits."""
    if journey.written.count_from != "entry":
        return None
    lowest = questions.lowest(yes(journey.enter), "days_past_due")
    if lowest is None or lowest < 0:
        return None
    inside = questions.formula(yes(questions.node(f"journey_day >= {step.day}"), inside=True))
    questions.formula(yes(questions.node("days_past_due >= 0")))
    days, day = questions.outside.value("days_past_due"), questions.inside.value("journey_day")
    return [inside, z3.Not(questions.outside.null("days_past_due")), days >= day + int(lowest)]


def _agree(journey: CompiledJourney, when: Condition, questions: Questions) -> bool:
    """Say whether some customer can enter and, with all that moves changed since, meet the step's condition."""
    now, then = questions.outside, questions.later
    fixed = [
        z3.And(now.null(column) == then.null(column), now.value(column) == then.value(column))
        for column in when.columns & STABLE
    ]
    return questions.possible([yes(journey.enter)], questions.later_formula(when.node), *fixed)


def _exits(journey: CompiledJourney, questions: Questions) -> Iterator[Finding]:
    here = yes(questions.node(INSIDE))
    earlier: list[Says] = []
    for name, condition in journey.leave:
        holds = yes(condition, inside=True)
        if questions.possible([here, holds, *earlier]):
            pass
        elif not questions.possible([here, holds]):
            yield Finding.at(
                "R301",
                journey.document.place("leave", name),
                f"the exit {name} of {journey.name} is never true: {condition.text}",
                expected="a condition some customer inside meets",
            )
        else:
            yield Finding.at(
                "R302",
                journey.document.place("leave", name),
                f"nobody leaves {journey.name} by {name}: an exit before it is true of all of them",
                expected="exits from the narrow to the wide; the first that is true is taken",
                remedy=f"move {name} up, or take it out",
            )
        earlier.append(no(condition, inside=True))


def _promised(journey: CompiledJourney, questions: Questions) -> Iterator[Finding]:
    if journey.written.count_from != "promise" or not journey.written.steps:
        return
    witness = questions.ask([yes(journey.enter), yes(questions.node("days_to_promise IS NULL"))])
    if witness is not None:
        yield Finding.at(
            "R204",
            journey.document.place("count_from"),
            f"{journey.name} counts from a promise, and takes customers without one: no step ever comes for them",
            expected="an entry that asks for a promise: has_open_promise",
            witness=witness,
        )
