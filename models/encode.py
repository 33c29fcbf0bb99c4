"""Lay a profile out as the matrix a booster learned from: same columns, same order, same codes for words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from models.families import TEXT_FEATURES
from regua.columns import Array, Columns, Numbers, height
from regua.errors import DataError

_NULL_WORDS = (None, "")


@dataclass(frozen=True, slots=True)
class Encoder:
    """The layout of a matrix: features in order, and the words each text feature knows.

    Two artifacts with equal encoders read the same matrix, so a scorer encodes once for all arms.
    A feature the columns lack is all NULL; a word never seen in training is NULL.
    """

    features: tuple[str, ...]
    words: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def learn(cls, features: Sequence[str], columns: Columns) -> "Encoder":
        """Take down the words of each text feature, sorted."""
        seen = (
            (name, tuple(sorted({str(word) for word in columns[name] if word not in _NULL_WORDS})))
            for name in features
            if name in TEXT_FEATURES and name in columns
        )
        return cls(tuple(features), tuple(seen))

    @property
    def categories(self) -> Mapping[str, tuple[str, ...]]:
        """Words known of each text feature."""
        return dict(self.words)

    @property
    def categorical(self) -> list[int]:
        """Positions of the text features."""
        names = set(self.categories)
        return [position for position, name in enumerate(self.features) if name in names]

    def encode(self, columns: Columns) -> Numbers:
        """Return the ``(n, features)`` matrix, NaN for NULL.

        Raises
        ------
        DataError
            A column holds an infinity, which a booster would score with confidence, or words where numbers belong.
        """
        words = self.categories
        matrix = np.empty((height(columns), len(self.features)), np.float64)
        for position, name in enumerate(self.features):
            column = columns.get(name)
            if column is None:
                matrix[:, position] = np.nan
            elif name in TEXT_FEATURES:
                matrix[:, position] = _codes(column, words.get(name, ()))
            else:
                matrix[:, position] = _numbers(name, column)
        infinite = np.isinf(matrix)
        if infinite.any():
            row, position = (int(part[0]) for part in np.nonzero(infinite))
            raise DataError(
                f"{self.features[position]} is {matrix[row, position]} in row {row}",
                expected="a finite number, or NULL where nothing is known",
                remedy="look for a division by zero where this column is made",
            )
        return matrix


def _codes(column: Array, words: tuple[str, ...]) -> Numbers:
    code = {word: float(position) for position, word in enumerate(words)}
    return np.fromiter(map(code.get, column.tolist(), repeat(np.nan)), np.float64, len(column))


def _numbers(name: str, column: Array) -> Numbers:
    try:
        return np.asarray(column, np.float64)
    except (TypeError, ValueError) as problem:
        raise DataError(f"{name} holds {column[:1].tolist()}", expected="numbers, NaN for NULL") from problem
