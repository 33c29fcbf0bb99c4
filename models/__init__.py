"""What do we predict? Definitions and how they are measured; the weights live in a release bundle."""

from importlib import import_module

from models.base import Gates, ModelSpec, Prior

REPERTOIRE: tuple[str, ...] = (
    "pre_due_delay",
    "roll_risk",
    "self_cure",
    "ability_to_pay",
    "willingness_to_pay",
    "promise_kept",
    "arrangement_break",
    "contactability",
    "channel_response",
    "best_time",
    "uplift",
    "offer_response",
    "recovery_curve",
    "complaint_risk",
)
"""The models, from before the due date to the last word; each is ``SPEC`` in the file of its name."""

SPECS: dict[str, ModelSpec] = {name: import_module(f"models.{name}").SPEC for name in REPERTOIRE}
"""Every model, by name."""

__all__ = ["REPERTOIRE", "SPECS", "Gates", "ModelSpec", "Prior"]
