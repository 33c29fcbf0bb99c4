"""Profiles of past moments, kept from one training to the next for as long as what was known then has not changed.

Computing profiles is most of the work of a training besides teaching. A week later all but a few of its moments are the
same, so their rows are taken from here; :mod:`training.cases.fingerprint` says which still hold.
"""

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl
import pyarrow as pa

from features import pairs
from features.catalog import FEATURES
from regua.settings import Settings
from training.cases.fingerprint import Fingerprint

_STAMP = pl.Datetime("us", "UTC")
_KEYS = ("customer_id", "event_timestamp")


@dataclass(slots=True)
class Profiles:
    """Answers like :func:`features.pairs.at`, computing only what was not computed before.

    Parameters
    ----------
    folder
        Where rows are kept, one Parquet file a month.
    version
        Names the code that computes them: rows of another version are forgotten.
    fingerprint
        Of the book's history.

    Attributes
    ----------
    reused, computed
        Pairs of customer and moment so far.
    moments_computed
        Distinct moments at which any pair had to be computed.
    """

    settings: Settings
    folder: Path
    version: str
    fingerprint: Fingerprint
    reused: int = 0
    computed: int = 0
    moments_computed: int = 0

    def at(self, asked: pa.Table) -> pa.Table:
        """Return the profile rows of customers at moments of their own, as :func:`features.pairs.at` does."""
        wanted = _pairs(asked)
        self._forget_other_versions()
        kept = [self._kept(month[0], part) for month, part in wanted.group_by(_month(), maintain_order=True)]
        known = pl.concat(kept) if kept else None
        missing = wanted if known is None else wanted.join(known, on=_KEYS, how="anti")
        self.reused += wanted.height - missing.height
        self.computed += missing.height
        self.moments_computed += missing["event_timestamp"].n_unique()
        fresh = _answered(self.settings, missing)
        if missing.height:
            self._keep(missing.join(fresh, on=list(_KEYS), how="left", maintain_order="left"))
        parts = [fresh] if known is None else [known.select(fresh.columns), fresh]
        rows = pl.concat(parts).filter(pl.col("contract_id").is_not_null())
        return _arrow(rows.sort("event_timestamp", "contract_id"))

    def _kept(self, month: object, wanted: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of a month that still hold and are asked for."""
        rows = self._holding(str(month))
        return rows.join(wanted, on=list(_KEYS), how="semi")

    def _holding(self, month: str) -> pl.DataFrame:
        path = self._path(month)
        if not path.is_file():
            return _nothing()
        rows = pl.read_parquet(path)
        moments = rows.select(pl.col("event_timestamp").unique())
        now = moments.with_columns(known=pl.Series(self._known(moments["event_timestamp"]), dtype=pl.String))
        return rows.join(now, on=["event_timestamp", "known"], how="semi").drop("known")

    def _keep(self, fresh: pl.DataFrame) -> None:
        for month, part in fresh.group_by(_month()):
            rows = pl.concat([self._holding(str(month[0])), part.select(_nothing().columns)])
            known = pl.Series("known", self._known(rows["event_timestamp"]), dtype=pl.String)
            path = self._path(str(month[0]))
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(".draft")
            rows.with_columns(known).write_parquet(draft, compression="zstd", compression_level=1)
            draft.replace(path)

    def _known(self, moments: pl.Series) -> list[str]:
        return self.fingerprint.up_to(moments.dt.replace_time_zone(None).to_numpy().astype("datetime64[us]"))

    def _path(self, month: str) -> Path:
        return self.folder / self.version / f"{month}.parquet"

    def _forget_other_versions(self) -> None:
        for folder in self.folder.glob("*"):
            if folder.name != self.version:
                shutil.rmtree(folder, ignore_errors=True)


def _pairs(asked: pa.Table) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "customer_id": pl.from_arrow(asked["customer_id"].cast(pa.string())),
            "event_timestamp": pl.from_arrow(asked["event_timestamp"].cast(pa.timestamp("us", "UTC"))),
        },
        schema={"customer_id": pl.String, "event_timestamp": _STAMP},
    )
    return frame.unique().sort("event_timestamp", "customer_id")


def _answered(settings: Settings, wanted: pl.DataFrame) -> pl.DataFrame:
    if not wanted.height:
        return _nothing()
    found = pl.from_arrow(pairs.at(settings, wanted.to_arrow(compat_level=pl.CompatLevel.oldest())))
    assert isinstance(found, pl.DataFrame)  # noqa: S101 - a table becomes a frame
    return found.cast({"event_timestamp": _STAMP})


@cache
def _nothing() -> pl.DataFrame:
    """Return no rows, with the columns of :func:`features.pairs.at`."""
    types: dict[str, pl.DataType] = {"customer_id": pl.String(), "contract_id": pl.String(), "event_timestamp": _STAMP}
    return pl.DataFrame(
        schema=types | {one.name: pl.String() if one.kind == "text" else pl.Float64() for one in FEATURES}
    )


def _month() -> pl.Expr:
    return pl.col("event_timestamp").dt.strftime("%Y-%m").alias("month")


def _arrow(rows: pl.DataFrame) -> pa.Table:
    table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
    for place, name in enumerate(table.column_names):
        if pa.types.is_large_string(table.schema.field(name).type):
            table = table.set_column(place, name, table[name].cast(pa.string()))
    return table
