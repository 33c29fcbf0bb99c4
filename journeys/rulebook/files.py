"""A policy file: of whom it speaks, and its rules by section."""

from collections.abc import Iterator

from pydantic import Field

from journeys.language.strict import Name, Strict, Words
from journeys.rulebook.affordability import AffordabilityRule
from journeys.rulebook.calendars import HolidayRule
from journeys.rulebook.channel_health import ChannelHealthRule
from journeys.rulebook.consent import ConsentRule
from journeys.rulebook.critical import CriticalRule
from journeys.rulebook.duties import DutyRule
from journeys.rulebook.frequency import FrequencyRule
from journeys.rulebook.grammar import Rule
from journeys.rulebook.holds import HoldRule
from journeys.rulebook.promise_grace import GraceRule
from journeys.rulebook.spacing import SpacingRule
from journeys.rulebook.vulnerable import VulnerableRule
from journeys.rulebook.week import HoursRule
from journeys.rulebook.wording import WordingRule

SECTIONS: tuple[str, ...] = (
    "hours",
    "holidays",
    "frequency",
    "consent",
    "holds",
    "critical",
    "promise_grace",
    "duties",
    "spacing",
    "vulnerable",
    "affordability",
    "channel_health",
    "wording",
)


class PolicyFile(Strict):
    """One jurisdiction's, or one house's, rules. Without countries and regions it speaks of everywhere."""

    policy: Name
    version: int = Field(ge=1)
    jurisdiction: str
    title: Words
    tightens: bool = False
    """Whether this is the house's own, which may only tighten what the others say."""
    zone: str | None = None
    """The zone of the house's business day."""
    works_in: list[str] | None = None
    """The countries the house works in: a customer of an unknown region may be from any of theirs."""
    countries: list[str] | None = None
    regions: list[str] | None = None
    hours: list[HoursRule] = Field(default_factory=list)
    holidays: list[HolidayRule] = Field(default_factory=list)
    frequency: list[FrequencyRule] = Field(default_factory=list)
    consent: list[ConsentRule] = Field(default_factory=list)
    holds: list[HoldRule] = Field(default_factory=list)
    critical: list[CriticalRule] = Field(default_factory=list)
    promise_grace: list[GraceRule] = Field(default_factory=list)
    duties: list[DutyRule] = Field(default_factory=list)
    spacing: list[SpacingRule] = Field(default_factory=list)
    vulnerable: list[VulnerableRule] = Field(default_factory=list)
    affordability: list[AffordabilityRule] = Field(default_factory=list)
    channel_health: list[ChannelHealthRule] = Field(default_factory=list)
    wording: list[WordingRule] = Field(default_factory=list)

    def rules(self) -> Iterator[tuple[str, int, Rule]]:
        """Yield every rule with its section and its position in it."""
        for section in SECTIONS:
            for index, rule in enumerate(getattr(self, section)):
                yield section, index, rule
