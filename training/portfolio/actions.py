"""The actions of one day, as the simulator takes them: which contract, which channel, when and with what chance."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from regua.clock import start_of_day
from regua.columns import Array, Columns, Flags, Numbers, height, number, text
from regua.errors import DataError
from training.portfolio import naming
from training.portfolio.channels import CHANNELS
from training.portfolio.days import Today
from training.portfolio.luck import Whole
from training.portfolio.state import State


@dataclass(frozen=True, slots=True)
class Actions:
    """Choices of one day, ``(m,)``: position of the contract, channel (-1: left in peace), instant and propensity.

    ``offers`` are positions among the world's offers, -1 none, and ``offer_propensity`` the chance of each given its
    contact. ``labels`` are text columns carried to the contact rows as they are: template, journey, decision_id, and
    ``offer_name``, by whatever name it was made. ``among`` are the channels that could have been chosen beside peace,
    one bit each; None where it is not known.
    """

    rows: Whole
    channel: Whole
    sent_us: Whole
    decided_us: Whole
    propensity: Numbers
    is_randomised: Flags
    step: Numbers
    offers: Whole
    offer_propensity: Numbers
    labels: dict[str, Array] = field(default_factory=dict)
    among: Whole | None = None

    @classmethod
    def none(cls) -> "Actions":
        """Return a day on which nobody is contacted."""
        whole, numbers = np.empty(0, dtype=np.int64), np.empty(0)
        return cls(whole, whole, whole, whole, numbers, np.empty(0, dtype=bool), numbers, whole, numbers)


class ContractFinder:
    """Finds contracts by identifier among those of a state."""

    def __init__(self, state: State) -> None:
        self.contract_ids: list[str] = naming.contract_ids(state.contracts.number).to_pylist()
        self._place = {contract_id: place for place, contract_id in enumerate(self.contract_ids)}
        owners = naming.customer_ids(state.people.number[state.contracts.customer])
        self._owner = np.array(owners.to_pylist(), dtype=object)

    def rows(self, contract_ids: Array, customer_ids: Array | None = None) -> Whole:
        """Return the contracts' positions.

        Raises
        ------
        DataError
            A contract is unknown, or belongs to another customer.
        """
        found = np.array([self._place.get(name, -1) for name in contract_ids], dtype=np.int64)
        if (found < 0).any():
            name = contract_ids[int(np.argmax(found < 0))]
            raise DataError(f"no contract {name!r} in the portfolio", expected="a contract_id of this book")
        if customer_ids is not None and (self._owner[found] != customer_ids).any():
            wrong = int(np.argmax(self._owner[found] != customer_ids))
            raise DataError(
                f"contract {contract_ids[wrong]!r} does not belong to {customer_ids[wrong]!r}",
                expected=f"customer_id {self._owner[found][wrong]!r}",
            )
        return found


def read(columns: Columns, finder: ContractFinder, today: Today, offers: Sequence[str] = ()) -> Actions:
    """Read a day's actions from columns.

    Parameters
    ----------
    columns
        ``contract_id`` and ``channel`` (text, NULL or ``nothing``: left in peace); optionally ``customer_id``,
        ``template``, ``journey``, ``step``, ``decision_id``, ``send_at`` (UTC ``datetime64``, within the local day;
        10:00 when NULL), ``decided_at`` (09:00 when NULL), ``propensity`` (1 when NULL), ``is_randomised``, ``offer``
        (a name; one that the world does not know is carried, and nobody takes it) and ``offer_propensity``.
    offers
        The names of the world's offers.

    Raises
    ------
    DataError
        An unknown contract or channel, two actions for one contract by one channel, a propensity outside (0, 1],
        or an instant outside the day.
    """
    n = height(columns)
    if n == 0:
        return Actions.none()
    rows = finder.rows(text(columns, "contract_id"), columns.get("customer_id"))
    channel = _channels(text(columns, "channel"))
    if len(np.unique(rows * 16 + channel)) < n:
        raise DataError("two actions for one contract by one channel on one day", expected="one")
    propensity = np.where(np.isnan(number(columns, "propensity")), 1.0, number(columns, "propensity"))
    if ((propensity <= 0) | (propensity > 1)).any():
        raise DataError("a propensity outside (0, 1]", expected="the probability with which the action was chosen")
    sent = _instants(columns.get("send_at"), n, today, 10)
    decided = np.minimum(_instants(columns.get("decided_at"), n, today, 9), sent)
    labels = {name: text(columns, name) for name in ("template", "journey", "decision_id")}
    randomised = np.nan_to_num(number(columns, "is_randomised")) > 0
    names = text(columns, "offer")
    place = {name: position for position, name in enumerate(offers)}
    offer = np.array([place.get(name, -1) for name in names], dtype=np.int64)
    step, offered = number(columns, "step"), number(columns, "offer_propensity")
    labels["offer_name"] = names
    return Actions(rows, channel, sent, decided, propensity, randomised, step, offer, offered, labels)


def _channels(names: Array) -> Whole:
    place = {channel.value: position for position, channel in enumerate(CHANNELS)} | {None: -1, "nothing": -1}
    try:
        return np.array([place[name] for name in names], dtype=np.int64)
    except KeyError as problem:
        known = ", ".join(CHANNELS)
        raise DataError(f"{problem.args[0]!r} is not a channel", expected=f"NULL or one of {known}") from problem


def _instants(given: Array | None, n: int, today: Today, hour: int) -> Whole:
    usual = today.start_us + hour * 3_600_000_000
    if given is None:
        return np.full(n, usual, dtype=np.int64)
    instants = np.asarray(given, dtype="datetime64[us]")
    micros = np.where(np.isnat(instants), usual, instants.astype(np.int64))
    end = int(start_of_day(today.date).timestamp() + 86_400) * 1_000_000
    if ((micros < today.start_us) | (micros >= end)).any():
        raise DataError("an action lies outside the day to be lived", expected=f"instants of {today.date}")
    return micros


def to_columns(state: State, actions: Actions, offers: Sequence[str]) -> dict[str, Array]:
    """Show actions as the columns :func:`read` takes."""
    ids = pa.array(naming.contract_ids(state.contracts.number[actions.rows]))
    owners = naming.customer_ids(state.people.number[state.contracts.customer[actions.rows]])
    names = np.array([*CHANNELS, None], dtype=object)
    n, offered = len(actions.rows), np.array([*offers, None], dtype=object)
    return {
        "customer_id": np.array(owners.to_pylist(), dtype=object),
        "contract_id": np.array(ids.to_pylist(), dtype=object),
        "channel": np.array([None if c < 0 else names[c].value for c in actions.channel], dtype=object),
        "template": np.full(n, None, dtype=object),
        "journey": np.full(n, "static_ladder", dtype=object),
        "step": actions.step,
        "decision_id": np.full(n, None, dtype=object),
        "send_at": actions.sent_us.astype("datetime64[us]"),
        "decided_at": actions.decided_us.astype("datetime64[us]"),
        "propensity": actions.propensity,
        "offer": offered[actions.offers],
        "offer_propensity": actions.offer_propensity,
        "is_randomised": actions.is_randomised.astype(np.float64),
    }
