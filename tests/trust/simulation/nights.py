"""The profiles of a simulated month: built every night from what is in the log, and read late now and then."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from regua.columns import Array
from serving.deciding.inputs import Inputs
from serving.deciding.pipeline import as_text
from serving.deciding.profiles import found
from serving.happenings.counting import LOOK_BACK
from serving.happenings.live import overlay
from serving.store import Store

ZONE = "America/Sao_Paulo"
KEPT = 4
NOON_HOUR_UTC = 15


class Nights:
    """Profiles of the last nights.

    Parameters
    ----------
    people
        Everybody as of the first night.
    first
        The instant up to which that night knows.
    nights_late
        Says how many nights old what is read now is beyond the last: a replica that lags.
    meanwhile
        What the world does about some customers while their profiles are being read.
    standing
        Tells what pauses contact of a customer at an instant, by column.
    """

    def __init__(
        self,
        people: dict[str, Array],
        first: datetime,
        nights_late: Callable[[], int],
        meanwhile: Callable[[Sequence[str]], None],
        standing: Callable[[str, datetime], Mapping[str, float]],
    ) -> None:
        self.gone = frozenset[str]()
        self._built = [(first, people, self.gone)]
        self._rows = {name: row for row, name in enumerate(people["customer_id"].tolist())}
        self._nights_late, self._meanwhile, self._standing = nights_late, meanwhile, standing

    def read(self, customer_ids: Sequence[str], at: datetime) -> dict[str, Array]:
        """Return one row a customer in the order asked, as of some night before."""
        known = [one for one in self._built if one[0] <= at] or self._built[:1]
        stamp, columns, gone = known[max(len(known) - 1 - self._nights_late(), 0)]
        rows = np.array([-1 if name in gone else self._rows.get(name, -1) for name in customer_ids], dtype=np.int64)
        stamps = np.full(len(rows), np.datetime64(stamp.replace(tzinfo=None), "us"))
        lined = found(customer_ids, columns, rows, stamps)
        if at.hour >= NOON_HOUR_UTC:
            # Of those who have two contracts, another leads in the afternoon.
            lined["contract_id"] = np.array(
                [f"{name}b" if row % 5 == 0 else name for row, name in zip(rows, lined["contract_id"], strict=True)],
                dtype=object,
            )
        self._meanwhile(customer_ids)
        return lined

    def build(self, store: Store, at: datetime) -> None:
        """Build the profiles of a night from those of the night before and what the log has learned since."""
        stamp, last, _ = self._built[-1]
        names = last["customer_id"].tolist()
        stamps = np.full(len(names), np.datetime64(stamp.replace(tzinfo=None), "us"))
        # What was only planned is in no profile; it counts from the log until it is reported.
        live = replace(store.live(names, stamp - LOOK_BACK, at), plans=(), positions={})
        inputs = Inputs.fit({**last, "profile_at": as_text(stamps)})
        overlay(inputs.columns, stamps, live, at, ZONE)
        built = {name: inputs.columns[name].copy() for name in last if name in inputs.columns}
        built["days_past_due"] = built["days_past_due"] + (built["balance_overdue_cents"] > 0)
        standing = [self._standing(name, at) for name in names]
        built |= {column: np.array([one[column] for one in standing], np.float64) for column in standing[0]}
        self._built = [*self._built, (at, built, self.gone)][-KEPT:]
