"""What was known of a contract at past moments, beside a plain DuckDB ASOF join over the same snapshots and rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa

from regua.settings import Settings
from tests.bench import book
from tests.bench.measure import Figure, seconds


def run(folder: Path, *, full: bool = False, customers: int | None = None) -> Sequence[Figure]:
    """Join 100,000 (quick: 10,000) contract-moments with five views of three monthly snapshots."""
    from features import profile, services, snapshots

    size = customers or (50_000 if full else 5_000)
    settings = Settings(home=folder / "history", threads=2)
    book.write_elsewhere(settings, size)
    moments = [book.MOMENT - timedelta(days=30 * back) for back in (2, 1, 0)]
    snapshots.build(settings, moments)
    services.apply(settings)
    asked = _asked(size, moments)
    plain: list[int] = []
    feast: list[int] = []
    plain_s = seconds(lambda: plain.append(_asof(settings, asked).num_rows), repeat=2)
    feast_s = seconds(lambda: feast.append(_feast(settings, asked)), repeat=2)
    ours_s = seconds(lambda: profile.contracts_at(settings, moments), repeat=2)
    if not plain[-1] == feast[-1] == asked.num_rows:
        raise RuntimeError(f"asked {asked.num_rows} rows, DuckDB gave {plain[-1]}, Feast {feast[-1]}")
    rows, beside = asked.num_rows, "s DuckDB ASOF"
    return [
        Figure(f"Feast historical join, {rows:,} rows × 5 views", feast_s, "s", plain_s, beside, "≤ 1.5×"),
        Figure("training base at the snapshots' own moments", ours_s, "s", plain_s, beside),
        Figure("Feast rows a second", rows / feast_s, "rows/s"),
    ]


def _asked(size: int, moments: Sequence[datetime]) -> pa.Table:
    """One row a contract a week after each of the first two snapshots."""
    numbers = [number for _ in moments[:2] for number in range(size)]
    instants = [moment + timedelta(days=7) for moment in moments[:2] for _ in range(size)]
    return pa.table(
        {
            "customer_id": [f"c{number:08d}" for number in numbers],
            "contract_id": [f"k{number:08d}" for number in numbers],
            "event_timestamp": pa.array(instants, pa.timestamp("us", "UTC")),
        }
    )


def _asof(settings: Settings, asked: pa.Table) -> pa.Table:
    from features import sources
    from features.catalog import VIEWS

    with sources.connect(settings) as connection:
        connection.register("asked", asked)
        joins, columns = [], ["asked.*"]
        for view in VIEWS.values():
            folder = settings.profiles / view.name
            names = ", ".join(feature.name for feature in view.features)
            joins.append(
                f"ASOF LEFT JOIN (SELECT {view.key}, event_timestamp, {names} FROM read_parquet('{folder}/*.parquet')) "
                f"AS {view.name} ON asked.{view.key} = {view.name}.{view.key} "
                f"AND asked.event_timestamp >= {view.name}.event_timestamp"
            )
            columns += [f"{view.name}.{feature.name}" for feature in view.features]
        return connection.sql(f"SELECT {', '.join(columns)} FROM asked {' '.join(joins)}").to_arrow_table()


def _feast(settings: Settings, asked: pa.Table) -> int:
    from features import services

    return services.historical(settings, asked).num_rows
