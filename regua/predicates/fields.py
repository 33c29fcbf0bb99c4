"""What a condition may speak of: fields, each with a kind, and for text its closed set of values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class FieldKind(StrEnum):
    """What can be said about a field."""

    NUMBER = "number"
    MONEY = "money"
    FLAG = "flag"
    TEXT = "text"

    @property
    def phrase(self) -> str:
        """The kind with its article, for messages."""
        return "money" if self is FieldKind.MONEY else f"a {self}"


@dataclass(frozen=True, slots=True)
class Field:
    """A name a strategist may write, and the column it reads.

    Parameters
    ----------
    name
        As written in a condition; money without its unit (``balance_overdue``).
    kind
        Number, money (written in currency, held in whole cents), flag or text.
    values
        The closed set of a text field; empty when any text is allowed.

    Examples
    --------
    >>> Field("balance_overdue", FieldKind.MONEY).column
    'balance_overdue_cents'
    """

    name: str
    kind: FieldKind
    values: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        """The column that holds the field; money is held in cents."""
        return f"{self.name}_cents" if self.kind is FieldKind.MONEY else self.name


Fields = Mapping[str, Field]
