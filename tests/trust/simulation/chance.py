"""Luck by the words that ask for it: the same words under one seed have the same luck, whoever asked before."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import blake2b
from typing import TypeVar

One = TypeVar("One")


class Chance:
    """The luck of one seed. A change in one place moves no luck elsewhere: a failure stays while it is studied."""

    def __init__(self, seed: int) -> None:
        self._key = str(seed).encode()

    def share(self, *words: object) -> float:
        """Return a number from 0 up to 1."""
        found = blake2b(repr(words).encode(), key=self._key, digest_size=8).digest()
        return int.from_bytes(found, "big") / 2**64

    def shares(self, count: int, *words: object) -> list[float]:
        """Return several such numbers, at most sixteen, for the price of one."""
        found = blake2b(repr(words).encode(), key=self._key, digest_size=4 * count).digest()
        return [int.from_bytes(found[at : at + 4], "big") / 2**32 for at in range(0, 4 * count, 4)]

    def happens(self, how_often: float, *words: object) -> bool:
        """Say whether something happens that does so often, as a share."""
        return self.share(*words) < how_often

    def pick(self, options: Sequence[One], *words: object) -> One:
        """Pick one of some."""
        return options[int(self.share(*words) * len(options))]

    def between(self, low_s: float, high_s: float, *words: object) -> timedelta:
        """Return a length of time, to the microsecond: no two instants of a month coincide by design."""
        return timedelta(microseconds=int((low_s + (high_s - low_s) * self.share(*words)) * 1e6))
