"""What a strategist may write in a journey, and nothing else."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from journeys.language.strict import NAME, Name, Sentence, Strict, Words
from regua.vocabulary import CHANNELS, NOTHING

MOST_STEPS = 50
MOST_RUNGS = 8
LARGEST_DAY = 3_650


def _rung(text: str) -> str:
    channel, slash, template = text.partition("/")
    if not slash or not re.match(NAME, template):
        raise ValueError(f"channel/template, with a channel of {', '.join(CHANNELS)}")
    return f"{channel}/{template}"


Rung = Annotated[str, AfterValidator(_rung)]
"""One way to take a step: ``channel/template``."""


def _hours(value: Any) -> Any:
    match = re.fullmatch(r"(\d{1,3})(h|d)", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a wait such as 48h or 3d")
    return int(match[1]) * (24 if match[2] == "d" else 1)


class Step(Strict):
    """What is done on a day of the journey, if a condition holds, by the first or best of several ways."""

    day: int = Field(ge=-LARGEST_DAY, le=LARGEST_DAY)
    when: str | None = Field(None, min_length=1)
    rungs: list[Rung] = Field(alias="try", min_length=1, max_length=MOST_RUNGS)
    unless_read_within: Annotated[int, BeforeValidator(_hours), Field(ge=1, le=24 * 90)] | None = Field(
        None, json_schema_extra={"type": "string", "pattern": r"^\d{1,3}(h|d)$"}
    )

    @field_validator("rungs")
    @classmethod
    def each_way_once(cls, rungs: list[str]) -> list[str]:
        """Refuse the same channel twice in one step: the position could not tell the two apart."""
        channels = [rung.partition("/")[0] for rung in rungs]
        twice = next((channel for channel in channels if channels.count(channel) > 1), None)
        if twice:
            raise ValueError(f"each channel once; {twice} stands twice")
        return rungs


class Example(Strict):
    """A customer in figures, day by day, and what is expected: it runs as a test through the real kernel."""

    name: str = Field(min_length=3)
    given: dict[str, str | list[str]]
    at: str | None = None
    expect: Annotated[list[str], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]


class Expectation(Strict):
    """One expected answer: ``push/forgot``, ``nothing in paid_claim_hold`` or ``nothing because blocked_hours``."""

    action: str
    journey: str | None = None
    reason: str | None = None

    @classmethod
    def read(cls, text: str) -> "Expectation":
        """Read one expected answer; ``None`` parts are not checked.

        Examples
        --------
        >>> Expectation.read("nothing in skip_trace because blocked_consent").reason
        'blocked_consent'
        """
        match = re.fullmatch(rf"({NOTHING}|[a-z_]+/[a-z0-9_]+)(?: in ([a-z0-9_]+))?(?: because ([a-z0-9_]+))?", text)
        if match is None:
            raise ValueError(f"{NOTHING} or channel/template, then maybe 'in <journey>' and 'because <reason>'")
        return cls(action=match[1], journey=match[2], reason=match[3])


class Journey(Strict):
    """A named strategy: who enters, what is done when, and when it ends."""

    journey: Name
    version: int = Field(ge=1)
    title: Words
    purpose: Sentence
    priority: int = Field(ge=0, le=10_000, description="The lowest number that matches wins.")
    interrupts: bool = Field(
        default=False, description="Whether it also takes over customers who are inside a journey of lower priority."
    )
    count_from: Literal["entry", "due_date", "promise"] = Field(
        "entry",
        description="What a step's day counts from: the day of entry (0), the due date (D+1 is 1) or the promised day.",
    )
    enter: str = Field(min_length=1)
    leave: dict[Name, str] = Field(min_length=1)
    steps: list[Step] = Field(max_length=MOST_STEPS)
    examples: list[Example] = Field(default_factory=list)

    @model_validator(mode="after")
    def in_order(self) -> "Journey":
        """Refuse steps that go back in time: the next step would never be the next day's."""
        days = [step.day for step in self.steps]
        if days != sorted(days):
            raise ValueError(f"steps in the order of their days; found {days}")
        return self
