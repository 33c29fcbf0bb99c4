"""One question, one set of cases, three answers: our pipeline, LightGBM as it comes, and a logistic scorecard.

All three see the same facts of the same cases, and learn from all that had come to an end when testing begins. What
differs is measured in pairs: the same cases, drawn again by customer, for both.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from models.base import ModelSpec
from models.encode import Encoder
from models.families import TEXT_FEATURES
from models.measure import Figure, measure
from regua.columns import Array, Columns, Numbers
from regua.dice import draw, identity
from tests.bench_models import paired
from tests.bench_models.paired import Difference
from training.cases.case import unarmed
from training.examples import Examples
from training.judging import evaluate, leaks
from training.judging.split import Folds
from training.teaching import tune, whole
from training.teaching.lesson import Lesson

SEED = 7
FOLDS = 5
OURS, LIGHTGBM, SCORECARD, RAW = "regua", "LightGBM", "scorecard", "LightGBM, raw columns"
RIVAL_TREES = 300
THREADS = 1
"""Small boosters gain nothing from threads, and lose much on a busy machine; two parts run side by side instead."""
_AS_IT_COMES = {"objective": "binary", "learning_rate": 0.03, "verbosity": -1, "num_threads": THREADS}
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """What came of one question: figures by rival, and how much better we are than each, in pairs."""

    data: str
    question: str
    spec: str
    split: str
    rows: Mapping[str, int]
    figures: Mapping[str, Figure]
    buckets: Mapping[str, Figure]
    differences: Mapping[str, Difference]
    calibration: str
    test: Examples
    said: Mapping[str, Numbers]
    rows_tested: Array
    notes: tuple[str, ...] = ()

    @property
    def is_out_of_time(self) -> bool:
        """Whether the cases asked about are later than those learned from."""
        return not self.split.startswith("5-fold")

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        plain = ("data", "question", "spec", "split", "rows", "figures", "buckets", "calibration", "notes")
        differences = {
            name: asdict(difference) | {"verdict": difference.verdict} for name, difference in self.differences.items()
        }
        return {name: getattr(self, name) for name in plain} | {
            "is_out_of_time": self.is_out_of_time,
            "differences": differences,
        }


def hold(
    data: str,
    question: str,
    spec: ModelSpec,
    examples: Examples,
    cuts: Sequence[Folds],
    *,
    split: str,
    raw: Columns | None = None,
    say: Say,
    notes: tuple[str, ...] = (),
) -> Contest:
    """Let everyone learn and answer; several cuts are the folds of one cross-validation, judged together.

    Parameters
    ----------
    raw
        The file's own columns, for one more LightGBM that sees them instead of the profile.
    """
    asked: list[Array] = []
    told: dict[str, list[Numbers]] = {}
    methods = []
    for number, folds in enumerate(cuts):
        say(f"{data}: {question}, cut {number + 1} of {len(cuts)}")
        one = answers(spec, examples, folds, raw)
        methods.append(one.calibration)
        asked.append(np.flatnonzero(folds.test))
        for name, part in one.said.items():
            told.setdefault(name, []).append(part)
    rows = np.concatenate(asked)
    test = examples.take(rows)
    said = {name: np.concatenate(parts) for name, parts in told.items()}
    figures = {name: measure(test.label, p, test.weight, test.customer) for name, p in said.items()}
    counted = {fold: round(np.mean([folds.rows[fold] for folds in cuts])) for fold in ("train", "calibrate")}
    return Contest(
        data,
        question,
        spec.name,
        split,
        {**counted, "test": len(test), "positives": test.positives},
        figures,
        evaluate.figures(test, said[OURS]),
        {name: paired.compare(test, said[OURS], p) for name, p in said.items() if name != OURS},
        "/".join(sorted(set(methods))),
        test,
        said,
        rows,
        notes,
    )


def by_customer(customer: Array, *, folds: int = FOLDS, calibrate: float = 0.2, seed: int = SEED) -> list[Folds]:
    """Cut customers into folds by keyed dice where there is no time to cut by; each tests once."""
    who = identity(customer)
    place = np.floor(draw(who, "fold", 0, seed) * folds).astype(int)
    late = draw(who, "calibrate", 0, seed) < calibrate
    return [
        Folds((place != turn) & ~late, (place != turn) & late, place == turn, "customers", None, None)
        for turn in range(folds)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Chances of the tested cases by who answered, and how ours were calibrated."""

    said: Mapping[str, Numbers]
    calibration: str


