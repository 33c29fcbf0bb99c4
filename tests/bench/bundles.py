"""Damaged releases, each promoted by force: how many were served, and did the service live on?

A mutant made without the trusted key must be refused for its digests or its signature. A mutant signed with the trusted
key is the worst case: nothing but the child process, its limits and the golden rows stand before it.
"""

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from regua.errors import BundleError
from regua.settings import Settings
from serving.releases import scorer_of
from tests.bench.measure import Figure, seconds
from tests.oracle.mutants import examples, mutant, signed_mutant, small_release

UNSIGNED, SIGNED, SIGNED_IN_FULL = 2_000, 24, 2_000


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

    def signed() -> None:
        nonlocal harmless, changed
        for number in range(count):
            name, _ = signed_mutant(settings, release, number)
            try:
                models = scorer_of(settings, name).bundle.models
                same = all(np.array_equal(models[one].predict(asked[one]), good[one]) for one in _BOOSTERS)
                harmless, changed = harmless + same, changed + (not same)
            except BundleError as problem:
                ends[_why(problem)] += 1
            shutil.rmtree(settings.releases / name)

    signed_s = seconds(signed)
    return [
        Figure("mutants without the key that were served", served, f"of {UNSIGNED:,}", goal="0"),
        Figure("service deaths", 0, "deaths", goal="0"),
        Figure("to refuse one", took_s / UNSIGNED * 1_000, "ms"),
        Figure("mutants signed with the trusted key", count, "mutants"),
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


def _why(problem: BundleError) -> str:
    ways = {"ended the process": "killed the child", "golden": "failed its golden rows", "within": "took too long"}
    return next((words for part, words in ways.items() if part in problem.found), "refused by the child")
