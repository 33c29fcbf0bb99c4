"""Text columns as small whole numbers: each column is encoded once a batch, then comparisons are over codes.

Encoding pays from some tens of rows on; below that the texts themselves are compared.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from regua.columns import Array, Flags
from regua.errors import SchemaError

SMALL_BATCH_ROWS = 64
"""Below this many rows comparing Python strings is faster than encoding them."""

_NULL = -1
_ABSENT = -2
_NULL_BYTE = 255
"""NULL as a byte, which read as a signed one is -1."""
_MOST_OF_FEW = 127


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text column as codes into its distinct values; a negative code is NULL.

    ``array`` is the column the codes were made from: an entry left by another batch is noticed by it.
    """

    array: Array
    codes: NDArray[np.signedinteger[Any]]
    positions: dict[str, int]


TextCache: TypeAlias = dict[Any, Any]


def text_in(column: str, array: Array, values: tuple[str, ...], cache: TextCache, *, wanted: bool) -> Flags:
    """Return where the text is known to be (or, when not ``wanted``, known not to be) one of the values."""
    if len(array) < SMALL_BATCH_ROWS:
        return np.array([not _is_null(text) and (text in values) is wanted for text in array.tolist()], dtype=np.bool_)
    encoded = encode(column, array, cache)
    codes = encoded.codes
    found = np.zeros(len(codes), np.bool_)
    for value in values:
        code = encoded.positions.get(value)
        if code is not None:
            np.logical_or(found, codes == code, found)
    return found if wanted else np.logical_and(np.logical_not(found, found), codes != _NULL, found)


def same_text(left: tuple[str, Array], right: tuple[str, Array], cache: TextCache, *, wanted: bool) -> Flags:
    """Return where two text columns are known to agree (or, when not ``wanted``, known to differ)."""
    if len(left[1]) < SMALL_BATCH_ROWS:
        pairs = zip(left[1].tolist(), right[1].tolist(), strict=True)
        agree = [not (_is_null(one) or _is_null(other)) and (one == other) is wanted for one, other in pairs]
        return np.array(agree, dtype=np.bool_)
    one, other = encode(*left, cache), encode(*right, cache)
    # The last entry answers for code -1: NULL stays NULL in the other column's codes.
    translation = np.full(max(other.positions.values(), default=-1) + 2, _NULL, np.int32)
    for text, code in other.positions.items():
        translation[code] = one.positions.get(text, _ABSENT)
    translated = translation[other.codes]
    agree_or_differ = one.codes == translated if wanted else one.codes != translated
    return np.asarray(agree_or_differ & (one.codes != _NULL) & (translated != _NULL))


def text_known(column: str, array: Array, cache: TextCache) -> Flags:
    """Return where the text is not NULL."""
    if len(array) < SMALL_BATCH_ROWS:
        return np.array([not _is_null(text) for text in array.tolist()], dtype=np.bool_)
    return np.asarray(encode(column, array, cache).codes != _NULL)


def _is_null(text: Any) -> bool:
    return text is None or text != text


def encode(column: str, array: Array, cache: TextCache) -> Encoded:
    """Return a text column as codes; made once for each array a cache sees under a name."""
    held = cache.get(("text", column))
    if isinstance(held, Encoded) and held.array is array:
        return held
    texts = array.tolist()
    # Much of what is remembered of customers is NULL for all of them; counting None is far cheaper than encoding it.
    if texts and texts[0] is None and texts.count(None) == len(texts):
        nothing = cache[("text", column)] = Encoded(array, np.full(len(texts), _NULL, np.int8), {})
        return nothing
    made = cache[("text", column)] = _of_few(array, texts) or _of_many(column, array, texts)
    return made


def _of_few(array: Array, texts: list[Any]) -> Encoded | None:
    """Encode texts of few values, a byte each; nothing where there are too many, or what is no text."""
    # Twice as fast as Arrow's dictionary encoding of Python strings, whose hashes it cannot reuse.
    positions: dict[Any, int] = defaultdict(count().__next__, {None: _NULL_BYTE})
    try:
        codes = np.frombuffer(bytes(map(positions.__getitem__, texts)), np.int8)
    except ValueError:
        return None
    del positions[None]
    if len(positions) > _MOST_OF_FEW or not all(isinstance(text, str) for text in positions):
        return None
    return Encoded(array, codes, dict(positions))


def _of_many(column: str, array: Array, texts: list[Any]) -> Encoded:
    positions: dict[Any, int] = defaultdict(count().__next__)
    codes = np.fromiter(map(positions.__getitem__, texts), np.int32, len(texts))
    final = np.arange(len(positions), dtype=np.int32)
    final[[positions.pop(text) for text in list(positions) if _is_null(text)]] = _NULL
    strange = next((text for text in positions if not isinstance(text, str)), None)
    if strange is not None:
        raise SchemaError(f"column {column} holds {strange}", expected="text, or None for NULL")
    return Encoded(array, final[codes], dict(positions))
