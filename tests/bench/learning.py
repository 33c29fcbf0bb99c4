"""What was learned, beside the truth only the simulator knows: bias, uplift, and the worth of choosing by it.

The truth judges here and is never learned from. ``value`` is what a policy brings in a week over leaving everyone in
peace, a case: paid more, less the cost of the contact, in reais.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np

from regua.columns import Array, Numbers
from regua.settings import Settings
from regua.vocabulary import CHANNELS, NOTHING
from tests.bench.measure import Figure, seconds

SEED = 7
PAID_SHARE = 0.8
"""Of the overdue balance, what an answer brings: the policy's rule of thumb, the same for every arm."""


def run(folder: Path, *, full: bool = False, customers: int | None = None) -> Sequence[Figure]:
    """Simulate a book, learn from it, and ask the truth about the contracts in arrears next morning."""
    from features import pairs
    from models import bundle
    from regua.clock import DEFAULT_ZONE, start_of_day
    from regua.columns import from_arrow, take
    from training.learn import learn
    from training.portfolio.generate import generate
    from training.portfolio.simulation import Simulation
    from training.portfolio.truth import potential_outcomes
    from training.portfolio.world import load_world

    settings, world = Settings(home=folder / "learning", threads=2), load_world()
    generate(world, customers or (20_000 if full else 6_000), settings.tables, seed=SEED, truth=settings.truth)
    simulation = Simulation.load(settings.truth, world)
    dawn = start_of_day(simulation.day, DEFAULT_ZONE) + timedelta(hours=5)
    learned_s = seconds(lambda: learn(settings, dawn, seed=SEED))
    known = from_arrow(pairs.at(settings, pairs.in_arrears(settings, [dawn])))
    rows = np.flatnonzero((known["days_past_due"] >= 1) & (known["contract_id"] == known["lead_contract_id"]))
    known = take(known, rows[:: max(1, len(rows) // (1_500 if full else 700))])
    truth = potential_outcomes(simulation, known["contract_id"].tolist(), replicates=64 if full else 32)
    scores = bundle.load(bundle.challenger(settings.releases)).predict(known)
    arms = [NOTHING, *map(str, CHANNELS)]
    said = np.stack([scores[f"channel_response_{arm}"] for arm in arms])
    answers = np.stack([truth[f"p_{arm}"] for arm in arms])
    cost = np.array([0.0, *(world.channels.cost_cents[channel] for channel in CHANNELS)])
    brings = np.stack([truth[f"paid_{arm}_cents"] for arm in arms]) - cost[:, None]
    balance = np.nan_to_num(known["balance_overdue_cents"])
    by_channel = [
        Figure(f"{arm}: estimate less truth", float(np.mean(said[place] - answers[place])), "probability")
        for place, arm in enumerate(arms)
    ]
    ranks = [
        Figure(f"{arm}: estimated with true uplift", _correlation(said, answers, place), "correlation")
        for place, arm in enumerate(arms)
        if place
    ]
    return [
        Figure(f"learning, {customers or (20_000 if full else 6_000):,} customers", learned_s, "s", goal="≤ 20 s full"),
        *by_channel,
        *ranks,
        *_worth(said, answers, brings, balance, cost, arms),
    ]


def _correlation(said: Numbers, truth: Numbers, place: int) -> float:
    return float(np.corrcoef(said[place] - said[0], truth[place] - truth[0])[0, 1])


def _worth(
    said: Numbers, answers: Numbers, brings: Numbers, balance: Numbers, cost: Numbers, arms: Sequence[str]
) -> list[Figure]:
    """Value the learned choice beside always the same arm and beside who knows every chance."""

    def best(chances: Numbers) -> Array:
        return np.asarray(np.argmax((chances - chances[0]) * balance * PAID_SHARE - cost[:, None], axis=0))

    policies: Mapping[str, Array] = {
        "chosen by the learned": best(said),
        "always whatsapp": np.full(said.shape[1], arms.index("whatsapp")),
        "always call": np.full(said.shape[1], arms.index("call")),
        "chosen by the true chances": best(answers),
    }
    figures = []
    for name, choice in policies.items():
        gain = (brings[choice, np.arange(len(choice))] - brings[0]) / 100
        half = 1.96 * float(np.std(gain)) / np.sqrt(len(gain))
        figures.append(Figure(f"{name}: value ± {half:.1f}", float(np.mean(gain)), "R$ a case"))
    return figures