def answers(spec: ModelSpec, examples: Examples, folds: Folds, raw: Columns | None) -> Answers:
    """Let everyone learn once, and answer the cases of the test fold."""
    weighted = folds.weighted(examples)
    train, test = weighted.take(folds.train), weighted.take(folds.test)
    known = weighted.take(folds.train | folds.calibrate)
    leaks.refuse(spec, train, seed=SEED)
    encoder = Encoder.learn(spec.features, train.columns)
    tuned = tune.search(spec, encoder, train, trials=12, rows=20_000, trees=300, seed=SEED, threads=THREADS)
    lesson = Lesson(spec, examples, unarmed(len(examples)), {}, folds, encoder, tuned.params, SEED, THREADS)
    artifact = whole.teach(lesson).judged[""]
    said = {
        OURS: artifact.predict(test.columns, threads=THREADS),
        LIGHTGBM: as_it_comes(encoder.encode(known.columns), known, encoder.encode(test.columns), encoder.categorical),
        SCORECARD: scorecard(known, test),
    }
    if raw is not None:
        matrix = np.column_stack(list(raw.values()))
        learn = folds.train | folds.calibrate
        said[RAW] = as_it_comes(matrix[learn], known, matrix[folds.test], [])
    return Answers(said, artifact.calibration.method)


def as_it_comes(learn: Numbers, known: Examples, ask: Numbers, categorical: Sequence[int]) -> Numbers:
    """Let LightGBM learn with its own defaults, but for 300 cautious trees: its default pace would flatter us."""
    import lightgbm

    data = lightgbm.Dataset(learn, known.label, weight=known.weight, categorical_feature=list(categorical))
    booster = lightgbm.train({**_AS_IT_COMES, "seed": SEED}, data, num_boost_round=RIVAL_TREES)
    return _chances(booster.predict(ask, num_threads=THREADS))


def scorecard(known: Examples, test: Examples) -> Numbers:
    """Fit what a bank prints: tenths of each fact, NULL and each word a line, added up by logistic regression."""
    from sklearn.linear_model import LogisticRegression

    parts = [_lines(name, known.columns[name], test.columns[name]) for name in known.columns]
    learn, ask = (np.hstack([part[side] for part in parts if part[0].shape[1]]) for side in (0, 1))
    model = LogisticRegression(C=0.1, max_iter=500, tol=1e-4)
    model.fit(learn, known.label, sample_weight=known.weight / known.weight.mean())
    return _chances(model.predict_proba(ask)[:, 1])


def _lines(name: str, learn: Array, ask: Array) -> tuple[Numbers, Numbers]:
    if name in TEXT_FEATURES:
        words = sorted({str(word) for word in learn if word is not None})
        places = {word: place for place, word in enumerate(words)}
        codes = [np.array([places.get(str(word), len(words)) for word in column]) for column in (learn, ask)]
        width = len(words) + 1
    else:
        known = learn[~np.isnan(learn)]
        edges = np.unique(np.quantile(known, np.linspace(0.1, 0.9, 9))) if len(known) else np.empty(0)
        width = len(edges) + 2
        codes = [
            np.where(np.isnan(column), width - 1, np.searchsorted(edges, column, side="left"))
            for column in (learn, ask)
        ]
    indicator = np.eye(width)
    varies = np.ptp(indicator[codes[0]], axis=0) > 0
    return indicator[codes[0]][:, varies], indicator[codes[1]][:, varies]


def _chances(said: Array) -> Numbers:
    return np.clip(np.asarray(said, np.float64), 1e-4, 1 - 1e-4)


def with_features(spec: ModelSpec, columns: Columns, **changes: object) -> ModelSpec:
    """Keep of a definition the facts that a data set has, and the directions of those."""
    features = tuple(name for name in spec.features if name in columns)
    monotone = {name: way for name, way in spec.monotone.items() if name in features}
    kept: dict[str, Any] = {"features": features, "monotone": monotone}
    return replace(spec, **(kept | changes))
