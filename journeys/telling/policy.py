"""What may be done to a customer at an instant, by channel, and why: the rules that stop it, and those that bind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from journeys import guardrails
from journeys.book import Book
from journeys.book.owing import income_alone
from journeys.guardrails import REGISTER, hours
from journeys.language.strict import PURPOSES, Purpose
from journeys.rulebook.grammar import Rule
from journeys.rulebook.policies import Policies, Policy
from journeys.rulebook.row import Row
from journeys.rulebook.week import Window
from journeys.singly.customer import customers
from journeys.singly.segment import segment
from journeys.telling.rules import rule_in_words
from regua.clock import local_date, utc
from regua.columns import Columns
from regua.vocabulary import CHANNELS, Channel

NOT_NOW: Mapping[str, str] = {
    "pt-BR": "Neste instante está fora do horário permitido.",
    "en": "At this instant it is outside the permitted hours.",
}


@dataclass(frozen=True, slots=True)
class ToldRule:
    """A rule with its section, source, status and words."""

    id: str
    section: str
    source: str
    status: str
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ChannelAnswer:
    """Whether a channel may be used at the instant; ``earliest`` is the first that is permitted, None: not by waiting.

    ``stopped_by`` are the guardrails that say no, with their sentences; ``rules`` the rules of the policy behind them.
    A guardrail may answer from no such rule, and a rule that says yes is not listed here.
    """

    channel: Channel
    allowed: bool
    stopped_by: Mapping[str, Mapping[str, str]]
    rules: tuple[ToldRule, ...]
    earliest: datetime | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """One instant and place told; a channel is allowed in all the ``zones`` a customer may live in, or it is not."""

    region: str | None
    zones: tuple[str, ...]
    at: tuple[datetime, ...]
    holidays: Mapping[str, tuple[str, ...]]
    channels: tuple[ChannelAnswer, ...]
    in_force: tuple[ToldRule, ...]


def instants(policies: Policies, region: str | None, at: datetime) -> tuple[datetime, ...]:
    """Return the instants a local time may mean, one by zone; an instant with an offset means itself.

    A time the clock skips, or shows twice, is read both ways. Where the region is unknown, every zone of the house's
    countries is possible.
    """
    if at.tzinfo is not None:
        return (utc(at),)
    folds = [at.replace(tzinfo=ZoneInfo(zone), fold=fold) for zone in policies.places.zones(region) for fold in (0, 1)]
    return tuple(sorted({utc(moment) for moment in folds}))


def explain_customer(
    book: Book, columns: Columns, moments: Sequence[datetime], purpose: Purpose = "collection"
) -> Explanation:
    """Say what every guardrail says of a message to one customer; ``(1,)`` columns, as the kernel is given them."""
    policies = book.policies
    told = [_of_customer(book, columns, moment, purpose) for moment in moments]
    region = columns["region"][0] if "region" in columns else None
    return _explanation(policies, policies.places.region(policies.places.code(region)), moments, told)


def explain_region(book: Book, region: str | None, moments: Sequence[datetime]) -> Explanation:
    """Say what the hours of a region permit, whoever the customer is."""
    policies = book.policies
    row = {"region_code": policies.places.code(region)}
    told = []
    for moment in moments:
        policy = policies.on(local_date(moment, policies.zone))
        told.append([_answer(row, channel, 0, policy, moment) for channel in range(len(CHANNELS))])
    return _explanation(policies, region, moments, told)


def hours_of_week(
    policies: Policies, region: str, day: date
) -> list[tuple[date, tuple[str, ...], dict[Channel, Window]]]:
    """Return the seven days from a day: the names of holidays and, by channel, the window of the local day."""
    week = []
    for ahead in range(7):
        each = day + timedelta(days=ahead)
        names = policies.hours.calendar.named(each, (region,), "pt-BR")
        week.append((each, names, {channel: policies.hours.on_day(channel, region, each) for channel in CHANNELS}))
    return week


def _of_customer(book: Book, columns: Columns, moment: datetime, purpose: Purpose) -> list[ChannelAnswer]:
    who = next(customers(columns, book, moment))
    segment(who)
    row, policy = who.row, who.policy
    row |= {"purpose": PURPOSES.index(purpose), "income_cents": income_alone(book.offers.incomes, row)}
    stopped = {rule.BIT: rule.stops_alone(row, policy, moment) for rule in REGISTER.values() if rule is not hours}
    return [
        _answer(row, channel, sum(bit for bit, by_channel in stopped.items() if by_channel[channel]), policy, moment)
        for channel in range(len(CHANNELS))
    ]


def _answer(row: Row, channel: int, bits: int, policy: Policy, moment: datetime) -> ChannelAnswer:
    # The kernel asks whether any hour of the day is left; here it is this very minute that counts.
    if policy.hours.next_permitted(policy.code(row), channel, moment) != utc(moment):
        bits |= hours.BIT
    names = guardrails.named(bits)
    ids = guardrails.rules(row, channel, bits, policy, moment)
    told = {one.id: one for one in _in_force(policy, policy.code(row))}
    return ChannelAnswer(
        channel=CHANNELS[channel],
        allowed=not bits,
        stopped_by={name: NOT_NOW if name == "hours" else REGISTER[name].WORDS for name in names},
        rules=tuple(told[name] for name in ids if name in told),
        earliest=guardrails.earliest(row, channel, bits, policy, moment) if bits else utc(moment),
    )


def _together(channel: Channel, told: Sequence[ChannelAnswer]) -> ChannelAnswer:
    """Join the answers for every instant a time may mean: allowed only where all of them allow."""
    ends = [one.earliest for one in told]
    return ChannelAnswer(
        channel=channel,
        allowed=all(one.allowed for one in told),
        stopped_by={name: words for one in told for name, words in one.stopped_by.items()},
        rules=tuple({rule.id: rule for one in told for rule in one.rules}.values()),
        earliest=None if None in ends else max(end for end in ends if end),
    )


def _explanation(
    policies: Policies, region: str | None, moments: Sequence[datetime], told: Sequence[Sequence[ChannelAnswer]]
) -> Explanation:
    places, zones = policies.places, policies.places.zones(region)
    days = {local_date(moment, zone) for moment in moments for zone in zones}
    names = {
        language: tuple(
            dict.fromkeys(
                name
                for day in sorted(days)
                for name in policies.hours.calendar.named(day, places.candidates(region), language)
            )
        )
        for language in ("pt-BR", "en")
    }
    answers = [_together(channel, [one[index] for one in told]) for index, channel in enumerate(CHANNELS)]
    policy = policies.on(local_date(moments[0], policies.zone))
    in_force = tuple(_in_force(policy, places.code(region)))
    return Explanation(region, zones, tuple(moments), names, tuple(answers), in_force)


def _in_force(policy: Policy, code: int) -> list[ToldRule]:
    return [_told(section, rule) for section, rows in policy.sections.items() for rule in rows[code]]


def _told(section: str, rule: Rule) -> ToldRule:
    return ToldRule(rule.id, section, rule.source, rule.status, rule_in_words(section, rule))
