"""Was anybody contacted against a rule? Counted from the tables alone, by a reading of the rules written apart.

Nothing here comes from the journeys room: hours, holidays, limits, consent and holds are stated again as literal facts,
so that an error in a guardrail cannot hide itself.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import yaml

from tests.oracle.tables import Book, Row, read

BUSINESS_ZONE = ZoneInfo("America/Sao_Paulo")
ZONES: Mapping[str, tuple[str, ...]] = {
    "AC": ("America/Rio_Branco",), "AL": ("America/Maceio",), "AM": ("America/Manaus", "America/Eirunepe"),
    "AP": ("America/Belem",), "BA": ("America/Bahia",), "CE": ("America/Fortaleza",), "MA": ("America/Fortaleza",),
    "MS": ("America/Campo_Grande",), "MT": ("America/Cuiaba",), "PA": ("America/Belem", "America/Santarem"),
    "PB": ("America/Fortaleza",), "PE": ("America/Recife", "America/Noronha"), "PI": ("America/Fortaleza",),
    "RN": ("America/Fortaleza",), "RO": ("America/Porto_Velho",), "RR": ("America/Boa_Vista",),
    "SE": ("America/Maceio",), "TO": ("America/Araguaina",),
}  # fmt: skip
"""Where a state does not keep the time of Brasília."""

WEEKDAY_HOURS: Mapping[str, tuple[int, int]] = {"RJ": (9, 19), "ES": (8, 19), "AM": (8, 18)}
NO_SATURDAY = frozenset({"RJ", "ES"})
OUTBOUND_VOICE = frozenset({"call", "voice_bot"})
DAY_LIMIT, WEEK_LIMIT, LETTER_WEEK_LIMIT = 1, 3, 1
DAY_TOTAL, WEEK_TOTAL = 2, 7
WEEK = timedelta(days=7)
NEVER = datetime(9999, 1, 1)  # noqa: DTZ001  (naive, as stored)


@dataclass(frozen=True, slots=True)
class Breach:
    """One contact that broke one rule."""

    rule: str
    contact_id: str
    journey: str | None


def breaches(home: Path, messages: Path) -> tuple[int, list[Breach]]:
    """Count the contacts that decisions led to, and find each that broke a rule as far as it was known.

    Parameters
    ----------
    home
        A home with ``tables/`` and ``decisions.db``.
    messages
        The folder of messages: a message's purpose says whether it asks for money.
    """
    book, decided = read(home)
    purposes = {path.stem: yaml.safe_load(path.read_text("utf-8")).get("purpose") for path in messages.glob("*.yaml")}
    found, count = [], 0
    for contacts in book.rows["contacts"].values():
        ordered = sorted(contacts, key=lambda row: row["happened_at"])
        for contact in ordered:
            if contact["decision_id"] is None:
                continue
            count += 1
            known_at = decided.get(contact["decision_id"], contact["happened_at"])
            asks = purposes.get(contact["template"], "collection") != "service"
            for rule, is_broken in RULES.items():
                if is_broken(book, contact, ordered, known_at, asks):
                    found.append(Breach(rule, contact["contact_id"], contact["journey"]))
    return count, found


def summary(found: Sequence[Breach]) -> Counter[str]:
    """Count breaches by rule."""
    return Counter(breach.rule for breach in found)


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.replace(tzinfo=UTC).astimezone(zone)


def _business_day(at: datetime) -> date:
    return _local(at, BUSINESS_ZONE).date()


@lru_cache(maxsize=4096)
def _is_holiday(day: date, state: str) -> bool:
    return day in holidays.country_holidays("BR", subdiv=state, years=day.year)


def out_of_hours(book: Book, contact: Row, ordered: Sequence[Row], known_at: datetime, asks: bool) -> bool:
    """Outside the hours of the state, in any of its zones."""
    region, channel = book.customers[contact["customer_id"]]["region"], contact["channel"]
    if region is None:
        return True
    for name in ZONES.get(region, ("America/Sao_Paulo",)):
        local = _local(contact["happened_at"], ZoneInfo(name))
        weekday = local.weekday()
        if weekday == 6 or _is_holiday(local.date(), region):
            return True
        if channel == "letter":
            if weekday == 5:
                return True
            continue
        strict = channel in OUTBOUND_VOICE
        opens, closes = WEEKDAY_HOURS.get(region, (8, 20)) if strict else (8, 20)
        if weekday == 5:
            if strict and region in NO_SATURDAY:
                return True
            opens, closes = 8, 14
        if not opens <= local.hour < closes:
            return True
    return False


def too_often(book: Book, contact: Row, ordered: Sequence[Row], known_at: datetime, asks: bool) -> bool:
    """One more than a day or a week permits, by channel or in total."""
    sent_at, channel = contact["happened_at"], contact["channel"]
    first = bisect_left(ordered, sent_at - WEEK, key=lambda row: row["happened_at"])
    before = [
        row
        for row in ordered[first:]
        if row["happened_at"] <= sent_at
        and row["contact_id"] != contact["contact_id"]
        and row["happened_at"] > sent_at - WEEK
        # Of two contacts of one instant the later identifier is the one more.
        and (row["happened_at"], row["contact_id"]) < (sent_at, contact["contact_id"])
    ]
    same = [row for row in before if row["channel"] == channel]
    today = _business_day(sent_at)
    day_all = sum(_business_day(row["happened_at"]) == today for row in before)
    day_same = sum(_business_day(row["happened_at"]) == today for row in same)
    week_same = LETTER_WEEK_LIMIT if channel == "letter" else WEEK_LIMIT
    return day_same >= DAY_LIMIT or day_all >= DAY_TOTAL or len(same) >= week_same or len(before) >= WEEK_TOTAL


def without_consent(book: Book, contact: Row, ordered: Sequence[Row], known_at: datetime, asks: bool) -> bool:
    """By a channel that was refused, or that needs a yes and has none."""
    known = [
        row
        for row in book.of("consents", contact["customer_id"])
        if row["channel"] == contact["channel"] and row["known_at"] <= known_at and row["happened_at"] <= known_at
    ]
    latest = max(known, key=lambda row: (row["happened_at"], row["known_at"]), default=None)
    return not latest["is_granted"] if latest else contact["channel"] == "whatsapp"


def no_contact_point(book: Book, contact: Row, ordered: Sequence[Row], known_at: datetime, asks: bool) -> bool:
    """By a channel all of whose known points are somebody else's or dead."""
    points = [
        row
        for row in book.of("contact_points", contact["customer_id"])
        if row["channel"] == contact["channel"] and row["known_at"] <= known_at
    ]
    return not any(
        row["status"] not in ("wrong_party", "invalid") or (row["status_at"] or row["happened_at"]) > known_at
        for row in points
    )


