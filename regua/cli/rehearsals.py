"""Rehearsals at the command line: run a journey's examples, walk a customer through one, tell what a change changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regua.cli import moments, output
from regua.cli.options import AsJson, Language, spoken
from regua.errors import NotFoundError

if TYPE_CHECKING:
    from rich.console import Console

    from journeys.book import Book
    from journeys.rehearsal.walk import Walked
    from journeys.telling.differences import Difference
    from serving.deciding.comparing import Comparison
    from serving.service import Service

FolderOption = Annotated[Path | None, typer.Option("--folder", help="A folder with journeys of its own.")]
AtOption = Annotated[str, typer.Option("--at", help="The moment, such as 2026-03-04T13:00:00Z; now by default.")]
SHIPPED = "shipped"


def register(app: typer.Typer) -> None:
    """Add ``regua diff`` and ``regua journey test | walk``."""
    app.command("diff")(diff)
    journey = typer.Typer(help="Try a journey before anybody is contacted.", no_args_is_help=True)
    journey.command("test")(try_journey)
    journey.command("walk")(walk)
    app.add_typer(journey, name="journey")


def try_journey(
    file: Annotated[Path, typer.Argument(help="A journey's file, in a folder of journeys.")],
    as_json: AsJson = False,
) -> None:
    """Run the examples a journey's file carries through the real kernel; exit 1 if one comes out differently."""
    from journeys.rehearsal.trying import try_file

    tried = try_file(file)
    misses = [{"place": str(one.place), "found": one.found, "expected": one.expected} for one in tried.misses]
    result = {"journey": tried.journey, "examples": tried.examples, "misses": misses}

    def draw(console: "Console") -> None:
        for one in misses:
            console.print(f"{one['place']}: {one['found']}", style="red", markup=False, soft_wrap=True)
            console.print(f"  expected: {one['expected']}", markup=False, soft_wrap=True)
        colour = "red" if misses else "green"
        came = f"{tried.examples - len(tried.missed)} of {tried.examples} examples came out as expected"
        console.print(f"[{colour}]{tried.journey}[/{colour}]: {came}", highlight=False)

    output.emit(result, draw, as_json, f"regua journey walk {tried.journey}")
    if misses:
        raise typer.Exit(1)


def walk(
    journey: Annotated[str, typer.Argument(help="The journey to watch for, such as early_digital.")],
    customer: Annotated[str, typer.Option("--customer", help="A customer of the book; else an invented one.")] = "",
    days: Annotated[int, typer.Option("--days", min=1, max=730, help="How many days to walk.")] = 30,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", help="What is or becomes true: p_roll=0.7, has_paid_claim=1@5 (on day 5); repeat."),
    ] = None,
    enter: Annotated[bool, typer.Option("--enter", help="Start inside the journey, whoever it is for.")] = False,
    is_read: Annotated[bool, typer.Option("--read", help="Messages of the walk are read.")] = False,
    at: AtOption = "",
    folder: FolderOption = None,
    language: Language = "",
    as_json: AsJson = False,
) -> None:
    """Step one customer through the days to come with a clock that moves, deciding nothing for real."""
    from journeys.book import load
    from journeys.rehearsal.walk import Change, Walk, inside, invented

    book, moment = load(folder), moments.given(at, "--at", exact=True)
    book.journey(journey)
    columns = _columns_of(customer, moment) if customer else invented(book)
    if enter:
        columns |= inside(book, journey)
    changes = [Change.read(text, book) for text in sets or []]
    walked = list(Walk(book, columns, moment, changes, is_read).days(days))
    result = {"journey": journey, "customer": customer or None, "days": [_as_dict(one) for one in walked]}
    said_in = spoken(language)
    output.emit(
        result,
        lambda console: _draw_walk(console, walked, journey, said_in),
        as_json,
        f"regua show {journey}",
    )


def diff(
    old: Annotated[str, typer.Argument(help="A folder of journeys, the digest of a logged book, or 'shipped'.")],
    new: Annotated[str, typer.Argument(help="The same, for what it becomes.")],
    at: AtOption = "",
    words_only: Annotated[bool, typer.Option("--words-only", help="Do not decide the current book twice.")] = False,
    language: Language = "",
    as_json: AsJson = False,
) -> None:
    """Tell in words what changes from one book of journeys to another, and whom of the current customers it touches."""
    from journeys.telling.differences import differences

    one, other = _book(old), _book(new)
    found = differences(one, other)
    touched = None if words_only else _touched(one, other, moments.given(at, "--at", exact=True))
    result = {
        "old": one.digest,
        "new": other.digest,
        "differences": [{"subject": each.subject, "kind": each.kind, "words": each.words} for each in found],
        "customers": touched.to_dict() if touched else None,
    }
    said_in = spoken(language)
    following = "regua check journeys" + (f" --folder {new}" if new != SHIPPED and Path(new).is_dir() else "")
    output.emit(result, lambda console: _draw_diff(console, found, touched, said_in), as_json, following)


