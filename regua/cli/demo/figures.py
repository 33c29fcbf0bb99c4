"""How good the models are, drawn within eighty columns: one line a model, then what stood in, then the buckets."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.table import Table

from regua.cli.output import compact, figure
from regua.vocabulary import ARREARS_BUCKETS

if TYPE_CHECKING:
    from training.learned import Learned, LearnReport

Summary = Mapping[str, Any]

BY_BUCKET = ("roll_risk", "self_cure")
"""Models told bucket by bucket: pooled, their ranking is flattered by the buckets' different rates."""

LEGEND = (
    "AUC: with its 95 % interval, or of arms their mean, lowest and highest. ECE: error of the chances; beside it what "
    "a perfect model would show by chance. A fraction beside a name: arms at work. Gates: held of all."
)


def models(title: str, report: "LearnReport") -> Group:
    """Draw one line a model, then roll_risk and self_cure by bucket."""
    pooled = compact(title)
    pooled.padding = 0  # eight columns within eighty characters
    pooled.add_column("model", no_wrap=True)
    for name in ("learned", "tested", "AUC", "", "ECE", "chance", "gates"):
        pooled.add_column(name, justify="right", no_wrap=True)
    for name, arms in _by_model(report).items():
        pooled.add_row(*_line(name, arms, report))
    buckets = [_by_bucket(name, one.summary()) for name, (one, *_) in _by_model(report).items() if name in BY_BUCKET]
    return Group(*(part for part in (pooled, *buckets) if part.row_count))


def say_what_stood_in(console: Console, report: "LearnReport") -> None:
    """Say of each model that is not at work everywhere what speaks in its place, and why."""
    for name, arms in _by_model(report).items():
        whys: dict[str, list[str]] = {}
        for one in arms:
            if one.artifact.kind == "prior" or one.stands_in:
                why = one.stands_in or str(one.artifact.body.get("why") or "nothing was learned")
                whys.setdefault(why, []).append(one.arm)
        for why, mine in whys.items():
            who = f"{name} ({', '.join(mine)})" if any(mine) else name
            console.print(f"· {who}: {why}", style="dim", markup=False, highlight=False)


def _by_model(report: "LearnReport") -> "dict[str, list[Learned]]":
    found: dict[str, list[Learned]] = {}
    for one in report.models:
        found.setdefault(one.spec.name, []).append(one)
    return found


def _line(name: str, arms: "Sequence[Learned]", report: "LearnReport") -> Iterator[str]:
    working = [one for one in arms if one.artifact.kind != "prior" and not one.stands_in]
    yield name if len(arms) == 1 else f"{name} {len(working)}/{len(arms)}"
    figures = [one.verdict.figures.get("pooled", {}) for one in working]
    for fold in ("train", "test"):
        yield f"{sum(int(one.folds.get(fold, 0)) for one in arms):,}"
    told = [figure for figure in figures if figure.get("auc") is not None]
    yield _mean("auc", told)
    yield _span(told, is_alone=len(arms) == 1)
    yield _mean("ece", told, digits=3)
    yield _mean("ece_floor", told, digits=3)
    if not working:
        yield "stands in"
        return
    gates = [gate for one in arms for gate in report.gates.get(one.artifact.name, ()) if gate.severity != "warns"]
    yield f"{sum(gate.passed for gate in gates)}/{len(gates)}"


def _mean(measure: str, figures: Sequence[Mapping[str, float | None]], digits: int = 2) -> str:
    """Return the mean over arms, each counted by its cases."""
    known = [(float(one[measure] or 0), float(one["rows"] or 0)) for one in figures if one.get(measure) is not None]
    rows = sum(count for _, count in known)
    return figure(sum(value * count for value, count in known) / rows if rows else None, digits)


def _span(figures: Sequence[Mapping[str, float | None]], *, is_alone: bool) -> str:
    if is_alone:
        return _interval(figures[0]) if figures else ""
    known = [one["auc"] for one in figures if one["auc"] is not None]
    return f"{min(known):.2f}–{max(known):.2f}" if known else ""


def _by_bucket(name: str, one: Summary) -> Table:
    table = compact(f"{name} by days past due")
    table.add_column("days past due", no_wrap=True)
    for column in ("cases", "AUC", "95 %", "KS", "Brier", "ECE"):
        table.add_column(column, justify="right", no_wrap=True)
    for bucket in map(str, ARREARS_BUCKETS):
        figures = one["by_bucket"].get(bucket, {})
        if figures.get("rows"):
            cells = (figure(figures.get(measure)) for measure in ("ks", "brier", "ece"))
            table.add_row(bucket, f"{figures['rows']:,.0f}", figure(figures.get("auc")), _interval(figures), *cells)
    return table


def _interval(one: Mapping[str, float | None]) -> str:
    low, high = one.get("auc_low"), one.get("auc_high")
    return "–" if low is None or high is None else f"{low:.2f}–{high:.2f}"