PEOPLE = frozenset({"call", "letter"})
"""How a vulnerable customer may be reached, whatever the message."""

STOPS_ALL = frozenset(
    {"cease_all", "wrong_party", "deceased", "attorney_represented", "bankruptcy", "litigation", "minor", "fraud_claim",
     "breathing_space", "human_review_requested"}
)  # fmt: skip


def held(book: Book, contact: Row, ordered: Sequence[Row], known_at: datetime, asks: bool) -> bool:
    """While a hold in force stops it: some stop every contact, the others every request to pay."""
    for row in book.of("holds", contact["customer_id"]):
        starts = row["happened_at"] <= known_at and row["known_at"] <= known_at
        over = min(row["ends_at"] or NEVER, row["lifted_at"] or NEVER) <= known_at
        own_invoice = row["kind"] != "suspect_invoice" or row["contract_id"] == contact["contract_id"]
        if row["kind"] == "suspect_invoice" and own_invoice and not _is_open(book, row, known_at):
            continue
        if row["kind"] == "vulnerable":
            stops = contact["channel"] not in PEOPLE
        else:
            stops = own_invoice and (asks or row["kind"] in STOPS_ALL)
        if starts and not over and stops:
            return True
    return False


def _is_open(book: Book, hold: Row, at: datetime) -> bool:
    """Whether the invoice a hold is about is still unpaid, as far as was known."""
    if hold["invoice_id"] is None:
        return True
    billed = (one for one in book.of("invoices", hold["customer_id"]) if one["invoice_id"] == hold["invoice_id"])
    invoice = next(billed, None)
    if invoice is None or (invoice["cancelled_at"] is not None and invoice["cancelled_at"] <= at):
        return False
    paid = sum(
        one["amount_cents"]
        for one in book.of("payments", hold["customer_id"])
        if one["invoice_id"] == hold["invoice_id"] and max(one["known_at"], one["happened_at"]) <= at
    )
    return bool(paid < invoice["amount_cents"])


def contested(book: Book, contact: Row, ordered: Sequence[Row], known_at: datetime, asks: bool) -> bool:
    """Asking for money while a dispute or a claim of payment is open."""
    return asks and any(
        row["known_at"] <= known_at and row["happened_at"] <= known_at and (row["resolved_at"] or NEVER) > known_at
        for row in book.of("disputes", contact["customer_id"])
    )


def promised(book: Book, contact: Row, ordered: Sequence[Row], known_at: datetime, asks: bool) -> bool:
    """Asking for money before the day a customer has promised to pay on is over."""
    today = _business_day(contact["happened_at"])
    return asks and any(
        row["known_at"] <= known_at and (row["resolved_at"] or NEVER) > known_at and row["promised_for"] >= today
        for row in book.of("promises", contact["customer_id"])
    )


def paid_up(book: Book, contact: Row, ordered: Sequence[Row], known_at: datetime, asks: bool) -> bool:
    """Asking for money from somebody who, as far as was known, owed nothing overdue."""
    if not asks:
        return False
    today, open_ = _business_day(known_at), 0
    paid: dict[str, int] = defaultdict(int)
    for row in book.of("payments", contact["customer_id"]):
        if max(row["known_at"], row["happened_at"]) <= known_at:
            paid[row["invoice_id"] or row["contract_id"]] += row["amount_cents"]
    for row in sorted(book.of("invoices", contact["customer_id"]), key=lambda row: row["due_on"] or date.max):
        is_due = row["known_at"] <= known_at and (row["cancelled_at"] or NEVER) > known_at
        if is_due and row["due_on"] is not None and row["due_on"] < today:
            rest = max(row["amount_cents"] - paid[row["invoice_id"]], 0)
            unallocated = min(rest, paid[row["contract_id"]])
            paid[row["contract_id"]] -= unallocated
            open_ += rest - unallocated
    return open_ == 0


def placed(book: Book, contact: Row, ordered: Sequence[Row], known_at: datetime, asks: bool) -> bool:
    """Asking for money in a case that an agency has."""
    return asks and any(
        row["contract_id"] == contact["contract_id"] and row["placed_at"] is not None and row["placed_at"] <= known_at
        for row in book.of("contracts", contact["customer_id"])
    )


Rule = Callable[[Book, Row, Sequence[Row], datetime, bool], bool]
RULES: Mapping[str, Rule] = {
    "hours": out_of_hours,
    "frequency": too_often,
    "consent": without_consent,
    "contact_point": no_contact_point,
    "holds": held,
    "contested": contested,
    "promised": promised,
    "paid_up": paid_up,
    "placed": placed,
}