def _book(name: str) -> "Book":
    """Return the book of a folder, of the decision log, or the shipped one."""
    from journeys.book import Book, load
    from regua.settings import load as settings

    if name == SHIPPED:
        return load()
    if Path(name).is_dir():
        return load(Path(name))
    home = settings()
    if home.store_url is not None or home.decisions.exists():
        from serving.store import Store

        store = Store.open(home)
        try:
            return Book.from_text(store.texts.read("books", name))
        finally:
            store.close()
    raise NotFoundError(
        f"no book {name!r}", expected=f"a folder of journeys, a digest of {home.decisions}, or {SHIPPED}"
    )


def _touched(old: "Book", new: "Book", moment: datetime) -> "Comparison | None":
    from serving.deciding.comparing import compare

    try:
        with _service(moment) as service:
            return compare(service, old, new, moment)
    except NotFoundError:
        return None


@contextmanager
def _service(moment: datetime) -> "Iterator[Service]":
    from regua.clock import SetClock
    from regua.settings import load
    from serving.service import Service

    service = Service.open(load(), SetClock(moment), online=False)
    try:
        yield service
    finally:
        service.close()


def _columns_of(customer: str, moment: datetime) -> dict[str, Any]:
    with _service(moment) as service:
        columns = service.pipeline.scored([customer], moment)
    if not columns["has_profile"][0] > 0:
        raise NotFoundError(
            f"no profile of {customer!r}", expected="a customer of the book", remedy="regua decide --all"
        )
    return dict(columns)


def _as_dict(walked: "Walked") -> dict[str, Any]:
    decisions = walked.decisions
    step = int(decisions.step[0])
    return {
        "day": walked.day,
        "moment": walked.moment.isoformat(),
        "journey": decisions.journey[0],
        "step": step + 1 if step >= 0 else None,
        "action": decisions.action[0],
        "reasons": list(decisions.reasons[0]),
    }


def _draw_walk(console: "Console", walked: "list[Walked]", journey: str, language: str) -> None:
    quiet = 0
    for one in [*walked, None]:
        if one is not None and one.is_quiet:
            quiet += 1
            continue
        if quiet:
            console.print(f"[dim]… {quiet} quiet days[/dim]")
            quiet = 0
        if one is not None:
            record = next(one.decisions.records(["walk"], {}))
            place = record.journey.name if record.journey else "–"
            console.print(f"day {one.day:>3}  {one.moment:%d/%m %H:%M}  {place}  [bold]{record.action}[/bold]")
            words = " ".join(reason.text[language] for reason in record.reasons)
            console.print(f"         [dim]{words}[/dim]", highlight=False)
    entered = next((one.day for one in walked if one.decisions.journey[0] == journey), None)
    seen = f"in {journey} from day {entered}" if entered is not None else f"never in {journey} in these days"
    console.print(seen, highlight=False)


def _draw_diff(console: "Console", found: "list[Difference]", touched: "Comparison | None", language: str) -> None:
    subject = None
    for one in found:
        if one.subject != subject:
            console.print(one.subject, style="bold", markup=False, highlight=False)
            subject = one.subject
        console.print(f"  {one.words[language]}", markup=False, highlight=False, soft_wrap=True)
    if not found:
        console.print("nothing changes", highlight=False)
    if touched is None:
        console.print("\n[dim]no current book of customers to decide on[/dim]")
        return
    contacts = f"contacts {touched.contacts_old:,} → {touched.contacts_new:,}"
    console.print(
        f"\nof {touched.customers:,} customers {touched.rerouted:,} are re-routed and "
        f"{touched.treated_otherwise:,} treated otherwise; {contacts}",
        highlight=False,
    )
    for title, counts in (("journey", touched.journeys), ("action", touched.actions)):
        if counts:
            table = output.compact("")
            for name in (title, "becomes", "customers", "such as"):
                table.add_column(name)
            for pair, count in counts.most_common(12):
                table.add_row(*pair, f"{count:,}", ", ".join(touched.examples[pair]))
            console.print(table)
