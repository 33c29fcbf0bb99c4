"""Teach one booster, calibrate it on cases it has not seen, seal both as an artifact; or put a prior in its place."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from models.artifact import FORMAT, Artifact
from models.base import ModelSpec
from models.calibrate import IDENTITY, Calibration
from models.calibrate import fit as fit_calibration
from models.encode import Encoder
from regua.columns import Array, Numbers, take
from training.examples import Examples

if TYPE_CHECKING:
    import lightgbm

LAYOUT: Mapping[str, Any] = {
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
    "feature_pre_filter": False,
    # A quarter of LightGBM's default: histograms of a hundred features are most of the work on small arms.
    "max_bin": 63,
}
"""How cases are laid out for LightGBM; fixed, since a layout cannot change between trials."""

GOLDEN_ROWS = 256


def refusal(spec: ModelSpec, train: Examples) -> str | None:
    """Say in words why there is too little to learn a booster from; None when there is enough."""
    gates, rows, positives = spec.gates, len(train), train.positives
    if rows < gates.minimum_rows:
        return f"{rows} rows to learn from, {gates.minimum_rows} needed"
    if min(positives, rows - positives) < gates.minimum_positives:
        return f"{positives} yes and {rows - positives} no among {rows} rows, {gates.minimum_positives} of each needed"
    if not any(_varies(train.columns[name]) for name in spec.features if name in train.columns):
        return "every feature is missing or constant"
    return None


def booster(
    spec: ModelSpec,
    arm: str,
    encoder: Encoder,
    train: Examples,
    calibrate: Examples,
    params: Mapping[str, Any],
    *,
    goes_on_from: "lightgbm.Booster | None" = None,
    start: Numbers | None = None,
) -> Artifact:
    """Train and calibrate one artifact.

    Parameters
    ----------
    encoder
        Layout of the matrix, learned on the training rows.
    train, calibrate
        Disjoint customers; ``calibrate`` lies later. Empty ``calibrate`` leaves the score as it is.
    params
        LightGBM parameters with ``num_iterations``; at 0 there is only what it goes on from.
    goes_on_from
        A booster whose trees come first; these only add to it.
    start
        ``(n,)`` log-odds that each learning case sets out from, told to the trees and no part of the score.

    Returns
    -------
    The artifact, without metrics yet; the same examples and parameters give the same bytes.
    """
    import lightgbm

    learned = goes_on_from
    if learned is None or params["num_iterations"]:
        directions = [spec.monotone.get(name, 0) for name in encoder.features]
        learned = lightgbm.train(
            {**params, "monotone_constraints": directions},
            lightgbm_dataset(encoder, train, start=start),
            init_model=goes_on_from,
            keep_training_booster=True,
        )
    text = learned.model_to_string()
    # What is measured must be what is served, so the booster goes through its own text before anything else.
    served = lightgbm.Booster(model_str=text)
    matrix = encoder.encode(calibrate.columns)
    raw = (
        np.asarray(served.predict(matrix, raw_score=True, num_threads=1), np.float64) if len(calibrate) else np.empty(0)
    )
    calibration = fit_calibration(raw, calibrate.label, calibrate.weight, calibrate.moment)
    body = body_of(spec, arm, train, calibration, encoder) | {
        "kind": "booster",
        "params": {key: value for key, value in sorted(params.items()) if key != "num_threads"},
    }
    made = Artifact(spec.artifact_name(arm), body, encoder, calibration, served, text)
    return made.proving(take(train.columns, golden_rows(len(train))))


def golden_rows(count: int) -> Array:
    """Choose the learning cases an artifact must score alike for ever: at most 256, from all over them."""
    return np.unique(np.linspace(0, count - 1, min(GOLDEN_ROWS, count)).astype(np.int64)) if count else np.arange(0)


def prior(spec: ModelSpec, arm: str, train: Examples, why: str) -> Artifact:
    """Put a documented prior in a booster's place: the believed rate, drawn towards what little was seen."""
    believed = spec.prior[arm]
    weight = train.weight
    # Kish's effective sample size: a few heavy weights are few cases.
    effective = float(weight.sum() ** 2 / (weight**2).sum()) if len(train) else 0.0
    rate = float(np.average(train.label, weights=weight)) if len(train) else 0.0
    probability = believed.shrink(rate * effective, effective)
    encoder = Encoder((), ())
    body = body_of(spec, arm, train, IDENTITY, encoder) | {
        "kind": "prior",
        "why": why,
        "prior": {
            "probability": round(probability, 6),
            "believed": believed.probability,
            "weight_rows": believed.weight_rows,
            "source": believed.source,
            "status": believed.status,
            "observed_rate": round(rate, 6) if len(train) else None,
            "effective_rows": round(effective, 1),
        },
    }
    return Artifact(spec.artifact_name(arm), body, encoder, IDENTITY)


def with_calibration(artifact: Artifact, calibration: Calibration) -> Artifact:
    """Put another calibration in an artifact."""
    body = {**artifact.body, "calibration": calibration.to_json()}
    return replace(artifact, calibration=calibration, body=body).answering()


def with_metrics(artifact: Artifact, metrics: Mapping[str, Any]) -> Artifact:
    """Write the measures into an artifact."""
    return replace(artifact, body={**artifact.body, "metrics": dict(metrics)})


def lightgbm_dataset(
    encoder: Encoder, examples: Examples, reference: Any = None, *, start: Numbers | None = None
) -> Any:
    """Lay examples out for LightGBM."""
    import lightgbm

    return lightgbm.Dataset(
        encoder.encode(examples.columns),
        label=examples.label,
        weight=examples.weight,
        categorical_feature=encoder.categorical,
        reference=reference,
        init_score=start,
        params=dict(LAYOUT),
        free_raw_data=True,
    )


def body_of(spec: ModelSpec, arm: str, train: Examples, calibration: Calibration, encoder: Encoder) -> dict[str, Any]:
    """Return what every artifact's JSON says, whatever its kind."""
    return {
        "format": FORMAT,
        "name": spec.artifact_name(arm),
        "model": spec.name,
        "arm": arm or None,
        "answers": spec.answers,
        "scores": list(spec.score_columns(arm)),
        "horizons": list(spec.horizons),
        "spec": {
            "unit": spec.unit,
            "target": spec.target,
            "observation": spec.observation,
            "gap_days": spec.gap_days,
            "performance_days": spec.performance_days,
            "monotone": dict(spec.monotone),
        },
        "features": list(encoder.features),
        "categories": {name: list(words) for name, words in encoder.words},
        "calibration": calibration.to_json(),
        "train_rows": len(train),
        "train_positives": train.positives,
        "metrics": {},
        "prior": None,
    }


def _varies(column: Array) -> bool:
    known = [value for value in np.unique(column.astype(str)).tolist() if value not in ("nan", "None")]
    return len(known) > 1
