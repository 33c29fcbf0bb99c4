"""What do the tables of a day come to in one region? The same figures in plain values, for one customer alone."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from journeys.rulebook.spacing import SINCE
from regua.vocabulary import CHANNELS, HOLD_BIT

if TYPE_CHECKING:
    from journeys.rulebook.policies import Policy

_NO_LIMIT = float("inf")

Yes = tuple[bool, ...]
"""Yes or no, by channel."""


@dataclass(frozen=True, slots=True)
class Here:
    """One region's row of every table of a :class:`~journeys.rulebook.policies.Policy`; ``(channels,)`` each.

    ``caps`` has by column what it limits: channels with the count that is too many. ``spaces`` has the column of hours,
    whether it counts from a contact, and the hours each channel rests. ``critical`` names the figures that must be
    known here. ``hold_ends`` has name of the age, bit and days of the holds that end by themselves here; ``hold_masks``
    and ``refused`` are by purpose.
    """

    caps: tuple[tuple[str, tuple[tuple[int, float], ...]], ...]
    needs_opt_in: Yes
    hold_masks: tuple[tuple[int, ...], ...]
    critical: tuple[str, ...]
    promise_grace_days: float
    hold_ends: tuple[tuple[str, int, float], ...]
    spaces: tuple[tuple[str, bool, tuple[float, ...]], ...]
    care_open_to: Yes
    care_hours: float
    income_floor: float
    needs_health: Yes
    refused: tuple[Yes, ...]

    @classmethod
    def of(cls, policy: "Policy", code: int) -> "Here":
        """Read one row of every table; -1 is the unknown region."""
        limits: dict[str, list[tuple[int, float]]] = {}
        for column, by_channel, table in policy.caps:
            for channel, limit in enumerate(table[code].tolist()):
                if limit < _NO_LIMIT:
                    limits.setdefault(f"{column}_{CHANNELS[channel]}" if by_channel else column, []).append(
                        (channel, limit)
                    )
        ends = ((f"hold_days_{kind}", HOLD_BIT[kind], days.item(code)) for kind, days in policy.hold_ends.items())
        return cls(
            caps=tuple((column, tuple(here)) for column, here in limits.items()),
            needs_opt_in=tuple(policy.needs_opt_in[code].tolist()),
            hold_masks=tuple(map(tuple, policy.hold_masks[code].T.tolist())),
            critical=tuple(name for name, here in zip(policy.critical, policy.critical_in[code], strict=True) if here),
            promise_grace_days=policy.promise_grace_days.item(code),
            hold_ends=tuple(one for one in ends if one[2] < _NO_LIMIT),
            spaces=tuple(
                (SINCE[after], after == "contact", tuple(table[code].tolist()))
                for after, table in policy.spaces.items()
            ),
            care_open_to=tuple(policy.care.open_to[code].tolist()),
            care_hours=24.0 * policy.care.days.item(code),
            income_floor=policy.income_floors.item(code),
            needs_health=tuple(policy.needs_health[code].tolist()),
            refused=tuple(map(tuple, policy.refused[code].tolist())),
        )
