"""What an ingest came to: rows in, kept and quarantined, per table and per rule. The sums always agree."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from regua.errors import DataError


@dataclass(frozen=True, slots=True)
class TableReport:
    """One table's count. ``rows_in`` is always ``kept + quarantined``.

    Attributes
    ----------
    by_rule
        Rule to rows refused by it; a row is counted under the first rule it breaks.
    ignored_columns
        Columns of the source that no canonical column reads.
    """

    table: str
    files: int
    rows_in: int
    kept: int
    quarantined: int
    by_rule: Mapping[str, int]
    ignored_columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.rows_in != self.kept + self.quarantined:
            raise DataError(
                f"{self.table}: {self.rows_in} rows in, {self.kept} kept and {self.quarantined} quarantined",
                expected="in = kept + quarantined",
                remedy="report this; nothing was changed",
            )

    def plus(self, other: "TableReport") -> "TableReport":
        """Add a later part of the same table."""
        rules = {*self.by_rule, *other.by_rule}
        return TableReport(
            self.table,
            self.files + other.files,
            self.rows_in + other.rows_in,
            self.kept + other.kept,
            self.quarantined + other.quarantined,
            {rule: self.by_rule.get(rule, 0) + other.by_rule.get(rule, 0) for rule in sorted(rules)},
            tuple(sorted({*self.ignored_columns, *other.ignored_columns})),
        )


@dataclass(frozen=True, slots=True)
class IngestReport:
    """A whole book's count, what it lacks and what looks odd."""

    as_of: datetime
    tables: Mapping[str, TableReport]
    absent: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    suspicions: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows_in(self) -> int:
        """Rows read in all tables."""
        return sum(table.rows_in for table in self.tables.values())

    @property
    def kept(self) -> int:
        """Rows kept in all tables."""
        return sum(table.kept for table in self.tables.values())

    @property
    def quarantined(self) -> int:
        """Rows refused in all tables."""
        return sum(table.quarantined for table in self.tables.values())

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data, as ``report.json`` holds it."""
        tables = {
            name: {
                "files": one.files,
                "in": one.rows_in,
                "kept": one.kept,
                "quarantined": one.quarantined,
                "by_rule": dict(one.by_rule),
                "ignored_columns": list(one.ignored_columns),
            }
            for name, one in self.tables.items()
        }
        return {
            "as_of": self.as_of.isoformat(),
            "in": self.rows_in,
            "kept": self.kept,
            "quarantined": self.quarantined,
            "tables": tables,
            "absent": list(self.absent),
            "warnings": list(self.warnings),
            "suspicions": dict(self.suspicions),
        }

    def write(self, folder: Path) -> None:
        """Write ``folder/report.json``."""
        folder.mkdir(parents=True, exist_ok=True)
        pending = folder / ".report.json"
        pending.write_bytes(orjson.dumps(self.as_dict(), option=orjson.OPT_INDENT_2))
        pending.replace(folder / "report.json")

    @staticmethod
    def read(folder: Path) -> "IngestReport | None":
        """Read ``folder/report.json``, or None where nothing was ingested."""
        path = folder / "report.json"
        if not path.exists():
            return None
        data = orjson.loads(path.read_bytes())
        tables = {
            name: TableReport(
                name,
                one["files"],
                one["in"],
                one["kept"],
                one["quarantined"],
                one["by_rule"],
                tuple(one["ignored_columns"]),
            )
            for name, one in data["tables"].items()
        }
        return IngestReport(
            datetime.fromisoformat(data["as_of"]),
            tables,
            tuple(data["absent"]),
            tuple(data["warnings"]),
            data["suspicions"],
        )
