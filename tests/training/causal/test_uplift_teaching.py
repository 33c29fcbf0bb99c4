"""Effects go to work only where later cases of other people show them, and drawn towards the average."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from models import SPECS
from models.artifact import Artifact
from models.encode import Encoder
from regua.dice import draw, identity
from regua.vocabulary import NOTHING
from training.cases import history
from training.cases.registry import CASES, COMPLETE
from training.causal.shrinking import Shrunk
from training.examples import Examples
from training.judging.split import Folds
from training.plan import Plan
from training.teaching import effects
from training.teaching.lesson import Lesson

ROWS = 4_500
SPEC = replace(SPECS["uplift"], features=("days_past_due", "balance_overdue_cents", "on_time_share_12m"))
CHOSEN = "2026-03-10T12:00"
AS_OF = datetime(2026, 4, 30, 9, tzinfo=UTC)


def lesson_of(effect, key="effects", is_logged=False):
    """Choices left to chance between peace and one medium; who has two channels open is contacted more often."""
    who = identity([f"{key} {row}" for row in range(ROWS)])
    x, opened = draw(who, "x", 0), np.floor(draw(who, "open", 0) * 3)
    chance = opened / (opened + 1)
    treated = draw(who, "treated", 0) < chance
    label = (draw(who, "paid", 0) < 0.2 + 0.2 * (opened > 1) + treated * effect(x)).astype(np.float64)
    columns = {"days_past_due": 60 * x, "balance_overdue_cents": np.floor(draw(who, "b", 0) * 1e5)}
    columns["on_time_share_12m"] = np.where(x > 0.9, np.nan, draw(who, "o", 0))
    names = np.array([f"customer {row // 2}" for row in range(ROWS)], object)
    examples = Examples(columns, label, np.ones(ROWS), np.datetime64("2026-01-01", "us") + np.arange(ROWS), names)
    fold = np.arange(ROWS) * 10 // ROWS
    folds = Folds(fold < 5, (fold >= 5) & (fold < 7), fold >= 7, "dates", None, None)
    arm = np.where(treated, "message", NOTHING).astype(object)
    extras = {"is_treated": treated.astype(float), "propensity": np.where(treated, chance, 1 - chance)}
    extras |= {"open_message": opened, "open_voice": np.zeros(ROWS), "open_letter": np.zeros(ROWS)}
    extras |= {"is_among_logged": np.full(ROWS, float(is_logged))}
    return Lesson(SPEC, examples, arm, extras, folds, Encoder(SPEC.features, ()), {}, 7, 1)


def uneven(x):
    return np.where(x > 0.6, 0.4, np.where(x < 0.3, -0.15, 0.0))


@pytest.fixture(scope="module")
def lesson():
    return lesson_of(uneven)


@pytest.fixture(scope="module")
def taught(lesson):
    return effects.teach(lesson)


def test_an_effect_that_differs_is_taught_and_close_to_the_truth(lesson, taught):
    assert set(taught.final) == {"message"}
    told = taught.final["message"].scores(lesson.examples.columns)["uplift_message"]
    truth = uneven(lesson.examples.columns["days_past_due"] / 60)
    assert np.corrcoef(told, truth)[0, 1] > 0.8
    assert abs(told[lesson.extras["open_message"] > 0].mean() - truth.mean()) < 0.04
    assert told.min() < 0 < told.max()
    assert told.max() < 0.6


def test_who_was_contacted_more_often_does_not_pass_for_an_effect(lesson):
    naive = lesson.examples.label[lesson.arm == "message"].mean() - lesson.examples.label[lesson.arm == NOTHING].mean()
    found = effects._taught(lesson, "message")[1].figures["ate"]
    truth = uneven(np.linspace(0, 1, 1_000)).mean()
    assert found["low"] < truth < found["high"]
    assert naive > found["high"]


def test_the_artifact_says_the_same_after_it_was_stored(lesson, taught):
    made = taught.final["message"]
    again = Artifact.from_files(made.name, made.files())
    assert again.answers == "effect"
    assert again.predict(lesson.examples.columns).tolist() == made.predict(lesson.examples.columns).tolist()
    assert made.body["metrics"]["by_bucket"]["pooled"]["p_value"] < 0.05
    assert 0 < made.body["metrics"]["by_bucket"]["pooled"]["slope"] <= 1


def test_the_chance_of_a_medium_is_the_sum_of_its_candidates_where_the_log_says_them():
    lesson = lesson_of(uneven, is_logged=True)
    comparable = effects._comparable(lesson, "message")
    rows = np.flatnonzero(comparable)
    opened, treated = lesson.extras["open_message"][rows], lesson.arm[rows] == "message"
    exact = np.where(treated, opened, 1) / (opened + 1)
    np.testing.assert_allclose(effects._chance(lesson, "message", comparable)[rows], exact)
    found = effects._taught(lesson, "message")[1].figures["ate"]
    assert found["low"] < uneven(np.linspace(0, 1, 1_000)).mean() < found["high"]


def test_where_nobody_differs_the_medium_is_left_out_and_the_average_told():
    told = effects.teach(lesson_of(lambda x: np.full(len(x), 0.1), key="even"))
    assert not told.final
    assert not told.judged
    assert "no detectable heterogeneity" in told.why["message"]
    assert "average effect +0." in told.why["message"]


def test_a_medium_that_was_open_to_nobody_is_left_out(taught):
    assert "0 cases treated" in taught.why["voice"]


def test_the_same_lesson_gives_the_same_bytes(lesson, taught):
    assert effects.teach(lesson).final["message"].files() == taught.final["message"].files()


@pytest.fixture
def chosen(put):
    """Choose for the owner of a contract; None is peace."""

    def write(contract, channel, at=CHOSEN, is_randomised=True, propensity=0.25, among=None):
        put(
            "treatments",
            {
                "treatment_id": f"{contract} {at}",
                "customer_id": f"owner of {contract}",
                "contract_id": contract,
                "channel": channel,
                "propensity": propensity,
                "is_randomised": is_randomised,
                "among": among,
                "happened_at": datetime.fromisoformat(at),
            },
        )

    return write


@pytest.fixture
def found(settings):
    plan = Plan.model_validate({"name": "tiny", "models": {"uplift": {}}})

    def ask():
        with history.opened(settings, plan, AS_OF, seed=7) as past:
            return CASES["uplift"](past, plan.spec("uplift"))

    return ask


def test_choices_left_to_chance_are_cases_of_their_medium_or_of_peace(chosen, payment, found):
    for contract, channel in (("a", "sms"), ("b", "call"), ("c", None), ("d", "letter"), ("e", "portal")):
        chosen(contract, channel)
    chosen("planned", "sms", is_randomised=False)
    for contract, at in (("a", "2026-03-24T12:00"), ("b", "2026-03-24T12:01"), ("c", "2026-03-11T12:00")):
        payment(contract, at)
    payment("d", "2026-03-20T12:00", known_at="2026-03-25T12:00")
    cases = found()
    told = dict(
        zip(cases.contract.tolist(), zip(cases.arm, cases.label, cases.extras["is_treated"], strict=True), strict=True)
    )
    assert told == {
        "a": ("message", 1, 1),
        "b": ("voice", 0, 1),
        "c": (NOTHING, 1, 0),
        "d": ("letter", 0, 1),
        "e": ("message", 0, 1),
    }
    assert set(cases.known.astype(str)) == {"2026-03-10T08:00:00.000000"}


def test_what_could_be_done_is_what_the_log_says_and_not_what_the_profile_suggests(chosen, payment, found):
    chosen("a", "sms", among="nothing sms whatsapp")
    chosen("b", "call", among="call sms")
    payment("a", "2026-03-11T12:00")
    whole = COMPLETE["uplift"](
        found(), {f"{kind}_{one}": np.ones(2) for one in ("sms", "call", "letter") for kind in ("has_point", "consent")}
    )
    # Without peace among what could be done there is nothing to compare with.
    assert [whole.extras[f"open_{arm}"].tolist() for arm in ("message", "voice", "letter")] == [[2, 0], [0, 0], [0, 0]]


def test_an_open_window_and_a_missing_propensity_are_counted_aside(chosen, payment, found):
    chosen("open", "sms", at="2026-04-20T12:00")
    chosen("unknown", "sms", propensity=None)
    chosen("good", "sms")
    payment("good", "2026-03-11T12:00")
    cases = found()
    assert cases.contract.tolist() == ["good"]
    assert cases.counts == {"window_open": 1, "no_propensity": 1}


def test_open_channels_are_those_with_an_address_and_no_refusal(chosen, payment, found):
    chosen("a", "sms")
    payment("a", "2026-03-11T12:00")
    both = {"has_point_sms": 1.0, "consent_sms": 1.0, "has_point_email": 1.0, "consent_email": 0.0}
    both |= {"has_point_call": np.nan, "consent_call": 1.0, "has_point_letter": 1.0, "consent_letter": np.nan}
    whole = COMPLETE["uplift"](found(), {name: np.array([value]) for name, value in both.items()})
    assert [whole.extras[f"open_{arm}"].tolist() for arm in ("message", "voice", "letter")] == [[1.0], [0.0], [1.0]]


def test_harm_that_chance_may_have_made_is_not_told():
    told = np.linspace(-0.2, 0.2, 41)
    doubtful = effects._line(
        Shrunk(level=-0.0115, level_error=0.014, centre=0.0, slope=0.03, slope_found=0.2, error=0.1), told
    )
    assert np.interp(told, doubtful.raw, doubtful.logit).tolist() == [0.0] * 41
    shown = effects._line(Shrunk(level=0.0, level_error=0.01, centre=0.0, slope=0.5, slope_found=0.6, error=0.1), told)
    effect = np.interp(told, shown.raw, shown.logit)
    assert effect[0] == pytest.approx(-0.1 + 1.645 * 0.01)
    assert effect[-1] == pytest.approx(0.1)
    assert np.interp(-0.03, shown.raw, shown.logit) == 0.0
    assert (np.diff(effect) >= 0).all()
