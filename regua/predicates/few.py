"""A handful of rows: NumPy's cost per call would dwarf the work, so each row is asked by its closure."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from regua.columns import Columns, Flags
from regua.predicates.closures import Row, compile_row
from regua.predicates.tree import Node

FEW_ROWS = 8
"""Up to here a closure per row is faster than one pass over columns."""

_Answer: TypeAlias = Callable[[Row], bool | None]
_MOST_HELD = 4_096
_held: dict[int, tuple[Node, _Answer]] = {}


def answers(node: Node, columns: Columns, rows: int) -> list[bool | None]:
    """Answer a condition for each of the first ``rows`` rows: true, false or ``None`` for unknown."""
    answer = _compiled(node)
    return [answer(_RowAt(columns, position)) for position in range(rows)]


def masks(answered: list[bool | None]) -> tuple[Flags, Flags]:
    """Part answers into where they are known to be true and where they are known to be false."""
    return np.array([one is True for one in answered], np.bool_), np.array([one is False for one in answered], np.bool_)


class _RowAt(dict[str, Any]):
    """One row of columns, looked up lazily: a condition reads a few of a hundred columns."""

    __slots__ = ("_columns", "_position")

    def __init__(self, columns: Columns, position: int) -> None:
        self._columns, self._position = columns, position

    def get(self, name: str, default: Any = None) -> Any:
        array = self._columns.get(name)
        return default if array is None else array.item(self._position)


def _compiled(node: Node) -> _Answer:
    """Compile a tree once.

    Hashing a tree costs more than asking it, so trees are told apart by identity; the tree is held with its
    closure, so that its identity is not given to another.
    """
    held = _held.get(id(node))
    if held is None:
        if len(_held) >= _MOST_HELD:
            _held.clear()
        held = _held[id(node)] = (node, compile_row(node))
    return held[1]
