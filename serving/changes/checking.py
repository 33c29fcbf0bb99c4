"""Is this draft sound? Read, proved and rehearsed by a process of its own, and held against all that lived."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from journeys.book import Book, compile_book
from journeys.proofs.finding import Finding, Severity
from regua.errors import ReguaError, RequestError
from regua.records import canonical
from serving.changes import versions
from serving.changes.versions import Versions

MOST_SECONDS = 300
MOST_FINDINGS = 200
"""Findings told of one draft; errors come first."""
_HOME = Path(__file__).parents[2]


def check(files: Mapping[str, str], on: date) -> list[dict[str, Any]]:
    """Check a book's files as the command line does; findings are plain data, errors first.

    Raises
    ------
    RequestError
        The check did not end within its time.
    """
    path = os.pathsep.join(filter(None, (str(_HOME), os.environ.get("PYTHONPATH"))))
    try:
        # The command is this very program's; the draft goes in as data, and no shell reads it.
        done = subprocess.run(
            [sys.executable, "-m", "journeys.proofs"],
            input=canonical({"files": dict(files), "on": on.isoformat()}),
            capture_output=True,
            env={**os.environ, "PYTHONPATH": path},
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _endless() from None
    if done.returncode:
        raise _endless()
    found: list[dict[str, Any]] = orjson.loads(done.stdout)["findings"]
    return found


def judge(files: Mapping[str, str], base: Book, lived: Versions, on: date) -> tuple[Book | None, list[dict[str, Any]]]:
    """Check a draft, compile it, and find journeys that changed under a number that was taken.

    Returns
    -------
    The book, None where it is not sound; and what was found, errors first.
    """
    found = check(files, on)
    try:
        book = compile_book(files)
        found += [_told(one) for one in versions.findings(book, base, lived)]
    except ReguaError as problem:
        book = None
        if not any(one["severity"] == Severity.ERROR for one in found):
            found.append(_told(Finding.of("R001", problem)))
    found.sort(key=lambda one: list(Severity).index(Severity(one["severity"])))
    return (book if is_sound(found) else None), found[:MOST_FINDINGS]


def is_sound(findings: list[dict[str, Any]]) -> bool:
    """Tell whether nothing found keeps a draft from going live."""
    return not any(one["severity"] == Severity.ERROR for one in findings)


def _told(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "severity": str(finding.severity)}


def _endless() -> RequestError:
    return RequestError(
        "the draft could not be checked within its time and memory",
        expected="conditions that can be proved in a few seconds",
        remedy="write them simpler, then try it again",
    )
