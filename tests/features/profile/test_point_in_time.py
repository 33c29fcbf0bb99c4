"""A snapshot knows only what was known at its moment, and nothing but the rows decides its values."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
import pytest

from features import profile, snapshots
from regua.columns import Array
from regua.settings import Settings

CUSTOMERS = 60


def _as_known(rows: Mapping[str, list[dict]], moment: datetime) -> dict[str, list[dict]]:
    """Erase what the world learned after a moment: whole rows, and states that had not come about."""
    now = moment.replace(tzinfo=None)
    kept = {}
    for table, all_rows in rows.items():
        kept[table] = [dict(row) for row in all_rows if max(row["known_at"], row["happened_at"]) <= now]
        for row in kept[table]:
            for name in [name for name in row if name.endswith("_at") and name not in ("happened_at", "known_at")]:
                if row[name] is not None and row[name] > now:
                    # The plan of a hold is known with the hold; anything else is unknown until it happens.
                    row[name] = now + timedelta(days=999) if name == "ends_at" else None
                    if name == "status_at":
                        row["status"] = "unverified"
    return kept


def _profile(settings: Settings, moment: datetime) -> tuple[dict[str, Array], dict[str, Array]]:
    snapshots.build(settings, [moment])
    contracts = profile.contracts_at(settings, [moment])
    return profile.at(settings, moment), {name: contracts[name].to_numpy() for name in contracts.column_names}


def _assert_equal(found: Mapping[str, Array], expected: Mapping[str, Array]) -> None:
    assert list(found) == list(expected)
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


@pytest.mark.parametrize("seed", range(4))
def test_what_becomes_known_later_changes_no_value(settings, write_book, draw_rows, moment, seed):
    rows = draw_rows(CUSTOMERS, seed)
    write_book(settings, rows)
    with_the_future = _profile(settings, moment)
    write_book(settings, _as_known(rows, moment))
    without_it = _profile(settings, moment)
    for found, expected in zip(with_the_future, without_it, strict=True):
        _assert_equal(found, expected)
    assert np.isfinite(with_the_future[0]["days_past_due"]).sum() > CUSTOMERS / 2


def test_what_happened_before_does_change_values(settings, write_book, draw_rows, moment):
    rows = draw_rows(CUSTOMERS)
    write_book(settings, rows)
    today, _ = _profile(settings, moment)
    last_month, _ = _profile(settings, moment - timedelta(days=30))
    assert len(today["customer_id"]) >= len(last_month["customer_id"])
    assert np.nansum(today["attempts_90d"]) != np.nansum(last_month["attempts_90d"])


def test_the_order_of_rows_and_files_changes_no_value(settings, write_book, draw_rows, moment):
    rows = draw_rows(CUSTOMERS)
    write_book(settings, rows)
    before = _profile(settings, moment)
    write_book(settings, {table: some[::-1] for table, some in rows.items()}, parts=3)
    for found, expected in zip(_profile(settings, moment), before, strict=True):
        _assert_equal(found, expected)


def test_groups_of_customers_and_runs_of_moments_change_no_value(
    settings, write_book, draw_rows, moment, monkeypatch, tmp_path
):
    moments = [moment - timedelta(days=days) for days in (60, 30, 0)]
    write_book(settings, draw_rows(CUSTOMERS))
    snapshots.build(settings, moments)
    at_once = [profile.at(settings, each) for each in moments]
    monkeypatch.setattr(snapshots, "CUSTOMERS_PER_GROUP", 25)
    monkeypatch.setattr(snapshots, "ROWS_PER_RUN", 45)
    groups: list[tuple[int, int]] = []
    snapshots.build(settings, moments, progress=lambda done, total: groups.append((done, total)))
    assert groups == [(1, 3), (2, 3), (3, 3)]
    for each, expected in zip(moments, at_once, strict=True):
        _assert_equal(profile.at(settings, each), expected)


def test_a_customer_knows_nothing_of_the_others(settings, write_book, draw_rows, moment):
    rows = draw_rows(CUSTOMERS)
    write_book(settings, rows)
    everyone, _ = _profile(settings, moment)
    chosen = set(everyone["customer_id"][::3])
    write_book(
        settings,
        {
            table: some if table == "region_months" else [row for row in some if row["customer_id"] in chosen]
            for table, some in rows.items()
        },
    )
    alone, _ = _profile(settings, moment)
    _assert_equal(alone, {name: array[::3] for name, array in everyone.items()})
