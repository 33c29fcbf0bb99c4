"""The watch advises what a person would: nothing for chance, recalibration for odds, training for lost skill."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models.measure import measure
from models.stability import between
from regua.errors import DataError
from regua.settings import Settings
from regua.vocabulary import LANGUAGES
from training.watching import guard_rates, report
from training.watching.thresholds import DEFAULT, read
from training.watching.verdict import Alarm, of_model

GIVEN = read()


def figures(odds_shift=0.0, skill=1.0, n=4_000, seed=1):
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=n) - 1.0
    truth = 1 / (1 + np.exp(-(skill * (raw + 1.0) - 1.0 + odds_shift)))
    said = 1 / (1 + np.exp(-raw))
    label = (rng.uniform(size=n) < truth).astype(float)
    customer = np.array([f"c{row}" for row in range(n)], object)
    return measure(label, said, np.ones(n), customer)


THEN = figures(seed=2)


def test_a_model_that_is_as_it_was_is_left_alone():
    now = figures()
    assert of_model("roll_risk", THEN, now, None, GIVEN).advice == "leave"


def test_false_alarms_are_rare_on_few_cases():
    advice = [of_model("m", THEN, figures(n=400, seed=seed), None, GIVEN).advice for seed in range(20)]
    assert advice.count("leave") >= 19


def test_chances_that_are_off_while_the_order_holds_ask_for_recalibration():
    now = figures(odds_shift=0.6)
    verdict = of_model("roll_risk", THEN, now, None, GIVEN)
    assert verdict.advice == "recalibrate"
    assert [alarm.code for alarm in verdict.alarms] == ["calibration"]


def test_lost_skill_asks_for_training_again():
    now = figures(skill=0.1)
    verdict = of_model("roll_risk", THEN, now, None, GIVEN)
    assert verdict.advice == "retrain"
    assert "discrimination" in {alarm.code for alarm in verdict.alarms}


def test_too_few_outcomes_wait_unless_the_scores_have_moved_far():
    now = figures(n=100)
    rng = np.random.default_rng(3)
    still = between("roll_risk", rng.uniform(size=900), rng.uniform(size=900))
    moved = between("roll_risk", rng.uniform(size=900), rng.uniform(size=900) ** 3)
    assert of_model("roll_risk", THEN, now, still, GIVEN).advice == "wait"
    assert of_model("roll_risk", THEN, now, moved, GIVEN).advice == "retrain"


def test_a_guardrail_that_suddenly_stops_everything_is_seen(tmp_path):
    as_of = datetime(2026, 7, 1, tzinfo=UTC)
    home = Settings(home=tmp_path)
    with closing(sqlite3.connect(home.decisions)) as sqlite, sqlite:
        sqlite.execute("CREATE TABLE decisions (seq INTEGER PRIMARY KEY, decided_at TEXT, body BLOB)")
        for day in range(35):
            moment = (as_of - timedelta(days=day, hours=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            for customer in range(40):
                blocked = ["hours"] * (customer % 4 == 0) + ["consent"] * (day < 7 or customer % 10 == 0)
                ways = [{"action": "sms/x", "blocked_by": blocked}, {"action": "nothing", "blocked_by": []}]
                body = json.dumps({"alternatives": ways if customer < 30 else []}).encode()
                sqlite.execute("INSERT INTO decisions (decided_at, body) VALUES (?, ?)", (moment, body))
    found = {rate.guardrail: rate for rate in guard_rates.rates(home, as_of)}
    assert (found["consent"].due_now, found["consent"].due_before) == (210, 840)
    assert found["consent"].now == 1.0
    assert found["consent"].is_alarming(GIVEN)
    assert not found["hours"].is_alarming(GIVEN)
    assert guard_rates.rates(Settings(home=tmp_path / "none"), as_of) == []


@pytest.mark.parametrize("code", ["score_shift", "calibration", "discrimination", "feature_shift", "guardrail"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_alarm_has_words(code, language):
    sentence = report.alarm(Alarm(code, "the_subject", 0.5, 0.25), language)
    assert "the_subject" in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("written", "named"),
    [("shift_watch: 0.1", "shift_act"), ("a: [", "no YAML"), (DEFAULT.read_text() + "\nmore: 1", "more")],
)
def test_thresholds_that_cannot_be_read_are_refused_by_name(tmp_path, written, named):
    file = tmp_path / "thresholds.yaml"
    file.write_text(written)
    with pytest.raises(DataError, match=named):
        read(file)
