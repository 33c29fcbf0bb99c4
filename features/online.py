"""The profile at the moment of a decision: from the online rows, fresh or missing."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
import orjson
from numpy.typing import NDArray

from features.catalog import CONTRACT_VIEWS, CUSTOMER_VIEWS, NUMBERS, VIEWS, View
from features.freshness import too_old
from features.packed_rows import Layout, PackedRow, Reader, open_rows
from regua.clock import utc
from regua.columns import Array, Blocked, Numbers
from regua.errors import NotFoundError
from regua.settings import Settings

_PLACE = {name: at for at, name in enumerate(NUMBERS)}
_LEAD = "lead_contract_id"
_KNOWING = CUSTOMER_VIEWS[-1].name
"""The view that says up to when a profile knows; every customer who has any row has one of it."""
_NEVER = np.iinfo(np.int64).min

Found = Mapping[str, Sequence[PackedRow | None]]
"""Rows as they are kept, by view, in the order asked."""


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
        self._layouts = {view.name: layout(view) for view in VIEWS.values()}
        self._nulls = {name: np.full(len(one.numbers), np.nan, "<f8").tobytes() for name, one in self._layouts.items()}

    def read(self, customer_ids: Sequence[str], at: datetime) -> Blocked:
        """Read profiles in the order asked, all views as of one state of the store.

        Parameters
        ----------
        customer_ids
            Whom; one asked twice is answered twice.
        at
            The moment of the decision: what is older than its own limit by then is NULL.

        Returns
        -------
        ``(n,)`` columns :data:`features.catalog.COLUMNS`, the numbers in one block in the order of
        :data:`features.catalog.NUMBERS`; ``has_profile`` (1 where the customer has rows), ``stale`` (tuples of the
        names whose values were too old) and ``profile_at`` (the instant up to which the profile knows, NaT without
        one). Where a known customer lacks the row of a view, ``absent`` (tuples of views).
        """
        found = self._rows.whole(lambda reader: self._look(reader, customer_ids))
        stamps = {name: _stamps(rows) for name, rows in found.items()}
        known = ~np.isnat(stamps[_KNOWING])
        texts = {"customer_id": np.array(customer_ids, dtype=object), **self._texts(found)}
        texts["contract_id"] = texts[_LEAD]
        profile = Blocked(_PLACE, self._numbers(found), texts)
        stale: list[list[str]] = [[] for _ in customer_ids]
        for feature, old in too_old(stamps, np.datetime64(utc(at).replace(tzinfo=None), "us")):
            profile[feature.name][old] = None if feature.kind == "text" else np.nan
            for row in np.flatnonzero(old):
                stale[row].append(feature.name)
        texts |= {
            "has_profile": known.astype(np.float64),
            "stale": _alone([tuple(names) for names in stale]),
            "profile_at": stamps[_KNOWING],
            **_absent(texts["contract_id"], stamps, known),
        }
        return profile

    def taken_at(self) -> datetime | None:
        """Return up to when the profiles know, as a sample of them has it; None where there are none."""
        stamp = self._rows.whole(lambda reader: reader.stamp(_KNOWING))
        return None if np.isnat(stamp) else stamp.astype(datetime).replace(tzinfo=UTC)

    def close(self) -> None:
        """Close the file, or the connections."""
        self._rows.close()

    def _look(self, reader: Reader, customer_ids: Sequence[str]) -> Found:
        found = reader.found({view.name: (self._layouts[view.name], customer_ids) for view in CUSTOMER_VIEWS})
        lead = self._layouts[_KNOWING].texts.index(_LEAD)
        held = [orjson.loads(row[2])[lead] if row and row[2] else None for row in found[_KNOWING]]
        return found | reader.found({view.name: (self._layouts[view.name], held) for view in CONTRACT_VIEWS})

    def _numbers(self, found: Found) -> Numbers:
        """Lay the numbers of all views side by side, in the order of the catalogue; NULL where there is no row."""
        rows = zip(*(found[name] for name in VIEWS), strict=True)
        missing = self._nulls.values()
        octets = b"".join([row[1] if row else nulls for own in rows for row, nulls in zip(own, missing, strict=True)])
        return np.frombuffer(octets, "<f8").reshape(-1, len(NUMBERS)).astype(np.float64, order="F")

    def _texts(self, found: Found) -> dict[str, Array]:
        texts: dict[str, Array] = {}
        for view, one in self._layouts.items():
            if one.texts:
                nothing = [None] * len(one.texts)
                words = [orjson.loads(row[2]) if row and row[2] else nothing for row in found[view]]
                texts |= {name: np.array([row[at] for row in words], object) for at, name in enumerate(one.texts)}
        return texts


def _stamps(rows: Sequence[PackedRow | None]) -> NDArray[np.datetime64]:
    return np.array([row[0] if row else _NEVER for row in rows], "int64").view("datetime64[us]")


def _alone(values: Sequence[object]) -> Array:
    """Return an array of objects, which may themselves have a length."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _absent(
    contract_ids: Array, stamps: dict[str, NDArray[np.datetime64]], known: NDArray[np.bool_]
) -> dict[str, Array]:
    """Name the views that have no row of somebody who has others; nothing where nobody lacks any."""
    if not any(np.isnat(one).any() for one in stamps.values()):
        return {}
    has_contract = np.array([name is not None for name in contract_ids], dtype=bool)
    lacking = {
        view.name: known & np.isnat(stamps[view.name]) & (has_contract if view.entity == "contract" else True)
        for view in (*CUSTOMER_VIEWS, *CONTRACT_VIEWS)
    }
    if not any(rows.any() for rows in lacking.values()):
        return {}
    return {"absent": _alone([tuple(name for name, rows in lacking.items() if rows[at]) for at in range(len(known))])}


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
