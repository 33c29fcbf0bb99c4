"""More history changes nothing of the past: the cases of a moment are the same whatever became known after it."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from features.tables import TABLES
from models import SPECS
from regua.settings import Settings
from training.cases import datasets
from training.plan import Plan

STATES = {"outcome": "outcome_at", "resolution": "resolved_at", "status": "status_at"}
BEFORE = {"status": pl.lit("unverified")}
BACK = timedelta(days=45)


@pytest.fixture(scope="module")
def earlier(as_of):
    return (as_of - BACK).replace(tzinfo=None)


@pytest.fixture(scope="module")
def rows(book):
    """Every table of the book, of some three hundred customers."""
    found = {}
    for name in TABLES:
        files = sorted((book.tables / name).glob("*.parquet"))
        if files:
            table = pl.concat([pl.read_parquet(file) for file in files])
            table = table.with_columns(pl.col(pl.Datetime("us", "*")).dt.replace_time_zone(None))
            mine = pl.col("customer_id").str.slice(-1).is_in(list("1357")) if "customer_id" in table.columns else True
            found[name] = table.filter(mine)
    return found


def home(folder, rows):
    for name, table in rows.items():
        (folder / "tables" / name).mkdir(parents=True)
        table.write_parquet(folder / "tables" / name / "part-0.parquet")
    return Settings(home=folder, threads=1, memory_mb=512)


def as_known_at(table, moment):
    """What a table held at a moment: no later row, no later state."""
    known = table.filter(pl.max_horizontal("known_at", "happened_at") <= moment)
    states = [
        name for name in known.columns if name.endswith("_at") and name not in ("happened_at", "known_at", "ends_at")
    ]
    told = [(word, at) for word, at in STATES.items() if word in known.columns and at in known.columns]
    words = [
        pl.when(pl.col(at) > moment).then(BEFORE.get(word)).otherwise(pl.col(word)).alias(word) for word, at in told
    ]
    return known.with_columns(words).with_columns(
        pl.when(pl.col(name) <= moment).then(pl.col(name)).alias(name) for name in states
    )


def late(table, moment):
    """The rows of the fortnight before a moment once more, under other keys, told a day after it."""
    recent = table.filter(pl.col("happened_at").is_between(moment - timedelta(days=14), moment))
    return recent.with_columns(
        (pl.col(table.columns[0]) + "-late").alias(table.columns[0]),
        pl.lit(moment + timedelta(days=1)).cast(pl.Datetime("us")).alias("known_at"),
    )


@pytest.fixture(scope="module")
def both(rows, earlier, as_of, tmp_path_factory):
    """The cases of a moment, from what was known then and from a book that goes on and was told much late."""
    moments = {"every_days": 15, "back_days": 100}
    plan = Plan.model_validate({"name": "then", "models": {name: {} for name in SPECS}, "moments": moments})
    told_late = ("payments", "promises", "contacts", "treatments", "arrangements", "consents")
    then = {name: as_known_at(table, earlier) for name, table in rows.items()}
    on = {
        name: pl.concat([table, late(table, earlier)]) if name in told_late else table for name, table in rows.items()
    }
    assert sum(map(len, on.values())) > 1.05 * sum(map(len, then.values()))
    homes = (home(tmp_path_factory.mktemp(word), some) for word, some in (("then", then), ("on", on)))
    return tuple(datasets.build(settings, plan, as_of - BACK, seed=7) for settings in homes)


@pytest.mark.parametrize("name", SPECS)
def test_cases_of_a_moment_do_not_change_with_what_came_later(both, name):
    then, now = (made[name] for made in both)
    assert then.counts == now.counts
    assert len(then.examples) > 0
    for one, other in (
        (then.examples.label, now.examples.label),
        (then.examples.weight, now.examples.weight),
        (then.arm, now.arm),
        (then.examples.moment, now.examples.moment),
        (then.examples.customer, now.examples.customer),
        *((column, now.examples.columns[fact]) for fact, column in then.examples.columns.items()),
        *((column, now.extras[extra]) for extra, column in then.extras.items()),
    ):
        assert same(one, other)


def same(one, other):
    return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
