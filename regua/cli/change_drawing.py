"""How a change request looks at the command line: what it asks, whom it touches, and what is to be done next."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from regua.cli import output

if TYPE_CHECKING:
    from rich.console import Console

    from serving.changes.change import Change

SHORT = 12
COLOURS = {"error": "red", "warning": "yellow", "hint": "dim"}


def next_step(change: "Change") -> str:
    """Say what is to be done next, by whomever may."""
    one, verdict = change.change_id, change.verdict or {}
    if change.state == "submitted":
        if verdict.get("is_sound"):
            return f"regua change approve {one} --version {change.target[:SHORT]}"
        return f"regua change try {one}" if not verdict else f"regua change reject {one} --note …"
    following = {"approved": f"apply {one}", "applied": f"rollback {one} --note …"}
    return f"regua change {following.get(change.state, 'list')}"


def draw_list(console: "Console", found: "Sequence[Change]") -> None:
    """Draw requests, a row each."""
    if not found:
        console.print("no change requests")
        return
    table = output.compact("Change requests")
    for column in ("request", "kind", "state", "author", "changed", "title"):
        table.add_column(column, no_wrap=column == "request")
    for one in found:
        changed = f"{one.changed_at:%Y-%m-%d %H:%M}"
        table.add_row(one.change_id, one.kind, one.state, one.author, changed, one.title)
    console.print(table)


def draw(console: "Console", change: "Change", language: str) -> None:
    """Draw one request whole."""
    lines = [
        f"{change.change_id} · {change.kind} · {change.state}",
        change.title,
        f"{change.author}, {change.created_at:%Y-%m-%d %H:%M}: {change.reason}",
        f"version {change.target[:SHORT]} in place of {change.base[:SHORT]}",
        *(f"  {'takes out ' if text is None else 'writes '}{path}" for path, text in change.files.items()),
    ]
    for line in lines:
        _plain(console, line)
    _verdict(console, change.verdict, language)
    for step in change.steps:
        _plain(console, f"{step['at'][:16].replace('T', ' ')} {step['did']} by {step['by']}  {step['note']}".rstrip())


def _verdict(console: "Console", verdict: Mapping[str, Any] | None, language: str) -> None:
    if verdict is None:
        _plain(console, "not tried yet")
        return
    sound = "sound" if verdict["is_sound"] else "not sound"
    _plain(console, f"tried {verdict['at'][:16].replace('T', ' ')} by {verdict['by']}: {sound}")
    for one in verdict["findings"]:
        if one["severity"] != "hint":
            told = f"  {one.get('code', '')} {one['found']}"
            console.print(told, style=COLOURS[one["severity"]], markup=False, highlight=False, soft_wrap=True)
    for one in verdict["differences"]:
        _plain(console, f"  {one['subject']}: {one['words'][language]}")
    if touched := verdict["touched"]:
        contacts = touched["contacts"]
        _plain(
            console,
            f"  of {touched['customers']:,} customers {touched['rerouted']:,} are re-routed and "
            f"{touched['treated_otherwise']:,} treated otherwise; contacts {contacts['old']:,} → {contacts['new']:,}",
        )


def _plain(console: "Console", line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
