"""``make bench-models``: the product's models on public data, beside what anybody could fit in an afternoon.

The data lie outside the project, in the folder that ``REGUA_REAL_DATA`` names; a set that is not there is said and left
out. The simulated book needs none: ``--customers`` says how many. Each part runs in a process of its own, two at a
time. ``ARGS="--only credit_card"`` runs one part; ``--json`` and ``--markdown`` say where the figures go.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.bench_models import table
from tests.bench_models.table import Part

FOLDER = "REGUA_REAL_DATA"
CUSTOMERS = 6_000
PARTS: dict[str, tuple[str, ...]] = {
    "simulated": (),
    "road_fines": ("road_fines_events_to_2008.csv.gz",),
    "credit_card": ("uci_credit_card_visible.csv.gz",),
    "bank_marketing": ("bank-additional.zip",),
    "email_test": ("hillstrom.csv.gz",),
    "open_bandit": ("obd_men_random.csv.gz", "obd_men_bts.csv.gz"),
}
"""Each part and the files it reads; the slowest first."""


def main() -> int:
    """Run the parts, print the table, write the files."""
    arguments = _arguments()
    if arguments.part:
        return _run_part(arguments.part, arguments.data, arguments.customers)
    console = Console() if sys.stdout.isatty() else Console(width=230)
    parts: dict[str, Any] = {}
    wanted = dict.fromkeys(arguments.only or PARTS)
    for name in list(wanted):
        if missing := [file for file in PARTS[name] if not (arguments.data / file).is_file()]:
            console.print(f"{name}: left out, no {', '.join(missing)} in the folder that {FOLDER} names")
            del wanted[name]
    with ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        running = {pool.submit(_in_its_own_process, name, arguments, console): name for name in wanted}
        for done in as_completed(running):
            parts[running[done]] = done.result()
    parts = {name: parts[name] for name in PARTS if name in parts}
    table.show(console, parts)
    table.write(arguments.json, table.as_json({"parts": parts}))
    console.print(f"\nall figures: {arguments.json}")
    if arguments.markdown:
        table.write(arguments.markdown, table.markdown(parts))
    problems = {name: part["problem"] for name, part in parts.items() if "problem" in part}
    for name, problem in problems.items():
        console.print(f"{name} failed: {problem}", style="red")
    return bool(problems)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-models", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, help="these sets alone")
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="of the simulated book")
    parser.add_argument("--json", type=Path, default=Path(".regua/bench-models.json"), help="where the figures go")
    parser.add_argument("--markdown", type=Path, help="where the tables go as Markdown")
    parser.add_argument("--jobs", type=int, default=2, help="parts that run side by side")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.set_defaults(data=Path(os.environ.get(FOLDER, ".")))
    return parser.parse_args()


def _in_its_own_process(part: str, asked: argparse.Namespace, console: Console) -> dict[str, Any]:
    started = time.monotonic()
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench_models", "--part", part]
    command += ["--customers", str(asked.customers)]
    environment = os.environ | {FOLDER: str(asked.data), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as running:
        lines = list(_told(running.stdout or (), part, console, started))
    answer = json.loads(lines[-1]) if lines and not running.returncode else None
    if not isinstance(answer, dict):
        return {"problem": lines[-1] if lines else f"exit {running.returncode}", "log": lines[-40:]}
    return answer | {"seconds": round(time.monotonic() - started, 1)}


def _told(lines: Any, part: str, console: Console, started: float) -> Iterator[str]:
    for line in lines:
        if line.startswith("· "):
            console.print(f"{time.monotonic() - started:5.0f} s  {part}: {line[2:].strip()}", highlight=False)
        elif line.strip():
            yield line.strip()


def _run_part(part: str, data: Path, customers: int) -> int:
    def say(words: str) -> None:
        sys.stdout.write(f"· {words}\n")
        sys.stdout.flush()

    run = import_module(f"tests.bench_models.{part}").run
    found: Part = run(customers, say) if part == "simulated" else run(data, say)
    sys.stdout.write(json.dumps(found.to_dict()) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
