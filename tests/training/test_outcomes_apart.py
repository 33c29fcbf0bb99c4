"""A name that is used again: what began anew, and each word of a consent, is a row of its own, however it is told."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import orjson
import pytest

from regua import decision_log
from regua.records import Event, canonical
from regua.settings import Settings
from regua.vocabulary import Channel, EventKind
from serving.store import Store
from training.outcomes.harvest import fold, harvest

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def event(kind: EventKind, day: float, known: float | None = None, /, **data) -> Event:
    at, heard = (NOON + timedelta(days=days) for days in (day, day if known is None else known))
    return Event(f"{kind}-{day}-{known}", kind, "ana", at, heard, channel=Channel.SMS, data=data)


def placed(day: float, known: float | None = None) -> Event:
    return event(EventKind.HOLD_PLACED, day, known, hold_id="h1", kind="vulnerable")


def lifted(day: float, known: float | None = None) -> Event:
    return event(EventKind.HOLD_LIFTED, day, known, hold_id="h1", kind="vulnerable")


def said(kind: EventKind, day: float, known: float | None = None) -> Event:
    return event(kind, day, known, consent_id="o1")


def folded(*events: Event) -> dict[str, dict[str, dict]]:
    told = sorted(events, key=lambda one: one.known_at)
    return fold([orjson.loads(canonical({name: getattr(one, name) for name in Event.__slots__})) for one in told], {})


def day(instant: datetime | None) -> float | None:
    return None if instant is None else (instant.replace(tzinfo=UTC) - NOON) / timedelta(days=1)


def holds(rows: dict[str, dict[str, dict]]) -> dict[str, tuple[float | None, float | None]]:
    return {name: (day(row["happened_at"]), day(row.get("lifted_at"))) for name, row in rows["holds"].items()}


@pytest.mark.parametrize("order", list(permutations((1, 2, 3, 4))))
def test_a_hold_that_is_placed_again_is_another_whatever_was_told_first(order):
    first, end, second, last = (10 * known for known in order)
    rows = folded(placed(1, first), lifted(2, end), placed(3, second), lifted(4, last))
    assert holds(rows) == {"h1": (1, end), "h1#2": (3, last)}


def test_a_hold_told_again_before_it_was_lifted_is_one():
    assert holds(folded(placed(1), placed(2), lifted(3))) == {"h1": (2, 3)}


@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1)])
def test_of_what_was_told_of_a_promise_the_last_word_counts_from_when_the_first_was_heard(first, second):
    told = {"promise_id": "p1", "promised_for": "2026-07-05"}
    moved = event(EventKind.PROMISE_MADE, 0.5, second, **(told | {"promised_for": "2026-07-20"}))
    ends = [event(EventKind.PROMISE_RESOLVED, 9, at, promise_id="p1", resolution="kept") for at in (11, 10)]
    (row,) = folded(event(EventKind.PROMISE_MADE, 0, first, **told), moved, *ends)["promises"].values()
    assert (row["promised_for"], day(row["known_at"]), day(row["resolved_at"])) == (date(2026, 7, 20), 1, 10)


def test_each_word_of_a_consent_counts_from_when_it_was_spoken():
    no, yes = said(EventKind.OPTED_OUT, 3), said(EventKind.OPTED_IN, 1, 5)
    rows = folded(yes, no, said(EventKind.OPTED_OUT, 3, 6))["consents"]
    said_so = {name: (day(row["happened_at"]), row["is_granted"], day(row["known_at"])) for name, row in rows.items()}
    assert said_so == {"o1": (1, True, 5), "o1#2": (3, False, 3)}


@pytest.mark.parametrize("sooner", [0, 0.003], ids=["the same instant", "four minutes sooner by another clock"])
@pytest.mark.parametrize("is_told_first", [True, False])
def test_instalments_are_those_of_the_arrangement_that_was_made_again(sooner, is_told_first):
    terms = {"arrangement_id": "a1", "kind": "plan", "instalments": 3, "first_due_on": "2026-07-05"}

    def due(name: str, at: float) -> Event:
        data = {"arrangement_id": "a1", "instalment_id": name, "due_on": "2026-07-05"}
        return event(EventKind.INSTALMENT_DUE, at, **data)

    over = event(EventKind.ARRANGEMENT_RESOLVED, 2, arrangement_id="a1", resolution="broken")
    made = [event(EventKind.ARRANGEMENT_MADE, at, **terms) for at in (1, 3)]
    dues = due("i1", 1 - sooner), due("i2", 3 - sooner)
    rows = folded(*((*dues, *made, over) if is_told_first else (*made, over, *dues)))
    assert set(rows["arrangements"]) == {"a1", "a1#2"}
    of = {name: row["arrangement_id"] for name, row in rows["arrangement_instalments"].items()}
    assert of == {"i1": "a1", "i2": "a1#2"}


def test_it_is_told_apart_by_all_that_the_log_knows_however_often_it_is_read(tmp_path):
    settings = Settings(home=tmp_path)

    def told(after: int, *events: Event) -> dict[str, dict[str, dict]]:
        with Store(settings.decisions) as store:
            store.record(events, [])
        with decision_log.opened(settings) as log:
            return harvest(log, 0, after).rows

    assert holds(told(0, placed(1), lifted(2))) == {"h1": (1, 2)}
    assert holds(told(2, placed(3))) == {"h1": (1, 2), "h1#2": (3, None)}
    assert holds(told(3, lifted(4))) == {"h1": (1, 2), "h1#2": (3, 4)}
    terms = {"arrangement_id": "a1", "kind": "plan", "instalments": 3, "first_due_on": "2026-07-05"}
    over = event(EventKind.ARRANGEMENT_RESOLVED, 2, arrangement_id="a1", resolution="broken")
    told(4, *(event(EventKind.ARRANGEMENT_MADE, at, **terms) for at in (1, 3)), over)
    data = {"arrangement_id": "a1", "instalment_id": "i1", "due_on": "2026-07-05"}
    rows = told(7, event(EventKind.INSTALMENT_DUE, 3, **data))
    assert rows["arrangement_instalments"]["i1"]["arrangement_id"] == "a1#2"
    assert not rows["holds"]
