"""``TRUST.md``: the scoreboard as a page, written from what the parts found, and from nothing else."""

from collections.abc import Mapping
from typing import Any

HEAD = """\
# What was tried, and what held

Written by `make trust` and by nothing else: every line is a promise, tried at the size it names. `make trust
ARGS="--only kills"` tries one part again and leaves the others as they were found. CI tries each at a smaller size.
A part says at which commit and on which machine it was tried; figures of other machines differ, promises do not.
"""


KEPT = {True: "yes", False: "**no**"}


def written(parts: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the page."""
    lines = [line for part in parts.values() for line in part["lines"]]
    met = sum(line["is_met"] for line in lines)
    return "\n".join([HEAD, f"**{met} of {len(lines)} promises were kept.**", *map(_part, parts, parts.values()), ""])


def _part(name: str, part: Mapping[str, Any]) -> str:
    rows = [
        f"| {_cell(line['what'])} | {_cell(line['aim'])} | {_cell(line['seen'])} | {KEPT[line['is_met']]} |"
        for line in part["lines"]
    ]
    table = ["| tried | aim | seen | kept |", "|---|---|---|---|", *rows]
    where = f'`make trust ARGS="--only {name}"`: {part["seconds"]:,.0f} s {part["where"]}'
    return "\n".join([f"\n## {name}\n", part["about"], "", *table, "", where])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
