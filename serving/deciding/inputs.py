"""What a decision was made on, kept whole: one packed row a customer, from which it can be made again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from features import catalog
from journeys.book import health
from journeys.guardrails.kill_switch import SWITCHES
from journeys.language import position
from regua.columns import Array, Blocked, Columns, Flags, Numbers, height
from regua.records import canonical, digest

POSITION_NUMBERS = tuple(name for name in position.NUMBERS if name not in catalog.NUMBERS)
"""What the profile does not know of a customer's position; the last contact it knows, and serving brings up to date."""
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


class Inputs:
    """The rows of some decisions: numbers in one block, of which the columns are views, and texts beside it.

    One block instead of 160 arrays: whatever is asked of all numbers is asked once, also of a single customer.
    """

    __slots__ = ("block", "columns", "shape")

    def __init__(self, shape: Shape, block: Numbers, texts: Mapping[str, Array]) -> None:
        self.shape, self.block = shape, block
        self.columns: dict[str, Array] = dict(zip(shape.numbers, block.T, strict=True))
        self.columns.update(texts)

    def __len__(self) -> int:
        return len(self.block)

    def take(self, rows: Flags) -> "Inputs":
        """Pick rows by a mask."""
        texts = {name: self.columns[name][rows] for name in self.shape.texts}
        return Inputs(self.shape, np.asfortranarray(self.block[rows]), texts)

    @classmethod
    def fit(cls, columns: Columns, shape: "Shape | None" = None, instead: Columns = MappingProxyType({})) -> "Inputs":
        """Copy exactly the columns of a shape; an absent one is NULL, an unknown one is dropped.

        What is given ``instead`` stands in the place of columns of the same name. An infinite number becomes NULL and
        is told in the row's codes: a model would score it with confidence.
        """
        shape = shape or SHAPE
        block = _block(columns, shape.numbers)
        count = len(block)
        others = columns.others if isinstance(columns, Blocked) else columns
        texts: dict[str, Array] = {}
        for name in shape.texts:
            found = instead[name] if name in instead else others.get(name)
            texts[name] = np.full(count, None, dtype=object) if found is None else np.array(found, dtype=object)
        infinite = np.isinf(block)
        if infinite.any():
            for row, at in np.argwhere(infinite).tolist():
                texts[CODES][row] = (*(texts[CODES][row] or ()), f"infinite_{shape.numbers[at]}")
            block[infinite] = np.nan
        return cls(shape, block, texts)

    def pack(self) -> list[Packed]:
        """Pack every row: its numbers as little-endian float64, its texts and codes as JSON.

        Every NaN gets the same bits and minus zero becomes zero, so that equal facts have equal digests.
        """
        block = np.ascontiguousarray(self.block, "<f8") + 0.0
        block[np.isnan(block)] = np.nan
        prefix = self.shape.digest.encode()
        rows = zip(*(self.columns[name].tolist() for name in self.shape.texts), strict=True)
        return [_pack(prefix, values.tobytes(), texts) for values, texts in zip(block, rows, strict=True)]

    @classmethod
    def unpack(cls, shape: Shape, contents: Sequence[bytes]) -> "Inputs":
        """Give packed rows back, bit for bit."""
        pairs = [_unpack(content, 8 * len(shape.numbers)) for content in contents]
        block = np.array([np.frombuffer(numbers, "<f8") for numbers, _ in pairs]).reshape(-1, len(shape.numbers))
        texts: dict[str, Array] = {}
        for at, name in enumerate(shape.texts):
            array = np.full(len(pairs), None, dtype=object)
            for row, (_, words) in enumerate(pairs):
                array[row] = tuple(words[at]) if isinstance(words[at], list) else words[at]
            texts[name] = array
        return cls(shape, np.asfortranarray(block), texts)


SHAPE = Shape(
    numbers=(*catalog.NUMBERS, *POSITION_NUMBERS, *health.COLUMNS, "has_profile", "slots_held", "service_stops"),
    texts=("customer_id", "contract_id", *catalog.TEXTS, *position.TEXTS, "profile_at", CODES, SWITCHES),
)
"""What decisions made by this version see."""


def _block(columns: Columns, names: Sequence[str]) -> Numbers:
    """Lay numbers side by side; those that lie so already are copied at once."""
    if isinstance(columns, Blocked) and tuple(columns.place) == names[: len(columns.place)]:
        held, others, count = columns.block, columns.others, len(columns.block)
    else:
        count = height(columns)
        held, others = np.empty((count, 0)), columns
    block = np.full((count, len(names)), np.nan, order="F")
    block[:, : held.shape[1]] = held
    for at, name in enumerate(names[held.shape[1] :], held.shape[1]):
        if (column := others.get(name)) is not None:
            block[:, at] = column
    return block


def _pack(prefix: bytes, numbers: bytes, texts: tuple[Any, ...]) -> Packed:
    words = orjson.dumps(texts)
    squeezed = _CODEC.compress(numbers, asbytes=True)
    return Packed(len(squeezed).to_bytes(4, "little") + squeezed + words, digest(prefix + numbers + words))


def _unpack(content: bytes, numbers_length: int) -> tuple[bytes, list[Any]]:
    cut = 4 + int.from_bytes(content[:4], "little")
    numbers = _CODEC.decompress(content[4:cut], decompressed_size=numbers_length, asbytes=True)
    return numbers, orjson.loads(content[cut:])
