"""What several models ask of the same customers, read once for all of them."""

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

import numpy as np

from models.encode import Encoder
from models.families import TEXT_FEATURES
from regua.columns import Columns, Numbers


class Facts:
    """What some encoders ask, each fact once: numbers by name, words by name and by the list they are known by.

    ``places`` says of each encoder where its features stand among the facts; ``count`` is how many there are.

    Parameters
    ----------
    encoders
        The layouts of some models.
    """

    def __init__(self, encoders: Iterable[Encoder]) -> None:
        self._encoders = tuple(encoders)
        place: dict[Any, int] = {}
        self.places = {
            one: np.array([place.setdefault(key, len(place)) for key in _keys(one)], np.intp) for one in self._encoders
        }
        self.count = len(place)
        self._numbers = [(key, at) for key, at in place.items() if isinstance(key, str)]
        self._words = [
            (key[0], {word: float(code) for code, word in enumerate(key[1])}, at)
            for key, at in place.items()
            if not isinstance(key, str)
        ]

    def read(self, columns: Columns, count: int) -> Numbers:
        """Return the ``(n, facts)`` facts of some rows, NaN for NULL: bit for bit what the encoders lay out.

        Raises
        ------
        DataError
            A column holds an infinity, or words where numbers belong.
        """
        try:
            facts = np.array([self._alone(columns)], np.float64) if count == 1 else self._several(columns, count)
        except (TypeError, ValueError):
            return self._refused(columns)
        return self._refused(columns) if np.isinf(facts).any() else facts

    def _alone(self, columns: Columns) -> list[Any]:
        """Read one row: a list costs less to fill than an array."""
        values: list[Any] = [np.nan] * self.count
        for name, at in self._numbers:
            column = columns.get(name)
            if column is not None:
                values[at] = column.item(0)
        for name, codes, at in self._words:
            column = columns.get(name)
            if column is not None:
                values[at] = codes.get(column.item(0), np.nan)
        return values

    def _several(self, columns: Columns, count: int) -> Numbers:
        facts = np.full((count, self.count), np.nan)
        for name, at in self._numbers:
            column = columns.get(name)
            if column is not None:
                facts[:, at] = column
        for name, codes, at in self._words:
            column = columns.get(name)
            if column is not None:
                facts[:, at] = np.fromiter(map(codes.get, column.tolist(), repeat(np.nan)), np.float64, count)
        return facts

    def _refused(self, columns: Columns) -> Numbers:
        """Let the encoder say what is wrong that does not take it."""
        for one in self._encoders:
            one.encode(columns)
        raise AssertionError("every encoder takes what its facts refuse")


def _keys(encoder: Encoder) -> Sequence[Any]:
    words = encoder.categories
    return [(name, words.get(name, ())) if name in TEXT_FEATURES else name for name in encoder.features]
