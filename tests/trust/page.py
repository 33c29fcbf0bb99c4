"""``TRUST.md``: the scoreboard as a page, written from what the parts found, and from nothing else."""

from collections.abc import Mapping

from tests.trust.line import Line
from tests.trust.results import Result, Results

HEAD = """\
# What was tried, and what held

Written by `make trust` and by nothing else: every line is a promise, with how often it was tried. Hours are needed for
all of it, so it is run in turns: `make trust` runs the turns that are missing, or that were run on other code than
this, and can be stopped at any moment; `make trust ARGS="--only kills"` runs one part, `ARGS="--minutes 60"` what an
hour allows. What was found is kept in `TRUST.json`. **so far** stands where less was run than is asked, and nothing
broke; **no** where something did. CI tries each part at a small size at every change.
Figures of other machines differ, promises do not.
"""
NOT_RUN = "never run at full size"


def written(results: Results, parts: Mapping[str, str], written_at: str) -> str:
    """Write the page: all parts at a glance, then each with its lines."""
    shown = {part: results.shown(part) for part in parts}
    lines = [line for found in shown.values() for one in found[:1] for line in one.lines]
    met = sum(line.is_met for line in lines)
    rows = [_row(part, found, results.codes[part]) for part, found in shown.items()]
    return "\n".join(
        [
            HEAD,
            f"**{met:,} of {len(lines):,} promises were kept.** Written at {written_at}.\n",
            "| part | run, of the full size | kept | code |",
            "|---|---|---|---|",
            *rows,
            *(_part(part, about, shown[part], results.codes[part]) for part, about in parts.items() if shown[part]),
            "",
        ]
    )


def _row(part: str, found: list[Result], code: str) -> str:
    if not found:
        return f"| {part} | {NOT_RUN} | | |"
    first = found[0]
    kept = f"{sum(line.is_met for line in first.lines)} of {len(first.lines)}"
    return f"| [{part}](#{part}) | {first.share:.0%} | {kept} | {_code(first, code)} |"


def _code(one: Result, code: str) -> str:
    return f"{one.at}" if one.code == code else f"**earlier**, {one.at}"


def _part(name: str, about: str, found: list[Result], code: str) -> str:
    first, *others = found
    table = ["| tried | times | aim | seen | kept |", "|---|---|---|---|---|", *map(row_of, first.lines)]
    told = [f"\n## {name}\n", about, "", *table, "", _run(name, first, code)]
    return "\n".join([*told, *(_before(one) for one in others)])


def row_of(line: Line) -> str:
    """Write a line of the page."""
    return f"| {_cell(line.what)} | {_times(line)} | {_cell(line.aim)} | {_seen(line)} | {kept_of(line)} |"


def _run(name: str, one: Result, code: str) -> str:
    turns = f"{len(one.turns)} of {one.of} turns, " if one.of > 1 else ""
    since = "" if one.code == code else "; **the code has changed since**"
    return f'`make trust ARGS="--only {name}"`: {turns}{one.seconds:,.0f} s at {one.at} on {one.machine}{since}'


def _before(one: Result) -> str:
    broken = [line.what for line in one.lines if not line.is_met]
    told = f"not kept: {'; '.join(broken)}" if broken else "every promise was kept"
    return f"\nBefore, of earlier code ({one.at}), {one.share:.0%} of the full size was run: {told}."


def kept_of(line: Line) -> str:
    """Say whether a promise was kept, so far or at full size."""
    if not line.is_met:
        return "**no**"
    return "yes" if line.is_whole else "so far"


def _times(line: Line) -> str:
    if not line.tried:
        return ""
    return f"{line.tried:,}" if line.is_whole else f"{line.tried:,} of {line.asked:,}"


def _seen(line: Line) -> str:
    return _cell(f"{line.seen} ({line.such})" if line.such else line.seen)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
