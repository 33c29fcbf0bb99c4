"""``make trust``: what the service promises, tried at full size, as a table and as ``TRUST.md``.

A part is a module of this folder with ``run(folder, *, full) -> Sequence[Line]``; a large one says how many ``TURNS``
its full size takes and runs one of them, ``run(folder, *, full, turn)``. Each turn runs in a process and a folder of
its own, and what it finds is kept in ``TRUST.json`` with the digest of the code it was found at: whoever comes again
runs the turns that are missing, the part of which least was run first.
"""

import argparse
import ast
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.trust.code import commit, digest_of
from tests.trust.line import Line
from tests.trust.page import kept_of, written
from tests.trust.results import Results

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the scoreboard: what it is about, and in how many turns its full size is run."""

    about: str
    turns: int


def parts() -> dict[str, Part]:
    """Find the parts of the scoreboard; a part is about what the first line of its module says."""
    found = {}
    for path in sorted(HERE.glob("*.py")):
        tree = ast.parse(path.read_text())
        if any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body):
            about = (ast.get_docstring(tree) or path.stem).splitlines()[0]
            found[path.stem] = Part(about, next(_turns(tree), 1))
    return found


def _turns(tree: ast.Module) -> Iterator[int]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            named = zip(node.targets[0].elts, getattr(node.value, "elts", ()), strict=False)
            yield from (ast.literal_eval(value) for name, value in named if ast.unparse(name) == "TURNS")


def main() -> int:
    """Run the parts, print the table, keep what was found, write the page."""
    known = parts()
    arguments = _arguments(known)
    if arguments.part:
        return _run_part(arguments)
    console = Console() if sys.stdout.isatty() else Console(width=160)
    asked = {name: known[name] for name in arguments.only or known}
    return (_run_full if arguments.full else _run_small)(console, known, asked, arguments)


def _run_small(console: Console, known: dict[str, Part], asked: dict[str, Part], arguments: argparse.Namespace) -> int:
    found = []
    for part in asked:
        lines, seconds = _in_its_own_process(console, part)
        _show(console, f"{part} · {seconds:,.0f} s", lines)
        found += lines
    return not all(line.is_met for line in found)


def _run_full(console: Console, known: dict[str, Part], asked: dict[str, Part], arguments: argparse.Namespace) -> int:
    until = perf_counter() + 60 * arguments.minutes
    results = Results(arguments.json, {part: digest_of(part) for part in known})
    for part in asked if arguments.again else ():
        results.forget(part)
    while perf_counter() < until:
        now = {part: results.now(part, one.turns) for part, one in asked.items()}
        part = min(now, key=lambda name: now[name].share)
        result = now[part]
        if not result.missing:
            break
        turn = result.missing[0]
        lines, seconds = _in_its_own_process(console, part, "--full", "--turn", str(turn))
        result.add(turn, lines, seconds)
        results.keep(part, result)
        _show(console, f"{part} · {len(result.turns)} of {result.of} · {seconds:,.0f} s", result.lines)
        _write(arguments, results, known)
    _write(arguments, results, known)
    shown = {part: results.now(part, one.turns) for part, one in asked.items()}
    whole = sum(not one.missing for one in shown.values())
    console.print(f"{whole} of {len(shown)} parts were run whole at this code")
    return not all(one.is_met for one in shown.values())


def _write(arguments: argparse.Namespace, results: Results, known: dict[str, Part]) -> None:
    if arguments.page:
        arguments.page.write_text(written(results, {name: one.about for name, one in known.items()}, commit()))


def _arguments(known: dict[str, Part]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make trust", description=__doc__)
    parser.add_argument("--full", action="store_true", help="the sizes the promises are made for, some hours in all")
    parser.add_argument("--only", type=_names(known), help=f"some parts alone, as in kills,races: {', '.join(known)}")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin nothing more after so many minutes")
    parser.add_argument("--again", action="store_true", help="run anew what was run at this code")
    parser.add_argument("--page", type=Path, help="write this page from what full runs found, this one and earlier")
    parser.add_argument("--json", type=Path, default=Path("TRUST.json"), help="where full runs are kept")
    parser.add_argument("--part", choices=known, help=argparse.SUPPRESS)
    parser.add_argument("--turn", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _names(known: dict[str, Part]) -> Any:
    def read(text: str) -> list[str]:
        names = text.split(",")
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"no part {', '.join(unknown)}; there are {', '.join(known)}")
        return names

    return read


def _in_its_own_process(console: Console, part: str, *options: str) -> tuple[list[Line], float]:
    began = perf_counter()
    with console.status(f"trying {part}"), tempfile.TemporaryDirectory(prefix="regua-trust-") as folder:
        command = [sys.executable, "-m", "tests.trust", "--part", part, "--folder", folder, *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    sys.stderr.write(done.stderr)
    told = done.stdout.strip().splitlines()
    if done.returncode or not told:
        why = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        return [Line("the part runs to its end", "yes", why, is_met=False)], perf_counter() - began
    return [Line(**line) for line in json.loads(told[-1])], perf_counter() - began


def _run_part(arguments: argparse.Namespace) -> int:
    module = import_module(f"tests.trust.{arguments.part}")
    which = {"turn": arguments.turn} if hasattr(module, "TURNS") else {}
    lines = module.run(arguments.folder, full=arguments.full, **which)
    sys.stdout.write(json.dumps([line.to_dict() for line in lines]) + "\n")
    return 0


def _show(console: Console, title: str, lines: Sequence[Line]) -> None:
    table = Table(title=title, title_justify="left")
    for name in ("tried", "times", "aim", "seen", "kept"):
        table.add_column(name)
    for line in lines:
        told = f"{line.seen} {line.such}".strip()
        table.add_row(line.what, f"{line.tried:,}" if line.tried else "", line.aim, told, kept_of(line))
    console.print(table)


if __name__ == "__main__":
    raise SystemExit(main())
