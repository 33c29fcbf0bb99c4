"""Channels as data: what a contact by each costs, what it can carry, what it can report and when it is stopped."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import PurePath
from typing import Annotated, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from journeys.language.reading import Document, understand, unknown
from journeys.language.strict import AMOUNT_SCHEMA, Duration, Name, Strict, Words
from regua.errors import BookError, DataError, Place
from regua.money import cents
from regua.vocabulary import CHANNELS

STATES = ("sent", "accepted", "delivered", "read", "replied")
"""How far a message is known to have got; each state implies those before it."""

SMALL_CHARS = 320
"""A channel that carries no more takes the short text of a message."""

PayWay = Literal["pix", "barcode", "link"]
Body = Literal["short", "text", "spoken"]
Medium = Literal["message", "voice", "print", "self_service"]

_BODIES: Mapping[str, tuple[Body, ...]] = {"voice": ("spoken", "text"), "message": ("text", "short")}
_CREDITOR: Mapping[str, str] = {"voice": "name", "message": "line"}


def _money(value: object) -> int:
    try:
        return cents(str(value))
    except DataError as problem:
        raise ValueError(problem.expected or problem.found) from problem


Money = Annotated[int, BeforeValidator(_money), AMOUNT_SCHEMA]
Share = Annotated[Decimal, Field(ge=0, le=1), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})]


def _once(values: list[Any]) -> list[Any]:
    if len(set(values)) < len(values):
        raise ValueError("each once")
    return values


class Content(Strict):
    """What one message by the channel can carry.

    ``takes`` names the texts of a message it can use, the first that is written; ``pays_with`` the ways to pay it can
    carry, of which a message gets ``pays_at_most``; with ``buttons`` they are buttons, without they are lines of text.
    ``creditor`` is how the creditor is named: in full, in one line, or by name alone where the message only opens what
    carries the rest. ``alphabet: gsm7`` folds letters that a plain SMS lacks; ``markup`` lists signs the customer's
    application would read as formatting, which are dropped from values.
    """

    longest_chars: int = Field(ge=20, le=100_000)
    takes: Annotated[list[Body], AfterValidator(_once)] = Field(default_factory=list)
    subject: bool = False
    longest_subject_chars: int = Field(120, ge=10, le=500)
    links: bool = True
    buttons: int = Field(0, ge=0, le=12)
    pays_with: Annotated[list[PayWay], AfterValidator(_once)] = Field(default_factory=list)
    pays_at_most: int = Field(3, ge=0, le=3)
    alphabet: Literal["unicode", "gsm7"] = "unicode"
    most_parts: int | None = Field(None, ge=1, le=10, description="Parts of an SMS one message may cost.")
    markup: str = Field("", max_length=20)
    html: bool = False
    line_chars: int | None = Field(None, ge=40, le=200)
    creditor: Literal["full", "line", "name"] | None = None


class Health(Strict):
    """When a channel is stopped, and how its price rises as its daily limit comes near."""

    watch: Duration
    least_sent: int = Field(ge=1)
    delivered_at_least: Share = Decimal(0)
    opted_out_at_most: Share = Decimal(1)
    blocked_at_most: Share = Decimal(1)
    pause: Duration
    price_rises_from: Annotated[Decimal, Field(ge=0, lt=1)] = Decimal("0.80")
    price_at_limit_per_thousand: Money = Field(0, ge=0)


class ChannelFile(Strict):
    """One channel: a file of its own is all it takes to add one."""

    channel: Name
    title: Words
    medium: Medium
    reports: Annotated[list[Literal["sent", "accepted", "delivered", "read", "replied"]], AfterValidator(_once)] = (
        Field(min_length=1)
    )
    consent: Literal["none", "opt_out", "opt_in"] = Field(
        "opt_out", description="What the channel itself asks for; the policy may ask for more."
    )
    cost_per_thousand: Money = Field(ge=0, description="What the provider charges for a thousand contacts.")
    price_per_thousand: Money = Field(0, ge=0, description="Price of the channel's capacity, set outside.")
    harm_per_thousand: Money = Field(ge=0, description="Expected loss by opt-outs and complaints, first contact.")
    content: Content
    mode: Literal["billing_only"] | None = Field(
        None, description="billing_only: bills and reminders; no legal wording and no advertising."
    )
    opt_out: Words | None = Field(None, description="The sentence by which a customer can stop this channel.")
    daily_limit: int | None = Field(None, ge=1)
    health: Health | None = None

    @model_validator(mode="after")
    def able(self) -> "ChannelFile":
        """Refuse states out of order and a price that rises towards a limit nobody set."""
        if self.reports != [state for state in STATES if state in self.reports]:
            raise ValueError(f"reports in the order {', '.join(STATES)}")
        if self.health and self.health.price_at_limit_per_thousand and self.daily_limit is None:
            raise ValueError("a daily_limit: the price at the limit has none to rise towards")
        return self

    @property
    def takes(self) -> tuple[Body, ...]:
        """The texts of a message this channel can use, best first."""
        if self.content.takes:
            return tuple(self.content.takes)
        if self.medium == "message" and self.content.longest_chars <= SMALL_CHARS:
            return ("short",)
        return _BODIES.get(self.medium, ("text",))

    @property
    def names_creditor(self) -> str:
        """How the creditor is named on this channel: ``full``, ``line`` or ``name``."""
        return self.content.creditor or _CREDITOR.get(self.medium, "full")

    def reports_state(self, state: str) -> bool:
        """Whether a wait for this state can ever be answered."""
        return state in self.reports


@dataclass(frozen=True)
class Channels:
    """Channels by name: those of the vocabulary in the order of ``CHANNELS``, then others that only have a file."""

    known: Mapping[str, ChannelFile]
    documents: Mapping[str, Document]

    @cached_property
    def _by_medium(self) -> Mapping[str, NDArray[np.bool_]]:
        return {medium: np.array([one.medium == medium for one in self.decided]) for medium in get_args(Medium)}

    def is_of(self, medium: Medium) -> NDArray[np.bool_]:
        """Say which channels a decision can choose are of a medium, in the order of ``CHANNELS``."""
        return self._by_medium[medium]

    @property
    def decided(self) -> Sequence[ChannelFile]:
        """The channels a decision can choose, in the order of ``CHANNELS``."""
        return [self.known[name] for name in CHANNELS]

    def of(self, name: str, place: Place | None = None) -> ChannelFile:
        """Return a channel by its name.

        Raises
        ------
        BookError
            No such channel; with the nearest that exists.
        """
        found = self.known.get(name)
        if found is None:
            raise unknown("channel", name, self.known, place or Place())
        return found

    def place(self, name: str, *path: str | int) -> Place:
        """Return where a value of a channel is written."""
        return self.documents[name].place(*path)


def compile_channels(documents: Iterable[Document]) -> Channels:
    """Compile the channels; every channel of the vocabulary has its file.

    Raises
    ------
    BookError
        A channel without a file, a second file for one, or a file by another name.
    """
    known: dict[str, ChannelFile] = {}
    placed: dict[str, Document] = {}
    for document in documents:
        written = understand(document, ChannelFile)
        if PurePath(document.file).stem != written.channel:
            raise BookError(
                f"channel {written.channel} in {document.file}",
                expected=f"channels/{written.channel}.yaml: a channel is known by the name of its file",
                place=document.place("channel"),
            )
        if written.channel in known:
            raise BookError(
                f"{written.channel} is written a second time",
                expected=f"one file a channel; the other is {placed[written.channel].file}",
                place=document.place("channel"),
            )
        known[written.channel], placed[written.channel] = written, document
    missing = [str(name) for name in CHANNELS if name not in known]
    if missing:
        raise BookError(f"no file for {', '.join(missing)}", expected="channels/<channel>.yaml for every channel")
    order = [*map(str, CHANNELS), *sorted(name for name in known if name not in set(CHANNELS))]
    return Channels({name: known[name] for name in order}, placed)
