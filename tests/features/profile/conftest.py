"""Books for the profile: written by hand, row by row, or drawn at random with much that is known late."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from features import profile, snapshots
from features.sources import VIEWS
from regua.settings import Settings
from tests.features.drawn import Rows, random_rows

MOMENT = datetime(2026, 3, 10, 12, tzinfo=UTC)  # a Tuesday, 09:00 in São Paulo


def write(settings: Settings, rows: Rows, parts: int = 1) -> None:
    for table in VIEWS:
        frame = pl.DataFrame(list(rows.get(table.name, ())), schema=table.types, strict=False)
        folder = settings.tables / table.name
        folder.mkdir(parents=True, exist_ok=True)
        for part in range(parts):
            frame[part::parts].write_parquet(folder / f"{part}.parquet")


@pytest.fixture(scope="session")
def moment() -> datetime:
    return MOMENT


@pytest.fixture(scope="session")
def write_book() -> Callable[..., None]:
    return write


@pytest.fixture(scope="session")
def rows_of(moment: datetime) -> Callable[[Path, Rows], Callable[[str], dict]]:
    """Write a book by hand, and answer the profile of each of its customers."""

    def profiled(home: Path, rows: Rows) -> Callable[[str], dict]:
        settings = Settings(home=home, threads=1, memory_mb=512)
        write(settings, rows)
        snapshots.build(settings, [moment])
        columns = profile.at(settings, moment)
        place = {name: row for row, name in enumerate(columns["customer_id"])}
        return lambda case: {name: array[place[case]] for name, array in columns.items()}

    return profiled


@pytest.fixture(scope="session")
def draw_rows() -> Callable[..., dict[str, list[dict]]]:
    return random_rows


@pytest.fixture(scope="session")
def book_of_1100(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A random book on disk, without snapshots: 1,100 customers."""
    home: Path = tmp_path_factory.mktemp("book") / "home"
    settings = Settings(home=home, threads=2, memory_mb=512)
    write(settings, random_rows(1_100))
    return settings
