"""What each channel does, in truth and as the scores say: chances of an answer, differences to peace, best hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.resample import weighted_mean
from models.slots import SLOT_LENGTH_HOURS
from regua.columns import Array, Flags, Numbers
from regua.vocabulary import NOTHING, SLOT_HOURS
from tests.bench_models import lives
from tests.bench_models.lives import DECIDED_US, Book
from tests.bench_models.table import Finding
from tests.bench_models.truths import Truths
from training.cases.uplift import MEDIA
from training.portfolio.channels import CHANNELS
from training.portfolio.hours import lift

if TYPE_CHECKING:
    from tests.bench_models.standing import Stand

DATA = "simulated book"
ARMS: tuple[str, ...] = (NOTHING, *(str(channel) for channel in CHANNELS))
PAID_SHARE = 0.8
"""Of what is overdue, what an answer brings: the rule of thumb of the policy."""


@dataclass(frozen=True, slots=True, eq=False)
class Lived:
    """A morning lived under every first action, ``(lives, n)`` each, and whom the ladder could choose for.

    ``answered``: paid or promised within 7 days; ``paid``: paid within 14; ``noticed``: it was read or answered.
    """

    rows: Array
    is_open: Flags
    answered: Mapping[str, Numbers]
    paid: Mapping[str, Numbers]
    noticed: Mapping[str, Numbers]


def lived(book: Book, stand: "Stand", replicates: int) -> Lived:
    """Live a morning once for each action; those whom the ladder would not choose for are left out."""
    kept = np.flatnonzero(lives.awaits_choice(stand.state, stand.rows))
    rows = stand.rows[kept]
    found = {arm: lives.course(book, stand.state, rows, days=14, action=arm, replicates=replicates) for arm in ARMS}
    return Lived(
        kept,
        lives.permitted(stand.state, rows),
        {arm: one.answered(7, DECIDED_US) for arm, one in found.items()},
        {arm: one.answered(14, DECIDED_US, promises=False) for arm, one in found.items()},
        {arm: one.noticed(7) for arm, one in found.items() if arm != NOTHING},
    )


def responses(stand: "Stand", choice: Lived, truths: Truths) -> None:
    """Hold the chances of an answer, and of being noticed, against the truth, where the channel was open."""
    free = stand.take(choice.rows)
    everyone = np.ones(len(choice.rows), bool)
    for place, arm in enumerate(ARMS):
        may = everyone if arm == NOTHING else choice.is_open[:, place - 1]
        truths.add(f"p_response_{arm}", free, choice.answered[arm], may)
        if arm != NOTHING:
            truths.add(f"p_reach_{arm}", free, choice.noticed[arm], may)


def effects(stands: Sequence["Stand"], choices: Sequence[Lived], book: Book) -> list[Finding]:
    """Hold estimated differences to peace against true ones, by channel and, where taught, by medium."""
    told = []
    frees = [stand.take(choice.rows) for stand, choice in zip(stands, choices, strict=True)]
    who = np.concatenate([free.known["customer_id"] for free in frees])
    is_open = np.concatenate([choice.is_open for choice in choices])
    for place, arm in enumerate(ARMS[1:]):
        said = np.concatenate([free.said[f"p_response_{arm}"] - free.said[f"p_response_{NOTHING}"] for free in frees])
        true = np.concatenate([choice.answered[arm] - choice.answered[NOTHING] for choice in choices], axis=1)
        told += compared(f"answer to {arm} within 7 days", said, true, who, is_open[:, place])
    for medium, names in MEDIA.items():
        score = f"uplift_{medium}"
        mine = [ARMS[1:].index(name) for name in names if name in ARMS]
        some = np.asarray(is_open[:, mine].any(axis=1))
        gain = np.stack([np.concatenate([c.paid[ARMS[1:][at]] - c.paid[NOTHING] for c in choices], 1) for at in mine])
        true = (gain * is_open[:, mine].T[:, None, :]).sum(axis=0) / np.maximum(is_open[:, mine].sum(axis=1), 1)
        if all(score in free.said and np.isfinite(free.said[score]).any() for free in frees):
            said = np.concatenate([free.said[score] for free in frees])
            told += compared(f"payment after a {medium} within 14 days", said, true, who, some)
        else:
            mean = weighted_mean(true.mean(axis=0)[some], np.ones(some.sum()), who[some])
            words = "not taught: no heterogeneity was shown among the choices left to chance"
            told.append(Finding(DATA, f"{score}: true average", mean.point, mean.low, mean.high, words=words))
    return told + dogs(frees, choices, book)


def compared(name: str, said: Numbers, lived_effect: Numbers, who: Array, may: Flags) -> list[Finding]:
    """Compare effects: bias, correlation, and the Qini area against that of who knows half of the lives.

    ``lived_effect`` is ``(lives, n)`` differences between two lives of the same luck; one half ranks as the oracle, the
    other half judges both rankings. A correlation with means of few lives is too low, so it is corrected for
    their noise.
    """
    said, lived_effect, who = said[may], lived_effect[:, may], who[may]
    half = len(lived_effect) // 2
    one, other = lived_effect[:half].mean(axis=0), lived_effect[half:].mean(axis=0)
    true = lived_effect.mean(axis=0)
    bias = weighted_mean(said - true, np.ones(len(said)), who)
    rank, best = _area(said, true), (_area(one, other) + _area(other, one)) / 2
    # What two halves agree on is the truth's own spread (Spearman 1904).
    signal = float(np.cov(one, other)[0, 1])
    corrected = (
        float(np.cov(said, true)[0, 1] / np.sqrt(signal * said.var())) if signal > 0 and np.ptp(said) > 0 else 0.0
    )
    return [
        Finding(DATA, f"{name}: estimated less true effect", bias.point, bias.low, bias.high, float(true.mean()),
                "true average", f"spread said {said.std():.3f}, true about {np.sqrt(max(signal, 0)):.3f}"),
        Finding(DATA, f"{name}: estimated with true effect", corrected, beside=rank, beside_what="Qini area",
                words=f"correlation, noise of the lives taken out; who knows half of the lives reaches {best:.4f}"),
    ]  # fmt: skip


def _area(score: Numbers, true: Numbers) -> float:
    """Return the Qini area of a ranking by true effects, per head; whole where everybody is known."""
    ranked = true[np.argsort(-score, kind="stable")]
    share = np.arange(len(true) + 1) / len(true)
    gain = np.append(0.0, np.cumsum(ranked)) / len(true)
    return float(np.trapezoid(gain - share * gain[-1], share))


def dogs(frees: Sequence["Stand"], choices: Sequence[Lived], book: Book) -> list[Finding]:
    """Count those whom contact wakes: among all, and among those the scores would contact, or call."""
    is_dog = np.concatenate([f.state.people.is_dog[f.state.contracts.customer[f.rows]] for f in frees])
    chosen = np.concatenate([best(f.said, f.known["balance_overdue_cents"], c.is_open, book)
                             for f, c in zip(frees, choices, strict=True)])  # fmt: skip
    who = np.concatenate([free.known["customer_id"] for free in frees])
    told = []
    for words, mine in (("contact", chosen > 0), ("call", chosen == ARMS.index("call"))):
        if mine.any():
            share = weighted_mean(is_dog[mine].astype(np.float64), np.ones(mine.sum()), who[mine])
            what = f"sleeping dogs among those the scores would {words}"
            told.append(Finding(DATA, what, share.point, share.low, share.high, float(is_dog.mean()), "among all",
                                f"{mine.mean():.0%} of all"))  # fmt: skip
    return told


def best(said: Mapping[str, Numbers], balance: Numbers, is_open: Flags, book: Book) -> Array:
    """Choose the open arm whose difference to peace is worth most, less its cost; ``(n,)`` positions in the arms."""
    gain = np.stack([said[f"p_response_{arm}"] - said[f"p_response_{NOTHING}"] for arm in ARMS])
    cost = np.array([0.0, *(float(book.world.channels.cost_cents[channel]) for channel in CHANNELS)])
    value = gain * np.nan_to_num(balance) * PAID_SHARE - cost[:, None]
    value[1:][~is_open.T] = -np.inf
    return np.asarray(np.argmax(value, axis=0))


def hours(stands: Sequence["Stand"]) -> list[Finding]:
    """Ask what the told hours add, in truth, to the log-odds that the customer is there, beside any hour of the day."""
    told = []
    middle = SLOT_LENGTH_HOURS / 2
    for medium in ("message", "voice"):
        added, usual, knows = [], [], []
        for stand in stands:
            people, customer = stand.state.people, stand.state.contracts.customer[stand.rows]
            said = stand.said.get(f"best_hour_{medium}", np.full(len(customer), np.nan))
            every = [lift(people, customer, np.full(len(customer), hour + middle)) for hour in SLOT_HOURS]
            usual.append(max(every, key=np.mean))
            added.append(np.where(np.isfinite(said), lift(people, customer, np.nan_to_num(said) + middle), 0.0))
            knows.append(np.isfinite(said))
        who = np.concatenate([stand.known["customer_id"] for stand in stands])
        one, knew = np.ones(len(who)), np.concatenate(knows)
        mean = weighted_mean(np.concatenate(added), one, who)
        words = (
            f"told to {knew.mean():.0%}; of those {np.concatenate(added)[knew].mean():+.3f}" if knew.any() else "nobody"
        )
        told.append(Finding(DATA, f"best_hour_{medium}: log-odds of being there", mean.point, mean.low, mean.high,
                            float(np.concatenate(usual).mean()), "the best same hour for all", words))  # fmt: skip
    return told
