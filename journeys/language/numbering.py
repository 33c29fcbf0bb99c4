"""Texts as numbers: a column of names becomes indices into the names a book knows."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


class Numbering(dict[str | None, int]):
    """The position of each name; a name nobody knows, and NULL, is -1.

    Examples
    --------
    >>> Numbering(["AC", "AL"]).codes(np.array(["AL", None, "XX"], dtype=object))
    array([ 1, -1, -1])
    """

    __slots__ = ()

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__({name: index for index, name in enumerate(names)})

    def __missing__(self, name: str | None) -> int:
        return -1

    def codes(self, names: NDArray[np.object_]) -> NDArray[np.intp]:
        """Return the position of each of ``(n,)`` names."""
        return np.fromiter(map(self.__getitem__, names.tolist()), np.intp, len(names))
