"""Can every message be sent as written, and is it said as a house may speak? Length, what is asked, tone and law."""

from collections.abc import Iterator

from journeys.book import Book
from journeys.book.channels import ChannelFile
from journeys.book.messages import Message
from journeys.book.tone import ToneRule
from journeys.proofs.finding import Finding
from journeys.rendering import Rendering, render
from journeys.rendering.samples import longest
from regua.errors import DataError
from regua.vocabulary import LANGUAGES

ROOM_A_VALUE, ROOM_OF_THE_REST = 160, 1_200
"""No value of a text is longer, nor are all payment codes, the creditor and the way to stop together."""

OF_AN_OFFER = frozenset({"offer", "valid_until", "new_amount", "discount"})
_LEADS_TO_PAYMENT = frozenset({"pix_code", "barcode", "pay_link", "plan_link", "phone"})


def findings(book: Book) -> Iterator[Finding]:
    """Find what keeps a message from being sent, or should."""
    for message in book.messages.named.values():
        yield from _asked(message)
        yield from _languages(message)
        yield from _said(book, message)
    yield from _sizes(book)
    yield from _offers(book)


def _asked(message: Message) -> Iterator[Finding]:
    """Look for the amount, and a way to pay, in what asks for money; and for a debt in what anyone may read."""
    for body in message.bodies:
        place = message.document.place(body)
        named = set(message.fills_in[body])
        if message.for_anyone and "amount" in named:
            yield Finding.at(
                "R617",
                place,
                f"{message.name} tells whoever reads it an amount",
                expected="no amount where for_anyone is true: it may reach the wrong person",
                remedy="take {amount} out, or for_anyone",
            )
        if message.purpose != "collection":
            continue
        if not named & {"amount", "instalment_amount", "new_amount"}:
            yield Finding.at(
                "R612",
                place,
                f"{message.name} asks for money in its text `{body}` and does not say how much",
                expected="{amount}",
                remedy=f"write {{amount}} into {body}",
            )
        if body != "spoken" and not message.pays_with and not named & _LEADS_TO_PAYMENT:
            yield Finding.at(
                "R612",
                place,
                f"{message.name} asks for money in its text `{body}` and names no way to pay",
                expected="pays_with, a link or {phone}",
                remedy="add pays_with: [link, pix, barcode]",
            )


def _languages(message: Message) -> Iterator[Finding]:
    """Look for a text that stands untranslated, or fills in other things in another language."""
    for part, words in (*message.bodies.items(), ("subject", message.subject)):
        texts = words.both()
        used = {language: sorted(_named(text)) for language, text in texts.items()}
        same = len(set(texts.values())) == 1 and len(texts["en"].split()) > len(used["en"]) + 1
        if same or used["pt-BR"] != used["en"]:
            yield Finding.at(
                "R613",
                message.document.place(part, "en"),
                f"{message.name}: `{part}` "
                + ("is the same in both languages" if same else "fills in other things in English"),
                expected=f"the same placeholders in both: {', '.join(used['pt-BR']) or 'none'}",
                remedy=f"translate {part}",
            )


def _said(book: Book, message: Message) -> Iterator[Finding]:
    """Look for words a house does not say: where they stand, why not, and what to say instead."""
    carriers = [channel for channel in book.channels.decided if _carries(book, message, channel)]
    for part, words in (*message.bodies.items(), ("subject", message.subject), ("title", message.title)):
        channels = [channel for channel in carriers if part in ("subject", "title", message.body_on(channel))]
        for language, text in words.both().items():
            for slip in book.tone.slips(text, language):
                rule = book.tone.rules[slip.rule]
                if not _concerns(rule, message, channels):
                    continue
                code = "R616" if rule.channels else "R615" if rule.purposes else "R614"
                yield Finding.at(
                    code,
                    message.document.place(part, language),
                    f"{message.name} says {slip.words!r} ({slip.rule})",
                    expected=rule.why.en,
                    remedy=rule.instead.en,
                )


def _concerns(rule: ToneRule, message: Message, channels: list[ChannelFile]) -> bool:
    if rule.purposes and message.purpose not in rule.purposes:
        return False
    return rule.channels is None or any(channel.mode == rule.channels for channel in channels)


def _sizes(book: Book) -> Iterator[Finding]:
    """Write every message with the longest values on every channel, where it might not fit."""
    values = longest(book)
    for rung, message in book.messages.known.items():
        channel = book.channels.of(rung.partition("/")[0])
        for language in LANGUAGES:
            if _surely_fits(message, channel, language):
                continue
            try:
                written = render(book, message.name, channel.channel, language, values)
            except DataError as problem:
                place = message.document.place(message.body_on(channel) or "message", language)
                yield Finding.at("R612", place, problem.found, expected=problem.expected)
                continue
            yield from _size(message, channel, written)


def _size(message: Message, channel: ChannelFile, written: Rendering) -> Iterator[Finding]:
    content, language = channel.content, written.language
    place = message.document.place(message.body_on(channel) or "message", language)
    if written.length > content.longest_chars:
        yield Finding.at(
            "R611",
            place,
            f"{message.name} on {channel.channel} may take {written.length} characters",
            expected=f"at most {content.longest_chars}, with the longest values",
            remedy=f"shorten it, or see regua message show {message.name} --channel {channel.channel} --longest",
        )
    if content.most_parts and written.parts > content.most_parts:
        yield Finding.at(
            "R618",
            place,
            f"{message.name} on {channel.channel} may cost {written.parts} parts of {written.alphabet}",
            expected=f"at most {content.most_parts}",
            remedy="shorten it; an emoji or a letter of another alphabet makes every part less than half as long",
        )
    if written.subject and len(written.subject) > content.longest_subject_chars:
        yield Finding.at(
            "R611",
            message.document.place("subject", language),
            f"the subject of {message.name} on {channel.channel} may take {len(written.subject)} characters",
            expected=f"at most {content.longest_subject_chars}",
            remedy="shorten the subject",
        )


def _offers(book: Book) -> Iterator[Finding]:
    """Look for steps that send a message about an offer and make none."""
    for journey in book.journeys:
        for position, step in enumerate(journey.written.steps):
            for rank, rung in enumerate(() if step.offer else step.rungs):
                message = book.messages.known[rung]
                body = message.body_on(book.channels.of(rung.partition("/")[0]))
                lacking = sorted(OF_AN_OFFER.intersection(message.fills_in[body or "text"]))
                if lacking:
                    yield Finding.at(
                        "R619",
                        journey.document.place("steps", position, "try", rank),
                        f"step {position + 1} of {journey.name} sends {rung}, which speaks of an offer, and makes none",
                        expected=f"offer: [...], for {', '.join(lacking)}",
                        remedy="name the offers of the step, or send another message",
                    )


def _surely_fits(message: Message, channel: ChannelFile, language: str) -> bool:
    body = message.body_on(channel)
    text = message.bodies[body].say(language) if body else ""
    room = channel.content.longest_chars - ROOM_OF_THE_REST
    return not channel.content.most_parts and len(text) + ROOM_A_VALUE * text.count("{") < room


def _carries(book: Book, message: Message, channel: ChannelFile) -> bool:
    return f"{channel.channel}/{message.name}" in book.messages.known


def _named(text: str) -> set[str]:
    return {piece.partition("}")[0] for piece in text.split("{")[1:]}
