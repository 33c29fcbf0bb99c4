"""What was known of a contract at past moments, beside a plain DuckDB ASOF join over the same snapshots and rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

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
    if not plain[-1] == feast[-1] == len(asked):
        raise RuntimeError(f"asked {len(asked)} rows, DuckDB gave {plain[-1]}, Feast {feast[-1]}")
    rows, beside = len(asked), "s DuckDB ASOF"
    return [
        Figure(f"Feast historical join, {rows:,} rows × 5 views", feast_s, "s", plain_s, beside, "≤ 1.5×"),
        Figure("training base at the snapshots' own moments", ours_s, "s", plain_s, beside),
        Figure("Feast rows a second", rows / feast_s, "rows/s"),
    ]


def _asked(size: int, moments: Sequence[datetime]) -> Any:
    """One row a contract a week after each of the last two snapshots."""
    import pandas as pd

    numbers = range(size)
    frames = [
        pd.DataFrame(
            {
                "customer_id": [f"c{number:08d}" for number in numbers],
                "contract_id": [f"k{number:08d}" for number in numbers],
                "event_timestamp": pd.Series([moment + timedelta(days=7)] * size, dtype="datetime64[us, UTC]"),
            }
        )
        for moment in moments[:2]
    ]
    return pd.concat(frames, ignore_index=True)


def _asof(settings: Settings, asked: Any) -> Any:
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


def _feast(settings: Settings, asked: Any) -> int:
    from features import services

    return len(services.historical(settings, asked))
