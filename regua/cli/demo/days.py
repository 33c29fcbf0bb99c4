"""Days that are lived: decide in the morning, act, hear what happened, settle it, and know more the next morning."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pyarrow as pa

from features import snapshots
from features.checks import check_billing
from features.ingest.appending import upsert_all
from regua.clock import SetClock, start_of_day, utc
from regua.columns import Array
from regua.errors import DataError
from regua.records import Decision, Event
from regua.settings import Settings
from serving.deciding.batch import BatchReport, decide_book
from serving.happenings.intake import take_in
from serving.service import Service
from serving.store import Store
from training.outcomes.settling import settle
from training.portfolio.crm import TOLD_TABLES, Crm
from training.portfolio.simulation import Simulation

PROFILE_AT, DECIDE_AT = timedelta(hours=5), timedelta(hours=9)
"""The business day's own hours: profiles before dawn, decisions at nine."""

PEOPLE = {"by": "demo", "approved_by": "demo-approver"}
"""Who promotes a release in the demonstration, and who agrees: two people, as everywhere."""

BILLING = ("contracts", "invoices", "invoice_items", "region_months")
"""Tables a billing system feeds, not a CRM."""

TOLD = tuple(one.name for one in fields(Event) if one.name not in ("happened_at", "known_at"))
"""What a CRM says of an event besides when it happened; when Regua learned of it, Regua says."""

Say = Callable[[str], None]


@dataclass(slots=True)
class Lived:
    """What some days came to: rows of the world, what was decided, and how often each offer rode with a contact."""

    payments: list[pa.Table] = field(default_factory=list)
    contacts: list[pa.Table] = field(default_factory=list)
    batches: list[BatchReport] = field(default_factory=list)
    first: list[Decision] = field(default_factory=list)
    offers: Counter[str] = field(default_factory=Counter)
    events: int = 0
    settled: int = 0

    @property
    def by_journey(self) -> dict[str, Counter[str]]:
        """Decisions of all days, by journey and channel."""
        return merged(batch.by_journey for batch in self.batches)

    @property
    def blocked(self) -> Counter[str]:
        """Decisions a rule stood in the way of, by rule."""
        return sum((batch.blocked for batch in self.batches), Counter())


def under_regua(settings: Settings, world: Simulation, days: int, say: Say) -> Lived:
    """Live days by Regua's decisions; each day's events teach the next morning's profiles."""
    lived, crm = Lived(), Crm()
    service = Service.open(settings, SetClock(start_of_day(world.day, settings.zone)), online=False)
    try:
        crm.learn(_not_yet_known(settings, start_of_day(world.day, settings.zone) + PROFILE_AT))
        for _ in range(days):
            _live(settings, world, service, crm, lived, say)
    finally:
        service.close()
    return lived


def _live(settings: Settings, world: Simulation, service: Service, crm: Crm, lived: Lived, say: Say) -> None:
    day = world.day
    morning = start_of_day(day, settings.zone)
    tomorrow = start_of_day(day + timedelta(days=1), settings.zone)
    if morning + PROFILE_AT not in snapshots.built(settings):
        say(f"{day:%d/%m} profiles")
        snapshots.build(settings, [morning + PROFILE_AT])
    lived.events += report(service.store, crm, morning + PROFILE_AT, morning + DECIDE_AT)
    say(f"{day:%d/%m} decisions")
    batch, decisions = decisions_of(settings, morning + DECIDE_AT, service)
    lived.first = lived.first or decisions
    lived.offers.update(str(one.offer["name"]) for one in decisions if one.offer and one.channel)
    lived.batches.append(batch)
    rows = world.step(actions(decisions))
    remember(lived, rows, day, settings.zone)
    crm.learn(rows)
    say(f"{day:%d/%m} outcomes")
    lived.events += report(service.store, crm, morning + DECIDE_AT, tomorrow + PROFILE_AT)
    billed = {table: pl.DataFrame(rows[table]) for table in BILLING if rows[table].num_rows}
    upsert_all(billed, settings, tomorrow, source="billing")
    settled = settle(settings, tomorrow + PROFILE_AT)
    lived.settled += settled.rows
    billed_for = (frame["contract_id"] for frame in billed.values() if "contract_id" in frame.columns)
    check_billing(settings, contracts=settled.contracts.union(*billed_for))


