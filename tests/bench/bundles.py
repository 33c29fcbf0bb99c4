"""Damaged releases, each promoted by force: how many were served, and did the service live on?

A mutant made without the trusted key must be refused for its digests or its signature. A mutant signed with the trusted
key is the worst case: nothing but the child process, its limits and the golden rows stand before it.
"""

import http.client
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np

from models import bundle
from regua.errors import BundleError
from regua.settings import Settings
from serving.scoring.releases import scorer_of
from tests.bench.api import server
from tests.bench.measure import Figure, seconds
from tests.oracle.mutants import examples, mutant, signed_mutant, small_release

UNSIGNED, SIGNED, SIGNED_IN_FULL = 2_000, 24, 2_000
KILLED = "killed the child"
_LOOKS = 9_000


def run(folder: Path, *, full: bool = False, customers: int | None = None) -> Sequence[Figure]:
    """Damage a release in two thousand ways without the key, and in some more with it."""
    settings = Settings(home=folder / "bundles", threads=1)
    release = small_release(settings)
    whole = folder / "whole"
    shutil.copytree(settings.releases / release, whole)
    scorer = scorer_of(settings, release)
    asked = {name: examples(scorer.bundle.models[name].features, 1_000, "asked").columns for name in _BOOSTERS}
    good = {name: scorer.bundle.models[name].predict(asked[name]) for name in _BOOSTERS}
    served, refused = 0, Counter()

    def unsigned() -> None:
        nonlocal served
        for number in range(UNSIGNED):
            shutil.rmtree(settings.releases / release)
            shutil.copytree(whole, settings.releases / release)
            refused[mutant(settings, release, number)] += 1
            served += _is_served(settings, release) is not None

    took_s = seconds(unsigned)
    shutil.rmtree(settings.releases / release)
    shutil.copytree(whole, settings.releases / release)
    count, ends = SIGNED_IN_FULL if full else SIGNED, Counter()
    harmless = changed = 0

    def signed(port: int) -> None:
        nonlocal harmless, changed
        for number in range(count):
            name, _ = signed_mutant(settings, release, number)
            told = _put_to_work(settings, name, port)
            if told is None:  # it survived its trial: what does it say?
                models = scorer_of(settings, name).bundle.models
                same = all(np.array_equal(models[one].predict(asked[one]), good[one]) for one in _BOOSTERS)
                harmless, changed = harmless + same, changed + (not same)
            else:
                ends[_why(told)] += 1
            _put_to_work(settings, release, port)
            shutil.rmtree(settings.releases / name)

    bundle.mark(settings.releases, bundle.CHAMPION, release)
    with server(settings, asks="/healthz") as (port, process, _):
        signed_s = seconds(lambda: signed(port))
        deaths = int(process.poll() is not None or _ask(port, "/healthz") != {"status": "alive"})
    return [
        Figure("mutants without the key that were served", served, f"of {UNSIGNED:,}", goal="0"),
        Figure("to refuse one", took_s / UNSIGNED * 1_000, "ms"),
        Figure("mutants signed with the trusted key, each made champion of a real server", count, "mutants"),
        Figure("deaths of the server that was to take them up", deaths, "deaths", goal="0"),
        Figure("deaths of a child that tried one", ends[KILLED], "deaths"),
        *(Figure(f"  {why}", number, "refused") for why, number in ends.most_common()),
        Figure("  served, scoring 1,000 other rows the same", harmless, "mutants"),
        Figure("  served, scoring some other row differently", changed, "mutants"),
        Figure("to try one in a child", signed_s / count * 1_000, "ms"),
    ]


_BOOSTERS = ("roll_risk", "self_cure")


def _is_served(settings: Settings, release: str) -> object | None:
    try:
        return scorer_of(settings, release)
    except BundleError:
        return None


def _put_to_work(settings: Settings, release: str, port: int) -> str | None:
    """Name a release champion and wait for the server; return why it was refused, None where it was taken up."""
    bundle.mark(settings.releases, bundle.CHAMPION, release)
    for _ in range(_LOOKS):
        told = _ask(port, "/readyz")["parts"]["release"]
        problem = told.get("problem")
        # Between two mutants the good one is put back, so a problem is of the one just named.
        if problem is None and told["release_id"] == release:
            return None
        if problem is not None and told["release_id"] != release:
            return str(problem)
        sleep(0.02)
    raise RuntimeError(f"the server said nothing of {release}")


def _ask(port: int, path: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def _why(problem: str) -> str:
    ways = {"ended the process": KILLED, "golden": "failed its golden rows", "within": "took too long"}
    return next((words for part, words in ways.items() if part in problem), "refused by the child")
