"""A value older than its own limit is missing, and is named."""

import numpy as np
import pytest

from features import catalog
from features.freshness import drop_stale

AT = np.datetime64("2026-03-10T12:00", "us")


def _read(age_days: float | None, rows: int = 1):
    stamp = np.datetime64("NaT") if age_days is None else AT - np.timedelta64(int(age_days * 86_400_000_000), "us")
    columns = {
        feature.name: np.array(["x"] * rows, object) if feature.kind == "text" else np.ones(rows)
        for feature in catalog.FEATURES
    }
    stamps = {view: np.full(rows, stamp, "datetime64[us]") for view in catalog.VIEWS}
    return drop_stale(columns, stamps, AT)


@pytest.mark.parametrize("feature", catalog.FEATURES, ids=lambda feature: feature.name)
def test_a_feature_counts_up_to_its_own_limit_and_not_beyond(feature):
    at_the_limit, stale = _read(feature.limit_days)
    assert feature.name not in stale[0]
    assert at_the_limit[feature.name][0] in (1.0, "x")
    beyond, stale = _read(feature.limit_days + 1e-6)
    assert feature.name in stale[0]
    assert beyond[feature.name][0] is None or np.isnan(beyond[feature.name][0])


def test_limits_differ_within_a_view():
    columns, (stale,) = _read(2.5)
    assert {"attempts_7d_sms", "hold_bits", "has_open_dispute"} <= set(stale)
    assert not {"days_past_due", "region", "attempts_30d", "unemployment_rate"} & set(stale)
    assert columns["days_past_due"][0] == 1


def test_only_old_rows_lose_their_values():
    columns = {f.name: np.array(["x", "x"], object) if f.kind == "text" else np.ones(2) for f in catalog.FEATURES}
    stamps = {view: np.array([AT, AT - np.timedelta64(4, "D")]) for view in catalog.VIEWS}
    fresh, stale = drop_stale(columns, stamps, AT)
    assert stale[0] == ()
    assert "days_past_due" in stale[1]
    np.testing.assert_array_equal(fresh["days_past_due"], [1, np.nan])
    assert columns["days_past_due"][1] == 1, "what was read stays as it was"


def test_who_has_no_row_has_nothing_stale():
    assert _read(None)[1][0] == ()
