"""What a strategist may write in a journey, and nothing else."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator
from pydantic.config import JsonDict

from journeys.language.strict import NAME, Name, Plain, Sentence, Strict, Words
from regua.vocabulary import CHANNELS, NOTHING

MOST_STEPS = 50
MOST_RUNGS = 12
LARGEST_DAY = 3_650
TASK = "task"
"""What stands before the name of work for people, where a message has its channel."""

THENS = ("route", "back", "stop")
"""What may follow an exit besides another journey."""

CONTACT_STATES: tuple[str, ...] = ("failed", "sent", "accepted", "delivered", "read", "replied")
"""How far a contact got; the position of each is the value of ``last_contact_state``."""


def _rung(text: str) -> str:
    channel, slash, template = text.partition("/")
    if not slash or not re.match(NAME, template):
        raise ValueError(f"channel/message, with a channel of {', '.join(CHANNELS)}")
    return f"{channel}/{template}"


Rung = Annotated[str, AfterValidator(_rung)]
"""One way to take a step: ``channel/message``."""


def _hours(value: Any) -> Any:
    match = re.fullmatch(r"(\d{1,3})(h|d)", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a wait such as 48h or 3d")
    return int(match[1]) * (24 if match[2] == "d" else 1)


def _days(value: Any) -> Any:
    match = re.fullmatch(r"(\d{1,3})d", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("whole days such as 7d")
    return int(match[1])


Wait = Annotated[int, BeforeValidator(_hours, json_schema_input_type=str), Field(ge=1, le=24 * 90)]
_WAIT: JsonDict = {"type": "string", "pattern": r"^\d{1,3}(h|d)$"}


class Step(Strict):
    """What is done on a day, if a condition holds: a message by the first or best of several ways, or a task."""

    day: int = Field(ge=-LARGEST_DAY, le=LARGEST_DAY)
    when: str | None = Field(None, min_length=1)
    rungs: list[Rung] = Field(
        alias="try", default_factory=list, max_length=MOST_RUNGS, description="Ways: channel/message."
    )
    task: Name | None = Field(
        None, description="Work for people, by its name in tasks.yaml; in the place of a message."
    )
    offer: list[Name] = Field(
        default_factory=list,
        max_length=MOST_RUNGS,
        description="Names of offers.yaml; of those the customer may have, the best rides with the message.",
    )
    unless_accepted_within: Wait | None = Field(None, json_schema_extra=_WAIT)
    unless_delivered_within: Wait | None = Field(None, json_schema_extra=_WAIT)
    unless_read_within: Wait | None = Field(None, json_schema_extra=_WAIT)
    unless_replied_within: Wait | None = Field(None, json_schema_extra=_WAIT)

    @field_validator("rungs")
    @classmethod
    def each_way_once(cls, rungs: list[str]) -> list[str]:
        """Refuse the same channel twice in one step: the position could not tell the two apart."""
        channels = [rung.partition("/")[0] for rung in rungs]
        twice = next((channel for channel in channels if channels.count(channel) > 1), None)
        if twice:
            raise ValueError(f"each channel once; {twice} stands twice")
        return rungs

    @model_validator(mode="after")
    def one_thing(self) -> "Step":
        """Refuse a step that does nothing, or both a message and a task, or waits for two states."""
        if bool(self.rungs) == (self.task is not None):
            raise ValueError("either try: [channel/message, …] or task: <name>")
        if self.task is not None and (self.offer or self.waits):
            raise ValueError("neither offer nor unless_… beside a task: nothing is sent")
        if len(self.waits) > 1:
            raise ValueError(
                f"one state to wait for; found {', '.join(f'unless_{state}_within' for state in self.waits)}"
            )
        return self

    @property
    def waits(self) -> dict[str, int]:
        """The state a ladder waits for, and for how many hours; nothing where the step is no ladder."""
        given = {state: getattr(self, f"unless_{state}_within") for state in CONTACT_STATES[2:]}
        return {state: hours for state, hours in given.items() if hours is not None}


class Exit(Strict):
    """When a journey ends, and what follows."""

    when: str = Field(min_length=1)
    then: Name = Field(
        "route",
        description="route: the first journey that matches; back: the journey that was interrupted, at its own step; "
        "stop: none for now; or the name of the journey that takes over.",
    )


def _exit(value: Any) -> Any:
    return {"when": value} if isinstance(value, str) else value


def _list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Example(Strict):
    """A customer in figures, day by day, and what is expected: it runs as a test through the real kernel."""

    name: str = Field(min_length=3)
    given: dict[str, Plain | list[Plain]]
    at: str | None = None
    expect: Annotated[
        list[str],
        BeforeValidator(
            lambda value: [value] if isinstance(value, str) else value, json_schema_input_type=str | list[str]
        ),
    ]


class Expectation(Strict):
    """One expected answer: ``push/forgot``, ``nothing in paid_claim_hold``, ``task/review because task_for_people``."""

    action: str
    journey: str | None = None
    offer: str | None = None
    reason: str | None = None

    @classmethod
    def read(cls, text: str) -> "Expectation":
        """Read one expected answer; ``None`` parts are not checked.

        Examples
        --------
        >>> Expectation.read("nothing in skip_trace because blocked_consent").reason
        'blocked_consent'
        >>> Expectation.read("email/options with discount_10").offer
        'discount_10'
        """
        match = re.fullmatch(
            rf"({NOTHING}|[a-z_]+/[a-z0-9_]+)"
            r"(?: in (?P<journey>[a-z0-9_]+))?(?: with (?P<offer>[a-z0-9_]+))?(?: because (?P<reason>[a-z0-9_]+))?",
            text,
        )
        if match is None:
            raise ValueError(
                f"{NOTHING}, channel/message or {TASK}/name, then maybe 'in <journey>', 'with <offer>' and "
                "'because <reason>', in this order"
            )
        return cls(action=match[1], **match.groupdict())


class Journey(Strict):
    """A named strategy: who enters, what is done when, and when it ends."""

    journey: Name
    code: str | None = Field(None, pattern=r"^[A-Z][A-Za-z0-9]{0,7}$", description="Its code in the catalogue.")
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
    catch_up: Literal["latest", "each"] = Field(
        "latest", description="Of several steps already due: only the latest, or every one in turn (formal notices)."
    )
    cool_down: Annotated[int, BeforeValidator(_days, json_schema_input_type=str), Field(ge=1)] | None = Field(
        None,
        description="Not entered again within this time of having left it.",
        json_schema_extra={"type": "string", "pattern": r"^\d{1,3}d$"},
    )
    inside: Literal["move", "finish", "stop"] = Field(
        "move",
        description="What becomes of customers inside an earlier version when this one goes live: they move to it by "
        "day, finish the version they entered (kept in catalog/archive), or stop.",
    )
    enter: str = Field(min_length=1)
    leave: dict[Name, Annotated[Exit, BeforeValidator(_exit, json_schema_input_type=str | Exit)]] = Field(min_length=1)
    steps: list[Step] = Field(max_length=MOST_STEPS)
    examples: list[Example] = Field(default_factory=list)

    @model_validator(mode="after")
    def in_order(self) -> "Journey":
        """Refuse steps that go back in time: the next step would never be the next day's."""
        days = [step.day for step in self.steps]
        if days != sorted(days):
            raise ValueError(f"steps in the order of their days; found {days}")
        return self
