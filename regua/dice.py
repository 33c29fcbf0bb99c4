"""Chance as a function of keys: the same customer, purpose and day always draw the same number.

A draw never depends on who else is in the batch, on the order of rows or on a process's memory, so a decision
can be replayed and a simulated world can be run twice with different treatments and the same luck.

The hash is FNV-1a over the UTF-8 bytes of the customer's identifier, mixed with the hashed key by the
splitmix64 finaliser (Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators").
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_OFFSET = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MASK = 0xFFFFFFFFFFFFFFFF
_FEW = 4
"""Up to here whole numbers are quicker than arrays."""


def identity(ids: Sequence[str] | NDArray[np.object_]) -> NDArray[np.uint64]:
    """Hash identifiers to 64 bits, row by row.

    Parameters
    ----------
    ids
        ``(n,)`` identifiers.

    Returns
    -------
    ``(n,)`` unsigned 64-bit hashes; equal text gives equal hashes in any batch.
    """
    texts: list[str] = ids.tolist() if isinstance(ids, np.ndarray) else list(ids)
    if len(texts) == 1:
        return np.array([_hash_one(texts[0].replace("\0", ""))])
    hashed = np.full(len(texts), _OFFSET)
    with np.errstate(over="ignore"):
        for octet in _octets(texts):
            if octet.all():
                hashed ^= octet
                hashed *= _PRIME
            else:
                # Padding is zero bytes, whose number depends on the longest neighbour: they must not count.
                hashed = np.where(octet == 0, hashed, (hashed ^ octet) * _PRIME)
    return hashed


def _octets(texts: list[str]) -> NDArray[np.uint8]:
    """Lay texts out byte by byte, ``(longest, n)``, padded with zeros."""
    if not texts:
        return np.empty((0, 0), np.uint8)
    joined = "".join(texts)
    if joined.isascii() and len(set(map(len, texts))) == 1:
        # Identifiers are mostly plain and of one length: one conversion for all of them is four times as fast.
        laid = np.frombuffer(joined.encode(), np.uint8)
    else:
        laid = np.array([text.encode() for text in texts], dtype=np.bytes_).view(np.uint8)
    return np.ascontiguousarray(laid.reshape(len(texts), -1).T)


def draw(who: NDArray[np.uint64], purpose: str, day: int, seed: int = 0) -> NDArray[np.float64]:
    """Draw one number in [0, 1) per customer for a purpose on a day.

    Parameters
    ----------
    who
        ``(n,)`` from :func:`identity`.
    purpose
        What the chance is for; different purposes are independent.
    day
        Any whole number that names the day (a proleptic ordinal).
    seed
        Key of a world or of a book.

    Returns
    -------
    ``(n,)`` uniform draws.

    Examples
    --------
    >>> both = draw(identity(["ana", "bia"]), "explore", 739_000)
    >>> bool(both[1] == draw(identity(["bia"]), "explore", 739_000)[0])
    True
    """
    key = _hash_one(f"{seed}/{purpose}/{day}")
    if len(who) <= _FEW:
        mixed_key = _finalise_one((int(key) + int(_GAMMA)) & _MASK)
        return np.array([(_finalise_one(one ^ mixed_key) >> 11) * 2.0**-53 for one in who.tolist()], np.float64)
    with np.errstate(over="ignore"):
        mixed = _finalise(who ^ _finalise(np.array([key + _GAMMA]))[0])
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _hash_one(text: str) -> np.uint64:
    # Equal to ``identity([text])[0]``; a key is hashed on every draw, and an array of one costs 20 times a loop.
    hashed = int(_OFFSET)
    for octet in text.encode():
        hashed = ((hashed ^ octet) * int(_PRIME)) & _MASK
    return np.uint64(hashed)


def _finalise_one(bits: int) -> int:
    # Equal to ``_finalise``: an array of one costs ten times a few whole numbers.
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _MASK
    return bits ^ (bits >> 31)


def _finalise(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
