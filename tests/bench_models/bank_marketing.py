"""Does a call bring a yes? A bank through a crisis: what drifts, what the watch says, and what mending brings."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from features.adapters import bank_marketing
from features.adapters.sheet import Sheet
from models import SPECS, ModelSpec, calibrate, stability
from models.measure import Figure, measure
from regua.columns import Array, Numbers
from tests.bench_models import contest
from tests.bench_models.contest import OURS, Contest, Say
from tests.bench_models.table import Finding, Part
from training.examples import Examples
from training.judging import leaks
from training.judging.split import Folds, out_of_time
from training.plan import Split
from training.watching import thresholds, verdict

DATA = "bank calls"
FILE = "bank-additional.zip"
CALIBRATE_SHARE, TEST_SHARE = 0.56, 0.7
_RAW_OUT = {"row", "said_yes", "duration_seconds", "age", "marital", "education", "happened_at", "known_at"}


def run(folder: Path, say: Say) -> Part:
    """Measure the whole set."""
    sheet = bank_marketing.read_bank_marketing(folder / FILE)
    part = Part(sheets=[sheet.as_dict()])
    columns = bank_marketing.profile(sheet)
    label = bank_marketing.outcome(sheet)
    moment, who = bank_marketing.moments(sheet), sheet.row_names()
    examples = Examples(columns, label, np.ones(len(label)), moment, who)
    spec = contest.with_features(
        SPECS["channel_response"],
        columns,
        arms=(),
        prior={"": SPECS["channel_response"].prior["call"]},
        target="a yes on the telephone",
        performance_days=1,
    )
    raw = _raw(sheet)
    later = _cut(examples, CALIBRATE_SHARE, TEST_SHARE)
    split = "out of time: the first 70 % of the calls, then the last 30 %"
    held = contest.hold(DATA, "the call brings a yes", spec, examples, [later], split=split, raw=raw, say=say)
    part.contests.append(held)
    cuts = contest.by_customer(who)
    again = "5-fold by row (flatters: the same weeks on both sides)"
    part.contests.append(contest.hold(DATA, "the call brings a yes", spec, examples, cuts[:2], split=again, say=say))
    say("drift, recalibration, retraining")
    part.findings += [*_drift(examples, spec, later, held), *_mended(held)]
    part.contests.append(_retrained(examples, spec, say))
    part.findings += _leak(sheet, examples, spec, later)
    return part


def _raw(sheet: Sheet) -> dict[str, Numbers]:
    """Return the file's own columns but for what is protected or known too late; words by their place in a list."""
    columns = {}
    for name in sheet.frame.columns:
        if name in _RAW_OUT:
            continue
        column = sheet.frame[name]
        if column.dtype.is_numeric() or column.dtype == bool:
            columns[name] = sheet.numbers(name)
        else:
            words = {word: float(place) for place, word in enumerate(sorted(set(column.drop_nulls().to_list())))}
            columns[name] = np.array([words.get(word, np.nan) for word in column.to_list()])
    return columns


def _cut(examples: Examples, calibrate_share: float, test_share: float) -> Folds:
    """Cut by the days at which these shares of the calls had been made, by the product's own split."""
    edges = [
        examples.moment[int(len(examples) * share)].astype("datetime64[D]").item()
        for share in (calibrate_share, test_share)
    ]
    split = Split(calibrate_from=edges[0], test_from=edges[1])
    return out_of_time(examples.moment, examples.customer, 1, split, seed=contest.SEED)


def _drift(examples: Examples, spec: ModelSpec, folds: Folds, held: Contest) -> list[Finding]:
    """Compare facts and scores then and now, and ask the watch what to do."""
    before, now = examples.take(folds.train | folds.calibrate), examples.take(folds.test)
    shifts = [stability.between(name, before.columns[name], now.columns[name]) for name in spec.features]
    shifts.sort(key=lambda shift: -shift.index)
    then, score_before = _at_training(examples, spec, folds)
    score = stability.between(spec.name, score_before, held.said[OURS])
    since = held.figures[OURS]
    advised = verdict.of_model(spec.name, then, since, score, thresholds.read())
    alarms = ", ".join(f"{one.code} {one.found:.3f} (allowed {one.allowed:.3f})" for one in advised.alarms)
    moved = [
        Finding(DATA, f"PSI of {shift.name}", shift.index, beside=0.25, beside_what="act above", words="act")
        for shift in shifts[:4]
    ]
    return [
        *moved,
        Finding(DATA, "PSI of the score", score.index, beside=0.25, beside_what="act above", words="act"),
        Finding(
            DATA,
            "AUC when trained (last tenths of the first 70 %), and since",
            float(since["auc"] or np.nan),
            since.get("auc_low"),
            since.get("auc_high"),
            then["auc"],
            "when trained",
            f"the watch says: {verdict.WORDS[advised.advice]['en']} ({alarms})",
        ),
    ]


