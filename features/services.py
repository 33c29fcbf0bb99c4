"""Feast at work: register the views, put the latest profile online, join profiles to past moments.

Feast takes some seconds to import, so everything that needs it is imported when it is called.
"""

import warnings
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from features import snapshots
from features.catalog import VIEWS
from regua.clock import utc
from regua.errors import DataError, NotFoundError
from regua.settings import Settings

if TYPE_CHECKING:
    from feast import FeatureStore

PROJECT = "regua"


@dataclass(frozen=True, slots=True)
class MaterialiseReport:
    """What went online: the snapshot's moment, rows by view, and the seconds it took."""

    moment: datetime
    rows: dict[str, int]
    seconds: float


def store(settings: Settings) -> "FeatureStore":
    """Open Feast for this book: local registry, DuckDB offline, packed rows online."""
    from feast import FeatureStore, RepoConfig
    from feast.repo_config import RegistryConfig

    folder = settings.feast.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return FeatureStore(
        config=RepoConfig(
            project=PROJECT,
            provider="local",
            registry=RegistryConfig(path=str(folder / "registry.db")),
            offline_store={"type": "duckdb"},
            online_store={
                "type": "features.packed_store.PackedOnlineStore",
                "path": str(folder / "online.db"),
                "redis_url": settings.redis_url,
                "portfolio": settings.portfolio,
            },
            entity_key_serialization_version=3,
        )
    )


def apply(settings: Settings) -> list[str]:
    """Register entities, views and the service ``profile``; return the names of the views."""
    from features import entities
    from features.views import feature_views, profile_service

    views = feature_views(settings)
    store(settings).apply([*entities.BY_NAME.values(), *views, profile_service(views)])
    return [view.name for view in views]


def materialise(settings: Settings, at: datetime) -> MaterialiseReport:
    """Put the latest snapshot at or before a moment online, for all who are in it and all at once.

    Who asks meanwhile reads the earlier profile whole, never half of each. Who is not in the snapshot keeps the
    earlier row, which grows stale. Views are registered first where they are not.

    Raises
    ------
    NotFoundError
        No snapshot was built by then.
    """
    started = perf_counter()
    moment = latest(settings, at)
    feast = store(settings)
    if {view.name for view in feast.list_feature_views()} != set(VIEWS):
        apply(settings)
        feast = store(settings)
    from features.packed_store import PackedOnlineStore, layout_of

    rows = PackedOnlineStore().rows(feast.config)
    written: dict[str, int] = {}
    registered = {name: feast.get_feature_view(name) for name in VIEWS}
    with rows.writing():
        for view in VIEWS.values():
            layout = layout_of(registered[view.name])
            rows.prepare(view.name, layout)
            table = pq.read_table(snapshots.path(settings, view.name, moment))
            written[view.name] = rows.write(view.name, layout, view.key, table)
    for one in registered.values():
        feast.registry.apply_materialization(one, PROJECT, moment, moment)
    return MaterialiseReport(moment, written, perf_counter() - started)


def latest(settings: Settings, at: datetime) -> datetime:
    """Return the moment of the latest snapshot at or before an instant.

    Raises
    ------
    NotFoundError
        No snapshot was built by then.
    """
    moments = [moment for moment in snapshots.built(settings) if moment <= utc(at)]
    if not moments:
        raise NotFoundError(
            f"no snapshot at or before {utc(at):%Y-%m-%d %H:%M} UTC in {settings.profiles}",
            remedy=f"regua profile build --at {utc(at):%Y-%m-%dT%H:%M}",
        )
    return moments[-1]


def historical(settings: Settings, entity_rows: pa.Table) -> pa.Table:
    """Join profiles to past moments through Feast, each row with the latest snapshot at or before it.

    Parameters
    ----------
    entity_rows
        ``customer_id``, ``contract_id``, ``event_timestamp`` and whatever else is to be kept; rows may repeat.

    Returns
    -------
    The same rows in the same order, with all features.

    Raises
    ------
    DataError
        Feast gave back another number of rows than it was given.
    """
    place = "_row"
    frame = entity_rows.append_column(place, pa.array(range(entity_rows.num_rows), pa.int64())).to_pandas()
    feast = store(settings)
    job = feast.get_historical_features(entity_df=frame, features=feast.get_feature_service("profile"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Feast's ibis calls DuckDB by a name that is going away
        joined = job.to_arrow()
    if joined.num_rows != entity_rows.num_rows:
        raise DataError(
            f"the historical join answered {joined.num_rows} rows for {entity_rows.num_rows}",
            expected="one row for each row given",
            remedy="check that no snapshot lies twice in home/profiles",
        )
    return joined.sort_by(place).drop_columns([place])
