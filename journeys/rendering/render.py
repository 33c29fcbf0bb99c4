"""One content for every channel: text, ways to pay, who the creditor is, and how to stop."""

import html
import re
import textwrap
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from journeys.book import Book
from journeys.book.channels import ChannelFile, PayWay
from journeys.book.creditor import Creditor
from journeys.book.messages import Message
from journeys.language.reading import unknown
from journeys.rendering import sms
from journeys.rendering.values import write
from regua.errors import DataError, Place
from regua.vocabulary import LANGUAGES

WAYS: Mapping[PayWay, str] = {"pix": "pix_code", "barcode": "barcode", "link": "pay_link"}
"""The placeholder each way to pay fills in."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Button:
    """One button: a link to open, or a code to copy."""

    title: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Rendering:
    """What one channel sends: ``length`` in its own units, ``parts`` as charged for an SMS (1 elsewhere)."""

    message: str
    channel: str
    language: str
    subject: str | None
    body: str
    html: str | None
    buttons: tuple[Button, ...]
    alphabet: str
    length: int
    parts: int


def render(
    book: Book, message: str, channel: str, language: str, facts: Mapping[str, Any], creditor: str | None = None
) -> Rendering:
    """Write one message for one channel. Pure: the same facts give the same text.

    Parameters
    ----------
    book
        Messages, channels, wording and creditors.
    message, channel
        Their names.
    language
        ``pt-BR`` or ``en``.
    facts
        Values by placeholder. Those a message does not fill in are not read. ``creditor`` and ``phone`` are the
        creditor's own where they are not given.
    creditor
        The creditor whose money it is; the first of the house where none is named.

    Raises
    ------
    BookError
        No such message, channel or creditor, or a channel that cannot carry the message.
    DataError
        A value that is missing or is not what its placeholder holds; names message, channel and placeholder.

    Notes
    -----
    Values are put in once, in one pass, and are never read as text of a message: braces and markup in them stay what
    they are, and in HTML they are escaped.
    """
    if language not in LANGUAGES:
        raise DataError(f"no language {language!r}", expected=f"one of {', '.join(LANGUAGES)}")
    if message not in book.messages.named:
        raise unknown("message", message, book.messages.named, Place())
    written = book.messages.of(f"{channel}/{message}", Place())
    return _Page(book, written, book.channels.of(channel), language, facts, book.creditors.of(creditor)).whole()


class _Page:
    """One message on its way to one channel."""

    __slots__ = ("book", "channel", "creditor", "facts", "language", "message")

    def __init__(
        self,
        book: Book,
        message: Message,
        channel: ChannelFile,
        language: str,
        facts: Mapping[str, Any],
        creditor: Creditor,
    ) -> None:
        self.book, self.message, self.channel, self.language = book, message, channel, language
        self.creditor = creditor
        self.facts = {"creditor": creditor.short_name, "phone": creditor.phone, **facts}

    def whole(self) -> Rendering:
        content, message = self.channel.content, self.message
        blocks, ways = self._blocks(), self._ways()
        gap = "\n\n" if content.longest_chars > sms.JOINED * 2 else "\n"
        body = gap.join(self._fill(block) for block in blocks)
        if content.alphabet == "gsm7":
            body = sms.fold(body)
        if content.line_chars:
            body = _wrapped(body, content.line_chars, {self._value(WAYS[way]) for way in ways})
        size = sms.size(body) if content.alphabet == "gsm7" else sms.Size("unicode", len(body), 1)
        return Rendering(
            message=message.name,
            channel=self.channel.channel,
            language=self.language,
            subject=self._fill(message.subject.say(self.language)) if content.subject else None,
            body=body,
            html=self._html(blocks) if content.html else None,
            buttons=tuple(self._button(way) for way in ways[: content.buttons]),
            alphabet=size.alphabet,
            length=size.units,
            parts=size.parts,
        )

    def _blocks(self) -> list[str]:
        """Lay out what is said, in the order it is read; still with its placeholders."""
        channel, message, wording = self.channel, self.message, self.book.wording.written
        body = message.body_on(channel)
        if body is None:
            raise DataError(f"{message.name} cannot be sent by {channel.channel}")
        text = message.bodies[body].say(self.language)
        pays = [wording.payment[way].text.say(self.language) for way in self._ways()[channel.content.buttons :]]
        stop = [channel.opt_out.say(self.language)] if channel.opt_out and message.asks_for_money else []
        if channel.medium == "voice":
            return [self._identity() if message.for_anyone else wording.opening.say(self.language), text, *stop]
        letter = wording.letter
        if channel.medium == "print":
            head = [] if message.for_anyone else [letter.head.say(self.language)]
            subject, close = message.subject.say(self.language), letter.close.say(self.language)
            return [self._identity(), *head, subject, text, *pays, *stop, close]
        return [text, *pays, self._identity(), *stop]

    def _identity(self) -> str:
        """Name the creditor: a document of collection by name, document and address, where the channel carries them."""
        wording, how = self.book.wording.written.creditor, self.channel.names_creditor
        if how == "line" and not self.message.asks_for_money:
            how = "name"
        told: str = getattr(wording, how).say(self.language)
        return told

    def _ways(self) -> list[PayWay]:
        """Choose among the ways to pay: those the channel carries and the facts hold, the author's choice first."""
        able = [way for way in self.message.pays_with if way in self.channel.content.pays_with]
        held = [way for way in able if self.facts.get(WAYS[way]) is not None]
        if able and not held:
            raise self._error(WAYS[able[0]], "nothing", f"a value for {' or '.join(WAYS[way] for way in able)}")
        return held[: self.channel.content.pays_at_most]

    def _button(self, way: PayWay) -> Button:
        title = self.book.wording.written.payment[way].button.say(self.language)
        return Button(title, "open" if way == "link" else "copy", self._value(WAYS[way]))

    def _fill(self, text: str) -> str:
        return _PLACEHOLDER.sub(lambda found: self._value(found[1]), text)

    def _html(self, blocks: list[str]) -> str:
        def value(found: re.Match[str]) -> str:
            safe = html.escape(self._value(found[1]))
            return f'<a href="{safe}">{safe}</a>' if self._kind(found[1]) == "link" else safe

        lines = (_PLACEHOLDER.sub(value, html.escape(block)).replace("\n", "<br>\n") for block in blocks)
        return "\n".join(f"<p>{line}</p>" for line in lines)

    def _kind(self, name: str) -> str:
        known = self.book.wording.placeholders.get(name)
        return known.kind if known else "text"

    def _value(self, name: str) -> str:
        """Write one value; the parts of a creditor's identity are its own."""
        own = {"creditor_name": self.creditor.name, "document_kind": self.creditor.document_kind,
               "document": self.creditor.document, "address": self.creditor.address}  # fmt: skip
        if name in own:
            return own[name]
        given = self.facts.get(name)
        try:
            text = write(given, self.book.wording.placeholders[name], self.language, self.book.economy.currency)
        except ValueError as problem:
            raise self._error(name, "nothing" if given is None else repr(given)[:80], str(problem)) from problem
        if self._kind(name) == "text" and self.channel.content.markup:
            text = text.translate(dict.fromkeys(map(ord, self.channel.content.markup)))
        return text

    def _error(self, name: str, found: str, expected: str) -> DataError:
        where = f"message {self.message.name}, channel {self.channel.channel}, placeholder {{{name}}}"
        return DataError(f"{where}: {found}", expected=expected)


def _wrapped(text: str, width: int, codes: Set[str]) -> str:
    """Break lines as a printed page does; a code is cut, never wrapped: wrapping would lose a blank inside it."""
    lines: list[str] = []
    for line in text.split("\n"):
        if line in codes:
            lines += [line[start : start + width] for start in range(0, len(line), width)]
        else:
            lines += textwrap.wrap(line, width, break_on_hyphens=False) or [""]
    return "\n".join(lines)
