"""What the simulated CRM tells in events comes back as the same rows, over a week of a small book."""

from datetime import timedelta

import polars as pl
import pytest

from features.ingest import Mapping, ingest
from features.ingest.appending import upsert_all
from regua.clock import start_of_day
from regua.settings import Settings
from serving.store import Store
from training.outcomes.harvest import KEYS
from training.outcomes.settling import settle
from training.portfolio.crm import Crm
from training.portfolio.generate import generate
from training.portfolio.simulation import Simulation
from training.portfolio.world import load_world

TOLD = (
    "contacts", "payments", "promises", "arrangements", "arrangement_instalments", "disputes", "consents", "holds",
    "signals",
)  # fmt: skip
BILLED = ("contracts", "invoices")
"""What billing brings by itself, and payments point to."""
OF_THE_DECISION = ("propensity", "is_randomised")
"""Columns a contact takes from the decision behind it; the ladder's contacts have none."""
KNOWN_AT_ONCE = ("happened_at", "known_at", "ends_at")
STATES = {"outcome": "outcome_at", "resolution": "resolved_at"}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, dict[str, pl.DataFrame], object]:
    """A week under the ladder, told hour by hour and settled each morning; the simulated rows beside it."""
    home = tmp_path_factory.mktemp("crm")
    settings = Settings(home=home, threads=1, memory_mb=512)
    world = load_world()
    generate(world, 1_500, home / "raw", months=4, truth=settings.truth)
    simulation, crm = Simulation.load(settings.truth, world), Crm()
    ingest(home / "raw", Mapping.canonical(), settings, start_of_day(simulation.day, settings.zone))
    rows: dict[str, list[pl.DataFrame]] = {table: [] for table in TOLD}
    with Store(settings.decisions) as store:
        for _ in range(7):
            shown = simulation.step(simulation.ladder_actions())
            crm.learn(shown)
            for table in TOLD:
                rows[table].append(pl.DataFrame(shown[table]))
            now = start_of_day(simulation.day, settings.zone)
            for hour in range(24, -1, -1):
                store.record(crm.report(now - timedelta(hours=hour)), [])
            billed = {table: pl.DataFrame(shown[table]) for table in BILLED if shown[table].num_rows}
            upsert_all(billed, settings, now)
            refused = {name: one.quarantined for name, one in settle(settings, now).tables.items()}
            assert not any(refused.values()), refused
    return settings, {table: pl.concat(days) for table, days in rows.items()}, now.replace(tzinfo=None)


@pytest.mark.parametrize("table", TOLD)
def test_a_week_of_rows_told_as_events_comes_back_row_for_row(table, lived) -> None:
    settings, simulated, now = lived
    key = KEYS[table]
    # A later version replaces an earlier one, and nothing after the last settling is known.
    expected = simulated[table].unique(key, keep="last").pipe(_plain).filter(pl.col("known_at") <= now)
    for state, at in STATES.items():
        if state in expected.columns:
            expected = expected.with_columns(pl.when(pl.col(at) <= now).then(state))
    later = [name for name in expected.columns if name.endswith("_at") and name not in KNOWN_AT_ONCE]
    expected = expected.with_columns(pl.when(pl.col(name) <= now).then(name) for name in later)
    found = _plain(pl.read_parquet(sorted((settings.tables / table).glob("part-*.parquet"))))
    found = found.join(expected.select(key), on=key, how="semi")
    columns = [name for name in expected.columns if name not in OF_THE_DECISION]
    assert expected.height
    left, right = (frame.select(columns).sort(key).to_dicts() for frame in (expected, found))
    assert right == left


def test_each_row_is_there_once(lived) -> None:
    settings, _, _ = lived
    for table in TOLD:
        keys = pl.read_parquet(sorted((settings.tables / table).glob("*.parquet")))[KEYS[table]]
        assert keys.is_duplicated().sum() == 0, table


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    instants = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime)]
    return frame.with_columns(pl.col(name).dt.replace_time_zone(None).cast(pl.Datetime("us")) for name in instants)
