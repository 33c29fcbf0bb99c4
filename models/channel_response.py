"""Would this customer pay or promise within a week, if contacted by this channel, or if left in peace?

One arm a channel and one for ``nothing``; what a channel adds is the difference between its arm and ``nothing``.
All arms learn one booster together and go on from it, each choice weighted by the inverse of its propensity, so that
whom the old policy preferred to call does not pass for what a call does (Horvitz & Thompson 1952, JASA 47(260)).
"""

from types import MappingProxyType

from models.base import Gates, ModelSpec, Prior
from models.families import FAMILIES, features_of
from regua.vocabulary import CHANNELS, NOTHING, Channel

_SOURCE = "order of channels by effort of the contact; the level is a guess until there is data"
_RATES = {
    NOTHING: 0.15,
    Channel.PUSH: 0.16,
    Channel.EMAIL: 0.16,
    Channel.SMS: 0.17,
    Channel.WHATSAPP: 0.19,
    Channel.VOICE_BOT: 0.17,
    Channel.CALL: 0.22,
    Channel.LETTER: 0.16,
}
RATE_OF_OTHERS = 0.16
"""A channel without a guess of its own is taken for one of little effort, as push, email and letter are."""

_ARMS = (*(str(channel) for channel in CHANNELS), NOTHING)

SPEC = ModelSpec(
    name="channel_response",
    unit="treatment",
    target="a payment or a promise on the contract within the window",
    observation="every case-day on which a policy chose a channel or peace, known as of the dawn before",
    gap_days=0,
    performance_days=7,
    features=features_of(FAMILIES),
    monotone=MappingProxyType({"on_time_share_12m": 1, "days_since_last_payment": -1}),
    gates=Gates(minimum_rows=300, minimum_positives=25),
    prior=MappingProxyType({arm: Prior(_RATES.get(arm, RATE_OF_OTHERS), 100, _SOURCE, "assumed") for arm in _ARMS}),
    arms=_ARMS,
    score="p_response_{arm}",
    used_by="the value of each channel in arbitration",
)
