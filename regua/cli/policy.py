"""The contact policy at the command line: what is allowed to whom, when and why, and the hours of a region."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regua.cli import output
from regua.cli.options import AsJson, Language, spoken
from regua.errors import NotFoundError, RequestError

if TYPE_CHECKING:
    from rich.console import Console

    from journeys.book import Book
    from journeys.language.strict import Purpose
    from journeys.telling.policy import ChannelAnswer, Explanation, ToldRule
    from regua.columns import Columns
    from regua.vocabulary import Channel

FolderOption = Annotated[Path | None, typer.Option("--folder", help="A folder of journeys and policies of your own.")]
A_DAY = timedelta(days=1)
MOST_ZONES = 3

SAYINGS: Mapping[str, Mapping[str, str]] = {
    "pt-BR": {
        "allowed": "permitido",
        "not_allowed": "não permitido",
        "from": "a partir de",
        "event": "espera um acontecimento",
        "nowhere": "região desconhecida",
        "holiday": "feriado",
        "binding": "também valem ali neste dia",
        "rule": "regra",
        "channel": "canal",
        "day": "dia",
        "never": "nunca",
        "coming": "feriados das duas semanas seguintes",
        "none": "nenhum",
        "why": "por quê",
        "source": "fonte",
    },
    "en": {
        "allowed": "allowed",
        "not_allowed": "not allowed",
        "from": "from",
        "event": "waits for an event",
        "nowhere": "unknown region",
        "holiday": "holiday",
        "binding": "also in force there on this day",
        "rule": "rule",
        "channel": "channel",
        "day": "day",
        "never": "never",
        "coming": "holidays of the two weeks that follow",
        "none": "none",
        "why": "why",
        "source": "source",
    },
}


def register(app: typer.Typer) -> None:
    """Add ``regua policy explain`` and ``regua policy hours``."""
    policy = typer.Typer(help="The contact policy: what is allowed, when, and by which rule.", no_args_is_help=True)
    policy.command("explain")(explain)
    policy.command("hours")(hours)
    app.add_typer(policy, name="policy")


def explain(
    at: Annotated[str, typer.Option("--at", help='Local time of the region, such as "2027-02-13 21:30".')],
    customer: Annotated[str, typer.Option("--customer", help="Whom to contact.")] = "",
    region: Annotated[str, typer.Option("--region", help="A region instead of a customer: its hours alone.")] = "",
    channel: Annotated[str, typer.Option("--channel", help="One channel; all by default.")] = "",
    purpose: Annotated[str, typer.Option("--purpose", help="collection, service or notice.")] = "collection",
    language: Language = "",
    folder: FolderOption = None,
    as_json: AsJson = False,
) -> None:
    """Say what is allowed at an instant, by channel, and which rules say so."""
    from journeys.book import load
    from journeys.telling import policy as telling

    if bool(customer) == bool(region):
        raise typer.BadParameter("name a customer, or a region")
    said_in, book, moment = spoken(language), load(folder), _moment(at)
    wanted, meant = _channel(channel), _purpose(purpose)
    known_at = None
    if region:
        place = _region(book, region)
        told = telling.explain_region(book, place, telling.instants(book.policies, place, moment))
    else:
        columns, moments, known_at = _columns_of(book, customer, moment)
        told = telling.explain_customer(book, columns, moments, meant)
    shown = [one for one in told.channels if wanted in (None, one.channel)]
    result = _as_dict(told, shown) | {
        "customer_id": customer or None,
        "known_at": known_at,
        "purpose": meant,
    }
    output.emit(result, lambda console: _draw(console, told, shown, f"{customer} {at}", said_in), as_json)


def hours(
    region: Annotated[str, typer.Argument(help="A region, such as RJ, US-CA or DE.")],
    at: Annotated[str, typer.Option("--at", help="A day of the week to print; today by default.")] = "",
    language: Language = "",
    folder: FolderOption = None,
    as_json: AsJson = False,
) -> None:
    """Print the permitted hours of a region: seven days, every channel, and the holidays that come."""
    from journeys.book import load
    from journeys.rulebook.week import span
    from journeys.telling.policy import hours_of_week
    from regua.clock import SystemClock, local_date

    book, said_in = load(folder), spoken(language)
    place = _region(book, region)
    zones = book.policies.places.zones(place)
    day = _moment(at).date() if at else local_date(SystemClock().now(), zones[0])
    week = hours_of_week(book.policies, place, day)
    calendar = book.policies.hours.calendar
    ahead = (day + timedelta(days=7 + each) for each in range(14))
    coming = {each: names for each in ahead if (names := calendar.named(each, (place,), said_in))}
    result = {
        "region": place,
        "zones": list(zones),
        "days": [
            {"day": each, "holidays": names, "hours": {name.value: span(window) for name, window in windows.items()}}
            for each, names, windows in week
        ],
        "holidays_after": [{"day": each, "names": names} for each, names in coming.items()],
        "rules": [asdict(rule) for rule in _hours_rules(book, place, day)],
    }
    output.emit(result, lambda console: _draw_week(console, result, said_in), as_json)


def _columns_of(book: "Book", customer: str, at: datetime) -> "tuple[Columns, tuple[datetime, ...], datetime]":
    """Read what serving knows of a customer, the instants the local time may mean, and as of when it is known.

    An instant further than a day from every profile is asked of the profile last known before it, as it was then.
    """
    from features import snapshots
    from journeys.telling.policy import instants
    from regua import settings
    from regua.clock import SetClock, utc
    from regua.columns import flag, text
    from serving.service import Service

    loaded = settings.load()
    built = snapshots.built(loaded)
    if not built:
        raise NotFoundError("no profile has been built", expected="a book with profiles", remedy="regua profile build")
    before = [one for one in built if one <= utc(at)]
    taken = before[-1] if before else built[0]
    known_at = utc(at) if timedelta() <= utc(at) - taken <= A_DAY else taken
    service = Service.open(loaded, SetClock(known_at), online=False)
    try:
        columns = service.pipeline.inputs([customer], known_at)[0].columns
    finally:
        service.close()
    if not flag(columns, "has_profile")[0]:
        raise NotFoundError(f"no profile of {customer}", expected="a customer of the book")
    places = book.policies.places
    region = places.region(places.code(text(columns, "region")[0]))
    return columns, instants(book.policies, region, at), known_at


def _hours_rules(book: "Book", region: str, day: date) -> "list[ToldRule]":
    from journeys.telling.policy import explain_region, instants

    noon = datetime.combine(day, time(12))
    told = explain_region(book, region, instants(book.policies, region, noon)[:1])
    return [rule for rule in told.in_force if rule.section in {"hours", "holidays"}]


def _moment(at: str) -> datetime:
    try:
        return datetime.fromisoformat(at)
    except ValueError as problem:
        raise RequestError(f"--at {at}", expected='a local time such as "2027-02-13 21:30"') from problem


def _region(book: "Book", region: str) -> str:
    from journeys.language.reading import unknown
    from regua.errors import Place

    if book.policies.places.code(region) < 0:
        raise unknown("region", region, book.policies.places.names, Place("policies/zones.yaml"))
    return region


def _purpose(name: str) -> "Purpose":
    from journeys.language.strict import PURPOSES

    found = next((purpose for purpose in PURPOSES if purpose == name), None)
    if found is None:
        raise typer.BadParameter(f"one of {', '.join(PURPOSES)}", param_hint="--purpose")
    return found


def _channel(name: str) -> "Channel | None":
    from regua.vocabulary import CHANNELS

    if name and name not in set(CHANNELS):
        raise typer.BadParameter(f"one of {', '.join(CHANNELS)}", param_hint="--channel")
    return next((channel for channel in CHANNELS if channel == name), None)


def _as_dict(told: "Explanation", shown: "Iterable[ChannelAnswer]") -> dict[str, Any]:
    return {
        "region": told.region,
        "zones": list(told.zones),
        "at": list(told.at),
        "holidays": told.holidays,
        "channels": [asdict(one) | {"earliest_permitted_at": one.earliest} for one in shown],
        "rules_in_force": [asdict(rule) for rule in told.in_force],
    }


def _draw(console: "Console", told: "Explanation", shown: "list[ChannelAnswer]", asked: str, language: str) -> None:
    from zoneinfo import ZoneInfo

    from rich.markup import escape

    say = SAYINGS[language]
    zone = ZoneInfo(told.zones[0])
    where = told.region or say["nowhere"]
    zones = ", ".join(told.zones) if len(told.zones) <= MOST_ZONES else f"{len(told.zones)} zones"
    console.print(f"[bold]{escape(asked.strip())}[/bold] · {where} · {zones}", highlight=False)
    if told.holidays[language]:
        console.print(f"{say['holiday']}: {', '.join(told.holidays[language])}", highlight=False)
    for one in shown:
        until = (
            say["event"] if one.earliest is None else f"{say['from']} {one.earliest.astimezone(zone):%Y-%m-%d %H:%M %Z}"
        )
        verdict = f"[green]{say['allowed']}[/green]" if one.allowed else f"[red]{say['not_allowed']}[/red], {until}"
        console.print(f"\n[bold]{one.channel}[/bold]  {verdict}", highlight=False)
        for name, words in one.stopped_by.items():
            console.print(f"  {name}: {words[language]}", highlight=False, markup=False, soft_wrap=True)
        for rule in one.rules:
            _draw_rule(console, rule, language)
    silent = {rule.id for one in shown for rule in one.rules}
    others = ", ".join(rule.id for rule in told.in_force if rule.id not in silent)
    console.print(f"\n{say['binding']}: {others}", style="dim", highlight=False, markup=False)


def _draw_rule(console: "Console", rule: "ToldRule", language: str) -> None:
    text = f"    {rule.id} [{rule.status}] {rule.words[language]}\n      {rule.source}"
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _draw_week(console: "Console", result: Mapping[str, Any], language: str) -> None:
    from journeys.telling.rules import DAY_NAMES

    say, days = SAYINGS[language], result["days"]
    table = output.compact(f"{result['region']} · {', '.join(result['zones'])}")
    table.add_column(say["day"])
    alike: dict[tuple[str, ...], list[str]] = {}
    for name in days[0]["hours"]:
        alike.setdefault(tuple(day["hours"][name] for day in days), []).append(str(name))
    for names in alike.values():
        table.add_column("\n".join(names))
    for index, day in enumerate(days):
        weekday = DAY_NAMES[language][day["day"].weekday()]
        label = f"{day['day']} {weekday}" + "".join(f"\n{say['holiday']}: {name}" for name in day["holidays"])
        table.add_row(label, *(windows[index].replace("none", say["never"]) for windows in alike))
    console.print(table)
    told = [f"{each['day']} {', '.join(each['names'])}" for each in result["holidays_after"]]
    console.print(f"{say['coming']}: {'; '.join(told) or say['none']}", highlight=False, markup=False, soft_wrap=True)
    for rule in result["rules"]:
        text = f"{rule['id']} [{rule['status']}] {rule['words'][language]}\n  {rule['source']}"
        console.print(text, highlight=False, markup=False, soft_wrap=True)
