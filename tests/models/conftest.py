"""A small artifact that was really trained, for tests of what a trained model promises."""

import numpy as np
import pytest

from models import SPECS
from models.artifact import FORMAT, Artifact
from models.calibrate import IDENTITY
from models.encode import Encoder
from regua.columns import take
from regua.dice import draw, identity


@pytest.fixture(scope="session")
def profile():
    """600 profiles: numbers drawn by key, some NULL; the product is a word."""
    who = identity([f"customer {number}" for number in range(600)])
    columns = {name: np.floor(draw(who, name, 0) * 100) for name in SPECS["roll_risk"].features}
    columns["days_since_last_payment"][draw(who, "missing", 0) < 0.2] = np.nan
    for name, words in {"product": ("card", "telecom"), "kind": ("person",), "region": ("SP", "RJ")}.items():
        columns[name] = np.array(words, object)[(draw(who, name, 0) * len(words)).astype(int)]
    columns["income_band"] = np.full(600, None, object)
    return columns


@pytest.fixture(scope="session")
def label(profile):
    """More likely yes the later the customer and the less he paid on time."""
    who = identity([f"customer {number}" for number in range(600)])
    logit = (profile["days_past_due"] - profile["on_time_share_12m"]) / 20
    return (draw(who, "label", 0) < 1 / (1 + np.exp(-logit))).astype(np.float64)


@pytest.fixture(scope="session")
def artifact(profile, label):
    import lightgbm

    encoder = Encoder.learn(SPECS["roll_risk"].features, profile)
    params = {"objective": "binary", "num_iterations": 30, "num_leaves": 8, "verbosity": -1, "num_threads": 1}
    matrix = encoder.encode(profile)
    data = lightgbm.Dataset(matrix, label, categorical_feature=encoder.categorical, params={"verbosity": -1})
    text = lightgbm.train(params | {"deterministic": True, "force_row_wise": True}, data).model_to_string()
    served = lightgbm.Booster(model_str=text)
    body = {
        "format": FORMAT,
        "name": "roll_risk",
        "kind": "booster",
        "features": list(encoder.features),
        "categories": {name: list(words) for name, words in encoder.words},
        "calibration": IDENTITY.to_json(),
        "prior": None,
        "metrics": {},
    }
    return Artifact("roll_risk", body, encoder, IDENTITY, served, text).proving(take(profile, slice(0, 3)))


@pytest.fixture(scope="session")
def prior():
    body = {
        "format": FORMAT,
        "name": "channel_response_letter",
        "kind": "prior",
        "features": [],
        "categories": {},
        "calibration": IDENTITY.to_json(),
        "prior": {"probability": 0.16},
        "metrics": {},
    }
    return Artifact("channel_response_letter", body, Encoder((), ()), IDENTITY)
