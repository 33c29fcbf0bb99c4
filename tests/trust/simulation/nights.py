"""The profiles of a simulated month: built every night from what is in the log, and read late now and then."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from features.catalog import NUMBERS
from regua.columns import Array, Blocked, Columns, Numbers
from serving.deciding.inputs import Inputs
from serving.deciding.pipeline import as_text
from serving.happenings.counting import LOOK_BACK
from serving.happenings.live import overlay
from serving.store import Store

PLACE = {name: at for at, name in enumerate(NUMBERS)}
ZONE = "America/Sao_Paulo"
KEPT = 4
NOON_HOUR_UTC = 15


@dataclass(frozen=True, slots=True)
class Night:
    """What was known of everybody at an instant, laid out as online profiles are, and who was erased before."""

    at: datetime
    numbers: Numbers
    texts: dict[str, Array]
    gone: frozenset[str]

    @classmethod
    def of(cls, at: datetime, columns: Columns, gone: frozenset[str] = frozenset()) -> "Night":
        """Lay out columns."""
        texts = {name: column for name, column in columns.items() if column.dtype == object}
        return cls(at, np.column_stack([columns[name] for name in NUMBERS]), texts, gone)


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
        self._built = [Night.of(first, people)]
        self._rows = {name: row for row, name in enumerate(people["customer_id"].tolist())}
        self._nights_late, self._meanwhile, self._standing = nights_late, meanwhile, standing

    def read(self, customer_ids: Sequence[str], at: datetime) -> Columns:
        """Return one row a customer in the order asked, as of some night before."""
        known = [one for one in self._built if one.at <= at] or self._built[:1]
        night = known[max(len(known) - 1 - self._nights_late(), 0)]
        rows = np.array([-1 if name in night.gone else self._rows.get(name, -1) for name in customer_ids], np.intp)
        numbers, texts = night.numbers[rows], {name: column[rows] for name, column in night.texts.items()}
        stamps = np.full(len(rows), np.datetime64(night.at.replace(tzinfo=None), "us"))
        if at.hour >= NOON_HOUR_UTC:
            # Of those who have two contracts, another leads in the afternoon.
            texts["contract_id"][:] = [
                f"{name}b" if row % 5 == 0 else name for row, name in zip(rows, texts["contract_id"], strict=True)
            ]
        absent = rows < 0
        if absent.any():
            numbers[absent], stamps[absent] = np.nan, np.datetime64("NaT")
            for column in texts.values():
                column[absent] = None
        texts |= {"customer_id": np.array(customer_ids, object), "has_profile": 1.0 - absent, "profile_at": stamps}
        self._meanwhile(customer_ids)
        return Blocked(PLACE, numbers, texts)

    def build(self, store: Store, at: datetime) -> None:
        """Build the profiles of a night from those of the night before and what the log has learned since."""
        last = self._built[-1]
        names = last.texts["customer_id"].tolist()
        stamps = np.full(len(names), np.datetime64(last.at.replace(tzinfo=None), "us"))
        # What was only planned is in no profile; it counts from the log until it is reported.
        live = store.live(names, last.at - LOOK_BACK, at)
        # A decision hears at once what a reporter whose clock is ahead has told; tables know it from its instant on.
        live = replace(live, events=tuple(one for one in live.events if one.known_at <= at), plans=(), positions={})
        inputs = Inputs.fit(Blocked(PLACE, last.numbers, {**last.texts, "profile_at": as_text(stamps)}))
        overlay(inputs.columns, stamps, live, at, ZONE)
        built = {name: inputs.columns[name] for name in (*NUMBERS, *last.texts)}
        built["days_past_due"] = built["days_past_due"] + (built["balance_overdue_cents"] > 0)
        standing = [self._standing(name, at) for name in names]
        built |= {column: np.array([one[column] for one in standing], np.float64) for column in standing[0]}
        self._built = [*self._built, Night.of(at, built, self.gone)][-KEPT:]
