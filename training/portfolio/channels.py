"""The channels of the simulated book: seven, in an order of their own, whatever others a house adds."""

from regua.vocabulary import Channel

CHANNELS: tuple[Channel, ...] = (
    Channel.PUSH,
    Channel.EMAIL,
    Channel.SMS,
    Channel.WHATSAPP,
    Channel.VOICE_BOT,
    Channel.CALL,
    Channel.LETTER,
)
"""The order is the column order of every ``(n, channels)`` array of the simulator, and of its luck."""
