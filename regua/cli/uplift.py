"""``regua uplift TABLE``: whom a treatment changes and by how much, from a trial in a table of one's own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regua.cli import output
from regua.cli.options import AsJson, Language, listed, spoken
from regua.errors import RequestError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from training.causal.study import Study

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
    language: Language = "",
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

    tried, said_in = listed(learners), spoken(language)
    if not tried or set(tried) - {"s", "t", "x", "dr"}:
        raise RequestError(f"--learners {learners}", expected="some of s, t, x, dr", remedy="leave out the others")
    trial = Trial.of(
        own_table.read(table),
        treatment=treatment,
        outcome=outcome,
        features=listed(features) or None,
        without=listed(without),
        control=control or None,
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
            language=said_in,
        )
    told = {"table": table.name, "treatment": treatment, "outcome": outcome, "seed": seed, **found.to_json()}
    told |= _planned(found, plan)
    told |= _written(told, report, said_in)
    following = f"open {report}" if report else f"regua uplift {table} … --report uplift.html"
    output.emit(told, lambda console: _draw(console, told, said_in), as_json, following)


def _written(told: dict[str, Any], report: Path | None, language: str) -> dict[str, str]:
    from training.causal.page import page

    if report is None:
        return {}
    report.write_text(page(told, language), encoding="utf-8")
    return {"report": str(report)}


def _planned(found: "Study", size: float | None) -> dict[str, Any]:
    """Say how many cases each treatment needs to show an average effect, or a spread of effects, of a size."""
    if not size:
        return {}
    needed = {
        name: {what: arm.power.cases_for(size, what) for what in ("average", "spread")}
        for name, arm in found.arms.items()
    }
    return {"plan": {"size": size, "arms": needed}}


def _draw(console: "Console", told: dict[str, Any], language: str) -> None:
    from training.causal.words import say

    head = {"rows": f"{told['rows']:,}", "customers": f"{told['customers']:,}", "control": told["control"]}
    console.print(say("head", language, **head), markup=False, highlight=False)
    for arm in told["arms"].values():
        _draw_learners(console, arm, language)
        _draw_tenths(console, arm, language)
    _draw_policies(console, told["policies"], language)
    _draw_power(console, told, language)
    for line in told["advice"]:
        console.print(line, markup=False, highlight=False)
    for line in told["warnings"]:
        console.print(line, style="yellow", markup=False, highlight=False)


def _draw_learners(console: "Console", arm: dict[str, Any], language: str) -> None:
    from rich.markup import escape

    from training.causal.words import say

    rows = {name: f"{number:,}" for name, number in arm["rows"].items()}
    head = f"{arm['arm']}: {say('average', language).lower()} {_shown(arm['ate'])}, {say('treated', language, **rows)}"
    table = output.compact(escape(head))
    shares = [say("at", language, share=share) for share in (10, 30)]
    _columns(table, say("learner", language), "Qini", "95 %", say("by_chance", language), "p", *shares)
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


def _draw_tenths(console: "Console", arm: dict[str, Any], language: str) -> None:
    from training.causal.words import say

    table = output.compact(f"{say('tenths', language)} ({arm['chosen']})")
    names = [say(key, language) for key in ("tenth", "rows", "effect", "untreated", "group")]
    _columns(table, *names[:3], "95 %", *names[3:])
    for place, tenth in enumerate(arm["tenths"], 1):
        effect = tenth["effect"]
        between = f"{effect['low']:+.4f} … {effect['high']:+.4f}"
        cells = (f"{effect['value']:+.4f}", between, f"{tenth['untreated']['value']:.4f}")
        table.add_row(str(place), f"{tenth['rows']:,}", *cells, say(tenth["group"], language))
    console.print(table)


def _draw_power(console: "Console", told: dict[str, Any], language: str) -> None:
    from training.causal.words import say

    plan = told.get("plan")
    table = output.compact(say("power", language))
    _columns(table, *(say(key, language) for key in ("treatment", "cases", "average_from", "spread_from")))
    if plan:
        table.add_column(say("cases_for_average", language, size=f"{plan['size']:g}"), justify="right")
        table.add_column(say("cases_for_spread", language), justify="right")
    for name, arm in told["arms"].items():
        power = arm["power"]
        needs = [f"{plan['arms'][name][what]:,}" for what in ("average", "spread")] if plan else []
        table.add_row(name, f"{power['cases']:,}", f"±{power['average']:.3g}", f"{power['spread']:.3g}", *needs)
    console.print(table)


def _draw_policies(console: "Console", policies: dict[str, Any], language: str) -> None:
    from training.causal.words import say

    table = output.compact(say("policies", language))
    _columns(table, say("policy", language), say("value", language), "95 %")
    for name, one in policies.items():
        shown = say("by_predicted_effect", language) if name == "by predicted effect" else name
        table.add_row(shown, f"{one['value']:.4f}", f"{one['low']:.4f} … {one['high']:.4f}")
    console.print(table)


def _columns(table: "Table", first: str, *others: str) -> None:
    table.add_column(first)
    for heading in others:
        table.add_column(heading, justify="right")


def _shown(one: dict[str, float]) -> str:
    return f"{one['value']:+.4f} ({one['low']:+.4f} … {one['high']:+.4f})"
