"""What becomes of customers inside an earlier version, and of positions nobody can place."""

import pytest

from journeys.book import lock
from regua.errors import BookError

JOURNEY = """
journey: stage
version: {version}
title: {{pt-BR: "Etapa", en: "Stage"}}
purpose: "A journey of a test."
priority: 500
inside: {inside}
enter: days_past_due >= 1
leave: {{cured: balance_overdue = 0}}
steps:
{steps}
"""
OLD = "  - {day: 0, try: [push/forgot]}\n  - {day: 3, try: [sms/pay_link]}"
NEW = "  - {day: 0, try: [push/soft_nudge]}\n  - {day: 1, try: [email/forgot]}\n  - {day: 3, try: [email/options]}"


def old(version=1):
    return JOURNEY.format(version=version, inside="move", steps=OLD)


def new(inside, version=2):
    return JOURNEY.format(version=version, inside=inside, steps=NEW)


def change(living, written, after, days=((0, {}), (3, {})), **position):
    """Live the first day by the old book and the others by the new one."""
    first, *others = days
    before = living(written({"stage": old()}), [first])[0]
    inside = {name: array.tolist() for name, array in before.position_next.items()} | position
    inside["journey_day"] = [float(others[0][0])]
    return before, living(after, others, **{name: value for name, value in inside.items() if value != [None]})


def test_who_moves_goes_on_by_day_and_hears_nothing_twice(living, written):
    _, told = change(living, written, written({"stage": new("move")}), [(0, {}), (1, {})])
    assert (told[0].journey_version[0], told[0].action[0]) == (2, "email/forgot")
    assert {"version_moved", "journey_kept"} <= set(told[0].reasons[0])
    assert "journey_entered" not in told[0].reasons[0]


def test_who_finishes_walks_the_archived_version(living, written):
    book = written({"stage": new("finish"), "catalog/archive/stage.v1.yaml": old()})
    _, told = change(living, written, book)
    assert (told[0].journey_version[0], told[0].action[0]) == (1, "sms/pay_link")
    assert "version_kept" in told[0].reasons[0]
    assert told[0].position_next["journey_version"][0] == 1
    record = next(told[0].records(["dec_1"], {}))
    assert record.journey.version == 1


def test_who_enters_anew_enters_the_version_in_force(living, written):
    book = written({"stage": new("finish"), "catalog/archive/stage.v1.yaml": old()})
    assert living(book, [(0, {})])[0].journey_version[0] == 2


def test_who_is_stopped_leaves_by_a_named_exit(living, written):
    _, told = change(living, written, written({"stage": new("stop")}))
    assert told[0].journey[0] is None
    assert told[0].position_next["last_journey_exit"][0] == "stage.version_stopped"
    assert "journey_left" in told[0].reasons[0]


@pytest.mark.parametrize("position", [{"journey_version": [9.0]}, {"journey": ["gone"]}])
def test_a_position_nobody_can_place_is_routed_anew_and_says_so(living, written, position):
    _, told = change(living, written, written({"stage": new("move")}), **position)
    assert (told[0].journey[0], told[0].journey_day[0]) == ("stage", 0)
    assert {"journey_unknown", "journey_entered"} <= set(told[0].reasons[0])


def test_a_version_to_be_finished_that_is_not_kept_routes_anew(living, written):
    _, told = change(living, written, written({"stage": new("finish")}))
    assert "journey_unknown" in told[0].reasons[0]


def test_without_a_profile_nobody_moves(living, written):
    _, told = change(living, written, written({"stage": new("move")}), [(0, {}), (1, {"has_profile": 0})])
    assert told[0].position_next["journey_version"][0] == 1
    assert told[0].position_next["step_last"][0] == 0


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("catalog/archive/stage.v3.yaml", old(3), "a version before 2"),
        ("catalog/archive/stage.yaml", old(), "stage.v1.yaml"),
        ("catalog/archive/stag.v1.yaml", old().replace("journey: stage", "journey: stag"), "unknown journey"),
    ],
)
def test_an_archived_version_is_what_its_name_says(written, name, text, says):
    with pytest.raises(BookError) as caught:
        written({"stage": new("finish"), name: text})
    assert says in str(caught.value)


def test_the_lock_knows_the_versions_before(written, tmp_path):
    lock.update(written({"stage": old()}), tmp_path)
    book = written({"stage": new("finish"), "catalog/archive/stage.v1.yaml": old()})
    lock.update(book, tmp_path)
    locked = lock.read_lock(tmp_path)
    assert set(locked["stage"].earlier) == {1}
    assert lock.problems(book, locked) == []
    changed = old().replace("day: 3", "day: 4")
    other = written({"stage": new("finish"), "catalog/archive/stage.v1.yaml": changed})
    assert "not what was locked" in lock.problems(other, locked)[0].found
    assert "not kept" in lock.problems(written({"stage": new("finish")}), locked)[0].found
