"""Can every step be sent as it is written? Consent, states a ladder waits for, and offers against who is there."""

from collections.abc import Iterator
from datetime import date

from journeys.book import Book
from journeys.book.grammar import Step
from journeys.book.journeys import CompiledJourney
from journeys.proofs.finding import Finding
from journeys.proofs.questions import Questions, no, yes
from journeys.proofs.reaching import INSIDE, due
from journeys.proofs.routing import named
from journeys.rulebook.consent import ConsentRule


def findings(book: Book, questions: Questions, day: date) -> Iterator[Finding]:
    """Find channels nobody has ruled on, ladders that wait in vain, and offers nobody on the step can have."""
    yield from _consent(book, day)
    for journey in book.journeys:
        for position, step in enumerate(journey.written.steps):
            yield from _ladder(book, journey, position, step)
            yield from _offers(book, journey, position, step, questions)


def channels_of(step: Step) -> tuple[str, ...]:
    """Name the channels of a step's ways, in their order; a task has none."""
    return tuple(rung.partition("/")[0] for rung in step.rungs)


def _consent(book: Book, day: date) -> Iterator[Finding]:
    policy = book.policies.on(day)
    used: dict[str, tuple[CompiledJourney, int, int]] = {}
    for journey in book.journeys:
        for position, step in enumerate(journey.written.steps):
            for rank, channel in enumerate(channels_of(step)):
                used.setdefault(channel, (journey, position, rank))
    for channel, (journey, position, rank) in used.items():
        if book.channels.of(channel).consent == "opt_in":
            continue  # its own file asks for a yes, which is what an unruled channel needs
        silent = [
            name
            for code, name in enumerate(policy.places.names)
            if name in policy.places.possible
            and not any(channel in rule.channels for rule in policy.of("consent", ConsentRule, code))
        ]
        if silent:
            yield Finding.at(
                "R602",
                journey.document.place("steps", position, "try", rank),
                f"no rule says which consent {channel} needs in {named(silent)}",
                expected="needs: opt_in or no_opt_out, for every channel a step uses",
                remedy="add the channel to a consent rule of the policy",
            )


def _ladder(book: Book, journey: CompiledJourney, position: int, step: Step) -> Iterator[Finding]:
    for state in step.waits:
        for rank, channel in enumerate(channels_of(step)[:-1]):
            if not book.channels.of(channel).reports_state(state):
                yield Finding.at(
                    "R604",
                    journey.document.place("steps", position, "try", rank),
                    f"step {position + 1} of {journey.name} waits until {channel} reports {state}, which it never does",
                    expected=f"a state it reports: {', '.join(book.channels.of(channel).reports)}",
                    remedy=f"wait for another state, or put {channel} last",
                )


def _offers(book: Book, journey: CompiledJourney, position: int, step: Step, questions: Questions) -> Iterator[Finding]:
    when = journey.whens[position]
    here = [yes(questions.node(INSIDE)), *(no(condition, inside=True) for _, condition in journey.leave)]
    here += [] if when is None else [yes(when, inside=True)]
    for rank, name in enumerate(step.offer):
        place = journey.document.place("steps", position, "offer", rank)
        eligible = [yes(condition) for condition in book.offers.of(name, place).conditions]
        if not questions.possible([*here, *eligible], due(journey, step.day, questions)):
            yield Finding.at(
                "R605",
                place,
                f"nobody on step {position + 1} of {journey.name} can have {name}",
                expected="an offer whose condition some customer there meets",
                remedy=f"name another offer, or widen `where` of {name}",
            )
