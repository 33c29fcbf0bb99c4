"""Books for the profile: written by hand, row by row, or drawn at random with much that is known late."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

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
def draw_rows() -> Callable[..., dict[str, list[dict]]]:
    return random_rows


@pytest.fixture(scope="session")
def book_of_1100(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A random book on disk, without snapshots: 1,100 customers."""
    home: Path = tmp_path_factory.mktemp("book") / "home"
    settings = Settings(home=home, threads=2, memory_mb=512)
    write(settings, random_rows(1_100))
    return settings
