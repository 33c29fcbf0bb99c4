"""Where does a customer go from here, and ever come to rest? Entries against exits, hand-overs and returns."""

from collections.abc import Iterator, Sequence

from journeys.book import Book
from journeys.book.journeys import CompiledJourney
from journeys.proofs.finding import Finding
from journeys.proofs.questions import Questions, Says, no, yes
from journeys.proofs.routing import named

KNOWN = "has_profile AND customer_balance_overdue IS NOT NULL"
AT_ONCE = "journey_day = 0"
LONGEST_CIRCLE = 5
FOLLOWS = ("route", "back", "stop")

Hand = tuple[CompiledJourney, str, CompiledJourney]
"""A journey, its exit, and the journey that takes over there."""


def findings(book: Book, questions: Questions) -> Iterator[Finding]:
    """Find journeys left as soon as they are entered, customers sent to and fro, and returns that lead nowhere."""
    restless = []
    for position, journey in enumerate(book.journeys):
        found = _left_at_once(journey, book.journeys[:position], questions)
        if found is not None:
            restless.append(journey)
            yield found
        yield from _return(journey)
    yield from _bounces(restless, book, questions)
    yield from _circles(book, questions)


def _left_at_once(journey: CompiledJourney, before: Sequence[CompiledJourney], questions: Questions) -> Finding | None:
    enters = _enters(journey, questions)
    enters += [no(one.enter) for one in before if one.written.cool_down is None]
    for name, condition in journey.leave:
        witness = questions.ask([*enters, yes(condition, inside=True)])
        if witness is not None:
            return Finding.at(
                "R401",
                journey.document.place("leave", name),
                f"{journey.name} is left by {name} as soon as it is entered, and then entered again",
                expected="an entry that excludes those whom an exit takes out",
                remedy=f"add to enter: AND NOT ({condition.text})",
                witness=witness,
            )
    return None


def _enters(journey: CompiledJourney, questions: Questions) -> list[Says]:
    return [yes(questions.node(KNOWN)), yes(journey.enter), yes(questions.node(AT_ONCE), inside=True)]


def _bounces(restless: Sequence[CompiledJourney], book: Book, questions: Questions) -> Iterator[Finding]:
    """Find two journeys each of which is left on the facts that the other is entered on."""
    told: set[frozenset[str]] = set()
    for one in restless:
        for other in book.journeys:
            pair = frozenset((one.name, other.name))
            if len(pair) == 2 and pair not in told:
                found = _bounce(one, other, questions)
                if found is not None:
                    told.add(pair)
                    yield found


def _bounce(one: CompiledJourney, other: CompiledJourney, questions: Questions) -> Finding | None:
    both = [*_enters(one, questions), yes(other.enter)]
    if not questions.possible(both):
        return None
    for name, condition in one.leave:
        for back, again in other.leave:
            witness = questions.ask([*both, yes(condition, inside=True), yes(again, inside=True)])
            if witness is not None:
                return Finding.at(
                    "R402",
                    one.document.place("leave", name),
                    f"a customer bounces: {one.name} is left by {name} for {other.name}, which is left by {back} for "
                    f"{one.name}, on the same facts",
                    expected="an exit that the next journey's entry does not undo",
                    witness=witness,
                )
    return None


def _circles(book: Book, questions: Questions) -> Iterator[Finding]:
    """Follow the hand-overs that name a journey; a circle on the same facts is a bounce, any other may be meant."""
    by_name = {journey.name: journey for journey in book.journeys}
    hands: dict[str, list[Hand]] = {
        journey.name: [
            (journey, name, by_name[one.then])
            for name, one in journey.written.leave.items()
            if one.then in by_name and one.then not in FOLLOWS
        ]
        for journey in book.journeys
    }
    for start in book.journeys:
        for circle in _circles_from(start, hands, book):
            yield _circle(circle, questions)


def _circles_from(start: CompiledJourney, hands: dict[str, list[Hand]], book: Book) -> Iterator[list[Hand]]:
    """Walk from a journey back to itself; each circle is told once, from its journey of highest priority."""
    order = {journey.name: position for position, journey in enumerate(book.journeys)}
    walks = [[hand] for hand in hands[start.name]]
    while walks:
        walk = walks.pop()
        at = walk[-1][2]
        if at is start:
            yield walk
        elif (
            len(walk) < LONGEST_CIRCLE
            and order[at.name] > order[start.name]
            and at.name not in {hand[0].name for hand in walk}
        ):
            walks += [[*walk, hand] for hand in hands[at.name]]


def _circle(circle: list[Hand], questions: Questions) -> Finding:
    asks: list[Says] = [yes(questions.node(KNOWN)), yes(questions.node(AT_ONCE), inside=True)]
    for journey, name, _ in circle:
        for exit_name, condition in journey.leave:
            if exit_name == name:
                asks.append(yes(condition, inside=True))
                break
            asks.append(no(condition, inside=True))
    witness = questions.ask(asks)
    told = " → ".join([*(f"{journey.name}.{name}" for journey, name, _ in circle), circle[0][0].name])
    first, name, _ = circle[0]
    place = first.document.place("leave", name)
    if witness is None:
        return Finding.at(
            "R403",
            place,
            f"hand-overs go round: {told}",
            expected="nothing, where facts change in between; else a way out",
            remedy="hand over by then: route, so that entries decide",
        )
    return Finding.at(
        "R402",
        place,
        f"a customer bounces by hand-overs on the same facts: {told}",
        expected="exits that do not all hold at once",
        witness=witness,
    )


def _return(journey: CompiledJourney) -> Iterator[Finding]:
    written = journey.document.data.get("leave", {})
    stated = [name for name, one in written.items() if isinstance(one, dict) and "then" in one]
    if journey.interrupts and not stated:
        yield Finding.at(
            "R404",
            journey.document.place("leave"),
            f"{journey.name} interrupts other journeys and does not say where its customers return",
            expected="then: back, route, stop or a journey, at one exit at least",
            remedy="write an exit as {when: …, then: back}",
        )
    backwards = [name for name, one in journey.written.leave.items() if one.then == "back"]
    if backwards and not journey.interrupts:
        yield Finding.at(
            "R405",
            journey.document.place("leave", backwards[0]),
            f"{journey.name} sends back by {named(backwards)}, but interrupts nobody who could be sent back",
            expected="interrupts: true, or then: route",
        )
