"""Would this customer notice a contact by this channel: read it, or take part in a call?

One arm a channel. Opted-out customers are not asked about: they may not be contacted, whatever the answer.
"""

from types import MappingProxyType

from models.base import Gates, ModelSpec, Prior
from models.families import FAMILIES, features_of
from regua.vocabulary import CHANNELS, Channel

_SOURCE = "order of channels by how often they are noticed; the level is a guess until there is data"
_RATES: dict[str, float] = {
    Channel.PUSH: 0.20,
    Channel.EMAIL: 0.20,
    Channel.SMS: 0.35,
    Channel.WHATSAPP: 0.55,
    Channel.VOICE_BOT: 0.15,
    Channel.CALL: 0.25,
    Channel.LETTER: 0.30,
}
RATE_OF_OTHERS = 0.25
"""A channel without a guess of its own is taken to be noticed as seldom as a call."""

_ARMS = tuple(str(channel) for channel in CHANNELS)

SPEC = ModelSpec(
    name="contactability",
    unit="contact",
    target="the contact is read, or the customer takes part in the call, within the window",
    observation="every contact sent, known as of the dawn before, but for those to a customer who had opted out",
    gap_days=0,
    performance_days=7,
    features=features_of(FAMILIES),
    monotone=MappingProxyType({"read_share_90d": 1}),
    gates=Gates(minimum_rows=300, minimum_positives=25),
    prior=MappingProxyType({arm: Prior(_RATES.get(arm, RATE_OF_OTHERS), 100, _SOURCE, "assumed") for arm in _ARMS}),
    arms=_ARMS,
    score="p_reach_{arm}",
    used_by="contactability_band of the segments",
)
