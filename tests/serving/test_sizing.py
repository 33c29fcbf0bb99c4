"""How large each segment is: every customer in one grade of each band, shares that add up, and what is missing said."""

from datetime import UTC, datetime

import pytest

from journeys.telling.segments import describe, percent
from regua.settings import Settings
from serving.deciding.profiles import TableProfiles
from serving.deciding.sizing import NO_GRADE, size

MOMENT = datetime(2026, 3, 4, 13, 0, tzinfo=UTC)
PROFILE_AT = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def counted(world, tmp_path_factory):
    home = tmp_path_factory.mktemp("sizes")
    (home / "releases").symlink_to(world.releases)
    (home / "keys").symlink_to(world.releases.parent / "keys")
    settings = Settings(home=home, chunk_rows=1_700)
    profiles = TableProfiles(world.columns, PROFILE_AT)
    return size(settings, world.book, MOMENT, profiles=profiles), world


def test_everybody_is_in_one_grade_of_each_band(counted):
    sizes, world = counted
    assert sizes.customers == len(world.columns["customer_id"])
    assert not sizes.missing
    for band in world.book.segments.bands:
        counts = sizes.counts[band.column]
        assert list(counts) == [*band.labels[:-1], NO_GRADE]
        assert sum(one.customers for one in counts.values()) == sizes.customers
        owed = sum(one.overdue_cents for one in counts.values())
        assert owed == int(world.columns["customer_balance_overdue_cents"].sum())


def test_the_shares_of_a_band_add_up_to_a_hundred(counted):
    sizes, world = counted
    told = sizes.to_dict(world.book)
    bands = [entry for entry in told["segments"] if entry["kind"] == "band"]
    assert len(bands) == len(world.book.segments.bands)
    for entry in bands:
        assert sum(round(grade["percent"] * 10) for grade in entry["grades"]) == 1_000, entry["segment"]


def test_a_group_counts_those_of_whom_its_condition_is_true(counted):
    sizes, world = counted
    companies = int((world.columns["kind"] == "company").sum())
    assert sizes.counts["is_company"]["yes"].customers == companies


def test_every_segment_is_told_in_both_languages(counted):
    _, world = counted
    for entry in describe(world.book):
        assert entry["title"]["pt-BR"]
        assert entry["title"]["en"]
        for grade in entry["grades"]:
            assert grade["where"]["pt-BR"] != grade["where"]["en"] or "_" not in grade["where"]["sql"]


def test_without_profiles_the_words_stand_and_what_is_missing_is_said(tmp_path, world):
    sizes = size(Settings(home=tmp_path), world.book, MOMENT)
    told = sizes.to_dict(world.book)
    assert "no snapshot of the profile" in told["missing"][0]
    assert "regua profile build" in told["missing"][0]
    assert told["customers"] is None
    assert "customers" not in told["segments"][0]["grades"][0]


def test_without_a_release_averages_are_said_to_stand_in(tmp_path, world):
    profiles = TableProfiles({name: array[:50] for name, array in world.columns.items()}, PROFILE_AT)
    sizes = size(Settings(home=tmp_path), world.book, MOMENT, profiles=profiles)
    assert sizes.customers == 50
    assert "averages stand in for scores" in sizes.missing[0]


@pytest.mark.parametrize("counts", [[1, 1, 1], [3, 3, 1], [0, 0, 7], [997, 2, 1], [1, 999, 333, 5]])
def test_shares_lose_no_tenth(counts):
    shares = percent(counts, sum(counts))
    assert sum(round(share * 10) for share in shares) == 1_000
    assert all(abs(share - 100 * count / sum(counts)) < 0.1 for share, count in zip(shares, counts, strict=True))
