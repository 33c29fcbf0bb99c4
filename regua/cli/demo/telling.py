"""How the demonstrations tell what they came to: few tables, plain words, every figure with its unit."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from regua.money import in_words
from regua.vocabulary import CHANNELS, NOTHING
from serving import showing

if TYPE_CHECKING:
    from regua.cli.demo import real as real_log
    from regua.cli.demo import simulated as made_up
    from training.learned import LearnReport


def simulated(console: Console, report: "made_up.Report", language: str) -> None:
    """Tell the simulated demonstration: decisions, value, models, one decision, time."""
    rows = sum(report.book.rows.values())
    put_aside = sum(table.quarantined for table in report.ingested.tables.values())
    console.rule("[bold]Regua on a simulated book")
    console.print(
        f"{report.book.customers:,} customers, {rows:,} raw rows in, {put_aside:,} quarantined, "
        f"{sum(report.suspicions.values()):,} doubtful bills on hold."
    )
    first = report.lived.batches[0]
    console.print(decided("Decided on the first day: customers by journey and channel", first.by_journey))
    console.print(f"[dim]{first.at_peace:,} customers owe nothing and were left in peace.[/dim]")
    console.print(_value(report))
    console.print(models("Models out of time, before → after the lived days", report.before, report.after))
    if report.explanation:
        console.rule("One decision in full")
        showing.show(report.explanation, console, language)
    total = sum(report.seconds.values())
    console.print(f"\n[dim]{total:.0f} s in all; {report.lived.events:,} events heard back.[/dim]")


def decided(title: str, by_journey: Mapping[str, Counter[str]]) -> Table:
    """Draw how many customers each journey gave each channel."""
    used = [channel for channel in CHANNELS if any(row[channel] for row in by_journey.values())]
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("journey")
    for name in (*used, NOTHING, "all"):
        table.add_column(name, justify="right")
    for journey, row in sorted(by_journey.items(), key=lambda item: -item[1].total()):
        cells = (f"{row[channel]:,}" if row[channel] else "·" for channel in (*used, NOTHING))
        table.add_row("no journey" if journey == NOTHING else journey, *cells, f"{row.total():,}")
    return table


def stopped(title: str, by_rule: "Counter[str]") -> Table:
    """Draw in how many decisions each rule stood in the way of a contact."""
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("rule")
    table.add_column("decisions", justify="right")
    for rule, count in by_rule.most_common():
        table.add_row(rule.replace("_", " "), f"{count:,}")
    return table


def models(title: str, *reports: "LearnReport") -> Table:
    """Draw each model's figures, one column a training."""
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("model")
    for name in ("cases learned", "AUC [95 %]", "KS", "Brier", "ECE"):
        table.add_column(name, justify="right")
    summaries = [{one["name"]: one for one in (m.summary() for m in report.models)} for report in reports]
    for name in summaries[0]:
        table.add_row(name, *_cells([one[name] for one in summaries if name in one]))
    return table


def _cells(trainings: list[dict[str, object]]) -> Iterable[str]:
    def each(show: str) -> str:
        return " → ".join(
            "prior" if one["kind"] == "prior" or one.get("auc") is None else show.format(**one) for one in trainings
        )

    yield " → ".join(f"{dict(one['rows']).get('train', 0):,}" for one in trainings)  # type: ignore[call-overload]
    yield each("{auc:.3f} [{auc_low:.2f}–{auc_high:.2f}]")
    for measure in ("ks", "brier", "ece"):
        yield each(f"{{{measure}:.3f}}")


def _value(report: "made_up.Report") -> Table:
    table = Table(
        title=f"{report.days} days: Regua beside the static ladder, same customers, same luck",
        title_justify="left",
        title_style="bold",
    )
    for name in ("", "collected", "cost of contact", "net", "contacts"):
        table.add_column(name, justify="right" if name else "left")
    for name, one in (("Regua", report.regua), ("static ladder", report.ladder)):
        amounts = (one.collected_cents, one.cost_cents, one.net_cents)
        table.add_row(name, *(in_words(amount) for amount in amounts), f"{one.contacts:,}")
    point, low, high = (in_words(round(cents)) for cents in (report.gain.point, report.gain.low, report.gain.high))
    table.add_section()
    table.add_row(
        "difference", "", "", f"{point}\n95 %: {low} to {high}", f"{report.regua.contacts - report.ladder.contacts:+,}"
    )
    return table


def real(console: Console, report: "real_log.Report") -> None:
    """Tell the demonstration on the road-fines log: cases, models beside the baseline, decisions, what is missing."""
    console.rule("[bold]Regua on a real log: road fines, as of 2008-01-01")
    console.print(
        f"{report.cases:,} cases in: {report.kept:,} kept, {report.quarantined:,} quarantined; "
        f"{report.batch.decided:,} open on that day."
    )
    console.print(models("Out of time: learned before 2006, tested on 2007", report.judged))
    console.print(
        "[dim]Baseline, one untuned run on any payment within 365 days of the penalty: AUC .598, KS .161.[/dim]"
    )
    for day, batch in (("2008-01-01, a holiday", report.batch), ("2008-01-02", report.working)):
        console.print(decided(f"Decisions for open cases on {day}", batch.by_journey))
        console.print(f"[dim]{batch.at_peace:,} cases owe nothing and were left in peace.[/dim]")
        console.print(stopped("What stood in the way: decisions by rule", batch.blocked))
    console.print(f"Families this log does not have: {', '.join(report.champion.missing_families) or 'none'}.")
    console.print(f"[dim]{sum(report.seconds.values()):.0f} s in all.[/dim]")
