"""Hours are learned from the book and drawn towards the customer's own tries, as far as these deserve it."""

from dataclasses import replace

import numpy as np
import pytest

from models import SPECS, slots
from models.artifact import Artifact
from models.encode import Encoder
from regua.columns import take
from regua.dice import draw, identity
from regua.errors import BundleError
from regua.vocabulary import SLOT_HOURS
from training.examples import Examples
from training.judging.split import Folds
from training.teaching import slots as teaching
from training.teaching.lesson import Lesson

SPEC = SPECS["best_time"]
CUSTOMERS = 300
CONTACTS = 12
EVEN = (0.25,) * 6
MORNING = (0.45, 0.25, 0.25, 0.25, 0.25, 0.25)


def _favourites(key):
    person = identity([f"{key} person {number}" for number in range(CUSTOMERS)])
    return np.floor(draw(person, "favourite", 0) * 6).astype(np.int64)


def _lesson(rates, *, liking=0.0, readiness=0.0, key="slots"):
    """Contacts at all hours of 300 customers; ``liking`` is how much each favours an hour of his own, in log-odds.

    ``readiness`` is how far the readiest of them stands from the least ready, halved.
    """
    row = np.arange(CUSTOMERS * CONTACTS)
    customer, who = row % CUSTOMERS, identity([f"{key} {number}" for number in row])
    person = identity([f"{key} person {number}" for number in range(CUSTOMERS)])
    ready = (readiness * (2 * draw(person, "ready", 0) - 1))[customer]
    slot = np.floor(draw(who, "slot", 0) * 6).astype(np.int64)
    favourite = _favourites(key)[customer]
    odds = np.log(np.array(rates) / (1 - np.array(rates)))[slot] + liking * ((slot == favourite) - 1 / 6) + ready
    label = (draw(who, "noticed", 0) < 1 / (1 + np.exp(-odds))).astype(np.float64)
    tries, reached = np.zeros((CUSTOMERS, 6)), np.zeros((CUSTOMERS, 6))
    early = row < CUSTOMERS * CONTACTS * 3 // 4
    np.add.at(tries, (customer[early], slot[early]), 1)
    np.add.at(reached, (customer[early], slot[early]), label[early])
    columns = {"day_of_week": 1.0 + row % 7}
    for place, hour in enumerate(SLOT_HOURS):
        columns[f"tries_180d_{hour:02}"], columns[f"reached_180d_{hour:02}"] = (
            tries[customer, place],
            reached[customer, place],
        )
    names = np.array([f"customer {number}" for number in customer], object)
    examples = Examples(columns, label, np.ones(len(row)), np.datetime64("2026-01-01", "us") + row, names)
    folds = Folds(early, np.zeros(len(row), bool), ~early, "dates", None, None)
    extras = {"slot": slot.astype(float), "weekday": (row % 7).astype(float)}
    return Lesson(SPEC, examples, np.full(len(row), "message", object), extras, folds, Encoder((), ()), {}, 7, 1)


@pytest.fixture(scope="module")
def morning():
    """A book that notices messages in the early morning."""
    return teaching.teach(_lesson(MORNING))


@pytest.fixture(scope="module")
def table(morning):
    return morning.final["message"].body["table"]


def _tried(hour, tries, reached):
    none = {name: np.zeros(1) for name in slots.COUNTS}
    own = {f"tries_180d_{hour:02}": np.array([float(tries)]), f"reached_180d_{hour:02}": np.array([float(reached)])}
    return {"day_of_week": np.array([2.0]), **none, **own}


def test_the_book_tells_the_hour_of_one_who_was_never_tried(morning):
    assert morning.final["message"].scores(_tried(10, 0, 0))["best_hour_message"].tolist() == [8.0]


def test_three_reads_of_three_do_not_beat_a_strong_prior_and_thirty_of_thirty_do(table):
    # What a book shows whose customers all have the same hours: a prior worth many tries.
    strong = {**table, "weight": [40.0] * 6, "borrowed": 0.0}
    assert slots.best_hour(strong, _tried(16, 3, 3)).tolist() == [8.0]
    assert slots.best_hour(strong, _tried(16, 30, 30)).tolist() == [16.0]


def test_an_hour_tried_in_vain_loses_to_the_next_best(table):
    assert slots.best_hour({**table, "weight": [10.0] * 6}, _tried(8, 30, 0)).tolist() != [8.0]


def test_a_book_whose_hours_do_not_differ_tells_nothing_of_one_who_was_never_tried():
    even = teaching.teach(_lesson(EVEN)).final["message"]
    assert even.body["table"]["tells"] is False
    assert np.isnan(even.scores(_tried(10, 0, 0))["best_hour_message"]).all()
    assert np.isnan(even.scores(_tried(10, 2, 2))["best_hour_message"]).all()


def test_where_customers_do_not_differ_own_tries_are_no_evidence_either(table):
    alike, apart = ({**table, "tells": False, "borrowed": 0.0, "weight": [worth] * 6} for worth in (2_000.0, 10.0))
    assert np.isnan(slots.best_hour(alike, _tried(10, 12, 12))).all()
    assert slots.best_hour(apart, _tried(10, 12, 12)).tolist() == [10.0]


