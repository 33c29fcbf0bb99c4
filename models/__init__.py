"""What do we predict? Definitions and how they are measured; the weights live in a release bundle."""

from models.base import Gates, ModelSpec, Prior
from models.channel_response import SPEC as CHANNEL_RESPONSE
from models.roll_risk import SPEC as ROLL_RISK
from models.self_cure import SPEC as SELF_CURE

SPECS: dict[str, ModelSpec] = {spec.name: spec for spec in (ROLL_RISK, SELF_CURE, CHANNEL_RESPONSE)}
"""Every model, by name."""

__all__ = ["SPECS", "Gates", "ModelSpec", "Prior"]
