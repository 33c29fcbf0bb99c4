"""A book of 5,000 customers in plausible ranges, made with keyed dice, and a small real release to score them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from features import catalog
from journeys import book as books
from models import SPECS
from models.artifact import Artifact
from models.encode import Encoder
from regua.clock import SetClock
from regua.columns import Array, take
from regua.dice import draw, identity
from regua.settings import Settings
from regua.vocabulary import SignalKind
from serving.deciding.profiles import TableProfiles
from serving.scoring.releases import Releases
from serving.service import Service
from training.releasing import bundle as bundles
from training.releasing.promotion import promote
from training.teaching.fit import Examples, booster

MOMENT = datetime(2026, 3, 4, 13, 0, tzinfo=UTC)  # a Wednesday, 10:00 in São Paulo
PROFILE_AT = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
CUSTOMERS = 5_000
_PARAMS = {
    "objective": "binary",
    "num_iterations": 8,
    "num_leaves": 7,
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "seed": 7,
}


def customers(count: int = CUSTOMERS) -> dict[str, Array]:
    """Return ``count`` profile rows; a row depends on its customer's name alone."""
    names = np.array([f"c{number:07d}" for number in range(1, count + 1)], dtype=object)
    who = identity(names)
    columns: dict[str, Array] = {"customer_id": names}
    for feature in catalog.FEATURES:
        luck = draw(who, feature.name, 1)
        if feature.kind == "text":
            columns[feature.name] = _words(feature, luck)
        elif feature.kind == "flag":
            columns[feature.name] = (luck < (0.85 if feature.name.startswith(("consent", "has_point")) else 0.05)) * 1.0
        elif feature.unit == "share":
            columns[feature.name] = np.round(luck, 3)
        elif feature.kind == "cents":
            columns[feature.name] = np.floor(luck**3 * 500_000)
        else:
            columns[feature.name] = np.floor(luck**2 * 30)
        if feature.predicts and not feature.name.startswith(("days_past_due", "balance", "customer_balance")):
            missing = draw(who, f"missing {feature.name}", 1) < 0.05
            columns[feature.name][missing] = None if feature.kind == "text" else np.nan
    _arrears(columns, who)
    columns["contract_id"] = np.array([f"k{name[1:]}" for name in names], dtype=object)
    columns["lead_contract_id"] = columns["contract_id"]
    return columns


def _words(feature: catalog.Feature, luck: Array) -> Array:
    words = np.array([str(word) for word in feature.values] or ["-"], dtype=object)
    return words[np.minimum((luck * len(words)).astype(int), len(words) - 1)]


def _arrears(columns: dict[str, Array], who: Array) -> None:
    due = draw(who, "in arrears", 1) < 0.7
    columns["days_past_due"] = np.where(due, 1.0 + np.floor(draw(who, "days", 1) ** 2 * 60), -5.0)
    balance = np.where(due, 2_000 + np.floor(draw(who, "balance", 1) ** 3 * 900_000), 0.0)
    columns["balance_overdue_cents"], columns["customer_balance_overdue_cents"] = balance, balance.copy()
    columns["balance_open_cents"] = balance + 10_000
    columns["contracts_in_arrears"] = due * 1.0
    quiet = draw(who, "quiet", 1) < 0.8
    for name in columns:
        if name.startswith(("attempts_1d", "attempts_24h", "attempts_7d", "unanswered", "contract_calls_7d")):
            columns[name] = np.where(quiet, 0.0, columns[name] // 15)
    for name in (f"days_since_{kind}" for kind in SignalKind):
        columns[name] = np.where(draw(who, f"{name} raised", 1) < 0.02, columns[name], np.nan)
    columns["hold_bits"] = np.where(draw(who, "hold", 1) < 0.03, 4.0, 0.0)
    # Nobody has an arrangement, as no hold says so.
    columns["has_arrangement"] = np.zeros(len(due))
    columns["suspect_invoices"] = (draw(who, "suspect", 1) < 0.02) * 1.0


def small_release(settings: Settings, columns: dict[str, Array]) -> str:
    """Train, seal and promote a release of tiny boosters; the letter's arm is left out, so its prior stands in."""
    rows = np.flatnonzero(columns["days_past_due"] > 0)[:800]
    known = take(columns, rows)
    who = identity(known["customer_id"])
    moments = np.full(len(rows), np.datetime64("2026-02-01", "us"))
    artifacts: list[Artifact] = []
    for spec in SPECS.values():
        encoder = Encoder.learn(spec.features, known)
        for arm in spec.each_arm:
            if arm == "letter" or spec.answers != "probability":
                continue
            chance = 0.15 + 0.5 * (known["days_past_due"] % 7) / 7
            label = (draw(who, f"{spec.name} {arm}", 2) < chance) * 1.0
            examples = Examples(known, label, np.ones(len(rows)), moments, known["customer_id"])
            half = np.arange(len(rows)) % 2 == 0
            artifacts.append(booster(spec, arm, encoder, examples.take(half), examples.take(~half), _PARAMS))
    release = bundles.write(
        settings, artifacts, trained_as_of=PROFILE_AT, catalog_digest=catalog.catalog_digest(), metrics={}
    )
    promote(settings, release, by="demo", approved_by="demo-approver", reason="a small world", at=PROFILE_AT)
    return release


@dataclass
class World:
    """What every test of a session shares and none changes: the customers, and a home with a release."""

    columns: dict[str, Array]
    releases: Path
    book: books.Book

    def service(self, home: Path, at: datetime = MOMENT, columns: dict[str, Array] | None = None) -> Service:
        """Open a service with a decision log of its own."""
        home.mkdir(parents=True, exist_ok=True)
        settings = Settings(home=home, threads=1, memory_mb=512)
        if not settings.releases.exists():
            settings.releases.symlink_to(self.releases)
            settings.keys.symlink_to(self.releases.parent / "keys")
        profiles = TableProfiles(self.columns if columns is None else columns, PROFILE_AT)
        return Service(settings, SetClock(at), profiles, self.book)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """5,000 customers, the shipped book and a small release."""
    settings = Settings(home=tmp_path_factory.mktemp("world"), threads=1)
    columns = customers()
    small_release(settings, columns)
    assert Releases(settings).current().bundle is not None
    return World(columns, settings.releases, books.load())


@pytest.fixture
def service(world: World, tmp_path: Path) -> Service:
    """A service on the shared world, with an empty log."""
    return world.service(tmp_path / "home")