def test_the_prior_weighs_less_where_customers_have_hours_of_their_own(table):
    own = teaching.teach(_lesson(EVEN, liking=3.0)).final["message"].body["table"]
    assert np.median(own["weight"]) < np.median(table["weight"]) / 2


def test_a_try_tells_of_the_hours_beside_it_as_far_as_the_table_says(table):
    alone, together = ({**table, "weight": [10.0] * 6, "borrowed": worth} for worth in (0.0, 0.8))
    apart, near = (slots.chances(one, _tried(14, 20, 20))[0] for one in (alone, together))
    assert near[4] > apart[4]
    assert near[2] > apart[2]
    assert near[0] == pytest.approx(apart[0])


def test_one_weight_holds_for_all_slots_and_is_the_greatest_where_customers_are_alike(table):
    assert table["weight"] == pytest.approx(2_000)
    assert teaching.teach(_lesson(EVEN, liking=3.0)).final["message"].body["table"]["weight"] < 100


def test_where_people_have_hours_of_their_own_the_told_hour_gains_in_truth_and_more_than_one_for_all():
    lesson = _lesson(EVEN, liking=3.0)
    customer = lesson.examples.customer
    _, first = np.unique(customer, return_index=True)
    told = teaching.teach(lesson).final["message"].scores(take(lesson.examples.columns, first))["best_hour_message"]
    favourite = _favourites("slots")[first % CUSTOMERS]
    gains = np.where(np.isnan(told), 0.0, (told == np.array(SLOT_HOURS)[favourite]) - 1 / 6)
    same = max(np.mean(favourite == place) for place in range(6)) - 1 / 6
    assert np.mean(gains) > max(0.2, 2 * same)


@pytest.mark.parametrize("key", ["slots", "others", "more"])
def test_where_nobody_has_hours_nobody_is_told_one_however_ready_people_are(key):
    lesson = _lesson(EVEN, key=key, readiness=1.0)
    told = teaching.teach(lesson).final["message"].scores(lesson.examples.columns)["best_hour_message"]
    assert np.isnan(told).all()


def test_a_medium_of_few_contacts_follows_the_hours_of_all_media_where_its_own_agree():
    row = np.arange(600)
    slot, turn, who, weekday = row % 6, row // 6, row // 6 % 50, row % 7
    label = turn % 20 < np.where(slot == 2, 5, 4)
    usual = {"usual": [0.2, 0.2, 0.4, 0.2, 0.2, 0.2]}
    assert teaching.rates_of(slot, weekday, label, who, {**usual, "tells": True})["tells"]
    assert not teaching.rates_of(slot, weekday, label, who, {**usual, "tells": False})["tells"]


def test_own_hours_are_hit_more_often_than_the_books():
    pooled = teaching.teach(_lesson(EVEN, liking=3.0)).judged["message"].body["metrics"]["by_bucket"]["pooled"]
    assert pooled["hit"] > pooled["population_hit"]
    assert pooled["gain_low"] > 0


def test_where_nobody_has_hours_of_his_own_nothing_is_gained_and_little_lost(morning):
    pooled = morning.judged["message"].body["metrics"]["by_bucket"]["pooled"]
    assert abs(pooled["gain"]) < 0.06


def test_chances_are_chances(table):
    chances = slots.chances(table, _tried(8, 10_000, 10_000))
    assert chances.shape == (1, 6)
    assert np.all((chances > 0) & (chances < 1))


def test_an_unknown_weekday_asks_the_whole_week(table):
    counts = {name: np.zeros(2) for name in slots.COUNTS}
    chances = slots.chances(table, {**counts, "day_of_week": np.array([np.nan, 9.0])})
    assert np.allclose(chances, np.mean(table["rate"], axis=0))
    assert np.allclose(slots.chances(table, counts), chances)


def test_nobody_gets_no_hours(table):
    assert slots.best_hour(table, {"day_of_week": np.empty(0)}).shape == (0,)


def test_a_table_comes_back_from_its_files_bit_for_bit(morning):
    made = morning.final["message"]
    loaded = Artifact.from_files(made.name, made.files())
    assert loaded.files() == made.files()
    assert loaded.scores(_tried(10, 5, 4)) == made.scores(_tried(10, 5, 4))
    assert loaded.contributions(_tried(10, 5, 4)).tolist() == [[0.0]]


def test_the_same_lesson_gives_the_same_table(morning):
    assert teaching.teach(_lesson(MORNING)).final["message"].files() == morning.final["message"].files()


@pytest.mark.parametrize("change", [{"spread": 9.0}, {"weight": [1.0] * 6}, {"rate": [[0.5] * 6] * 7}, {"usual": "no"}])
def test_a_changed_table_is_refused(morning, change):
    made = morning.final["message"]
    other = replace(made, body={**made.body, "table": {**made.body["table"], **change}})
    with pytest.raises(BundleError):
        Artifact.from_files(made.name, other.files())


def test_too_few_contacts_of_a_medium_teach_it_nothing(morning):
    assert set(morning.final) == {"message"}
