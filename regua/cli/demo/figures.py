"""How good the models are, drawn within eighty columns: one line a training, then one line an arrears bucket."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table

from regua.cli.output import compact
from regua.vocabulary import ARREARS_BUCKETS

if TYPE_CHECKING:
    from training.learned import LearnReport

Summary = Mapping[str, Any]

WHEN = ("before", "after")
ARM = "channel_response_"


def models(title: str, *reports: "LearnReport") -> Group:
    """Draw each model's figures over all cases, then roll_risk's and self_cure's by bucket.

    Parameters
    ----------
    reports
        One training, or the trainings before and after some days.
    """
    trainings = [{str(one["name"]): one for one in (m.summary() for m in report.models)} for report in reports]
    names = list(trainings[-1])
    whole = [name for name in names if not name.startswith(ARM)]
    parts = [_pooled(title, whole, trainings)]
    if arms := [name for name in names if name.startswith(ARM)]:
        parts.append(
            _pooled("Chance of a response within 7 days, by channel (nothing: left in peace)", arms, trainings)
        )
    parts += [_by_bucket(name, [one[name] for one in trainings if name in one]) for name in whole]
    return Group(*(part for part in parts if part.row_count))


def _pooled(title: str, names: Sequence[str], trainings: Sequence[Mapping[str, Summary]]) -> Table:
    table = compact(title)
    table.add_column("model", no_wrap=True)
    table.add_column("days" if len(trainings) > 1 else "", no_wrap=True)
    for name in ("learned on", "AUC", "95 %", "KS", "Brier", "ECE"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in names:
        for turn, summaries in enumerate(trainings):
            if name in summaries:
                table.add_row(
                    "" if turn else name.removeprefix(ARM),
                    WHEN[turn] if len(trainings) > 1 else "",
                    *_line(summaries[name]),
                )
    return table


def _line(one: Summary) -> Iterator[str]:
    yield f"{one['rows'].get('train', 0):,}"
    if one["kind"] == "prior" or one.get("auc") is None:
        yield from ("prior", "", "", "", "")
        return
    yield from (_figure(one["auc"]), _interval(one), *(_figure(one[name]) for name in ("ks", "brier", "ece")))


def _by_bucket(name: str, trainings: Sequence[Summary]) -> Table:
    table = compact(f"{name} by days past due")
    table.add_column("days past due", no_wrap=True)
    columns = ("cases", "AUC", "95 %", "KS", "Brier", "ECE")
    for column in (*columns, "AUC before") if len(trainings) > 1 else columns:
        table.add_column(column, justify="right", no_wrap=True)
    last = trainings[-1]["by_bucket"]
    for bucket in map(str, ARREARS_BUCKETS):
        if bucket in last and last[bucket].get("rows"):
            one = last[bucket]
            cells = [f"{one['rows']:,.0f}", _figure(one.get("auc")), _interval(one)]
            cells += [_figure(one.get(measure)) for measure in ("ks", "brier", "ece")]
            if len(trainings) > 1:
                cells.append(_figure(trainings[0]["by_bucket"].get(bucket, {}).get("auc")))
            table.add_row(bucket, *cells)
    return table


def _interval(one: Mapping[str, float | None]) -> str:
    low, high = one.get("auc_low"), one.get("auc_high")
    return "–" if low is None or high is None else f"{low:.2f}–{high:.2f}"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
