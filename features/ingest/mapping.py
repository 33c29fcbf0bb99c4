"""A mapping: which file and column of a house's own book feeds which canonical column, and how it is written."""

import re
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from features.tables import TABLES, Table
from regua.clock import DEFAULT_ZONE

Unit = Literal["currency", "cents"]

ISO_DAYS = ("%Y-%m-%d",)
ISO_INSTANTS = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%+", "%Y-%m-%d")

_PERSONAL_WORDS = frozenset(
    {"cpf", "cnpj", "rg", "ssn", "fullname", "surname", "email", "mail", "telefone", "fone", "phone"}
    | {"celular", "mobile", "endereco", "address"}
)


_NAME, _WHOSE = (
    frozenset({"nome", "name"}),
    frozenset({"customer", "client", "cliente", "person", "pessoa", "debtor", "devedor", "titular", "mae", "mother"})
    | frozenset({"first", "last", "full", "completo", "social", "do", "da", "of", "the"}),
)


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnSource(_Strict):
    """Where one canonical column comes from: exactly one of ``column``, ``constant`` and ``same_as``."""

    column: str | None = Field(None, description="Column of the source file.")
    constant: str | None = Field(None, description="One value for all rows.")
    same_as: str | None = Field(None, description="Another canonical column of the same table.")
    values: dict[str, str] | None = Field(None, description="Source value to canonical word; others are refused.")
    formats: Names | None = Field(None, description="How days or instants are written (strptime).")
    unit: Unit | None = Field(None, description="Unit of an amount.")
    decimal: Literal[".", ","] | None = Field(None, description="Decimal sign.")
    thousands: Literal["", ".", ",", " "] | None = Field(None, description="Sign between thousands.")
    typical: tuple[Decimal, Decimal] | None = Field(None, description="Range, in currency, the median amount lies in.")
    optional: bool = Field(default=False, description="The source file may lack the column.")

    @model_validator(mode="after")
    def _one_origin(self) -> "ColumnSource":
        if sum(origin is not None for origin in (self.column, self.constant, self.same_as)) != 1:
            raise ValueError("give exactly one of column, constant and same_as")
        return self


def _column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class _Writing(_Strict):
    encoding: Literal["utf-8", "latin-1", "cp1252"] | None = None
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    decimal: Literal[".", ","] | None = None
    thousands: Literal["", ".", ",", " "] | None = None
    amounts: Unit | None = None
    dates: Names | None = None
    instants: Names | None = None
    zone: str | None = None
    nulls: Names | None = None


class TableSource(_Writing):
    """Where one canonical table comes from."""

    file: Names = Field(description="File or pattern under the source folder, or several.")
    columns: dict[str, Annotated[ColumnSource, BeforeValidator(_column)]]


class Mapping(_Writing):
    """A whole book's mapping; what a table does not say about its writing holds for all."""

    tables: dict[str, TableSource]

    @staticmethod
    def canonical() -> "Mapping":
        """Return the mapping of files that already have canonical names: ``<table>/*.parquet`` or ``<table>.csv``."""
        return _canonical()

    def formats(self, table: str, column: str | None = None) -> "Formats":
        """Return how a table's file, or one of its columns, is written."""
        source = self.tables[table]
        one = source.columns.get(column or "")

        def said(name: str, default: Any) -> Any:
            return next((v for v in (getattr(source, name), getattr(self, name)) if v is not None), default)

        own = one.formats if one else None
        return Formats(
            encoding=said("encoding", "utf-8"),
            delimiter=said("delimiter", ","),
            decimal=(one.decimal if one and one.decimal else said("decimal", ".")),
            thousands=(one.thousands if one and one.thousands is not None else said("thousands", "")),
            unit=(one.unit if one and one.unit else said("amounts", "currency")),
            days=own or said("dates", ISO_DAYS),
            instants=own or said("instants", ISO_INSTANTS),
            zone=said("zone", DEFAULT_ZONE),
            nulls=said("nulls", ("",)),
        )


@dataclass(frozen=True, slots=True)
class Formats:
    """How values are written, with nothing left open."""

    encoding: str
    delimiter: str
    decimal: str
    thousands: str
    unit: Unit
    days: tuple[str, ...]
    instants: tuple[str, ...]
    zone: str
    nulls: tuple[str, ...]


def is_personal(name: str) -> bool:
    """Tell whether a column's name says that it holds a name, a document number, a telephone or an address.

    Examples
    --------
    >>> [is_personal(name) for name in ("CPF_CLIENTE", "emailAddress", "nome do cliente")]
    [True, True, True]
    >>> [is_personal(name) for name in ("customer_id", "product_name")]
    [False, False]
    """
    parts = set(re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()))
    is_a_name = not _NAME.isdisjoint(parts) and parts - _NAME <= _WHOSE
    return is_a_name or not _PERSONAL_WORDS.isdisjoint(parts)


@cache
def _canonical() -> Mapping:
    return Mapping(amounts="cents", zone="UTC", tables={table.name: _identity(table) for table in TABLES.values()})


def _identity(table: Table) -> TableSource:
    name = table.name
    columns: ReadOnly[str, ColumnSource] = {
        column: ColumnSource(column=column, optional=table.is_nullable(column)) for column in table.columns
    }
    patterns = (f"{name}/*.parquet", f"{name}.parquet", f"{name}.csv", f"{name}.csv.gz")
    return TableSource(file=patterns, columns=dict(columns))
