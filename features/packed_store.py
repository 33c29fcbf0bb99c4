"""Feast's door to the packed rows: an online store as Feast documents it, one row per entity and view."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from feast import Entity, FeatureView, RepoConfig
from feast.infra.online_stores.online_store import OnlineStore
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from feast.repo_config import FeastConfigBaseModel
from feast.types import String
from pydantic import SecretStr, StrictStr

from features.packed_rows import Layout, PackedRows, open_rows

Row = tuple[EntityKey, dict[str, Value], datetime, datetime | None]


class PackedOnlineStoreConfig(FeastConfigBaseModel):  # type: ignore[misc]
    """Where the packed rows lie: in Redis where ``redis_url`` is set, else in the file at ``path``."""

    type: Literal["features.packed_store.PackedOnlineStore"] = "features.packed_store.PackedOnlineStore"
    path: StrictStr
    redis_url: SecretStr | None = None
    portfolio: StrictStr = "main"


class PackedOnlineStore(OnlineStore):  # type: ignore[misc]
    """Profiles as packed rows. Views have one text key; features are numbers (float64) or text."""

    _rows: PackedRows | None = None

    def rows(self, config: RepoConfig) -> PackedRows:
        """Open the rows of this repository, once."""
        if self._rows is None:
            told = config.online_store
            url = told.redis_url.get_secret_value() if told.redis_url else None
            self._rows = open_rows(Path(told.path), url, told.portfolio)
        return self._rows

    def online_write_batch(
        self, config: RepoConfig, table: FeatureView, data: list[Row], progress: Callable[[int], Any] | None
    ) -> None:
        """Write rows given as Feast's values; :meth:`PackedRows.write` takes Arrow and is much quicker."""
        layout = layout_of(table)
        arrays: dict[str, pa.Array] = {
            "key": pa.array([key.entity_values[0].string_val for key, *_ in data], pa.string()),
            "event_timestamp": pa.array([_aware(stamp) for _, _, stamp, _ in data], pa.timestamp("us", "UTC")),
        }
        for name in layout.numbers:
            arrays[name] = pa.array([_number(row[1].get(name)) for row in data], pa.float64())
        for name in layout.texts:
            arrays[name] = pa.array([_text(row[1].get(name)) for row in data], pa.string())
        self.rows(config).write(table.name, layout, "key", pa.table(arrays))
        if progress:
            progress(len(data))

    def online_read(
        self,
        config: RepoConfig,
        table: FeatureView,
        entity_keys: list[EntityKey],
        requested_features: list[str] | None = None,
    ) -> list[tuple[datetime | None, dict[str, Value] | None]]:
        """Read rows as Feast's values, in the order of the keys; NULL is an empty value."""
        layout = layout_of(table)
        keys = [key.entity_values[0].string_val for key in entity_keys]
        rows = self.rows(config).read(table.name, layout, keys)
        wanted = set(requested_features) if requested_features else {*layout.numbers, *layout.texts}
        answer: list[tuple[datetime | None, dict[str, Value] | None]] = []
        for place, stamp in enumerate(rows.stamps):
            if np.isnat(stamp):
                answer.append((None, None))
                continue
            values = {
                name: Value() if number != number else Value(double_val=number)
                for name, number in zip(layout.numbers, rows.numbers[place].tolist(), strict=True)
                if name in wanted
            }
            for name, word in zip(layout.texts, rows.texts[place], strict=True):
                if name in wanted:
                    values[name] = Value() if word is None else Value(string_val=word)
            answer.append((stamp.item().replace(tzinfo=UTC), values))
        return answer

    def update(
        self,
        config: RepoConfig,
        tables_to_delete: Sequence[FeatureView],
        tables_to_keep: Sequence[FeatureView],
        entities_to_delete: Sequence[Entity],
        entities_to_keep: Sequence[Entity],
        partial: bool,
    ) -> None:
        """Make the tables of the views that are applied and drop those of views that are gone."""
        del entities_to_delete, entities_to_keep, partial
        for view in tables_to_keep:
            self.rows(config).prepare(view.name, layout_of(view))
        for view in tables_to_delete:
            self.rows(config).drop(view.name)

    def teardown(self, config: RepoConfig, tables: Sequence[FeatureView], entities: Sequence[Entity]) -> None:
        """Forget all views."""
        del entities
        for view in tables:
            self.rows(config).drop(view.name)
        self.rows(config).close()
        self._rows = None


def layout_of(view: FeatureView) -> Layout:
    """Return how a Feast view's features lie in a packed row."""
    return Layout(
        numbers=tuple(field.name for field in view.features if field.dtype != String),
        texts=tuple(field.name for field in view.features if field.dtype == String),
    )


def _aware(stamp: datetime) -> datetime:
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)


def _number(value: Value | None) -> float | None:
    held = value.WhichOneof("val") if value is not None else None
    return None if held is None else float(getattr(value, held))


def _text(value: Value | None) -> str | None:
    return value.string_val if value is not None and value.WhichOneof("val") == "string_val" else None
