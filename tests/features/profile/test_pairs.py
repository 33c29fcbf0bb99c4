"""Whoever is asked about at moments of his own gets the snapshot's answer."""

from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features import pairs, profile, snapshots


@pytest.fixture
def book(settings, write_book, draw_rows):
    write_book(settings, draw_rows(60))
    return settings


@pytest.fixture
def moments(moment):
    return [moment - timedelta(days=days) for days in (90, 31, 0)]


def _late(table):
    return table.filter(pc.greater_equal(table["days_past_due"], 1))


def test_asking_about_those_in_arrears_gives_what_snapshots_of_everyone_give(book, moments):
    snapshots.build(book, moments)
    whole = profile.contracts_at(book, moments)
    asked = pairs.in_arrears(book, moments)
    assert whole.num_rows > 20
    assert _late(pairs.at(book, asked)).equals(whole.select(pairs.at(book, asked).column_names))


def test_each_customer_is_answered_for_his_own_moment_alone(book, moments):
    everyone = _late(pairs.at(book, pairs.in_arrears(book, moments)))
    alone = everyone.slice(3, 1)
    keys = ["customer_id", "event_timestamp"]
    answer = pairs.at(book, pa.concat_tables([alone.select(keys)] * 2))
    assert answer.select(keys).group_by(keys).aggregate([]).num_rows == 1
    same = answer.filter(pc.equal(answer["contract_id"], alone["contract_id"][0]))
    assert same.equals(alone)


def test_runs_of_few_pairs_change_no_row(book, moments, monkeypatch):
    asked = pairs.in_arrears(book, moments)
    whole = pairs.at(book, asked)
    monkeypatch.setattr(pairs, "PAIRS_PER_RUN", whole.num_rows // 5)
    assert pairs.at(book, asked).equals(whole)


def test_what_becomes_known_after_the_moment_changes_no_row(book, write_book, draw_rows, moments):
    asked = pairs.in_arrears(book, moments)
    before = pairs.at(book, asked)
    rows = draw_rows(60)
    limit = moments[-1].replace(tzinfo=None)
    known = {
        table: [row for row in kept if max(row["happened_at"], row["known_at"]) <= limit]
        for table, kept in rows.items()
    }
    assert len(known["payments"]) < len(rows["payments"])
    write_book(book, known)
    assert pairs.at(book, asked).equals(before)


def test_those_too_long_behind_need_not_be_met(book, moments):
    near = _late(pairs.at(book, pairs.in_arrears(book, moments, longest=60)))
    everyone = _late(pairs.at(book, pairs.in_arrears(book, moments)))
    wanted = everyone.filter(pc.less_equal(everyone["days_past_due"], 60))
    assert near.filter(pc.less_equal(near["days_past_due"], 60)).equals(wanted)
    assert near.num_rows < everyone.num_rows


def test_nobody_asked_is_no_row(book, moments):
    none = pairs.in_arrears(book, moments).slice(0, 0)
    assert pairs.at(book, none).num_rows == 0


def test_only_the_customers_named_are_met(book, moments):
    one = pairs.in_arrears(book, moments)["customer_id"][0].as_py()
    assert set(pairs.in_arrears(book, moments, [one])["customer_id"].to_pylist()) == {one}
