"""A canonical table as one record: its key, its schema, its order on disk and whom its rows point to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

import dataframely as dy
import polars as pl

Kind = Literal["text", "cents", "whole", "number", "flag", "day", "instant"]


@dataclass(frozen=True, slots=True)
class Reference:
    """Rows point to another table: every value of ``column`` must be a key there.

    With ``same_customer`` the row's customer must also be the customer of the row it points to.
    """

    column: str
    table: str
    same_customer: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """What a canonical table is made of.

    Attributes
    ----------
    order
        Columns by which the rows lie on disk: the entity first, then time.
    happened_from
        The column whose day stands in for ``happened_at`` where a mapping names none.
    """

    name: str
    key: tuple[str, ...]
    schema: type[dy.Schema]
    order: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    is_required: bool = False
    happened_from: str | None = None
    kinds: Mapping[str, Kind] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        kinds = {name: cast(Kind, (column.metadata or {})["kind"]) for name, column in self.schema.columns().items()}
        object.__setattr__(self, "kinds", kinds)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, the key first and the two instants last."""
        instants = ("happened_at", "known_at")
        rest = [name for name in self.kinds if name not in self.key and name not in instants]
        return (*self.key, *rest, *instants)

    @property
    def types(self) -> dict[str, pl.DataType]:
        """Polars type of each column, in order."""
        columns = self.schema.columns()
        return {name: columns[name].dtype for name in self.columns}

    def is_nullable(self, column: str) -> bool:
        """Tell whether a column may be NULL."""
        return self.schema.columns()[column].nullable

    def words(self, column: str) -> tuple[str, ...]:
        """Return the closed set of words of a column, empty for any other column."""
        return cast(tuple[str, ...], (self.schema.columns()[column].metadata or {}).get("words", ()))

    def empty(self) -> pl.DataFrame:
        """Return the table without rows."""
        return pl.DataFrame(schema=self.types)
