"""The profile at the moment of a decision: from the online rows, fresh or missing."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from features.catalog import COLUMNS, CONTRACT_VIEWS, CUSTOMER_VIEWS, View
from features.freshness import drop_stale
from features.packed_rows import Layout, Reader, open_rows
from regua.clock import utc
from regua.columns import Array
from regua.errors import NotFoundError
from regua.settings import Settings


class OnlineProfiles:
    """Profiles of the customers asked for, from Feast's online store.

    The rows are those Feast reads and writes (:mod:`features.packed_store`), taken without its protobuf values: some
    twenty microseconds instead of a millisecond, and no import of Feast where decisions are served.

    Raises
    ------
    NotFoundError
        Nothing was ever put online for this book.
    """

    def __init__(self, settings: Settings) -> None:
        path = settings.feast / "online.db"
        url = settings.redis_url.get_secret_value() if settings.redis_url else None
        if url is None and not path.exists():
            raise _nothing(str(path))
        self._rows = open_rows(path, url, settings.portfolio)
        if not self._rows.is_there():
            self._rows.close()
            raise _nothing("Redis")
        self._layouts = {view.name: layout(view) for view in (*CUSTOMER_VIEWS, *CONTRACT_VIEWS)}

    def read(self, customer_ids: Sequence[str], at: datetime) -> dict[str, Array]:
        """Read profiles in the order asked, all views as of one state of the store.

        Parameters
        ----------
        customer_ids
            Whom; one asked twice is answered twice.
        at
            The moment of the decision: what is older than its own limit by then is NULL.

        Returns
        -------
        ``(n,)`` columns :data:`features.catalog.COLUMNS`, then ``has_profile`` (1 where the customer has rows) and
        ``stale`` (tuples of the names whose values were too old) and ``profile_at`` (the instant up to which the
        profile knows, NaT without one). Where a known customer lacks the row of a view, ``absent`` (tuples of views).
        """
        columns, stamps = self._rows.whole(lambda reader: self._look(reader, customer_ids))
        known = ~np.isnat(stamps[CUSTOMER_VIEWS[-1].name])
        fresh, stale = drop_stale(columns, stamps, np.datetime64(utc(at).replace(tzinfo=None), "us"))
        profile = {name: fresh[name] for name in COLUMNS}
        stamp = stamps[CUSTOMER_VIEWS[-1].name]
        found = profile | {"has_profile": known.astype(np.float64), "stale": stale, "profile_at": stamp}
        return found | _absent(columns["contract_id"], stamps, known)

    def taken_at(self) -> datetime | None:
        """Return up to when the profiles know, as a sample of them has it; None where there are none."""
        stamp = self._rows.whole(lambda reader: reader.stamp(CUSTOMER_VIEWS[-1].name))
        return None if np.isnat(stamp) else stamp.astype(datetime).replace(tzinfo=UTC)

    def close(self) -> None:
        """Close the file, or the connections."""
        self._rows.close()

    def _look(
        self, reader: Reader, customer_ids: Sequence[str]
    ) -> tuple[dict[str, Array], dict[str, NDArray[np.datetime64]]]:
        columns: dict[str, Array] = {"customer_id": np.array(customer_ids, dtype=object)}
        stamps: dict[str, NDArray[np.datetime64]] = {}
        for view in CUSTOMER_VIEWS:
            self._take(reader, view, customer_ids, columns, stamps)
        columns["contract_id"] = columns["lead_contract_id"]
        for view in CONTRACT_VIEWS:
            self._take(reader, view, columns["contract_id"].tolist(), columns, stamps)
        return columns, stamps

    def _take(
        self,
        reader: Reader,
        view: View,
        keys: Sequence[str | None],
        columns: dict[str, Array],
        stamps: dict[str, NDArray[np.datetime64]],
    ) -> None:
        packed = self._layouts[view.name]
        rows = reader.rows(view.name, packed, keys)
        columns.update(zip(packed.numbers, rows.numbers.T, strict=True))
        columns.update(zip(packed.texts, rows.texts.T, strict=True))
        stamps[view.name] = rows.stamps


def _absent(
    contract_ids: Array, stamps: dict[str, NDArray[np.datetime64]], known: NDArray[np.bool_]
) -> dict[str, Array]:
    """Name the views that have no row of somebody who has others; nothing where nobody lacks any."""
    has_contract = np.array([name is not None for name in contract_ids], dtype=bool)
    lacking = {
        view.name: known & np.isnat(stamps[view.name]) & (has_contract if view.entity == "contract" else True)
        for view in (*CUSTOMER_VIEWS, *CONTRACT_VIEWS)
    }
    if not any(rows.any() for rows in lacking.values()):
        return {}
    absent = np.empty(len(known), dtype=object)
    absent[:] = [tuple(name for name, rows in lacking.items() if rows[at]) for at in range(len(known))]
    return {"absent": absent}


def _nothing(place: str) -> NotFoundError:
    return NotFoundError(
        f"nothing was ever put online at {place}", remedy="regua profile apply, then regua profile materialise"
    )


def layout(view: View) -> Layout:
    """Return how a catalogue view's features lie in a packed row."""
    return Layout(
        numbers=tuple(feature.name for feature in view.features if feature.kind != "text"),
        texts=tuple(feature.name for feature in view.features if feature.kind == "text"),
    )
