"""The pictures of a card, each with the sentence that says what it shows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models import reliability, stability
from regua.columns import Numbers
from training.examples import Examples
from training.judging.card.svg import Dots, Line, bars, chart, swarm
from training.learned import Learned

_POINTS = 120
_SHAP_ROWS, _SHAP_FEATURES = 300, 14
_EDGES = np.linspace(0, 1, 11)[1:-1]

Said = Callable[..., str]
"""Words of the language: ``said(key, **figures)``."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as HTML, its title, and the sentence below it; ``alone`` where it takes a row of its own."""

    name: str
    title: str
    sentence: str
    html: str
    alone: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Swarm:
    """What the strongest facts add to some cases; see :func:`training.judging.card.svg.swarm`."""

    names: Sequence[str]
    adds: Numbers
    height: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Figures that pictures are made of, computed once for both languages."""

    label: Numbers
    probability: Numbers
    weight: Numbers
    before: Numbers
    now: Numbers
    index: float | None
    swarm: Swarm | None


def compute(arms: Sequence[Learned], periods: Mapping[str, tuple[Examples, Examples]]) -> Drawn | None:
    """Score the test cases of all arms together; None where nothing was taught or tested."""
    taught = [one for one in arms if one.artifact.kind != "prior" and len(one.test)]
    if not taught:
        return None
    said = [one.artifact.predict(one.test.columns) for one in taught]
    moved = [one for one in taught if one.arm in periods and all(len(part) for part in periods[one.arm])]
    first, now = (
        np.concatenate([np.empty(0), *(one.artifact.predict(periods[one.arm][side].columns) for one in moved)])
        for side in (0, 1)
    )
    before, later = _shares(first, now) if moved else (first, now)
    return Drawn(
        np.concatenate([one.test.label for one in taught]),
        np.concatenate(said),
        np.concatenate([one.test.weight for one in taught]),
        before,
        later,
        stability.psi(first, now) if moved else None,
        _strongest(taught),
    )


def draw(drawn: Drawn, said: Said, number: Callable[[float], str], share: Callable[[float], str]) -> list[Picture]:
    """Draw in the words of a language; what answers with no probability has no curve of yes and no."""
    pictures = []
    label, probability = drawn.label, drawn.probability
    if (
        0 < label.sum() < len(label)
        and np.isin(label, (0, 1)).all()
        and 0 <= probability.min() <= probability.max() <= 1
    ):
        pictures = [
            _roc(drawn, said, number),
            _reliability(drawn, said, number),
            _gains(drawn, said, share),
            _ks(drawn, said, number),
        ]
    if drawn.index is not None:
        words = said("psi_said", psi=number(drawn.index))
        html = bars(drawn.before, drawn.now, x=said("psi_x"), y=said("psi_y"), label=words)
        pictures.append(Picture("psi", said("psi"), words, html))
    if drawn.swarm is not None:
        words = said("shap_said")
        html = swarm(drawn.swarm.names, drawn.swarm.adds, drawn.swarm.height, x=said("shap_x"), label=words)
        pictures.append(Picture("shap", said("shap"), words, html, alone=True))
    return pictures


def _roc(drawn: Drawn, said: Said, number: Callable[[float], str]) -> Picture:
    yes, no = _accumulated(drawn)
    words = said("roc_said", auc=number(float(np.trapezoid(yes, no))))
    rows = _few(len(yes))
    lines = [Line(np.array([0, 1]), np.array([0, 1]), "guide"), Line(no[rows], yes[rows])]
    return Picture("roc", said("roc"), words, chart(lines, x=said("roc_x"), y=said("roc_y"), label=words))


def _ks(drawn: Drawn, said: Said, number: Callable[[float], str]) -> Picture:
    yes, no = _accumulated(drawn)
    asked = np.linspace(0, 1, len(yes))
    widest = int(np.argmax(yes - no))
    words = said("ks_said", ks=number(float(yes[widest] - no[widest])))
    rows = _few(len(yes))
    gap = Line(np.repeat(asked[widest], 2), np.array([no[widest], yes[widest]]), "gap")
    lines = [Line(asked[rows], no[rows], "second"), Line(asked[rows], yes[rows]), gap]
    return Picture("ks", said("ks_picture"), words, chart(lines, x=said("ks_x"), y=said("ks_y"), label=words))


def _reliability(drawn: Drawn, said: Said, number: Callable[[float], str]) -> Picture:
    label, probability, weight = drawn.label, drawn.probability, drawn.weight
    table = reliability.table(label, probability, weight)
    x, y, rows = (np.array([row[key] for row in table]) for key in ("said", "happened", "rows"))
    # Kish: uneven weights are worth fewer cases.
    rows = rows * weight.sum() ** 2 / (weight**2).sum() / len(weight)
    half = 1.96 * np.sqrt(np.clip(y * (1 - y), 0.25 / np.maximum(rows, 1), None) / np.maximum(rows, 1))
    error = float(reliability.error(reliability.tenths(probability), label, probability, weight[None, :])[0])
    noise = reliability.floor(label, probability, weight, np.arange(len(label)))
    words = said("reliability_said", ece=number(error), floor=number(noise))
    guide = Line(np.array([0, 1]), np.array([0, 1]), "guide")
    dots = Dots(x, y, y - half, y + half)
    html = chart([guide], x=said("reliability_x"), y=said("reliability_y"), label=words, dots=dots)
    return Picture("reliability", said("reliability"), words, html)


def _gains(drawn: Drawn, said: Said, share: Callable[[float], str]) -> Picture:
    order = np.argsort(-drawn.probability, kind="stable")
    found = _cumulated((drawn.weight * drawn.label)[order])
    asked = _cumulated(drawn.weight[order])
    words = said("gains_said", share=share(float(np.interp(0.1, asked, found))))
    rows = _few(len(found))
    lines = [Line(np.array([0, 1]), np.array([0, 1]), "guide"), Line(asked[rows], found[rows])]
    return Picture("gains", said("gains"), words, chart(lines, x=said("gains_x"), y=said("gains_y"), label=words))


def _accumulated(drawn: Drawn) -> tuple[Numbers, Numbers]:
    order = np.argsort(-drawn.probability, kind="stable")
    weight, label = drawn.weight[order], drawn.label[order]
    return _cumulated(weight * label), _cumulated(weight * (1 - label))


def _cumulated(values: Numbers) -> Numbers:
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(total / max(total[-1], 1e-12), np.float64)


def _few(n: int) -> Numbers:
    return np.unique(np.linspace(0, n - 1, min(n, _POINTS)).astype(np.int64))


def _shares(first: Numbers, now: Numbers) -> tuple[Numbers, Numbers]:
    known = first[~np.isnan(first)]
    edges = np.unique(np.quantile(known, _EDGES)) if len(known) else np.empty(0)
    counted = (
        np.bincount(np.searchsorted(edges, part[~np.isnan(part)]), minlength=len(edges) + 1) for part in (first, now)
    )
    before, later = (np.asarray(count / max(count.sum(), 1), np.float64) for count in counted)
    return before, later


def _strongest(taught: Sequence[Learned]) -> Swarm | None:
    """Explain some test cases of the arm that has most of them; None where nothing adds up."""
    boosters = [one for one in taught if one.artifact.booster is not None]
    if not boosters:
        return None
    one = max(boosters, key=lambda arm: len(arm.test))
    sample = one.test.take(slice(0, _SHAP_ROWS))
    adds = one.artifact.contributions(sample.columns)[:, :-1]
    values = one.artifact.encoder.encode(sample.columns)
    chosen = np.argsort(-np.abs(adds).mean(axis=0), kind="stable")[:_SHAP_FEATURES]
    height = np.column_stack([_ranked(values[:, column]) for column in chosen])
    return Swarm([one.artifact.features[column] for column in chosen], adds[:, chosen], height)


def _ranked(values: Numbers) -> Numbers:
    """Rank values in [0, 1], equal ones alike; NaN stays."""
    known = np.unique(values[~np.isnan(values)])
    place = np.searchsorted(known, values) / max(len(known) - 1, 1)
    return np.where(np.isnan(values), np.nan, place)
