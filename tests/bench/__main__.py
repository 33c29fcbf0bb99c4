"""``make bench``: every figure of speed and size in one run, side by side, as a table and as JSON.

Each part runs in a process of its own, so that its peak memory is its own. ``ARGS="--full" make bench`` measures at the
sizes the goals are written for; ``--only kernel`` measures one part; machines differ, so read the ratios first.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

PARTS = (
    "house",
    "kernel",
    "quarter",
    "windows",
    "history",
    "learning",
    "reasons",
    "bundles",
    "batch",
    "api",
    "service",
    "caps-oracle",
    "hours-oracle",
    "predicates",
    "check",
)


def main() -> int:
    """Run the parts, print the table, write the JSON."""
    arguments = _arguments()
    if arguments.part:
        return _run_part(arguments)
    console = Console() if sys.stdout.isatty() else Console(width=140)
    found: dict[str, Any] = {"machine": _machine(), "sizes": "full" if arguments.full else "quick", "parts": {}}
    with tempfile.TemporaryDirectory(prefix="regua-bench-") as folder:
        for part in arguments.only or PARTS:
            with console.status(f"measuring {part}"):
                found["parts"][part] = _in_its_own_process(part, arguments, Path(folder))
            _show(console, part, found["parts"][part])
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    console.print(f"\nall figures: {arguments.json}")
    return any("problem" in part for part in found["parts"].values())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small sizes, a few minutes on two cores (the default)")
    size.add_argument("--full", action="store_true", help="the sizes the goals are written for")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="measure these parts alone")
    parser.add_argument("--customers", type=int, help="customers of the simulated book all parts share")
    parser.add_argument("--json", type=Path, default=Path(".regua/bench.json"), help="where the figures go")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}


def _in_its_own_process(part: str, arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench", "--part", part, "--folder", str(folder)]
    command += ["--full"] * arguments.full
    command += ["--customers", str(arguments.customers)] if arguments.customers else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return {"problem": done.stderr.strip().splitlines()[-1:] or [f"exit {done.returncode}"], "log": done.stderr}
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer


def _run_part(arguments: argparse.Namespace) -> int:
    from tests.bench.measure import peak_memory_mb

    module = import_module(f"tests.bench.{arguments.part.replace('-', '_')}")
    figures = module.run(arguments.folder, full=arguments.full, customers=arguments.customers)
    answer = {"figures": [figure.to_dict() for figure in figures], "peak_memory_mb": peak_memory_mb()}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


def _show(console: Console, part: str, answer: dict[str, Any]) -> None:
    if "problem" in answer:
        console.print(f"[red]{part}: {answer['problem'][0]}[/red]")
        return
    table = Table(title=f"{part} · peak memory {answer['peak_memory_mb']:,.0f} MB", title_justify="left")
    table.add_column("what")
    for name in ("value", "beside", "ratio", "goal"):
        table.add_column(name, justify="right")
    for figure in answer["figures"]:
        beside = f"{_number(figure['beside'])} {figure['beside_what']}" if figure["beside"] is not None else ""
        ratio = f"{figure['ratio']:.2f}×" if figure["ratio"] is not None else ""
        table.add_row(figure["what"], f"{_number(figure['value'])} {figure['unit']}", beside, ratio, figure["goal"])
    console.print(table)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


if __name__ == "__main__":
    raise SystemExit(main())
