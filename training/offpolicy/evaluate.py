"""Value a policy from a log: every estimator with its interval, how far to trust them, or why there is no answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from regua.columns import Array, Numbers
from training.causal.ranking import Estimate, replicates
from training.offpolicy import estimators as ways
from training.offpolicy.estimators import ESTIMATORS, Rounds
from training.offpolicy.log import BanditLog
from training.offpolicy.targets import Target

LEAST_EFFECTIVE = 100.0
"""Fewer effective rounds than this are an anecdote."""

UNKNOWN_MASS = 0.001
"""A target may put this share of its choices on actions the log never took before it is refused."""

MEAN_WEIGHT_OFF = 0.1
_ERRORS = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What a log says about a target policy.

    Parameters
    ----------
    refused
        Why there is no answer; empty where there is one.
    values
        By estimator, and ``logged``: what the logged policy earned itself.
    support
        ``rounds``, ``customers``, ``effective_rounds``, ``mean_weight`` (1 under full support), ``weight_maximum``,
        ``weight_99``, ``unsupported_share`` (mass on actions the log never took), ``untouched_share`` (rounds whose
        action the target would never take).
    warnings
        What a reader should know besides.
    """

    target: str
    refused: tuple[str, ...]
    values: Mapping[str, Estimate]
    support: Mapping[str, float]
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the evaluation as plain data."""
        return {
            "target": self.target,
            "refused": list(self.refused),
            "values": {name: one.to_json() for name, one in self.values.items()},
            "support": dict(self.support),
            "warnings": list(self.warnings),
        }


def evaluate(
    log: BanditLog,
    target: Target,
    *,
    expected: Numbers | None = None,
    estimators: Sequence[str] = ESTIMATORS,
    least_effective: float = LEAST_EFFECTIVE,
    draws: int = 400,
    seed: int = 7,
) -> Evaluation:
    """Value a target policy, or refuse.

    Parameters
    ----------
    expected
        ``(n, actions)`` cross-fitted expected rewards (:func:`training.offpolicy.rewards.expected`); without them DM,
        DR and switch-DR are not answered.
    draws
        Bootstrap replicates, whole customers.

    Returns
    -------
    An evaluation; where ``refused`` is not empty, ``values`` hold only what was logged.
    """
    rounds = _rounds(log, target, expected)
    support = _support(log, target, rounds.weight)
    refused = _refusals(log, target, support, rounds.weight, least_effective)
    even = np.ones(len(log))
    terms = {"logged": (log.reward, even)}
    if not refused:
        known = (name for name in estimators if name in _PLAIN or rounds.has_model)
        terms |= {name: (_terms(name, rounds), rounds.weight if name == "snips" else even) for name in known}
    values = _valued(terms, log.customer, draws, seed)
    why = log.why_no_facts or "DM, DR and switch-DR need features and the target's chance of every action"
    return Evaluation(target.name, refused, values, support, () if refused else _warnings(support, rounds, why))


_PLAIN = ("ips", "clipped", "snips")


def _rounds(log: BanditLog, target: Target, expected: Numbers | None) -> Rounds:
    weight = target.of_taken / log.propensity
    if expected is None or target.chance is None:
        return Rounds(weight, log.reward)
    mine = expected[np.arange(len(log)), log.taken]
    return Rounds(weight, log.reward, mine, (target.chance * expected).sum(axis=1))


def _terms(name: str, rounds: Rounds) -> Numbers:
    if name == "clipped":
        return ways.clipped(rounds, ways.clip_at(rounds.weight))
    if name == "switch_dr":
        return ways.switch_dr(rounds, ways.switch_at(rounds))
    return {"ips": ways.ips, "snips": ways.ips, "dm": ways.dm, "dr": ways.dr}[name](rounds)


def _valued(
    terms: Mapping[str, tuple[Numbers, Numbers]], customer: Array, draws: int, seed: int
) -> dict[str, Estimate]:
    """Return ratios of two sums with their bootstrap intervals."""
    above = np.column_stack([one for one, _ in terms.values()])
    below = np.column_stack([mass for _, mass in terms.values()])
    drawn = np.array(
        [(times @ above) / np.maximum(times @ below, 1e-300) for times in replicates(customer, draws, seed)]
    )
    value, (low, high) = above.sum(axis=0) / below.sum(axis=0), np.quantile(drawn, (0.025, 0.975), axis=0)
    return {name: Estimate(float(value[at]), float(low[at]), float(high[at])) for at, name in enumerate(terms)}


def _support(log: BanditLog, target: Target, weight: Numbers) -> dict[str, float]:
    return {
        "rounds": float(len(log)),
        "customers": float(len(set(log.customer.tolist()))),
        "effective_rounds": ways.effective(weight),
        "mean_weight": float(weight.mean()),
        "weight_maximum": float(weight.max()),
        "weight_99": float(np.quantile(weight, 0.99)),
        "unsupported_share": float(target.unknown.mean()),
        "untouched_share": float((weight == 0).mean()),
    }


def _refusals(
    log: BanditLog, target: Target, support: Mapping[str, float], weight: Numbers, least: float
) -> tuple[str, ...]:
    told = []
    if support["unsupported_share"] > UNKNOWN_MASS:
        share = 100 * support["unsupported_share"]
        told.append(f"no support: {share:.1f} % of what {target.name} would do was never done in the log")
    if support["effective_rounds"] < least:
        told.append(
            f"too little evidence: {support['effective_rounds']:.0f} effective rounds of {len(log):,}, "
            f"{least:.0f} needed"
        )
    error = float(weight.std() / np.sqrt(len(weight)))
    off = support["mean_weight"] - 1
    if not told and abs(off) > max(MEAN_WEIGHT_OFF, _ERRORS * error):
        why = (
            "the target acts where the log's policy could not, or propensities are too high"
            if off < 0
            else "propensities are too low for what was done"
        )
        told.append(f"weights average {support['mean_weight']:.2f} where 1 is expected: {why}")
    return tuple(told)


def _warnings(support: Mapping[str, float], rounds: Rounds, why_no_model: str) -> tuple[str, ...]:
    told = []
    if support["effective_rounds"] < 0.1 * support["rounds"]:
        found = f"{support['effective_rounds']:.0f} effective rounds of {support['rounds']:.0f}"
        told.append(f"only {found}: intervals are wide and may still be too hopeful")
    if abs(support["mean_weight"] - 1) > 0.05:
        told.append(f"weights average {support['mean_weight']:.2f} where 1 is expected: prefer SNIPS or DR to IPS")
    if not rounds.has_model:
        told.append(f"no reward model: {why_no_model}")
    return tuple(told)
