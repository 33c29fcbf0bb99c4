"""Is a channel fit to be used, and what does its last capacity cost? A breaker, and a price that rises near a limit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

from journeys.book.channels import ChannelFile, Health
from regua.money import LARGEST_CENTS
from regua.vocabulary import CHANNELS

THOUSAND = 1_000

COLUMNS: tuple[str, ...] = tuple(
    name for channel in CHANNELS for name in (f"health_{channel}", f"health_hours_{channel}", f"price_{channel}_cents")
)
"""What a decision may know of each channel: 1 paused and 0 fine; the hours a pause still lasts; the price of one more
contact, in cents. NULL: nothing known, no price."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Counts of one channel since :func:`counted_since`, its use today and when its breaker last opened."""

    sent: int = 0
    delivered: int = 0
    opted_out: int = 0
    blocked: int = 0
    used_today: int = 0
    opened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class State:
    """How a channel stands at a moment.

    ``cause`` says why it is paused (``delivered``, ``opted_out``, ``blocked`` or ``daily_limit``), none where it is
    not; ``opened_at`` is to be kept and given back with the next reading; ``price`` is that of one more contact, in
    cents and fractions of them, as rates are.
    """

    cause: str | None
    opened_at: datetime | None
    until: datetime | None
    price: float

    @property
    def is_paused(self) -> bool:
        """Whether nothing may be sent by it."""
        return self.cause is not None


def counted_since(health: Health, opened_at: datetime | None, moment: datetime) -> datetime:
    """Say from when counts are to be taken: the watch window, or the end of the last pause where that is later.

    What broke the channel is not held against it once its pause is over.
    """
    start = moment - health.watch
    return start if opened_at is None else max(start, opened_at + health.pause)


def price_of_one_more(channel: ChannelFile, used_today: int) -> float:
    """Return the price of one more contact beside its cost, in cents.

    Nothing up to ``price_rises_from`` of the daily limit, then ``price_at_limit × x² (3 - 2 x)``, with x from 0 to 1
    over what is left, so that it starts and ends without a jump; infinite beyond the limit. It never falls as use
    grows.
    """
    if channel.daily_limit is None:
        return 0.0
    used = used_today / channel.daily_limit
    if used > 1:
        return inf
    if channel.health is None:
        return 0.0
    start = float(channel.health.price_rises_from)
    if used <= start:
        return 0.0
    along = (used - start) / (1 - start)
    return channel.health.price_at_limit_per_thousand / THOUSAND * along * along * (3 - 2 * along)


def judge(channel: ChannelFile, reading: Reading, moment: datetime) -> State:
    """Say how a channel stands.

    The breaker opens when, of at least ``least_sent``, too few were delivered or too many opted out or were blocked; it
    stays open for ``pause`` and then lets contacts through again, to be judged by what happens from then on.

    Parameters
    ----------
    channel
        Its limits.
    reading
        Counts since :func:`counted_since`.
    moment
        The instant asked about.
    """
    price, health, opened_at = price_of_one_more(channel, reading.used_today), channel.health, reading.opened_at
    cause: str | None = "daily_limit" if price == inf else None
    until: datetime | None = None
    if health is not None:
        if opened_at is not None and moment < opened_at + health.pause:
            cause = cause or _breach(health, reading) or "pause"
            until = opened_at + health.pause
        elif breach := _breach(health, reading):
            cause, opened_at, until = breach, moment, moment + health.pause
    return State(cause, opened_at, until, price)


def _breach(health: Health, reading: Reading) -> str | None:
    sent = reading.sent
    if sent < health.least_sent:
        return None
    # Whole numbers against decimals: a share that is exactly the limit is within it.
    if reading.delivered < health.delivered_at_least * sent:
        return "delivered"
    if reading.opted_out > health.opted_out_at_most * sent:
        return "opted_out"
    return "blocked" if reading.blocked > health.blocked_at_most * sent else None


def columns(states: Mapping[str, State], moment: datetime) -> Iterator[tuple[str, float]]:
    """Give the states as the values of :data:`COLUMNS`; a channel without a state has none."""
    for name, state in states.items():
        yield f"health_{name}", float(state.is_paused)
        if state.until is not None and state.cause != "daily_limit":
            yield f"health_hours_{name}", max(0.0, (state.until - moment) / timedelta(hours=1))
        yield f"price_{name}_cents", min(state.price, float(LARGEST_CENTS))
