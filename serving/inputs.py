"""What a decision was made on, kept whole: one packed row a customer, from which it can be made again."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from features import catalog
from regua.columns import Array, Columns, height, number, text
from regua.records import canonical, digest

POSITION_NUMBERS = (
    "journey_version",
    "journey_day",
    "step_last",
    "step_channels_tried",
    "is_last_contact_read",
    "hours_since_last_contact",
)
POSITION_TEXTS = ("journey", "last_journey_exit")
CODES = "input_codes"
"""What was amiss with a row: features too old, values that were infinite. A tuple of codes a row."""

_CODEC = pa.Codec("lz4_raw")


@dataclass(frozen=True, slots=True)
class Packed:
    """One packed row and the digest that names it."""

    content: bytes
    digest: str


@dataclass(frozen=True)
class Shape:
    """The names of the columns a decision sees, in the order they are packed. Nothing else reaches the kernel."""

    numbers: tuple[str, ...]
    texts: tuple[str, ...]

    @cached_property
    def text(self) -> str:
        """The shape as canonical JSON."""
        return canonical({"numbers": self.numbers, "texts": self.texts}).decode()

    @cached_property
    def digest(self) -> str:
        """The name of the shape."""
        return digest(self.text.encode())

    @classmethod
    def from_text(cls, content: str) -> "Shape":
        """Read a shape back."""
        names = orjson.loads(content)
        return cls(tuple(names["numbers"]), tuple(names["texts"]))

    def fit(self, columns: Columns) -> dict[str, Array]:
        """Keep exactly these columns; an absent one is NULL, an unknown one is dropped.

        Every NaN gets the same bits and minus zero becomes zero, so that equal facts have equal digests.
        """
        fitted: dict[str, Array] = {}
        for name in self.numbers:
            values = number(columns, name) + 0.0
            values[np.isnan(values)] = np.nan
            fitted[name] = values
        for name in self.texts:
            fitted[name] = text(columns, name)
        return fitted

    def pack(self, columns: Columns) -> list[Packed]:
        """Pack every row: its numbers as little-endian float64, its texts and codes as JSON."""
        block = np.column_stack([columns[name] for name in self.numbers]).astype("<f8", copy=False)
        prefix = self.digest.encode()
        rows = zip(*(columns[name] for name in self.texts), strict=True)
        return [_pack(prefix, values.tobytes(), texts) for values, texts in zip(block, rows, strict=True)]

    def unpack(self, contents: Sequence[bytes]) -> dict[str, Array]:
        """Give the columns back, bit for bit."""
        pairs = [_unpack(content, 8 * len(self.numbers)) for content in contents]
        block = np.array([np.frombuffer(numbers, "<f8") for numbers, _ in pairs]).reshape(-1, len(self.numbers))
        columns: dict[str, Array] = {name: block[:, at].copy() for at, name in enumerate(self.numbers)}
        for at, name in enumerate(self.texts):
            array = np.full(len(pairs), None, dtype=object)
            for row, (_, texts) in enumerate(pairs):
                array[row] = tuple(texts[at]) if isinstance(texts[at], list) else texts[at]
            columns[name] = array
        return columns


SHAPE = Shape(
    numbers=(*catalog.NUMBERS, *POSITION_NUMBERS, "has_profile"),
    texts=("customer_id", "contract_id", *catalog.TEXTS, *POSITION_TEXTS, "profile_at", CODES),
)
"""What decisions made by this version see."""


def without_infinities(columns: Columns) -> dict[str, Array]:
    """Turn infinite numbers into NULL and say so in the row's codes: a model would score them with confidence."""
    clean = dict(columns)
    codes = text(columns, CODES).copy()
    for name, array in columns.items():
        if array.dtype != np.float64 or not np.isinf(array).any():
            continue
        rows = np.flatnonzero(np.isinf(array))
        clean[name] = np.where(np.isinf(array), np.nan, array)
        for row in rows:
            codes[row] = (*(codes[row] or ()), f"infinite_{name}")
    clean[CODES] = codes if height(columns) else text(columns, CODES)
    return clean


def _pack(prefix: bytes, numbers: bytes, texts: tuple[Any, ...]) -> Packed:
    words = orjson.dumps(texts)
    squeezed = _CODEC.compress(numbers, asbytes=True)
    return Packed(len(squeezed).to_bytes(4, "little") + squeezed + words, digest(prefix + numbers + words))


def _unpack(content: bytes, numbers_length: int) -> tuple[bytes, list[Any]]:
    cut = 4 + int.from_bytes(content[:4], "little")
    numbers = _CODEC.decompress(content[4:cut], decompressed_size=numbers_length, asbytes=True)
    return numbers, orjson.loads(content[cut:])
