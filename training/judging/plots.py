"""Pictures of a model for those who read the experiment log: is it honest, does it rank, what does it look at?"""

from typing import TYPE_CHECKING

import numpy as np

from models import compiler
from regua.columns import Array, Numbers
from training.examples import Examples
from training.learned import Learned
from training.teaching.tune import Tuned

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SHAP_ROWS = 400
_BINS = 10


def draw(arms: list[Learned]) -> dict[str, "Figure"]:
    """Draw a model's arms: ``reliability``, ``roc``, ``gains`` (one line an arm) and ``shap`` of its largest arm.

    Arms with a prior or without test cases are left out; no arm, no picture. What answers with no probability has no
    such pictures: its answer and its label are different things.
    """
    from matplotlib.figure import Figure

    chances = [one for one in arms if one.spec.answers == "probability" and one.artifact.booster is not None]
    judged = [one for one in chances if 0 < one.test.positives < len(one.test)]
    if not judged:
        return {}
    figures = {}
    said = {one.arm: one.artifact.predict(one.test.columns) for one in judged}
    for name, paint in (("reliability", _reliability), ("roc", _roc), ("gains", _gains)):
        # A layout that is reckoned out would draw every picture twice.
        figure = Figure(figsize=(6, 5), dpi=80)
        axes = figure.add_subplot()
        for one in judged:
            paint(axes, one.arm or one.spec.name, one.test, said[one.arm])
        axes.legend(fontsize="small")
        axes.set_title(f"{judged[0].spec.name}: {name}, out of time")
        figures[name] = figure
    figures["shap"] = beeswarm(max(judged, key=lambda one: len(one.test)))
    return figures


def _reliability(axes: "Axes", name: str, test: Examples, probability: Numbers) -> None:
    edges = np.quantile(probability, np.linspace(0, 1, _BINS + 1)[1:-1])
    bins = np.searchsorted(edges, probability, side="right")
    said, happened = (_mean_by(bins, values, test.weight) for values in (probability, test.label))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.5)
    axes.plot(said, happened, marker="o", markersize=3, label=name)
    axes.set(xlabel="said", ylabel="happened", xlim=(0, 1), ylim=(0, 1))


def _roc(axes: "Axes", name: str, test: Examples, probability: Numbers) -> None:
    from sklearn.metrics import roc_curve

    false_share, true_share, _ = roc_curve(test.label, probability, sample_weight=test.weight)
    axes.plot(false_share, true_share, linewidth=1, label=name)
    axes.set(xlabel="share of those who do not", ylabel="share of those who do")


def _gains(axes: "Axes", name: str, test: Examples, probability: Numbers) -> None:
    order = np.argsort(-probability, kind="stable")
    found = np.cumsum((test.weight * test.label)[order])
    asked = np.cumsum(test.weight[order])
    axes.plot(asked / asked[-1], found / found[-1], linewidth=1, label=name)
    axes.set(xlabel="share asked, highest score first", ylabel="share found")


def _mean_by(bins: Array, values: Numbers, weight: Numbers) -> Numbers:
    mass = np.bincount(bins, weights=weight, minlength=_BINS)
    total = np.bincount(bins, weights=weight * values, minlength=_BINS)
    return np.asarray(total[mass > 0] / mass[mass > 0], np.float64)


def importance(tuned: Tuned) -> dict[str, "Figure"]:
    """Draw how much each setting of the search mattered; nothing where there were too few trials to tell."""
    from matplotlib.figure import Figure

    if not tuned.importance:
        return {}
    names, shares = zip(*sorted(tuned.importance.items(), key=lambda item: item[1]), strict=True)
    figure = Figure(figsize=(6, 3), dpi=80)
    figure.subplots_adjust(left=0.28, bottom=0.2)
    axes = figure.add_subplot()
    axes.barh(names, shares)
    axes.set(xlabel="share of the differences between trials", xlim=(0, 1))
    return {"importance": figure}


def beeswarm(one: Learned) -> "Figure":
    """Draw what each of the fifteen strongest features adds to the score of each of some test cases."""
    import matplotlib as mpl

    mpl.use("Agg")
    compiler.leave_printing_alone()
    import matplotlib.pyplot as plt
    import shap

    sample = one.test.take(slice(0, _SHAP_ROWS))
    parts = one.artifact.contributions(sample.columns)
    figure: Figure = plt.figure(figsize=(9, 6), dpi=80)
    figure.subplots_adjust(left=0.32, right=0.98)
    shap.plots.beeswarm(
        shap.Explanation(
            values=parts[:, :-1],
            base_values=parts[:, -1],
            data=one.artifact.encoder.encode(sample.columns),
            feature_names=list(one.artifact.features),
        ),
        max_display=15,
        show=False,
        plot_size=None,
    )
    plt.close(figure)
    return figure
