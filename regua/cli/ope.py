"""``regua ope TABLE``: what another policy would have earned on the same cases, or why the log cannot say."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regua.cli import moments, output
from regua.cli.options import AsJson, listed
from regua.errors import DataError, RequestError

if TYPE_CHECKING:
    from rich.console import Console

    from regua.columns import Numbers
    from training.offpolicy.log import BanditLog
    from training.offpolicy.targets import Target

_TARGETS = "uniform, greedy, columns, or the name of one action"


def register(app: typer.Typer) -> None:
    """Add ``regua ope``."""
    app.command("ope")(ope)


def ope(
    table: Annotated[Path | None, typer.Argument(help="A CSV or Parquet file, one row a round; --log instead.")] = None,
    own_log: Annotated[bool, typer.Option("--log", help="Read the choices of this book.")] = False,
    action: Annotated[str, typer.Option("--action", help="Column of what was done.")] = "action",
    reward: Annotated[str, typer.Option("--reward", help="Column of what it brought.")] = "reward",
    propensity: Annotated[str, typer.Option("--propensity", help="Column of its chance.")] = "propensity",
    target: Annotated[str, typer.Option("--target", help=f"The policy asked about: {_TARGETS}.")] = "uniform",
    target_column: Annotated[str, typer.Option("--target-column", help="Column: the target's chance of it.")] = "",
    features: Annotated[str, typer.Option("--features", help="Columns known before, by commas.")] = "",
    customer: Annotated[str, typer.Option("--customer", help="Column that says whose round it is.")] = "",
    days: Annotated[int, typer.Option("--days", min=1, help="With --log: days in which payments count.")] = 14,
    as_of: Annotated[str, typer.Option("--as-of", help="With --log: the moment looked from.")] = "",
    seed: Annotated[int, typer.Option("--seed", help="Key of all chance.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Value a policy that never ran, from rounds of one that did; exit 1 where the log cannot say, with the reason."""
    from regua import settings
    from training.offpolicy import rewards
    from training.offpolicy.evaluate import evaluate

    if own_log == (table is not None):
        raise RequestError("neither a table nor --log, or both", expected="one of them", remedy="regua ope rounds.csv")
    loaded = settings.load()
    if table is None:
        from training.offpolicy import own_log as book

        log = book.read(loaded, moments.given(as_of, exact=True), days=days, seed=seed)
    else:
        log = _read(table, action, reward, propensity, listed(features), customer, target, target_column)
    if target == "greedy" and log.why_no_facts:
        raise DataError(
            f"no reward model, so nothing to be greedy by: {log.why_no_facts}",
            expected="what was known before each choice",
            remedy="bring the history of invoices and payments in, or ask about another target",
        )
    needs_model = bool(log.facts.names) or target == "greedy"
    expected = rewards.expected(log, seed=seed, threads=loaded.threads) if needs_model else None
    found = evaluate(log, _target(log, target, target_column, expected), expected=expected, seed=seed)
    told: dict[str, Any] = {"actions": dict(log.counts), **found.to_json()}
    following = "regua ope … --target greedy" if target == "uniform" else None
    output.emit(told, lambda console: _draw(console, told), as_json, following)
    if found.refused:
        raise typer.Exit(1)


def _read(
    table: Path,
    action: str,
    reward: str,
    propensity: str,
    features: list[str],
    customer: str,
    target: str,
    target_column: str,
) -> "BanditLog":
    from training import own_table
    from training.offpolicy.log import BanditLog

    columns = own_table.read(table)
    also = [target_column] if target_column else []
    if target == "columns":
        also += [name for name in columns if name.startswith("pi_")]
    return BanditLog.of(
        columns,
        action=action,
        reward=reward,
        propensity=propensity,
        features=features,
        customer=customer or None,
        also=also,
    )


def _target(log: "BanditLog", name: str, column: str, expected: "Numbers | None") -> "Target":
    from training.offpolicy import targets

    if column:
        return targets.of_column(log, column)
    if name == "uniform":
        return targets.uniform(log)
    if name == "columns":
        return targets.of_columns(log)
    if name == "greedy":
        assert expected is not None  # noqa: S101 - made for it
        return targets.greedy(log, expected)
    return targets.always(log, name)


def _draw(console: "Console", told: dict[str, Any]) -> None:
    support = told["support"]
    console.print(
        f"{support['rounds']:,.0f} rounds of {support['customers']:,.0f} customers, {len(told['actions'])} actions; "
        f"target: {told['target']}",
        markup=False,
        highlight=False,
    )
    table = output.compact("reward a round")
    for heading in ("estimator", "value", "95 %"):
        table.add_column(heading, justify="left" if heading == "estimator" else "right")
    for name, one in told["values"].items():
        table.add_row(name.replace("_", "-"), f"{one['value']:.6g}", f"{one['low']:.6g} … {one['high']:.6g}")
    console.print(table)
    console.print(
        f"support: {support['effective_rounds']:,.0f} effective rounds, weights average {support['mean_weight']:.3f}, "
        f"at most {support['weight_maximum']:.1f}; {100 * support['unsupported_share']:.1f} % of the target's choices "
        "were never tried",
        highlight=False,
    )
    for line in told["refused"]:
        console.print(f"no answer: {line}", style="red", markup=False, highlight=False)
    for line in told["warnings"]:
        console.print(line, style="yellow", markup=False, highlight=False)
