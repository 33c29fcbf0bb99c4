"""``regua learn`` learns the models again; ``regua models`` says what each release holds and which one works."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regua import settings as places
from regua.cli import moments, output
from regua.cli.options import AsJson, MlRuns
from regua.errors import BundleError, RequestError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_FIGURES = ("auc", "ks", "brier", "ece")
_PROMOTE = 'regua promote challenger --by ME --approved-by OTHER --reason "…"'


def register(app: typer.Typer) -> None:
    """Add the commands of learning."""
    app.command("learn")(learn)
    app.command("models")(models)


def learn(
    plan: Annotated[Path | None, typer.Option(help="A plan file; the default plan when left out.")] = None,
    trials: Annotated[int | None, typer.Option(min=1, help="Settings to try for each model.")] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.01, help="Search for settings this long in all, instead of by trials.")
    ] = None,
    recalibrate: Annotated[
        bool, typer.Option("--recalibrate", help="Only renew the champion's calibration, where it is off.")
    ] = False,
    model: Annotated[
        list[str] | None, typer.Option("--model", help="With --recalibrate: only this one; may be repeated.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Learn only from what was known by then: 2026-06-30T09:00.")] = None,
    seed: Annotated[int, typer.Option(help="Key of all chance.")] = 7,
    by: Annotated[str, typer.Option(help="Who learns, for the cards.")] = "regua",
    mlruns: MlRuns = Path("mlruns"),
    as_json: AsJson = False,
) -> None:
    """Learn all models again from what happened; the new release is a challenger until it is promoted.

    A training that was cut short within the last day goes on where it stopped.
    """
    from training import learn as learning
    from training import recalibrating
    from training.plan import DEFAULT, read

    _refuse_together(recalibrate, model, trials, minutes)
    settings, what = places.load(), read(plan or DEFAULT)
    at = moments.given(as_of)
    with _Progress(quiet=as_json) as shown:
        told: dict[str, Any] = {"mlruns": mlruns, "progress": shown.say, "began": shown.began, "by": by}
        if recalibrate:
            report = recalibrating.recalibrate(settings, at, models=model or (), plan=what, seed=seed, **told)
        else:
            if as_of is None:
                at = learning.unfinished(settings, at, what, seed=seed, trials=trials, minutes=minutes) or at
            report = learning.learn(settings, at, plan=what, seed=seed, trials=trials, minutes=minutes, **told)
    result = report.to_json()
    next_step = "regua models" if report.refused else _PROMOTE
    output.emit(result, lambda page: _show_training(page, result), as_json, next_step)


def _refuse_together(recalibrate: bool, model: list[str] | None, trials: int | None, minutes: float | None) -> None:
    if trials is not None and minutes is not None:
        raise RequestError("--trials and --minutes together", expected="one of them: what ends the search")
    if recalibrate and (trials is not None or minutes is not None):
        raise RequestError("--recalibrate searches for no settings", expected="no --trials and no --minutes with it")
    if model and not recalibrate:
        raise RequestError("--model without --recalibrate", expected="regua learn --recalibrate --model NAME")


class _Progress:
    """Shows on standard error which stage is at work, the share that is done, and the time it took."""

    def __init__(self, *, quiet: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f}%"))
        console = Console(stderr=True)
        self._bar = Progress(*columns, TimeElapsedColumn(), console=console, disable=quiet, transient=True)
        self._task = self._bar.add_task("reading", total=None)
        self._stage = ""

    def __enter__(self) -> "_Progress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def began(self, stage: str, number: int, total: int) -> None:
        """Show that a stage begins."""
        self._stage = stage
        self._bar.update(self._task, description=stage, completed=number - 1, total=total)

    def say(self, detail: str) -> None:
        """Show what the stage is doing."""
        self._bar.update(self._task, description=f"{self._stage} · {detail}")


def models(
    repertoire: Annotated[bool, typer.Option("--repertoire", help="Say what each model is, instead.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The repertoire as one page.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the releases, champion and challenger, how their models did out of time, and who promoted what."""
    if repertoire or markdown:
        _repertoire(markdown, as_json)
        return
    from models import bundle, history

    releases = places.load().releases
    found = {folder.name: bundle.load(folder) for folder in sorted(releases.glob("[0-9a-f]*")) if folder.is_dir()}
    result = {
        "champion": _marked(bundle.champion, releases),
        "challenger": _marked(bundle.challenger, releases),
        "history": [change.to_json() for change in history.read(releases)],
        "releases": [
            {
                "release_id": name,
                "trained_as_of": held.manifest["trained_as_of"],
                "models": {one.name: _line(one.body) for one in held.models.values()},
            }
            for name, held in sorted(found.items(), key=lambda item: (item[1].manifest["trained_as_of"], item[0]))
        ],
    }
    next_step = _PROMOTE if result["challenger"] else "regua learn"
    output.emit(result, lambda page: _show_releases(page, result), as_json, next_step)