def _at_training(examples: Examples, spec: ModelSpec, folds: Folds) -> tuple[Figure, Numbers]:
    """Judge the model as training would have: on the later part of what it had, by a model of the earlier part."""
    known = np.flatnonzero(folds.train | folds.calibrate)
    mine = examples.take(known)
    then = contest.answers(spec, mine, _cut(mine, 0.68, 0.85), None)
    test = mine.take(_cut(mine, 0.68, 0.85).test)
    said = then.said[OURS]
    return measure(test.label, said, test.weight, test.customer), said


def _mended(held: Contest) -> list[Finding]:
    """Recalibrate on the first part of the later period as the product does, and judge on the rest, by time.

    A level and a slope on the log-odds said, as :mod:`training.teaching.recalibrate` puts them on a released model.
    """
    order = np.argsort(held.test.moment, kind="stable")
    early, late = order[: len(order) // 3], order[len(order) // 3 :]
    said, test = held.said[OURS], held.test
    raw = np.log(said) - np.log1p(-said)
    level, slope = calibrate.drift(raw[early], test.label[early], test.weight[early])
    after = calibrate.moved(calibrate.IDENTITY, level, slope).apply(raw[late])
    figures = [measure(test.label[late], p, test.weight[late], test.customer[late]) for p in (said[late], after)]
    rates = [float(np.average(test.label[rows], weights=test.weight[rows])) for rows in (early, late)]
    words = f"level {level:+.2f} and slope {slope:.2f} learned on the first third of the later period ({rates[0]:.1%} "
    words += f"yes), judged on the rest ({rates[1]:.1%} yes)"
    found = []
    for name, measured in (("ECE", "ece"), ("log loss", "log_loss"), ("AUC", "auc")):
        before, now = (float(figure[measured] or np.nan) for figure in figures)
        ends = figures[1].get(f"{measured}_low"), figures[1].get(f"{measured}_high")
        gained = "" if measured == "auc" else "; better" if now < before else "; worse: the world went on moving"
        found.append(Finding(DATA, f"{name} after recalibration", now, *ends, before, "before", words + gained))
    return found


def _retrained(examples: Examples, spec: ModelSpec, say: Say) -> Contest:
    share = TEST_SHARE + (1 - TEST_SHARE) / 3
    folds = _cut(examples, share - 0.06, share)
    split = "out of time: retrained with the first 80 %, then the last 20 %"
    return contest.hold(DATA, "the call brings a yes", spec, examples, [folds], split=split, say=say)


def _leak(sheet: Sheet, examples: Examples, spec: ModelSpec, folds: Folds) -> list[Finding]:
    """Leave the length of the call in, under the name of an honest fact, and see who notices."""
    with_length: dict[str, Array] = {**examples.columns, "connects_90d": sheet.numbers("duration_seconds")}
    leaky = replace(spec, features=(*spec.features, "connects_90d"))
    found = leaks.suspects(leaky, replace(examples, columns=with_length).take(folds.train), seed=contest.SEED)
    clean = leaks.suspects(spec, examples.take(folds.train), seed=contest.SEED)
    caught = next((one for one in found if one.feature == "connects_90d"), None)
    return [
        Finding(
            DATA,
            "duration left in: AUC of it alone",
            caught.alone if caught else float("nan"),
            beside=caught.others if caught else None,
            beside_what="all others together",
            words=f"{'caught' if caught else 'NOT caught'} as a suspect; without it {len(clean)} facts are suspected; "
            "the catalogue has no such fact, and a definition that lists it is refused",
        )
    ]
