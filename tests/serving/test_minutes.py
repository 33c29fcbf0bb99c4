"""Requests counted in a sliding minute, in this process."""

from serving.access import minutes as room
from serving.access.minutes import Minutes


class Seconds:
    def __init__(self):
        self.now = 600.0

    def __call__(self):
        return self.now


def within(minutes, limit, caller="ana"):
    return minutes.take(caller, limit)[0]


def test_what_was_asked_in_the_minute_before_counts_by_what_is_left_of_it():
    seconds = Seconds()
    minutes = Minutes(seconds)
    assert [within(minutes, 4) for _ in range(5)] == [True] * 4 + [False]
    seconds.now = 675.0  # of the four three still count
    assert [within(minutes, 4), within(minutes, 4)] == [True, False]
    seconds.now = 780.0
    assert minutes.take("ana", 4) == (True, 3, 60)


def test_whoever_is_refused_comes_again_when_the_next_one_of_the_minute_before_has_gone():
    seconds = Seconds()
    minutes = Minutes(seconds)
    for _ in range(4):
        minutes.take("ana", 4)
    seconds.now = 661.0
    assert minutes.take("ana", 4) == (True, 0, 14)
    assert minutes.take("ana", 4) == (False, 0, 14)


def test_callers_who_are_silent_for_two_minutes_are_forgotten(monkeypatch):
    monkeypatch.setattr(room, "MOST_CALLERS", 3)
    seconds = Seconds()
    minutes = Minutes(seconds)
    for caller in ("ana", "bia", "caio"):
        minutes.take(caller, 9)
    seconds.now += 130
    minutes.take("duda", 9)
    assert set(minutes._counted) == {"duda"}
