"""At what hour is this person there? A latent best hour, and how much nearness to it changes reading and answering."""

import numpy as np

from regua.columns import Flags, Numbers
from training.portfolio.luck import Keys, Luck, Whole
from training.portfolio.state import People
from training.portfolio.world import World

FIRST, LAST = 8.0, 20.0
"""Local hours between which contacts may be sent; a best hour lies between them, and effects average out over them."""

WIDTH_HOURS = 2.0
_GRID = np.arange(FIRST + 0.25, LAST, 0.5)


def draw(world: World, luck: Luck, who: Keys, is_company: Flags) -> tuple[Numbers, Numbers]:
    """Draw each customer's best hour and its strength, ``(n,)`` both; companies answer in office hours."""
    given = world.people
    starts = np.array(list(given.peak_share), dtype=np.float64)
    hour = starts[luck.pick(who, "peak", list(given.peak_share.values()))]
    office = starts[luck.pick(who, "peak", [float(start < 16) for start in starts])]
    peak = np.where(is_company, office, hour) + 2 * luck.uniform(who, "peak_minute")
    strength = given.peak_strength * np.exp(0.5 * luck.normal(who, "peak_strength"))
    return peak, strength


def lift(people: People, customer: Whole, hour: Numbers) -> Numbers:
    """Return what sending at an hour adds to someone's log odds of being there, ``(m,)``.

    It averages to nothing over the permitted hours: who sends at any hour reaches people as often as before.
    """
    peak = people.peak_hour[customer]
    usual = _nearness(_GRID[None, :] - peak[:, None]).mean(axis=1)
    return np.asarray(people.peak_strength[customer] * (_nearness(hour - peak) - usual))


def _nearness(gap: Numbers) -> Numbers:
    return np.asarray(np.exp(-0.5 * (gap / WIDTH_HOURS) ** 2))
