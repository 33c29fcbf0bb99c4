"""``make trust``: what the service promises, tried at full size, as a table and as ``TRUST.md``.

A part is a module of this folder with ``run(folder, *, full) -> Sequence[Line]``; each runs in a process and a folder
of its own. What a part finds at full size is kept in ``.regua/trust.json``, so that one can be tried again alone.
"""

import argparse
import ast
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.trust.line import Line
from tests.trust.page import written

HERE = Path(__file__).parent


def parts() -> dict[str, str]:
    """Find the parts of the scoreboard, and what each is about: the first line of its module."""
    found = {}
    for path in sorted(HERE.glob("*.py")):
        tree = ast.parse(path.read_text())
        if any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body):
            found[path.stem] = (ast.get_docstring(tree) or path.stem).splitlines()[0]
    return found


def main() -> int:
    """Run the parts, print the table, keep what was found, write the page."""
    known = parts()
    arguments = _arguments(known)
    if arguments.part:
        return _run_part(arguments)
    console = Console() if sys.stdout.isatty() else Console(width=160)
    kept = json.loads(arguments.json.read_text()) if arguments.json.exists() else {}
    is_met = True
    for part in arguments.only or known:
        with console.status(f"trying {part}"):
            found = _in_its_own_process(part, full=arguments.full)
        _show(console, part, found)
        is_met &= all(line["is_met"] for line in found["lines"])
        if arguments.full:
            kept[part] = {"about": known[part], **found}
            arguments.json.parent.mkdir(parents=True, exist_ok=True)
            arguments.json.write_text(json.dumps(kept, indent=2) + "\n")
            if arguments.page:
                arguments.page.write_text(written({name: kept[name] for name in known if name in kept}))
    return not is_met


def _arguments(known: dict[str, str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make trust", description=__doc__)
    parser.add_argument("--full", action="store_true", help="the sizes the promises are made for, some hours in all")
    parser.add_argument("--only", type=_names(known), help=f"some parts alone, as in kills,races: {', '.join(known)}")
    parser.add_argument("--page", type=Path, help="write this page from what full runs found, this one and earlier")
    parser.add_argument("--json", type=Path, default=Path(".regua/trust.json"), help="where full runs are kept")
    parser.add_argument("--part", choices=known, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _names(known: dict[str, str]) -> Any:
    def read(text: str) -> list[str]:
        names = text.split(",")
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"no part {', '.join(unknown)}; there are {', '.join(known)}")
        return names

    return read


def _in_its_own_process(part: str, *, full: bool) -> dict[str, Any]:
    began = perf_counter()
    with tempfile.TemporaryDirectory(prefix="regua-trust-") as folder:
        command = [sys.executable, "-m", "tests.trust", "--part", part, "--folder", folder]
        done = subprocess.run([*command, *["--full"] * full], capture_output=True, text=True, check=False)
    told = done.stdout.strip().splitlines()
    if done.returncode or not told:
        why = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        sys.stderr.write(done.stderr)
        lines = [Line("the part runs to its end", "yes", why, is_met=False).to_dict()]
    else:
        lines = json.loads(told[-1])
    return {"lines": lines, "seconds": perf_counter() - began, "where": _where()}


def _where() -> str:
    asked = ["git", "-C", str(HERE), "log", "-1", "--format=at commit %h of %cs"]
    commit = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return f"{commit} on {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}".strip()


def _run_part(arguments: argparse.Namespace) -> int:
    lines = import_module(f"tests.trust.{arguments.part}").run(arguments.folder, full=arguments.full)
    sys.stdout.write(json.dumps([line.to_dict() for line in lines]) + "\n")
    return 0


def _show(console: Console, part: str, found: dict[str, Any]) -> None:
    table = Table(title=f"{part} · {found['seconds']:,.0f} s", title_justify="left")
    for name in ("tried", "aim", "seen", "kept"):
        table.add_column(name)
    for line in found["lines"]:
        kept = "yes" if line["is_met"] else "[red]no[/red]"
        table.add_row(line["what"], line["aim"], line["seen"], kept)
    console.print(table)


if __name__ == "__main__":
    raise SystemExit(main())
