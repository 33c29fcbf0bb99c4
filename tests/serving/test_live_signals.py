"""What other systems noticed: what is cleared by its name is gone alone, whatever the order it is told in."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from regua.records import Event
from regua.vocabulary import SIGNAL_BIT, EventKind, SignalKind
from serving.deciding.inputs import Inputs
from serving.happenings.live import overlay
from serving.store import Live, Watermark

MOMENT = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
DAWN = MOMENT - timedelta(hours=12)
HARDSHIP = "hardship_declared"
LONG_AGO = 20 * 24
TWICE = float(SIGNAL_BIT[SignalKind.HARDSHIP_DECLARED])
NULL = float("nan")


def signal(verb: EventKind, hours_ago: float, name: str | None, late: float, kind: str) -> Event:
    at = MOMENT - timedelta(hours=hours_ago)
    data = {"kind": kind} if name is None else {"kind": kind, "signal_id": name}
    return Event(f"{verb}-{name}-{hours_ago}", verb, "ana", at, at + timedelta(hours=late), data=data)


def raised(hours_ago: float, name: str | None, late: float = 0, kind: str = HARDSHIP) -> Event:
    return signal(EventKind.SIGNAL_RAISED, hours_ago, name, late, kind)


def cleared(hours_ago: float, name: str | None, late: float = 0, kind: str = HARDSHIP) -> Event:
    return signal(EventKind.SIGNAL_CLEARED, hours_ago, name, late, kind)


@pytest.mark.parametrize(
    ("told", "known", "repeated", "expected"),
    [
        ([raised(2, "s1")], NULL, 0, 0),
        ([raised(2, "s1")], 5, 0, 0),
        ([raised(50, "s1", late=48)], 1, 0, 1),
        ([raised(2, "s1"), cleared(1, "s1")], NULL, 0, NULL),
        ([raised(2, "s1"), cleared(1, "s1")], 5, 0, 5),
        ([raised(LONG_AGO, "s1"), cleared(1, "s1")], 20, 0, NULL),
        ([raised(LONG_AGO, "s1"), cleared(1, "s1")], 20, TWICE, 20),
        ([raised(LONG_AGO, "s1"), raised(LONG_AGO + 24, "s2"), cleared(1, "s1")], 20, TWICE, 20),
        ([raised(LONG_AGO, "s1"), raised(3, "s2"), cleared(1, "s1")], 20, 0, 0),
        ([raised(50, "s2", late=48), raised(LONG_AGO, "s1"), cleared(1, "s1")], 20, 0, 2),
        ([raised(LONG_AGO, "s2"), cleared(1, "s1")], 20, 0, 20),
        ([cleared(1, "s1")], 20, 0, 20),
        ([cleared(3, "s1"), raised(4, "s1", late=3)], NULL, 0, NULL),
        ([raised(LONG_AGO, "s1"), cleared(1, None)], 20, 0, NULL),
        ([cleared(1, None)], 20, 0, NULL),
        ([cleared(1, None)], 20, TWICE, 20),
        ([raised(1, "s2"), cleared(2, None)], 20, 0, 0),
        ([raised(2, None), cleared(1, None)], NULL, 0, NULL),
        ([cleared(14, None)], 20, 0, 20),
        ([raised(LONG_AGO, "s1"), cleared(14, "s1")], 20, 0, 20),
        ([raised(LONG_AGO, "s1", kind="listed"), cleared(1, "s1", kind="listed")], 20, 0, 20),
        ([raised(LONG_AGO, "s1", kind="listed"), cleared(1, "s1", kind="listed"), cleared(14, "s9")], 20, 0, 20),
        ([raised(2, "s1"), raised(3, "s2", kind="listed"), cleared(1, None, kind="listed")], NULL, 0, 0),
        ([raised(LONG_AGO, "s1"), raised(LONG_AGO, "s2"), cleared(1, "s1")], 20, 0, 20),
        ([raised(14, "s1")], NULL, 0, NULL),
        ([raised(LONG_AGO, "s1"), cleared(5, "s1"), raised(2, "s1")], 20, 0, 0),
        ([raised(50, "s1"), raised(2, "s1")], 2, 0, 0),
    ],
    ids=[
        "raised today", "raised anew", "an older one, told late", "raised and cleared today",
        "beside what the profile knows", "raised long ago", "the profile knows of two", "one of two",
        "another was raised since", "another was told of since", "the log knows of another",
        "it may be another, not told yet", "cleared, then told of", "all of a kind", "all the profile knows",
        "without a name, of two", "raised after it", "neither has a name", "what the profile knows of all",
        "what the profile knows", "of another kind", "both kinds are told of", "all of another kind",
        "the log knows of two", "the profile knows better",
        "raised again", "raised still",
    ],
)  # fmt: skip
def test_a_signal_that_is_cleared_is_gone_and_no_other(told, known, repeated, expected):
    for order in (told, told[::-1], [*told, *told]):
        columns = {f"days_since_{HARDSHIP}": known, "signal_bits_repeated": repeated}
        row = {name: np.array([value], np.float64) for name, value in columns.items()}
        row |= {"customer_id": np.array(["ana"], object), "contract_id": np.array(["k1"], object)}
        inputs = Inputs.fit(row)
        stamps = np.array([DAWN.replace(tzinfo=None)], "datetime64[us]")
        overlay(inputs.columns, stamps, Live(Watermark(0), (), tuple(order), {}), MOMENT, "America/Sao_Paulo")
        np.testing.assert_equal(inputs.columns[f"days_since_{HARDSHIP}"][0], expected)
