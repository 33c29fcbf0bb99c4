"""How much more likely does this customer pay within two weeks if contacted by this medium, than if left in peace?

An effect, not a chance: learned from choices that were left to chance, treated against left in peace, and drawn towards
the average effect as far as the evidence asks (``training/teaching/effects.py``). Where nobody could be shown to differ
from anybody else there is no such model, and serving says NULL: a constant ranks nobody. Harm is told only as far as it
was shown: an effect below zero that the error of the average may have made is 0.
"""

from types import MappingProxyType

from models.base import STOPPED_CLOCK, Gates, ModelSpec, Prior
from models.families import FAMILIES, features_of
from regua.vocabulary import CHANNELS

_SOURCE = "a contact moves an answer by a few points in a hundred, a call most; a guess until there is data"

ARMS = ("message", "voice", "letter")

SPEC = ModelSpec(
    name="uplift",
    unit="treatment",
    target="a payment on the contract within the window, beyond what comes when left in peace",
    observation="every choice left to chance between a contact and peace, known as of the dawn before",
    gap_days=0,
    performance_days=14,
    features=features_of(FAMILIES),
    gates=Gates(minimum_rows=600, minimum_positives=60),
    prior=MappingProxyType(
        {arm: Prior(rate, 500, _SOURCE, "assumed") for arm, rate in zip(ARMS, (0.02, 0.03, 0.02), strict=True)}
    ),
    arms=ARMS,
    excluded_holds=STOPPED_CLOCK,
    answers="effect",
    score="uplift_{arm}",
    reads=tuple(f"consent_{channel}" for channel in CHANNELS),
    used_by="arbitration: a medium whose effect on this customer was shown to be below zero is worth no contact",
)
