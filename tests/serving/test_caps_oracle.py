"""Two thousand random histories, counted by hand: the counters that decisions are made on differ in none."""

from datetime import UTC, datetime, timedelta

from tests.oracle import caps

MOMENT = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


def test_the_counters_of_decisions_are_those_counted_by_hand():
    outcome = caps.compare(2_000, seed=11)
    assert outcome.histories == 2_000
    assert outcome.contacts > 8_000
    assert outcome.differences == 0, "\n".join(outcome.shown)


def test_the_hand_counts_each_window_to_its_edge():
    def once(ago, **more):
        at = MOMENT - ago
        one = {"key": "k", "channel": "sms", "contract": None, "at": at, "told": (at,), "planned": False}
        return caps.count([caps.Contact(**(one | {"answered": None} | more))], MOMENT)

    assert once(timedelta(hours=24) - timedelta(minutes=1))["attempts_24h"] == 1
    assert once(timedelta(hours=24))["attempts_24h"] == 0
    assert once(timedelta(days=7))["attempts_7d_sms"] == 0
    assert once(timedelta(hours=12))["attempts_1d"] == 1, "midnight in São Paulo is three in the morning, UTC"
    assert once(timedelta(hours=12, minutes=1))["attempts_1d"] == 0
    assert once(timedelta(hours=1), told=(MOMENT + timedelta(minutes=1),))["attempts_1d"] == 0, "not known yet"
    assert once(timedelta(hours=1), channel="call", contract="another")["contract_calls_7d"] == 0
