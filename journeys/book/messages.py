"""Messages: one content in both languages, available on every channel that can carry it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from journeys.book.channels import Body, ChannelFile, Channels, PayWay
from journeys.book.wording import LINKS, Placeholder, Wording, placeholders_of
from journeys.language.reading import Document, understand, unknown
from journeys.language.strict import Name, Purpose, Strict, Words
from regua.errors import BookError, Place

BODIES: tuple[Body, ...] = ("short", "text", "spoken")


def _once(values: list[str]) -> list[str]:
    if len(set(values)) < len(values):
        raise ValueError("each once")
    return values


class MessageFile(Strict):
    """One message: a request to pay (``collection``), an answer we owe (``service``) or what the law asks for."""

    message: Name
    purpose: Purpose
    topic: Name = Field(description="What it is about: it follows the customer from channel to channel.")
    title: Words
    subject: Words | None = None
    short: Words | None = Field(None, description="For channels with little room.")
    text: Words | None = Field(None, description="For all others, print included.")
    spoken: Words | None = Field(None, description="What a voice says once it knows who is listening.")
    pays_with: Annotated[list[PayWay], AfterValidator(_once)] = Field(default_factory=list)
    for_anyone: bool = Field(default=False, description="Whoever gets it may read it: nobody is asked for by name.")
    channels: Annotated[list[Name], AfterValidator(_once)] | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def says_something(self) -> "MessageFile":
        """Refuse a message without any text."""
        if self.short is None and self.text is None and self.spoken is None:
            raise ValueError("a text: short, text or spoken")
        return self


@dataclass(frozen=True, slots=True)
class Message:
    """One message; ``bodies`` are its texts by use and ``fills_in`` what each text, and the subject, fills in."""

    name: str
    purpose: Purpose
    topic: str
    title: Words
    subject: Words
    bodies: Mapping[Body, Words]
    pays_with: tuple[PayWay, ...]
    for_anyone: bool
    channels: tuple[str, ...] | None
    fills_in: Mapping[str, tuple[str, ...]]
    document: Document

    @property
    def asks_for_money(self) -> bool:
        """Whether it is a document of collection: it names a debt or a way to pay one."""
        return self.purpose != "service" or bool(self.pays_with)

    def body_on(self, channel: ChannelFile) -> Body | None:
        """Say which of its texts a channel would carry; none where it cannot be sent by it."""
        if self.channels is not None and channel.channel not in self.channels:
            return None
        return next((body for body in channel.takes if body in self.bodies), None)


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages by ``channel/name`` (``known``) and by name (``named``)."""

    known: Mapping[str, Message]
    named: Mapping[str, Message]
    channels: Channels

    def of(self, rung: str, place: Place) -> Message:
        """Return the message of a rung.

        Raises
        ------
        BookError
            No such channel, or no such message on it; with the nearest that exists.
        """
        found = self.known.get(rung)
        if found is not None:
            return found
        channel, _, name = rung.partition("/")
        self.channels.of(channel, place)
        raise unknown(f"message on {channel}", name, [key.partition("/")[2] for key in self.on(channel)], place)

    def on(self, channel: str) -> Iterator[str]:
        """Name what can be sent by a channel."""
        return (rung for rung in self.known if rung.startswith(f"{channel}/"))


def compile_messages(documents: Iterable[Document], channels: Channels, wording: Wording) -> Messages:
    """Compile the messages and find the channels that can carry each.

    Raises
    ------
    BookError
        A message written twice, an unknown channel, a placeholder nobody fills in, or a message no channel can carry.
    """
    named: dict[str, Message] = {}
    for document in documents:
        message = _compile(understand(document, MessageFile), document, channels, wording)
        if message.name in named:
            raise BookError(
                f"{message.name} is written a second time",
                expected=f"one file a message; the other is {named[message.name].document.file}",
                place=document.place("message"),
            )
        named[message.name] = message
    known: dict[str, Message] = {}
    for channel in channels.decided:
        carried = (message for message in named.values() if _can_carry(channel, message, wording.placeholders))
        known |= {f"{channel.channel}/{message.name}": message for message in carried}
    reached = {rung.partition("/")[2] for rung in known}
    for message in named.values():
        if message.name not in reached:
            raise BookError(
                f"no channel can carry {message.name}",
                expected="a text that some channel takes: short, text or spoken",
                place=message.document.place("message"),
            )
    return Messages(known, named, channels)


def _compile(written: MessageFile, document: Document, channels: Channels, wording: Wording) -> Message:
    for index, name in enumerate(written.channels or ()):
        channels.of(name, document.place("channels", index))
    fills_in: dict[str, tuple[str, ...]] = {}
    for part in ("subject", *BODIES):
        words: Words | None = getattr(written, part)
        found = [
            placeholders_of(text, wording.placeholders, document.place(part, language))
            for language, text in (words.both().items() if words else ())
        ]
        fills_in[part] = tuple(dict.fromkeys(name for names in found for name in names))
    return Message(
        name=written.message,
        purpose=written.purpose,
        topic=written.topic,
        title=written.title,
        subject=written.subject or written.title,
        bodies={part: words for part in BODIES if (words := getattr(written, part)) is not None},
        pays_with=tuple(written.pays_with),
        for_anyone=written.for_anyone,
        channels=tuple(written.channels) if written.channels is not None else None,
        fills_in=fills_in,
        document=document,
    )


def _can_carry(channel: ChannelFile, message: Message, known: Mapping[str, Placeholder]) -> bool:
    body = message.body_on(channel)
    if body is None:
        return False
    return channel.content.links or not any(known[name].kind in LINKS for name in message.fills_in[body])
