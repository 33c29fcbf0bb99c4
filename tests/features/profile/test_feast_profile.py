"""Feast at work on 1,100 customers: registry, historical join, online rows; all give the profile of the snapshot."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import features
from features import catalog, profile, services, snapshots
from features.online import OnlineProfiles
from regua.errors import DataError, NotFoundError

pytestmark = pytest.mark.filterwarnings("ignore:::(feast|ibis|google|pkg_resources)")


@pytest.fixture(scope="module")
def book(book_of_1100, moment):
    """The random book with two snapshots, the later one online."""
    snapshots.build(book_of_1100, [moment - timedelta(days=1), moment])
    assert services.apply(book_of_1100) == list(catalog.VIEWS)
    report = services.materialise(book_of_1100, moment + timedelta(hours=2))
    assert report.moment == moment
    return book_of_1100


@pytest.fixture(scope="module")
def thousand(book, moment):
    columns = profile.at(book, moment)
    assert len(columns["customer_id"]) >= 1_000
    return {name: array[:1_000] for name, array in columns.items()}


def _assert_same(found, expected):
    for name in catalog.COLUMNS:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


def test_online_profiles_are_those_of_the_snapshot_for_1000_customers(book, thousand, moment):
    online = OnlineProfiles(book)
    _assert_same(online.read(thousand["customer_id"].tolist(), moment), thousand)
    backwards = online.read(thousand["customer_id"][::-1].tolist(), moment)
    _assert_same(backwards, {name: array[::-1] for name, array in thousand.items()})
    assert set(backwards["stale"]) == {()}
    assert backwards["has_profile"].all()


def test_feasts_own_online_read_gives_the_same_values(book, thousand):
    feast = services.store(book)
    some = {name: thousand[name][:200] for name in catalog.COLUMNS}
    rows = {"customer_id": some["customer_id"].tolist(), "contract_id": [key or "" for key in some["contract_id"]]}
    found = feast.get_online_features(feast.get_feature_service("profile"), rows).to_dict()
    assert len(found) == 2 + len(catalog.FEATURES)
    for feature in catalog.FEATURES:
        kind = object if feature.kind == "text" else np.float64
        np.testing.assert_array_equal(np.array(found[feature.name], dtype=kind), some[feature.name], feature.name)


def test_the_historical_join_gives_the_same_values_and_keeps_every_row(book, thousand, moment):
    held = thousand["contract_id"].tolist()
    twice = [*range(1_000), 0, 0, 999]  # entity rows that repeat are kept, in their order
    rows = pa.table(
        {
            "customer_id": pa.array([thousand["customer_id"][row] for row in twice], pa.string()),
            "contract_id": pa.array([held[row] or "none" for row in twice], pa.string()),
            "event_timestamp": pa.array([moment] * len(twice), pa.timestamp("us", "UTC")),
        }
    )
    joined = services.historical(book, rows)
    assert joined.num_rows == len(twice)
    assert joined["customer_id"].to_pylist() == rows["customer_id"].to_pylist()
    for feature in catalog.FEATURES:
        found = joined[feature.name].to_numpy()
        np.testing.assert_array_equal(found, thousand[feature.name][twice], err_msg=feature.name)


def test_the_historical_join_takes_the_snapshot_before_not_the_one_after(book, moment):
    before = profile.at(book, moment - timedelta(days=1))
    rows = pa.table(
        {
            "customer_id": pa.array(before["customer_id"][:50], pa.string()),
            "contract_id": pa.array(["none"] * 50, pa.string()),
            "event_timestamp": pa.array([moment - timedelta(minutes=1)] * 50, pa.timestamp("us", "UTC")),
        }
    )
    joined = services.historical(book, rows)
    np.testing.assert_array_equal(joined["attempts_7d"].to_numpy(), before["attempts_7d"][:50])
    np.testing.assert_array_equal(joined["day_of_month"].to_numpy(), np.full(50, 9.0))


def test_a_feature_past_its_own_limit_is_reported_and_missing_online(book, thousand, moment):
    read = OnlineProfiles(book).read(thousand["customer_id"].tolist(), moment + timedelta(days=2, hours=1))
    assert all({"hold_bits", "attempts_1d", "days_to_pay_day"} <= set(names) for names in read["stale"])
    assert np.isnan(read["hold_bits"]).all()
    np.testing.assert_array_equal(read["days_past_due"], thousand["days_past_due"])
    np.testing.assert_array_equal(read["region"], thousand["region"])
    assert "days_past_due" in OnlineProfiles(book).read(["c-00001"], moment + timedelta(days=4))["stale"][0]


def test_who_is_unknown_has_no_profile_and_no_values(book, thousand, moment):
    someone = thousand["customer_id"][0]
    read = OnlineProfiles(book).read(["nobody", someone, someone], moment)
    np.testing.assert_array_equal(read["has_profile"], [0, 1, 1])
    assert np.isnan(read["days_past_due"][0])
    assert read["region"][0] is None
    assert read["stale"][0] == ()
    assert read["customer_id"].tolist() == ["nobody", someone, someone]
    assert len(OnlineProfiles(book).read([], moment)["customer_id"]) == 0


def test_feast_can_write_and_read_the_rows_by_itself(book, moment, tmp_path):
    own = book.model_copy(update={"home": tmp_path})
    snapshots.build(own.model_copy(update={"home": book.home}), [moment])
    (tmp_path / "profiles").symlink_to(book.profiles.resolve())
    services.apply(own)
    feast = services.store(own)
    feast.materialize(moment - timedelta(hours=1), moment + timedelta(hours=1), feature_views=["customer_promises"])
    expected = profile.at(book, moment, ["c-00001", "c-00002"])
    found = feast.get_online_features(
        [f"customer_promises:{name}" for name in ("hold_bits", "days_to_promise")],
        {"customer_id": expected["customer_id"].tolist()},
    ).to_dict()
    np.testing.assert_array_equal(np.array(found["hold_bits"], float), expected["hold_bits"])
    np.testing.assert_array_equal(np.array(found["days_to_promise"], float), expected["days_to_promise"])


def test_feast_reads_definitions_and_no_other_file():
    from feast.repo_operations import get_repo_files

    folder = Path(features.__file__).parent
    assert get_repo_files(folder) == [folder / "definitions.py"]


def test_the_feature_store_file_says_what_the_settings_say(book, monkeypatch):
    from feast.repo_config import load_repo_config

    monkeypatch.setenv("REGUA_HOME", str(book.home))
    folder = Path(features.__file__).parent
    written, ours = load_repo_config(folder, folder / "feature_store.yaml"), services.store(book).config
    assert written.online_store.path == ours.online_store.path
    assert written.registry.path == ours.registry.path
    assert (written.project, written.offline_store.type) == (ours.project, ours.offline_store.type)


def test_the_definitions_are_those_that_are_applied(book, monkeypatch):
    monkeypatch.setenv("REGUA_HOME", str(book.home))
    from features import definitions

    feast = services.store(book)
    assert {view.name for view in feast.list_feature_views()} == set(catalog.VIEWS)
    for name in catalog.VIEWS:
        defined = getattr(definitions, name)
        applied = feast.get_feature_view(name)
        assert [field.name for field in defined.features] == [field.name for field in applied.features]
        assert len(applied.features) == len(catalog.VIEWS[name].features)
        assert {field.tags["sensitivity"] for field in applied.features} <= {"none", "behavioural", "financial"}


def test_nothing_online_and_no_snapshot_say_what_to_do(settings, moment):
    with pytest.raises(NotFoundError, match="regua profile"):
        OnlineProfiles(settings)
    with pytest.raises(NotFoundError, match="no snapshot"):
        services.materialise(settings, moment)


def test_rows_of_another_catalogue_are_refused(settings, moment):
    from features.packed_rows import Layout
    from features.packed_sqlite import SQLiteRows

    rows = SQLiteRows(settings.feast / "online.db")
    rows.prepare("customer_contacts", Layout(("one",), ()))
    with pytest.raises(DataError, match="other columns"):
        OnlineProfiles(settings).read(["c"], moment)