def _not_yet_known(settings: Settings, moment: datetime) -> dict[str, pa.Table]:
    """Read what the history holds that becomes known only after a moment: the CRM has yet to tell it."""
    naive = utc(moment).replace(tzinfo=None)
    return {
        table: pl.scan_parquet(settings.tables / table / "*.parquet")
        .filter(pl.col("known_at") > naive)
        .collect()
        .to_arrow()
        for table in TOLD_TABLES
        if any((settings.tables / table).glob("*.parquet"))
    }


def under_the_ladder(world: Simulation, days: int, zone: str) -> Lived:
    """Live the same days by the old static ladder, with the same luck."""
    lived = Lived()
    for _ in range(days):
        day = world.day
        remember(lived, world.step(world.ladder_actions()), day, zone)
    return lived


def actions(decisions: Iterable[Decision]) -> dict[str, Array]:
    """Turn the decisions to contact into what the simulated channels are told to send."""
    rows = [decision for decision in decisions if decision.channel is not None]
    texts = ("customer_id", "contract_id", "channel", "template", "decision_id")
    columns: dict[str, Array] = {name: np.array([getattr(row, name) for row in rows], dtype=object) for name in texts}
    columns["journey"] = np.array([row.journey.name if row.journey else None for row in rows], dtype=object)
    columns["step"] = np.array([row.journey.step if row.journey else np.nan for row in rows], dtype=np.float64)
    columns["offer"] = np.array([row.offer["name"] if row.offer else None for row in rows], dtype=object)
    columns["propensity"] = np.array([row.propensity for row in rows], dtype=np.float64)
    columns["is_randomised"] = np.array([row.explored for row in rows], dtype=np.float64)
    columns["send_at"] = _instants([row.send_at for row in rows])
    columns["decided_at"] = _instants([row.decided_at for row in rows])
    return columns


def report(store: Store, crm: Crm, since: datetime, until: datetime) -> int:
    """Let the CRM report hour by hour, as it would over the API; return how many events it told."""
    told, hour = 0, since
    while hour < until:
        hour += timedelta(hours=1)
        events = [("the simulated CRM", _as_told(event)) for event in crm.report(hour)]
        refused = [one for one in take_in(store, events, hour) if one.status not in ("accepted", "duplicate")]
        if refused:
            raise DataError(f"{refused[0]}", expected="events the service takes")
        told += len(events)
    return told


def remember(lived: Lived, rows: dict[str, pa.Table], day: date, zone: str) -> None:
    """Keep what a day brought and cost: payments made and contacts sent on it."""
    end = start_of_day(day + timedelta(days=1), zone).replace(tzinfo=None)
    for name, kept in (("payments", lived.payments), ("contacts", lived.contacts)):
        table = rows[name]
        instants = table.column("happened_at").to_numpy().astype("datetime64[us]")
        kept.append(table.filter(pa.array(instants < np.datetime64(end))))


def decisions_of(
    settings: Settings, moment: datetime, service: Service | None = None
) -> tuple[BatchReport, list[Decision]]:
    """Decide the whole book, by the path the API takes."""
    decisions: list[Decision] = []
    return decide_book(settings, moment, service=service, each=decisions.append), decisions


def merged(days: Iterable[dict[str, Counter[str]]]) -> dict[str, Counter[str]]:
    """Add up counts by journey and channel."""
    total: dict[str, Counter[str]] = {}
    for day in days:
        for journey, channels in day.items():
            total.setdefault(journey, Counter()).update(channels)
    return total


def _instants(moments: Iterable[datetime | None]) -> Array:
    return np.array([moment.replace(tzinfo=None) if moment else None for moment in moments], dtype="datetime64[us]")


def _as_told(event: Event) -> dict[str, object]:
    told = {name: getattr(event, name) for name in TOLD if getattr(event, name) is not None}
    return told | {"happened_at": event.happened_at.isoformat()}
