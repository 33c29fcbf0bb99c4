"""Would this customer take such an offer, if a contact carried it now?

One arm a kind of offer. What was offered to whom was chosen by a ladder, partly at random; the arms share one booster
of all offers together, so that who the customer is counts for the same in each.
"""

from types import MappingProxyType

from models.base import Gates, ModelSpec, Prior
from models.families import FAMILIES, features_of

_SOURCE = "the shares by kind that the shipped offers assume where nothing is known of the customer's means"
_RATES = {"due_date": 0.12, "pause": 0.26, "instalments": 0.15, "discount": 0.12}

WORTH_ROWS = 40
"""What the guess weighs against offers seen: no more, since shares of two in a hundred and of one in four are usual."""

SPEC = ModelSpec(
    name="offer_response",
    unit="offer",
    target="an arrangement made from that offer within the window",
    observation="every contact that carried an offer, known as of the dawn before",
    gap_days=0,
    performance_days=14,
    features=features_of(FAMILIES),
    gates=Gates(minimum_rows=300, minimum_positives=25),
    prior=MappingProxyType({kind: Prior(rate, WORTH_ROWS, _SOURCE, "assumed") for kind, rate in _RATES.items()}),
    arms=tuple(_RATES),
    score="p_offer_{arm}",
    used_by="taken_by of the offers: the chance that an offer is taken",
)
