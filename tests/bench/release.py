"""A release of every model with trees of a real size, learned from invented answers: for timing only."""

from typing import TYPE_CHECKING, Any

import numpy as np

from regua.columns import take
from regua.dice import draw, identity
from regua.settings import Settings
from tests.bench.book import MOMENT

if TYPE_CHECKING:
    from models.artifact import Artifact
    from models.encode import Encoder
    from training.examples import Examples

TREES, LEAVES = 150, 31
"""What the shipped training plan allows at most, and LightGBM's own default."""


def write(settings: Settings) -> str:
    """Train every arm of every model on a snapshot, seal them and make them champion; return the release."""
    from features import profile
    from features.catalog import catalog_digest
    from models import SPECS
    from models.encode import Encoder
    from training.examples import Examples
    from training.releasing import bundle
    from training.releasing.promotion import promote
    from training.teaching import fit

    columns = profile.at(settings, MOMENT)
    who = identity(columns["customer_id"])
    days = np.nan_to_num(np.asarray(columns["days_past_due"], np.float64))
    artifacts = []
    for spec in SPECS.values():
        encoder = Encoder.learn(spec.features, columns)
        for arm in spec.each_arm:
            name = spec.artifact_name(arm)
            label = (draw(who, name, 1) < 0.15 + 0.3 * (days > 15)).astype(np.float64)
            moments = np.full(len(label), np.datetime64(MOMENT.replace(tzinfo=None), "us"))
            examples = Examples(columns, label, np.ones(len(label)), moments, columns["customer_id"])
            params = fit.LAYOUT | {
                "objective": "binary",
                "num_iterations": TREES,
                "num_leaves": LEAVES,
                "min_data_in_leaf": 20,
                "num_threads": 1,  # threads that wait for each other on a busy machine cost more than they save
                "seed": 7,
            }
            if spec.answers == "curve":
                artifacts.append(_curve(encoder, examples, params))
                continue
            half = np.arange(len(label)) % 2 == 0
            artifacts.append(fit.booster(spec, arm, encoder, examples.take(half), examples.take(~half), params))
    name = bundle.write(settings, artifacts, trained_as_of=MOMENT, catalog_digest=catalog_digest(), metrics={})
    promote(settings, name, by="bench", approved_by="bench-approver", reason="to be measured", at=MOMENT)
    return name


def _curve(encoder: "Encoder", examples: "Examples", params: dict[str, Any]) -> "Artifact":
    """Learn months of a recovery without asking how many trees serve people who were not learned from."""
    import lightgbm

    from models import SPECS, curve
    from models.artifact import Artifact
    from models.calibrate import IDENTITY
    from training.teaching import fit

    spec = SPECS["recovery_curve"]
    month = np.arange(len(examples)) % curve.MONTHS + 1
    rows = curve.in_month(encoder.encode(examples.columns), month)
    data = lightgbm.Dataset(rows, examples.label, categorical_feature=encoder.categorical, params=dict(fit.LAYOUT))
    text = lightgbm.train(params | {"objective": "cross_entropy"}, data).model_to_string()
    body = fit.body_of(spec, "", examples, IDENTITY, encoder)
    body |= {"kind": "booster", "levels": [0.0] * len(curve.ASKED), "params": params}
    made = Artifact(spec.name, body, encoder, IDENTITY, lightgbm.Booster(model_str=text), text)
    return made.proving(take(examples.columns, slice(0, 4)))
