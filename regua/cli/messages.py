"""Messages at the command line: list them, and show how one reads on every channel."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from regua.cli import output
from regua.cli.journeys import FolderOption
from regua.cli.options import AsJson, Language, spoken

if TYPE_CHECKING:
    from rich.console import Console

    from journeys.book import Book


def register(app: typer.Typer) -> None:
    """Add ``regua message list`` and ``regua message show``."""
    message = typer.Typer(help="What customers read and hear: list messages, show one on every channel.")
    message.command("list")(list_messages)
    message.command("show")(show)
    app.add_typer(message, name="message")


def list_messages(folder: FolderOption = None, language: Language = "", as_json: AsJson = False) -> None:
    """List every message with its purpose, its topic and the channels that can carry it."""
    from journeys.book import load

    book, said_in = load(folder), spoken(language)
    rows = [
        {
            "message": name,
            "title": message.title.say(said_in),
            "purpose": message.purpose,
            "topic": message.topic,
            "channels": _channels(book, name),
        }
        for name, message in sorted(book.messages.named.items())
    ]
    output.emit({"messages": rows}, lambda console: _draw_list(console, rows), as_json, "regua message show pay_link")


def show(
    name: Annotated[str, typer.Argument(help="The name of a message, such as pay_link.")],
    channel: Annotated[str, typer.Option("--channel", help="One channel; all that can carry it by default.")] = "",
    longest: Annotated[bool, typer.Option("--longest", help="Fill in the longest values.")] = False,
    folder: FolderOption = None,
    language: Language = "",
    as_json: AsJson = False,
) -> None:
    """Show how a message reads on each channel, with sample values, and how long it is there."""
    from dataclasses import asdict

    from journeys.book import load
    from journeys.language.reading import unknown
    from journeys.rendering import render, samples
    from regua.errors import Place

    book, said_in = load(folder), spoken(language)
    if name not in book.messages.named:
        raise unknown("message", name, sorted(book.messages.named), Place())
    facts = samples.longest(book) if longest else samples.samples(book)
    channels = [channel] if channel else _channels(book, name)
    shown = [
        asdict(render(book, name, one, said_in, facts)) | {"longest": book.channels.of(one).content.longest_chars}
        for one in channels
    ]
    message = book.messages.named[name]
    told: dict[str, Any] = {
        "message": name,
        "title": message.title.say(said_in),
        "purpose": message.purpose,
        "topic": message.topic,
    }
    told |= {"language": said_in, "renderings": shown}
    output.emit(told, lambda console: _draw(console, told), as_json, f"regua message show {name} --longest")


def _channels(book: "Book", name: str) -> list[str]:
    return [channel for channel in book.channels.known if f"{channel}/{name}" in book.messages.known]


def _draw_list(console: "Console", rows: list[dict[str, Any]]) -> None:
    table = output.compact(f"{len(rows)} messages")
    for head in ("message", "purpose", "topic", "channels"):
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(row["message"], row["purpose"], row["topic"], " ".join(row["channels"]))
    console.print(table)


def _draw(console: "Console", told: dict[str, Any]) -> None:
    from rich.markup import escape

    head = f"[bold]{escape(told['title'])}[/bold]  {told['message']} · {told['purpose']} · {told['topic']}"
    console.print(head, highlight=False)
    for one in told["renderings"]:
        size = f"{one['length']} of {one['longest']} characters"
        if one["alphabet"] != "unicode":
            size += f", {one['parts']} parts of {one['alphabet']}"
        console.rule(f"[bold]{one['channel']}[/bold]  {size}", align="left")
        if one["subject"]:
            console.print(one["subject"], style="bold", markup=False, highlight=False, soft_wrap=True)
        console.print(one["body"], markup=False, highlight=False, soft_wrap=True)
        for button in one["buttons"]:
            console.print(f"[ {button['title']} ]", markup=False, highlight=False)
