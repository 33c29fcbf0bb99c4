"""Live through the months of some seeds: ``python -m tests.trust.simulation --seed 7``, or ``--seeds 0-99``.

A failure names its seed; the same command with that seed fails in the same way. ``--bug WORDS`` plants one of the bugs
whose name has these words.
"""

import argparse
import sys
from contextlib import ExitStack
from time import perf_counter

from tests.trust.simulation.bugs import BUGS
from tests.trust.simulation.month import Scale, live_through
from tests.trust.simulation.places import in_memory
from tests.trust.simulation.promises import BrokenPromiseError


def main() -> int:
    """Live, and say what came about."""
    parser = argparse.ArgumentParser(prog="python -m tests.trust.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="one month")
    parser.add_argument("--seeds", default="0-9", help="several: FIRST-LAST")
    parser.add_argument("--customers", type=int, default=Scale().customers)
    parser.add_argument("--days", type=int, default=Scale().days)
    parser.add_argument("--bug", help=f"plant one of: {'; '.join(BUGS)}")
    arguments = parser.parse_args()
    first, _, last = arguments.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1) if arguments.seed is None else [arguments.seed]
    scale, broken = Scale(customers=arguments.customers, days=arguments.days), 0
    with ExitStack() as planted:
        for name, plant in BUGS.items():
            if arguments.bug and arguments.bug in name:
                planted.enter_context(plant())
                sys.stdout.write(f"planted: {name}\n")
        for seed in seeds:
            broken += _one(seed, scale)
    return int(broken > 0)


def _one(seed: int, scale: Scale) -> int:
    began = perf_counter()
    try:
        with in_memory() as folder:
            outcome = live_through(seed, folder, scale)
    except BrokenPromiseError as problem:
        sys.stdout.write(f"seed {seed}: BROKEN after {perf_counter() - began:.1f} s: {problem}\n")
        return 1
    counts = ", ".join(f"{count:,} {name}" for name, count in sorted(outcome.counts.items()))
    sys.stdout.write(f"seed {seed}: {outcome.digest} in {perf_counter() - began:.1f} s: {counts}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
