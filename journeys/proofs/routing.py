"""Is everybody taken, and does every entry take somebody? Entries against each other, by priority."""

from collections.abc import Iterator

from journeys.book import Book
from journeys.book.journeys import CompiledJourney
from journeys.proofs.finding import Finding
from journeys.proofs.questions import Questions, Says, no, yes

IN_ARREARS = "has_profile AND days_past_due >= 1 AND balance_overdue > 0.00 AND customer_balance_overdue > 0.00"
DAYS_UNKNOWN = "has_profile AND days_past_due IS NULL AND customer_balance_overdue > 0.00"
MOST_NAMED = 6


def findings(book: Book, questions: Questions) -> Iterator[Finding]:
    """Prove that everybody in arrears with a known balance is taken, and find entries that take nobody."""
    never = {journey.name for journey in book.journeys if _is_never(journey, questions)}
    handed = handed_to(book)
    for journey in book.journeys:
        if journey.name in never and journey.name not in handed:
            yield Finding.at(
                "R105",
                journey.document.place("enter"),
                f"nobody can enter {journey.name}: {journey.enter.text}",
                expected="a condition some customer meets, or a hand-over to this journey",
                remedy="loosen the terms that exclude each other",
            )
    yield from _shadowed(book, questions, never | handed)
    yield from _gaps(book, questions)
    yield from _overlaps(book, questions, never)


def handed_to(book: Book) -> set[str]:
    """Name the journeys another one hands over to."""
    return {one.then for journey in book.journeys for one in journey.written.leave.values()}


def _is_never(journey: CompiledJourney, questions: Questions) -> bool:
    return not questions.possible([yes(journey.enter)])


def _shadowed(book: Book, questions: Questions, excused: set[str]) -> Iterator[Finding]:
    before: list[CompiledJourney] = []
    for journey in book.journeys:
        if journey.name not in excused and not questions.possible(
            [yes(journey.enter), *(no(one.enter) for one in before)]
        ):
            takers = [one.name for one in before if questions.possible([yes(one.enter), yes(journey.enter)])]
            yield Finding.at(
                "R106",
                journey.document.place("enter"),
                f"{journey.name} takes nobody: whoever could enter is taken before by {named(takers)}",
                expected="customers whom no journey of higher priority takes",
                remedy="give it a lower priority number, or narrow the others",
            )
        # Whoever cools down after a journey is left to those below it.
        if journey.written.cool_down is None:
            before.append(journey)


def _gaps(book: Book, questions: Questions) -> Iterator[Finding]:
    everyone = [no(journey.enter) for journey in book.journeys]
    place = book.journeys[-1].document.place("enter")
    in_arrears = yes(questions.node(IN_ARREARS))
    witness = questions.ask([in_arrears, *everyone])
    if witness is not None:
        yield Finding.at(
            "R101",
            place,
            "a customer in arrears with a known balance is taken by no journey",
            expected="an entry for everybody in arrears",
            remedy="widen an entry, or add a journey of the lowest priority that takes the rest",
            witness=witness,
        )
    else:
        yield from _cooling(book, questions, in_arrears)
    unknown = questions.ask([yes(questions.node(DAYS_UNKNOWN)), *everyone])
    if unknown is not None:
        yield Finding.at(
            "R102",
            place,
            "a customer whose days past due are unknown is taken by no journey",
            expected="nothing: an unknown figure stops contact anyway",
            witness=unknown,
        )


def _cooling(book: Book, questions: Questions, in_arrears: Says) -> Iterator[Finding]:
    for journey in book.journeys:
        if journey.written.cool_down is None or journey.interrupts:
            continue
        others = [no(one.enter) for one in book.journeys if one is not journey]
        witness = questions.ask([in_arrears, yes(journey.enter), *others])
        if witness is not None:
            yield Finding.at(
                "R107",
                journey.document.place("cool_down"),
                f"while {journey.name} cools down, a customer in arrears is taken by no journey",
                expected="another journey that takes those who have just left",
                remedy="shorten the cool-down, or widen the entry of a journey of lower priority",
                witness=witness,
            )


def _overlaps(book: Book, questions: Questions, never: set[str]) -> Iterator[Finding]:
    """Name, once for each journey, those of lower priority that would take some of the same customers."""
    for position, journey in enumerate(book.journeys):
        if journey.name in never:
            continue
        others = [
            other
            for other in book.journeys[position + 1 :]
            if other.interrupts is journey.interrupts and other.name not in never
        ]
        others = [other for other in others if questions.meets([yes(journey.enter), yes(other.enter)])]
        shared = [other for other in others if questions.possible([yes(journey.enter), yes(other.enter)])]
        if shared:
            witness = questions.ask([yes(journey.enter), yes(shared[0].enter)], is_ordinary=False)
            yield Finding.at(
                "R103",
                journey.document.place("priority"),
                f"{journey.name} ({journey.written.priority}) takes customers whom "
                f"{named([one.name for one in shared])} would take too; priority settles it",
                witness=witness,
            )


def named(names: list[str]) -> str:
    """List names, the first few of many.

    Examples
    --------
    >>> named(["one", "two"]), named(list("abcdefgh"))
    ('one and two', 'a, b, c, d, e, f and 2 more')
    """
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
