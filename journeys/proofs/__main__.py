"""Check a book in a process of its own: its files as JSON on standard input, the findings as JSON on standard output.

Whoever serves decisions checks drafts so: no draft takes the time, the memory or the life of what decides.
"""

import os
import resource
import sys
from dataclasses import asdict
from datetime import date

import orjson

from journeys.proofs.check import check_sources
from regua.records import canonical

CPU_SECONDS = 120
"""Processor time a check may take; the shipped book takes about five seconds."""


def main() -> None:
    """Read ``{"files": …, "on": …}`` and write ``{"findings": …, "is_sound": …}``."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    asked = orjson.loads(sys.stdin.buffer.read())
    report = check_sources(asked["files"], on=date.fromisoformat(asked["on"]))
    findings = [{**asdict(one), "severity": str(one.severity)} for one in report.findings]
    with os.fdopen(1, "wb", closefd=False) as output:
        output.write(canonical({"findings": findings, "is_sound": report.is_sound}))


if __name__ == "__main__":
    main()
