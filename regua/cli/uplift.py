"""``regua uplift TABLE``: whom a treatment changes and by how much, from a trial in a table of one's own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regua.cli import output
from regua.cli.options import AsJson, listed
from regua.errors import RequestError

if TYPE_CHECKING:
    from rich.console import Console

_QUICK = {"bootstrap": 60, "permutations": 100, "seeds": 0}


def register(app: typer.Typer) -> None:
    """Add ``regua uplift``."""
    app.command("uplift")(uplift)


def uplift(
    table: Annotated[Path, typer.Argument(help="A CSV or Parquet file, one row a case.")],
    treatment: Annotated[str, typer.Option("--treatment", help="Column of what was done to each.")],
    outcome: Annotated[str, typer.Option("--outcome", help="Column of what came of it: 0 and 1, or an amount.")],
    control: Annotated[str, typer.Option("--control", help="The value of those left alone; guessed if usual.")] = "",
    features: Annotated[str, typer.Option("--features", help="Columns known before, by commas; all others.")] = "",
    without: Annotated[str, typer.Option("--without", help="Columns that are no features, by commas.")] = "",
    customer: Annotated[str, typer.Option("--customer", help="Column that says whose row it is.")] = "",
    propensity: Annotated[str, typer.Option("--propensity", help="Column of the chance of what was done.")] = "",
    learners: Annotated[str, typer.Option("--learners", help="Among s, t, x, dr.")] = "s,t,x,dr",
    margin: Annotated[
        float | None, typer.Option("--margin", min=0, help="An effect this small is as good as none.")
    ] = None,
    sure: Annotated[float | None, typer.Option("--sure", help="Outcome from which one is a sure thing.")] = None,
    plan: Annotated[
        float | None, typer.Option("--plan", min=0, help="Say how many cases an effect of this size needs.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer replicates, no further seeds.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="Key of all chance.")] = 7,
    report: Annotated[Path | None, typer.Option("--report", help="Write one self-contained HTML page.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say whom a treatment changes, with intervals, or that nobody was shown to differ and what then is best.

    Effects are learned by S, T, X and DR learners and told of people they had not seen. Columns written after the
    treatment are no features: name them in --without.
    """
    from rich.console import Console

    from regua import settings
    from training import own_table
    from training.causal.study import Effort, study
    from training.causal.trial import Trial

    tried = listed(learners)
    if not tried or (strange := set(tried) - {"s", "t", "x", "dr"}):
        raise RequestError(f"--learners {learners}", expected="some of s, t, x, dr", remedy=f"leave out {strange}")
    trial = Trial.of(
        own_table.read(table),
        treatment=treatment,
        outcome=outcome,
        control=control or None,
        features=listed(features) or None,
        without=listed(without),
        customer=customer or None,
        propensity=propensity or None,
    )
    with Console(stderr=True).status("reading", spinner="dots") as status:
        found = study(
            trial,
            tried=tried,
            effort=Effort(**_QUICK) if quick else None,
            margin=margin,
            sure_from=sure,
            seed=seed,
            threads=settings.load().threads,
            progress=status.update,
        )
    told = {"table": table.name, "treatment": treatment, "outcome": outcome, "seed": seed, **found.to_json()}
    if plan:
        told["plan"] = {"size": plan} | {
            name: {what: arm.power.cases_for(plan, what) for what in ("average", "spread")}
            for name, arm in found.arms.items()
        }
    if report is not None:
        from training.causal.page import page

        report.write_text(page(told), encoding="utf-8")
        told["report"] = str(report)
    following = f"open {report}" if report else f"regua uplift {table} … --report uplift.html"
    output.emit(told, lambda console: _draw(console, told), as_json, following)


def _draw(console: "Console", told: dict[str, Any]) -> None:
    head = f"{told['rows']:,} rows of {told['customers']:,} customers, outcome {told['outcome']}"
    console.print(f"{head}, against {told['control']}", markup=False, highlight=False)
    for arm in told["arms"].values():
        _draw_learners(console, arm)
        _draw_tenths(console, arm)
    _draw_policies(console, told["policies"])
    _draw_power(console, told)
    for line in told["advice"]:
        console.print(line, markup=False, highlight=False)
    for line in told["warnings"]:
        console.print(line, style="yellow", markup=False, highlight=False)


def _draw_learners(console: "Console", arm: dict[str, Any]) -> None:
    from rich.markup import escape

    ate, rows = arm["ate"], arm["rows"]
    head = f"{arm['arm']}: average effect {_shown(ate)}, {rows['treated']:,} treated, {rows['control']:,} not"
    table = output.compact(escape(head))
    for heading in ("learner", "Qini", "95 %", "chance 95 %", "p", "uplift at 10 %", "at 30 %"):
        table.add_column(heading, justify="left" if heading == "learner" else "right")
    for name, one in arm["learners"].items():
        qini = one["qini"]
        table.add_row(
            f"{name} *" if name == arm["chosen"] else name,
            f"{qini['value']:.4f}",
            f"{qini['low']:.4f} … {qini['high']:.4f}",
            f"{one['chance_95']:.4f}",
            f"{one['p_value']:.3f}",
            f"{one['uplift_at_10']['value']:.4f}",
            f"{one['uplift_at_30']['value']:.4f}",
        )
    console.print(table)


def _draw_tenths(console: "Console", arm: dict[str, Any]) -> None:
    table = output.compact(f"tenths by effect, {arm['chosen']} learner, intervals for all at once")
    for heading in ("tenth", "rows", "effect", "95 %", "untreated", "group"):
        table.add_column(heading, justify="left" if heading == "group" else "right")
    for place, tenth in enumerate(arm["tenths"], 1):
        effect = tenth["effect"]
        between = f"{effect['low']:+.4f} … {effect['high']:+.4f}"
        cells = (f"{effect['value']:+.4f}", between, f"{tenth['untreated']['value']:.4f}")
        table.add_row(str(place), f"{tenth['rows']:,}", *cells, tenth["group"].replace("_", " "))
    console.print(table)


def _draw_power(console: "Console", told: dict[str, Any]) -> None:
    plan = told.get("plan")
    table = output.compact("what so many cases could have shown, four times in five")
    headings = ("treatment", "cases", "average effect from", "spread of effects from")
    for heading in (*headings, *((f"cases for average {plan['size']:g}", "for such a spread") if plan else ())):
        table.add_column(heading, justify="left" if heading == "treatment" else "right")
    for name, arm in told["arms"].items():
        power = arm["power"]
        needs = [f"{plan[name][what]:,}" for what in ("average", "spread")] if plan else []
        table.add_row(name, f"{power['cases']:,}", f"±{power['average']:.3g}", f"{power['spread']:.3g}", *needs)
    console.print(table)


def _draw_policies(console: "Console", policies: dict[str, Any]) -> None:
    table = output.compact("outcome a head, if everybody were given")
    for heading in ("policy", "value", "95 %"):
        table.add_column(heading, justify="left" if heading == "policy" else "right")
    for name, one in policies.items():
        table.add_row(name, f"{one['value']:.4f}", f"{one['low']:.4f} … {one['high']:.4f}")
    console.print(table)


def _shown(one: dict[str, float]) -> str:
    return f"{one['value']:+.4f} ({one['low']:+.4f} … {one['high']:+.4f})"
