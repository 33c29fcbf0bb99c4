"""How the demonstrations tell what they came to: few tables, plain words, every figure with its unit."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from regua.cli.demo.figures import LEGEND, models, say_what_stood_in
from regua.cli.demo.steps import peak_memory_mb
from regua.cli.output import compact, decided
from regua.money import in_words
from serving.proving import showing

if TYPE_CHECKING:
    from regua.cli.demo import real as real_log
    from regua.cli.demo import simulated as made_up
    from training.learned import LearnReport


def simulated(console: Console, report: "made_up.Report", language: str) -> None:
    """Tell the simulated demonstration: what it came to, decisions, models, one decision, what to try next."""
    rows = sum(report.book.rows.values())
    put_aside = sum(table.quarantined for table in report.ingested.tables.values())
    console.rule("[bold]Regua on a simulated book")
    console.print(
        f"{report.book.customers:,} customers, {rows:,} raw rows in, {put_aside:,} quarantined, "
        f"{sum(report.ingested.suspicions.values()):,} doubtful bills on hold."
    )
    console.print(f"\n{verdict(report)}\n")
    console.print(_value(report))
    first = report.lived.batches[0]
    console.print(decided("Decided on the first day: customers by journey and channel", first.by_journey))
    console.print(f"[dim]{first.at_peace:,} customers owe nothing and were left in peace.[/dim]")
    stopped = ", ".join(f"{rule} {count:,}" for rule, count in report.lived.blocked.most_common())
    console.print(f"[dim]Rules that stood in the way, all days: {stopped or 'none'}.[/dim]\n")
    if report.refused:
        console.print(f"Not promoted: {report.refused}. Documented priors decided.\n", markup=False, highlight=False)
    told = "not promoted" if report.refused else "as promoted on the first morning"
    _models(console, f"Models out of time, {told}", report.learned)
    if report.again:
        _models(console, "Learned again from what the days brought; waits for promotion", report.again)
    missing = ", ".join((report.again or report.learned).missing_families)
    console.print(f"Families of facts this book does not have: {missing or 'none'}.\n")
    console.print(offers(report))
    _watch(console, report)
    if report.explanation:
        console.rule("One decision in full")
        showing.show(report.explanation, console, language)
    console.print(f"\n[dim]{report.lived.events:,} events heard back. {spent(report.seconds)}[/dim]")
    console.print("\nTry next:")
    for command in report.next_commands:
        console.print(f"  {command}", soft_wrap=True, markup=False, highlight=False)


def verdict(report: "made_up.Report") -> str:
    """Say in words what the days came to, and whether the interval leaves a doubt."""
    gain, contacts = report.gain, (report.regua.contacts, report.ladder.contacts)
    low, high = (in_words(round(cents)) for cents in (gain.low, gain.high))
    more = "more" if gain.point >= 0 else "less"
    if gain.low > 0:
        sure = "the whole interval is above zero: on this book Regua did better."
    elif gain.high < 0:
        sure = "the whole interval is below zero: on this book the ladder did better."
    else:
        sure = "the interval includes zero: these days alone cannot tell the two apart."
    return (
        f"In {report.days} days Regua brought in {in_words(abs(round(gain.point)))} {more} than the static ladder, "
        f"net of the cost of contact, with {contacts[0]:,} contacts against {contacts[1]:,}. "
        f"95 % interval: {low} to {high}; {sure}"
    )


def offers(report: "made_up.Report") -> str:
    """Say how many contacts carried which offer."""
    made: Counter[str] = report.lived.offers
    told = ", ".join(f"{name} {count:,}" for name, count in made.most_common(6))
    return f"Offers that rode with a contact: {made.total():,} ({told or 'none'})."


def _models(console: Console, title: str, report: "LearnReport") -> None:
    console.print(models(title, report))
    console.print(f"[dim]{LEGEND}[/dim]")
    say_what_stood_in(console, report)


def _watch(console: Console, report: "made_up.Report") -> None:
    """Say what the watch advises of each model, and where its page lies."""
    if report.watched is None:
        return
    advised: dict[str, list[str]] = {}
    for one in report.watched.models:
        advised.setdefault(one.verdict.advice, []).append(one.verdict.model)
    console.print(f"\n[bold]Watch[/bold] after {report.days} days: {report.watched.advice}")
    for advice, names in advised.items():
        console.print(f"· {advice}: {', '.join(names)}", markup=False, highlight=False)
    console.print(f"  report: {report.page}", soft_wrap=True, markup=False, highlight=False)


def spent(seconds: Mapping[str, float]) -> str:
    """Say what a run took."""
    return f"{sum(seconds.values()):.0f} s in all, {peak_memory_mb():,} MB of memory at most."


def stopped(title: str, by_rule: "Counter[str]") -> Table:
    """Draw in how many decisions each rule stood in the way of a contact."""
    table = compact(title)
    table.add_column("rule")
    table.add_column("decisions", justify="right")
    for rule, count in by_rule.most_common():
        table.add_row(rule.replace("_", " "), f"{count:,}")
    return table


def _value(report: "made_up.Report") -> Table:
    table = compact(f"{report.days} days, the same customers, the same luck")
    for name in ("", "collected", "cost of contact", "net", "contacts"):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    both = [(one.collected_cents, one.cost_cents, one.net_cents) for one in (report.regua, report.ladder)]
    for name, amounts, one in zip(("Regua", "static ladder"), both, (report.regua, report.ladder), strict=True):
        table.add_row(name, *(in_words(amount) for amount in amounts), f"{one.contacts:,}")
    table.add_section()
    apart = (in_words(first - second) for first, second in zip(*both, strict=True))
    table.add_row("difference", *apart, f"{report.regua.contacts - report.ladder.contacts:+,}")
    return table


def real(console: Console, report: "real_log.Report") -> None:
    """Tell the demonstration on the road-fines log: cases, models beside the baseline, decisions, what is missing."""
    console.rule("[bold]Regua on a real log: road fines, as of 2008-01-01")
    console.print(
        f"{report.cases:,} cases in: {report.kept:,} kept, {report.quarantined:,} quarantined; "
        f"{report.batch.decided:,} open on that day."
    )
    _models(console, "Out of time: learned before 2006, tested on 2007", report.judged)
    console.print(
        "[dim]Baseline, one untuned run on any payment within 365 days of the penalty: AUC .598, KS .161.[/dim]"
    )
    for day, batch in (("2008-01-01, a holiday", report.batch), ("2008-01-02", report.working)):
        console.print(decided(f"Decisions for open cases on {day}", batch.by_journey))
        console.print(f"[dim]{batch.at_peace:,} cases owe nothing and were left in peace.[/dim]")
        console.print(stopped("What stood in the way: decisions by rule", batch.blocked))
    console.print(f"Families this log does not have: {', '.join(report.champion.missing_families) or 'none'}.")
    console.print(f"[dim]{spent(report.seconds)}[/dim]")