def _repertoire(markdown: bool, as_json: bool) -> None:
    from models import SPECS
    from models import repertoire as told

    if markdown:
        typer.echo(told.markdown(SPECS), nl=False)
        return
    result = {name: told.described(spec) for name, spec in SPECS.items()}
    output.emit({"models": result}, lambda page: _show_repertoire(page, result), as_json, "regua learn")


def _show_repertoire(page: "Console", result: dict[str, Any]) -> None:
    table = output.compact("the repertoire")
    for heading in ("model", "asks whether", "used by"):
        table.add_column(heading, no_wrap=heading == "model")
    for name, told in result.items():
        table.add_row(name, told["target"], told["used_by"])
    page.print(table)


def _marked(read: Any, releases: Path) -> str | None:
    try:
        return str(read(releases).name)
    except BundleError:
        return None


def _line(body: Any) -> dict[str, Any]:
    told = body["metrics"]
    pooled = (told.get("by_bucket") or {}).get("pooled") or {}
    return {
        "kind": body["kind"],
        "why": body.get("why"),
        "rows": body["train_rows"],
        "test_rows": pooled.get("rows"),
        **{name: pooled.get(name) for name in _FIGURES},
    }


def _show_releases(page: "Console", result: dict[str, Any]) -> None:
    for release in result["releases"]:
        marks = [mark for mark in ("champion", "challenger") if result[mark] == release["release_id"]]
        words = " ".join([*marks, f"{release['release_id']}, trained as of {release['trained_as_of'][:16]}"])
        table = _table(words)
        for name, line in release["models"].items():
            _add(table, name, line, line["rows"], line["test_rows"])
        page.print(table)
    for change in result["history"]:
        page.print(
            f"{change['at'][:16]} {change['action']} {change['from'] or 'none'} → {change['to']}: {change['reason']} "
            f"({change['by']}, approved by {change['approved_by']})",
            markup=False,
            highlight=False,
        )


def _show_training(page: "Console", result: dict[str, Any]) -> None:
    table = _table(f"challenger {result['release_id']}, out of time")
    for one in result["models"]:
        _add(table, one["name"], one, one["rows"].get("train", 0), one["rows"].get("test", 0))
    page.print(table)
    _say_how_it_went(page, result)
    if result["missing_families"]:
        page.print(f"This book has nothing on: {', '.join(result['missing_families'])}.")
    if result["unplanned"]:
        page.print(f"Not learned, a documented prior stands in: {', '.join(result['unplanned'])}.")
    failed: dict[str, list[str]] = {}
    for name, gates in result["gates"].items():
        for gate in gates:
            if not gate["passed"] or gate["gate"] == "decisions":
                failed.setdefault(f"{gate['gate']} ({gate['severity']}): {gate['words']['en']}", []).append(name)
    for words, names in failed.items():  # the arms of one model fail together, and are told together
        page.print(f"{', '.join(names)}: {words}", markup=False)
    if result["refused"]:
        page.print(f"Kept from promotion by {'; '.join(result['refused'])}.", style="yellow", markup=False)


def _say_how_it_went(page: "Console", result: dict[str, Any]) -> None:
    table = output.compact(f"{result['seconds']:.0f} s, {result['share_outside_lightgbm']:.0%} of it outside LightGBM")
    for heading in ("stage", "seconds", "peak MB", ""):
        table.add_column(heading, justify="left" if heading in ("stage", "") else "right")
    for stage in result["stages"]:
        was_done = "done before" if stage["is_resumed"] else ""
        table.add_row(stage["name"], f"{stage['seconds']:.1f}", f"{stage['peak_memory_mb']:,}", was_done)
    page.print(table)
    told = result["profiles"]
    page.print(
        f"Profiles: {told['computed']:,} computed at {told['moments_computed']:,} moments, {told['reused']:,} kept "
        f"from earlier trainings. Rows settled from the decision log: {result['settled']:,}."
    )


def _table(title: str) -> "Table":
    table = output.compact(title)
    table.padding = 0
    table.add_column("model", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    for heading in ("learned", "tested", *(name.upper() for name in _FIGURES)):
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _add(table: "Table", name: str, line: dict[str, Any], train_rows: int, test_rows: int | None) -> None:
    figures = [output.figure(line[name]) for name in _FIGURES]
    table.add_row(name, line["kind"], f"{train_rows:,}", f"{test_rows or 0:,}", *figures)
