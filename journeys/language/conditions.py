"""A condition, ready for one customer or for a million."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from regua.errors import Place
from regua.predicates import Field, Node, compile_row, fields_used, parse

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """What was written, as it was understood; unknown is not true.

    ``node`` answers columns, ``row`` answers one customer, ``columns`` names what is read.
    """

    text: str
    node: Node
    row: Callable[[Row], bool | None]
    columns: frozenset[str]

    @classmethod
    def read(cls, text: str, fields: Mapping[str, Field], place: Place) -> "Condition":
        """Compile a condition.

        Raises
        ------
        PredicateError
            It cannot be read, or names a field nobody knows; with line and column.
        """
        node = parse(text, fields, place=place)
        return cls(text, node, compile_row(node), fields_used(node))
