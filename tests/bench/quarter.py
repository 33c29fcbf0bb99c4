"""A whole quarter lived by the shipped journeys, and every contact of it checked by a reading of the rules apart.

The simulated world knows payments, promises, disputes and claims; a few more lives take a turn here that it does not
know: illness, loss, a lawyer, a death, an opt-out, a stranger's number. The contacts are then counted by journey and
channel, what guardrails stopped by rule, and breaches by :mod:`tests.oracle.contacts`, which shares no code with them.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from features import snapshots
from features.ingest import Mapping, ingest
from regua.cli.demo import days as living
from regua.cli.demo.days import PROFILE_AT
from regua.clock import start_of_day
from regua.columns import Array
from regua.dice import draw, identity
from regua.settings import Settings
from tests.bench.measure import Figure
from tests.oracle.contacts import breaches, summary
from training.learn import learn
from training.portfolio.generate import generate
from training.portfolio.simulation import Simulation
from training.portfolio.world import load_world
from training.releasing.promotion import promote

DAYS, SEED = 90, 7
A_DAY = 0.0003
"""The share of customers to whom each turn happens on a day."""

TEMPORARY = {"hardship_review": 30, "breathing_space": 60, "human_review_requested": 2, "disaster_pause": 30}
LASTING = ("vulnerable", "over_indebted", "deceased", "attorney_represented", "bankruptcy", "litigation", "cease_all",
           "fraud_claim")  # fmt: skip
SIGNALS = ("payment_failed", "bill_unopened", "income_shock", "hardship_declared", "human_requested",
           "arrangement_missed", "written_off")  # fmt: skip
CHANNELS = ("push", "email", "sms", "whatsapp", "voice_bot", "call")
MESSAGES = Path(__file__).parents[2] / "journeys" / "messages"


@dataclass(slots=True)
class Eventful:
    """The simulated world, and the turns of life it does not know."""

    world: Simulation
    customers: Array
    zone: str
    strangers: set[str] = field(default_factory=set)

    @property
    def day(self) -> date:
        """The next day to be lived."""
        return self.world.day

    def step(self, actions: Any) -> dict[str, pa.Table]:
        """Live the day; its rows, and those of the turns."""
        today = self.world.day
        rows = self.world.step(actions)
        noon = start_of_day(today, self.zone) + timedelta(hours=14)
        for table, extra in self._turns(today, noon).items():
            if extra:
                own = rows.get(table)
                schema = own.schema if own is not None else None
                more = pa.Table.from_pylist(extra, schema=schema)
                rows[table] = more if schema is None else pa.concat_tables([own, more])
        return rows

    def _who(self, turn: str, today: date) -> list[str]:
        luck = draw(identity(self.customers), f"turn/{turn}", today.toordinal(), SEED)
        found: list[str] = self.customers[luck < A_DAY].tolist()
        return found

    def _turns(self, today: date, at: datetime) -> dict[str, list[dict[str, Any]]]:
        stamp = {"happened_at": at, "known_at": at}
        holds = [
            {"hold_id": f"{who}-{today}-{kind}", "customer_id": who, "kind": kind, "ends_at": ends, **stamp}
            for kind in (*TEMPORARY, *LASTING)
            for ends in [at + timedelta(days=TEMPORARY[kind]) if kind in TEMPORARY else None]
            for who in self._who(kind, today)
        ]
        signals = [
            {
                "signal_id": f"{who}-{today}-{kind}",
                "customer_id": who,
                "contract_id": None,
                "kind": kind,
                "cleared_at": None,
                **stamp,
            }
            for kind in SIGNALS
            for who in self._who(kind, today)
        ]
        refusals = [
            {"consent_id": f"{who}-{today}-{channel}", "customer_id": who, "channel": channel, "is_granted": False}
            | stamp
            for channel in CHANNELS
            for who in self._who(f"refuses {channel}", today)
        ]
        strangers = [
            {"contact_point_id": f"{who}-{channel}", "customer_id": who, "channel": channel, "status": "wrong_party",
             "status_at": at, **stamp}
            for channel in ("push",)
            for who in self._who(f"stranger at {channel}", today)
            if not (f"{who}-{channel}" in self.strangers or self.strangers.add(f"{who}-{channel}"))
        ]  # fmt: skip
        return {"holds": holds, "signals": signals, "consents": refusals, "contact_points": strangers}


def run(folder: Path, *, full: bool = False, customers: int | None = None) -> Sequence[Figure]:
    """Live the quarter (a month of 2,000 customers in the quick size) and audit it."""
    people, days = customers or (20_000 if full else 2_000), DAYS if full else 30
    settings = Settings(home=folder / "quarter")
    lived = live(settings, people, days)
    contacts, found = breaches(settings.home, MESSAGES)
    by_journey = {name: dict(channels) for name, channels in sorted(lived.by_journey.items())}
    told = {"by_journey": by_journey, "stopped": dict(lived.blocked), "breaches": dict(summary(found))}
    (Path(".regua")).mkdir(exist_ok=True)
    (Path(".regua") / "quarter.json").write_text(json.dumps(told, indent=2, default=str) + "\n")
    figures = [Figure(f"contacts of {people:,} customers in {days} days", contacts, "contacts")]
    for name, channels in by_journey.items():
        sent = Counter({channel: count for channel, count in channels.items() if channel != "nothing"})
        words = ", ".join(f"{channel} {count:,}" for channel, count in sent.most_common())
        figures.append(Figure(f"  {name}: {words or 'nothing'}", sum(sent.values()), "contacts"))
    figures += [Figure(f"  stopped by {rule}", count, "decisions") for rule, count in lived.blocked.most_common()]
    return [*figures, Figure("contacts that broke a rule", len(found), "contacts", goal="0")]


def live(settings: Settings, customers: int, days: int, say: Callable[[str], None] = lambda _: None) -> living.Lived:
    """Make a book, learn from its history, and live days by the shipped journeys."""
    world, raw = load_world(None), settings.home / "raw"
    generate(world, customers, raw, seed=SEED, months=18, truth=settings.truth)
    simulation = Simulation.load(settings.truth, world)
    dawn = start_of_day(simulation.day, settings.zone) + PROFILE_AT
    ingest(raw, Mapping.canonical(), settings, dawn)
    snapshots.build(settings, [dawn])
    learned = learn(settings, dawn, seed=SEED, mlruns=settings.home / "mlruns")
    promote(settings, learned.release_id, by="bench", approved_by="bench-approver", reason="to live by", at=dawn)
    names = np.array(sorted({one.rsplit("-", 1)[0] for one in simulation.contract_ids()}), dtype=object)
    return living.under_regua(settings, Eventful(simulation, names, settings.zone), days, say)  # type: ignore[arg-type]
