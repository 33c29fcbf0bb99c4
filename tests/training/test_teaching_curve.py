"""A curve is learned month by month, and neither falls nor leaves its bounds."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from models import SPECS, curve
from models.artifact import Artifact
from models.calibrate import line
from models.encode import Encoder
from models.reasons import explain
from regua.columns import take
from regua.dice import draw, identity
from regua.errors import BundleError
from training.examples import Examples
from training.judging.split import Folds
from training.teaching import curve as teaching
from training.teaching import tune
from training.teaching.lesson import Lesson

SPEC = SPECS["recovery_curve"]
CONTRACTS = 500


def _hazard(on_time, month):
    return np.clip(0.05 + 0.4 * on_time - 0.02 * month, 0.01, 0.9)


@pytest.fixture(scope="module")
def lesson():
    """500 contracts; those that pay on time recover fast, all ever slower, and the young are seen for four months."""
    who = identity([f"curve {number}" for number in range(CONTRACTS)])
    on_time = draw(who, "on_time", 0)
    seen = np.where(draw(who, "seen", 0) < 0.5, 12, 4)
    rows, months = np.nonzero(np.arange(1, 13)[None, :] <= seen[:, None])
    month = months + 1.0
    luck = np.stack([draw(who, f"month {one}", 0) for one in range(1, 13)])
    paid = (luck[months, rows] < _hazard(on_time[rows], month)).astype(np.float64)
    # Once everything is paid nothing is left to ask about.
    before = np.array([paid[(rows == row) & (month < m)].sum() for row, m in zip(rows, month, strict=True)])
    kept = before == 0
    rows, month, paid = rows[kept], month[kept], paid[kept]
    columns = {name: np.full(len(rows), np.nan) for name in SPEC.features}
    for name in ("product", "kind", "region", "income_band"):
        columns[name] = np.full(len(rows), None, object)
    columns["on_time_share_12m"] = on_time[rows]
    columns["days_past_due"] = np.floor(draw(who, "late", 0) * 60)[rows]
    customer = np.array([f"customer {row}" for row in rows], object)
    moment = np.where(rows % 2 == 0, np.datetime64("2025-01-01", "us"), np.datetime64("2025-02-01", "us"))
    examples = Examples(columns, paid, np.ones(len(rows)), moment, customer)
    luck = draw(who, "fold", 0)[rows]
    folds = Folds(luck < 0.5, (luck >= 0.5) & (luck < 0.75), luck >= 0.75, "customers", None, None)
    extras = {"month": month, "followed": rows.astype(np.float64), "months_over": seen[rows].astype(float)}
    params = tune.untuned(seed=7, threads=1, trees=40).params
    encoder = Encoder.learn(SPEC.features, columns)
    return Lesson(SPEC, examples, np.full(len(rows), "", object), extras, folds, encoder, params, 7, 1)


@pytest.fixture(scope="module")
def taught(lesson):
    return teaching.teach(lesson)


@pytest.fixture(scope="module")
def learned(taught):
    return taught.final[""]


def test_a_curve_never_falls_and_stays_within_bounds(learned, lesson):
    matrix = learned.encoder.encode(lesson.examples.columns)
    recovered = curve.recovered(learned.calibration.apply(learned.booster.predict(curve.asked(matrix), raw_score=True)))
    assert recovered.shape == (len(lesson.examples), 12)
    assert np.all(np.diff(recovered, axis=1) >= 0)
    assert np.all((recovered >= 0) & (recovered <= 1))


def test_levels_and_line_move_each_month_once_and_the_year_follows_from_the_months(learned, lesson):
    """A line of a calibration doubles what the booster said of each month and adds a half, after the levels."""
    levels, doubled = [0.3, 0.2, 0.1, -0.2, -0.4], line("platt", np.array([-4.0, 4.0]), np.array([-7.5, 8.5]))
    body = {**learned.body, "levels": levels, "calibration": doubled.to_json()}
    moved = replace(learned, body=body, calibration=doubled)
    matrix = learned.encoder.encode(lesson.examples.columns)
    raw = learned.booster.predict(curve.asked(matrix), raw_score=True).reshape(-1, 5)
    hazard = 1 / (1 + np.exp(-(2 * (raw + levels) + 0.5)))
    of_month = hazard[:, [0, 1, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4]]
    months = lesson.extras["month"].astype(int)
    own = of_month[np.arange(len(months)), months - 1]
    assert curve.hazards(moved, matrix, months) == pytest.approx(own, abs=1e-9)
    scores = moved.scores(lesson.examples.columns)
    assert scores["recovery_3m"] == pytest.approx(1 - np.prod(1 - of_month[:, :3], axis=1), abs=1e-9)
    assert scores["recovery_12m"] == pytest.approx(1 - np.prod(1 - of_month, axis=1), abs=1e-9)


@pytest.mark.parametrize("levels", [[0.0] * 4, [0.0] * 6, [0.0, 0.0, 0.0, 0.0, float("nan")], None, "levels"])
def test_levels_that_do_not_fit_the_stretches_are_refused(learned, levels):
    body = {**learned.body, "levels": levels}
    with pytest.raises(BundleError, match="not whole"):
        Artifact.from_files(learned.name, replace(learned, body=body).files())


@pytest.mark.parametrize("hazard", [0.0, 1.0, 1e-12, 1 - 1e-12])
def test_no_hazard_breaks_the_bounds(hazard):
    recovered = curve.recovered(np.full(5, hazard))
    assert np.all(np.diff(recovered) >= 0)
    assert np.all((recovered >= 0) & (recovered <= 1))


def test_who_pays_on_time_is_expected_to_recover_more(learned, lesson):
    columns = take(lesson.examples.columns, slice(0, 2))
    columns["on_time_share_12m"] = np.array([0.1, 0.9])
    scores = learned.scores(columns)
    assert set(scores) == {"recovery_3m", "recovery_12m"}
    assert scores["recovery_3m"][0] + 0.15 < scores["recovery_3m"][1]
    assert np.all(scores["recovery_3m"] < scores["recovery_12m"])


def test_what_is_expected_is_what_the_months_bring(taught):
    pooled = taught.judged[""].body["metrics"]["by_bucket"]["pooled"]
    assert pooled["ece_month"] < 0.06
    assert pooled["mae_3"] < pooled["mean_mae_3"]
    assert pooled["mae_3_low"] <= pooled["mae_3"] <= pooled["mae_3_high"]


def test_contributions_sum_to_the_log_odds_of_the_year(learned, lesson):
    columns = take(lesson.examples.columns, slice(0, 20))
    parts = learned.contributions(columns)
    assert parts.shape == (20, len(learned.features) + 1)
    assert np.allclose(parts.sum(axis=1), learned.raw(learned.encoder.encode(columns)), atol=1e-9)
    strongest = np.abs(parts[:, :-1]).sum(axis=0)
    assert learned.features[int(np.argmax(strongest))] == "on_time_share_12m"
    assert len(explain(learned, columns).reasons()) == 20


def test_the_slope_towards_the_year_explains_nearly_all_of_it(learned, lesson):
    columns = take(lesson.examples.columns, slice(0, 20))
    parts = learned.contributions(columns)
    # What is common to all differs between rows by the month's part alone, never by the customer's.
    assert np.ptp(parts[:, -1]) < 0.25 * np.ptp(parts[:, :-1].sum(axis=1))


def test_a_curve_comes_back_from_its_files_bit_for_bit(learned, lesson):
    loaded = Artifact.from_files(learned.name, learned.files())
    before, after = learned.scores(lesson.examples.columns), loaded.scores(lesson.examples.columns)
    assert all(before[name].tolist() == after[name].tolist() for name in before)
    assert loaded.files() == learned.files()


def test_the_same_lesson_gives_the_same_bytes(lesson, learned):
    assert teaching.teach(lesson).final[""].files() == learned.files()


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b'"horizons":[3,12]', b'"horizons":[2,12]'),
        (b'"logit":[-9.21', b'"logit":[-8.21'),
        (b'"levels":[', b'"levels":[-'),
        (b'"golden"', b'"goldem"'),
    ],
)
def test_a_changed_body_is_refused(learned, was, becomes):
    files = learned.files()
    assert was in files["recovery_curve.json"]
    files["recovery_curve.json"] = files["recovery_curve.json"].replace(was, becomes, 1)
    with pytest.raises(BundleError):
        Artifact.from_files("recovery_curve", files)


def test_a_body_cut_short_is_refused(learned):
    content = learned.files()["recovery_curve.json"]
    with pytest.raises(BundleError, match="cannot be read"):
        Artifact.from_files("recovery_curve", {"recovery_curve.json": content[: len(content) // 2]})


def test_months_that_end_after_testing_begins_are_learned_from_by_nobody_and_measured(lesson):
    begins = datetime(2025, 5, 1, tzinfo=UTC)
    late = replace(lesson, folds=replace(lesson.folds, how="dates", test_from=begins))
    metrics = teaching.teach(late).judged[""].body["metrics"]
    ends = lesson.examples.moment + (lesson.extras["month"] * 30).astype("timedelta64[D]")
    known = ends <= np.datetime64("2025-05-01")
    assert metrics["months"]["train"] + metrics["months"]["calibrate"] < known.sum()
    assert 0 < metrics["by_bucket"]["pooled"]["rows"] < (~known).sum()
    assert "month 1" not in metrics["by_bucket"]


def test_who_is_still_in_arrears_later_does_not_sort_the_learned_from_the_tested(lesson):
    # All observed early are of the fold that learns, as if those of later moments had been set aside.
    everyone, nobody = np.ones(len(lesson.examples), bool), np.zeros(len(lesson.examples), bool)
    begins = datetime(2025, 6, 1, tzinfo=UTC)
    sorted_ = Folds(everyone, nobody, nobody, "dates", None, begins)
    months = teaching.teach(replace(lesson, folds=sorted_)).judged[""].body["metrics"]["months"]
    assert min(months.values()) > 0


def test_too_few_months_teach_nothing(lesson):
    few = Folds(
        lesson.folds.train & (np.arange(len(lesson.examples)) < 100), *[lesson.folds.test] * 2, "few", None, None
    )
    taught = teaching.teach(Lesson(SPEC, lesson.examples, lesson.arm, lesson.extras, few, lesson.encoder, {}, 7, 1))
    assert not taught.judged
    assert not taught.final


def test_a_month_weighs_what_was_left_when_it_began(lesson):
    some = replace(
        lesson,
        examples=replace(lesson.examples.take(slice(0, 4)), label=np.array([0.5, 0.2, 1.0, 0.0])),
        extras={"followed": np.array([0.0, 0.0, 0.0, 1.0]), "month": np.array([1.0, 2.0, 3.0, 1.0])},
    )
    assert teaching.by_rest(some).weight == pytest.approx([1.0, 0.5, 0.4, 1.0])
    turned = np.array([2, 3, 0, 1])
    other = replace(some, examples=some.examples.take(turned), extras=take(some.extras, turned))
    assert teaching.by_rest(other).weight == pytest.approx([0.4, 1.0, 1.0, 0.5])


def test_partial_payers_are_expected_to_bring_the_share_of_cents_they_brought(lesson):
    """In each group half pay nine tenths a month, half nothing: the rest after a month is that of those who do not."""
    contract, month = (part.ravel() for part in np.meshgrid(np.arange(600), np.arange(1, 13), indexing="ij"))
    group, pays = contract % 2, contract // 2 % 2 == 0
    label = np.where(pays, np.where(group == 0, 0.9, 0.5), 0.0)
    columns = {name: np.full(len(month), np.nan) for name in SPEC.features}
    for name in ("product", "kind", "region", "income_band"):
        columns[name] = np.full(len(month), None, object)
    columns["on_time_share_12m"] = np.where(group == 0, 0.9, 0.1)
    who = np.array([f"partial {one}" for one in contract], object)
    moment = np.full(len(month), np.datetime64("2025-01-01", "us"))
    examples = Examples(columns, label, np.ones(len(month)), moment, who)
    extras = {
        "month": month.astype(float),
        "followed": contract.astype(float),
        "months_over": np.full(len(month), 12.0),
    }
    folds = Folds(contract % 3 == 0, contract % 3 == 1, contract % 3 == 2, "customers", None, None)
    encoder = Encoder.learn(SPEC.features, columns)
    params = tune.untuned(seed=7, threads=1, trees=80).params
    arm = np.full(len(month), "", object)
    learned = teaching.teach(Lesson(SPEC, examples, arm, extras, folds, encoder, params, 7, 1)).final[""]
    scores = learned.scores(take(columns, np.array([0, 12])))
    assert scores["recovery_12m"] == pytest.approx([0.5, 0.5], abs=0.04)
    assert scores["recovery_3m"] == pytest.approx([0.4995, 0.4375], abs=0.04)
