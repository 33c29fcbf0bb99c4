"""Would a contact now drive this customer away: to opt out, complain or forbid all contact?

Seldom, which is why it is measured by average precision: of those said to be at risk, how many were.
"""

from types import MappingProxyType

from models.base import Gates, ModelSpec, Prior
from models.families import FAMILIES, features_of

SPEC = ModelSpec(
    name="complaint_risk",
    unit="contact",
    target="an opt-out, a complaint or a demand to stop all contact within the window",
    observation="every contact sent, known as of the dawn before",
    gap_days=0,
    performance_days=14,
    features=features_of(FAMILIES),
    monotone=MappingProxyType({"attempts_7d": 1}),
    gates=Gates(minimum_rows=1_000, minimum_positives=30),
    prior=MappingProxyType({"": Prior(0.005, 400, "a few opt-outs in a thousand contacts", "assumed")}),
    score="p_complaint",
    used_by="the harm of a contact in arbitration",
)
