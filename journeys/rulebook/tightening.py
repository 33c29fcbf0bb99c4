"""Does the house only tighten? Each of its own rules is held against every law on the same matter."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from journeys.rulebook import (
    affordability,
    channel_health,
    consent,
    critical,
    frequency,
    holds,
    promise_grace,
    spacing,
    vulnerable,
    week,
    wording,
)
from journeys.rulebook.consent import ConsentRule
from journeys.rulebook.grammar import Rule
from journeys.rulebook.places import Places
from journeys.rulebook.succession import Placed
from regua.errors import BookError

Comparison = Callable[[Any, Any], tuple[str, str] | None]

COMPARISONS: Mapping[str, Comparison] = {
    "hours": week.loosens,
    "frequency": frequency.loosens,
    "consent": consent.loosens,
    "holds": holds.loosens,
    "critical": critical.loosens,
    "promise_grace": promise_grace.loosens,
    "spacing": spacing.loosens,
    "vulnerable": vulnerable.loosens,
    "affordability": affordability.loosens,
    "channel_health": channel_health.loosens,
    "wording": wording.loosens,
}
"""By section: both values, the house's and the law's, where the house's would permit more. One more holiday or duty
only ever tightens."""


def refuse_loosening(placed: Sequence[Placed], places: Places) -> None:
    """Hold the house's rules against the laws.

    What the house says of a region is held against every law of that region; what it says of a whole country, or of
    everywhere, against every law of a whole country it works in: a state's law narrows it further by itself.

    Raises
    ------
    BookError
        A rule of the house permits more than a law; with both values and where both stand.
    """
    laws = [one for one in placed if not one.is_own]
    for own in placed:
        compare = COMPARISONS.get(own.section) if own.is_own else None
        for law in laws if compare else ():
            if law.section != own.section or not _meet(own, law, places) or not compare:
                continue
            values = compare(own.rule, law.rule)
            if values is not None:
                raise BookError(
                    f"rule {own.rule.id} of the house loosens {law.rule.id}: "
                    f"{values[0]} here, {values[1]} at {law.place}",
                    expected=f"{values[1]} or stricter",
                    remedy="leave the rule out, or tighten it",
                    place=own.place,
                )
    for own in placed:
        if own.is_own and isinstance(own.rule, ConsentRule) and own.rule.needs != "opt_in":
            raise BookError(
                f"rule {own.rule.id} of the house says {own.rule.needs}, and only a law may permit a channel",
                expected="opt_in",
                place=own.place,
            )


def _meet(own: Placed, law: Placed, places: Places) -> bool:
    if not _on_some_day(own.rule, law.rule):
        return False
    if own.is_narrow:
        return any(law.rule.speaks_of(region) for region in own.rule.regions or ())
    countries = (places.of([country]) for country in places.works_in)
    return any(
        all(own.rule.speaks_of(region) and law.rule.speaks_of(region) for region in country) for country in countries
    )


def _on_some_day(one: Rule, other: Rule) -> bool:
    begins, ends = max(one.effective_from, other.effective_from), [rule.until for rule in (one, other) if rule.until]
    return not ends or begins <= min(ends)
