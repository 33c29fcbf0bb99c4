"""Send contacts, and let them arrive, be read, help, annoy, or come out at the wrong person."""

from dataclasses import dataclass

import numpy as np

from regua.columns import Array, Flags, Numbers
from regua.vocabulary import ContactOutcome
from training.portfolio import hours
from training.portfolio.actions import Actions
from training.portfolio.channels import CHANNELS
from training.portfolio.days import DAY_US, HOUR_US, NO_TIME, Today
from training.portfolio.log import Log
from training.portfolio.luck import Luck, Whole, chance, log_odds
from training.portfolio.state import RING_DAYS, State
from training.portfolio.world import World, by_channel

_UNKNOWN = -1
OUTCOMES: tuple[str, ...] = tuple(ContactOutcome)
CODE: dict[str, int] = {word: position for position, word in enumerate(OUTCOMES)}
LETTER = CHANNELS.index("letter")
SPOKEN = np.array([channel in ("voice_bot", "call") for channel in CHANNELS])
MINUTE_US = HOUR_US // 60


@dataclass(slots=True)
class Reading:
    """What became of the contacts sent today, ``(m,)``; ``day`` is how many days from now they are read."""

    rows: Whole
    customer: Whole
    channel: Whole
    sent_us: Whole
    delivered_us: Whole
    read_us: Whole
    replied_us: Whole
    is_read: Flags
    is_right: Flags
    day: Whole
    outcome: Whole
    outcome_us: Whole


def send(state: State, world: World, luck: Luck, today: Today, actions: Actions, log: Log) -> Reading:
    """Send the day's contacts and draw how far each gets; what it does to people follows in :func:`persuade`.

    Rows of ``contacts`` carry the instants of later states at once: each is known only at its own time.
    """
    is_sent = actions.channel >= 0
    rows, channel, sent = actions.rows[is_sent], actions.channel[is_sent], actions.sent_us[is_sent]
    people, who = state.people, state.contracts.who[rows]
    customer = state.contracts.customer[rows]
    given = world.channels
    is_live = people.has_point[customer, channel] & ~people.is_invalid[customer, channel]
    is_delivered = is_live & (luck.uniform(who, "delivered", today.number) < by_channel(given.delivered)[channel])
    near = hours.lift(people, customer, (sent - today.start_us) / HOUR_US)
    by_hour = np.where(SPOKEN[channel], given.hour_on_answering, given.hour_on_reading) * (channel != LETTER) * near
    reach = chance(log_odds(people.reach[customer, channel]) + by_hour)
    reach = reach * np.exp(-given.fatigue_on_reading * people.fatigue[customer])
    is_read = is_delivered & (luck.uniform(who, "reads", today.number) < reach)
    is_right = is_read & ~people.is_wrong[customer, channel]
    delivered, read, day = _instants(world, luck, today, who, channel, sent, near)
    replies = is_right & (luck.uniform(who, "replies", today.number) < by_channel(given.reply)[channel])
    replied = read + np.where(SPOKEN[channel], 0, 5 * MINUTE_US)
    outcome = np.where(is_delivered, CODE["none"], CODE["failed"])
    outcome = np.where(is_right & SPOKEN[channel], CODE["right_party"], outcome)
    reading = Reading(
        rows, customer, channel, sent,
        np.where(is_delivered, delivered, NO_TIME), np.where(is_read, read, NO_TIME),
        np.where(replies, replied, NO_TIME), is_read, is_right, day, outcome,
        np.where(is_read, read, delivered),
    )  # fmt: skip
    log.tally.sent += np.bincount(channel, minlength=len(CHANNELS))
    log.tally.read += np.bincount(channel[is_right], minlength=len(CHANNELS))
    return reading


def _instants(
    world: World, luck: Luck, today: Today, who: Array, channel: Whole, sent: Whole, near: Numbers
) -> tuple[Whole, Whole, Whole]:
    """Draw when each is delivered and read, and how many days from today that reading is."""
    minutes = np.where(SPOKEN[channel], 1, 1 + 4 * luck.uniform(who, "minutes", today.number))
    posted = luck.whole(who, "post", 3, 5, today.number) * DAY_US
    delivered = sent + np.where(channel == LETTER, posted, (minutes * MINUTE_US).astype(np.int64))
    mean = by_channel(world.channels.read_after_hours)[channel] * np.exp(-world.channels.hour_on_delay * near)
    hours = np.minimum(-np.log1p(-luck.uniform(who, "read_after", today.number)) * mean, 30.0)
    read = delivered + (hours * HOUR_US).astype(np.int64)
    return delivered, read, np.minimum((read - today.start_us) // DAY_US, RING_DAYS - 1)


def persuade(state: State, world: World, luck: Luck, today: Today, reading: Reading, log: Log) -> None:
    """Let contacts remind and persuade those they reach, wake sleeping dogs, tire everyone and cost consent."""
    people, contracts, given = state.people, state.contracts, world.channels
    rows, customer, channel = reading.rows, reading.customer, reading.channel
    tired = people.fatigue[customer]
    effect = by_channel(given.persuasion)[channel] * np.exp(
        people.taste[customer, channel] - given.fatigue_on_persuasion * tired
    )
    effect = np.where(people.is_dog[customer], given.sleeping_dog_effect, effect)
    hit = reading.is_right
    slot = (today.number + reading.day) % RING_DAYS
    np.add.at(contracts.arriving, (rows[hit], slot[hit]), effect[hit])
    contracts.is_arriving[rows[hit], slot[hit]] = True
    np.add.at(people.fatigue, customer, by_channel(given.fatigue)[channel] * (reading.delivered_us != NO_TIME))
    contracts.was_reached[rows[hit]] = True
    contracts.was_called[rows[hit & (channel == CHANNELS.index("call"))]] = True
    _opt_outs(state, world, luck, today, reading, tired, log)
    _complaints(state, world, luck, today, reading, tired)
    _point_troubles(state, today, reading, log)


def _opt_outs(state: State, world: World, luck: Luck, today: Today, reading: Reading, tired: Numbers, log: Log) -> None:
    people, contracts, given = state.people, state.contracts, world.channels
    share = by_channel(given.opt_out)[reading.channel] * np.exp(given.opt_out_by_fatigue * tired)
    share = share * np.where(people.is_dog[reading.customer], 3.0, 1.0)
    leaves = reading.is_right & (luck.uniform(contracts.who[reading.rows], "opts_out", today.number) < share)
    leaves &= people.consent_until[reading.customer, reading.channel] > today.number + reading.day
    customer, channel = reading.customer[leaves], reading.channel[leaves]
    people.consent_until[customer, channel] = today.number + reading.day[leaves]
    reading.outcome[leaves] = CODE["opted_out"]
    log.add("consents", customer=customer, channel=channel, at=reading.read_us[leaves] + MINUTE_US)


def _complaints(state: State, world: World, luck: Luck, today: Today, reading: Reading, tired: Numbers) -> None:
    """Let some complain of being contacted: the tired, and most of all sleeping dogs."""
    people, contracts, given = state.people, state.contracts, world.channels
    share = by_channel(given.complaint)[reading.channel] * np.exp(given.complaint_by_fatigue * tired)
    share = share * np.where(people.is_dog[reading.customer], given.complaint_of_dogs, 1.0)
    complains = reading.is_right & (luck.uniform(contracts.who[reading.rows], "complains", today.number) < share)
    reading.outcome[complains & (reading.outcome != CODE["opted_out"])] = CODE["complained"]


def _point_troubles(state: State, today: Today, reading: Reading, log: Log) -> None:
    """Learn of wrong and dead addresses: spoken to the wrong person, answered by one, or bounced."""
    people, customer, channel = state.people, reading.customer, reading.channel
    tells = (SPOKEN | np.array([c == "whatsapp" for c in CHANNELS]))[channel]
    is_wrong = reading.is_read & ~reading.is_right & tells
    reading.outcome[is_wrong] = CODE["wrong_party"]
    is_dead = people.is_invalid[customer, channel] & (channel != LETTER)
    for found, status, at in ((is_wrong, 0, reading.read_us), (is_dead, 1, reading.outcome_us)):
        new = found & (people.point_until[customer, channel] > today.number + reading.day)
        people.point_until[customer[new], channel[new]] = today.number + np.where(status == 0, reading.day[new], 0)
        log.add("troubles", customer=customer[new], channel=channel[new], status=np.full(int(new.sum()), status),
                at=at[new])  # fmt: skip


def receive(state: State, today: Today) -> None:
    """Let what was sent before, or just now, and is read today take effect: nobody who read a reminder forgets."""
    contracts, slot = state.contracts, today.number % RING_DAYS
    contracts.push += contracts.arriving[:, slot]
    contracts.is_forgotten &= ~contracts.is_arriving[:, slot]
    contracts.arriving[:, slot] = 0.0
    contracts.is_arriving[:, slot] = False


def note(world: World, actions: Actions, reading: Reading, log: Log, day: int) -> None:
    """Log the contacts as they turned out, and every choice that was made, to contact or to leave in peace."""
    is_sent = actions.channel >= 0
    n = len(reading.rows)
    labels = {name: array[is_sent] for name, array in actions.labels.items()}
    cost = by_channel(world.channels.cost_cents)[reading.channel].astype(np.int64)
    log.add("contacts", contract=reading.rows, channel=reading.channel, day=np.full(n, day), sent=reading.sent_us,
            delivered=reading.delivered_us, read=reading.read_us, replied=reading.replied_us, outcome=reading.outcome,
            outcome_at=reading.outcome_us, cost=cost, propensity=actions.propensity[is_sent],
            is_randomised=actions.is_randomised[is_sent], step=actions.step[is_sent], offer=actions.offers[is_sent],
            offer_propensity=actions.offer_propensity[is_sent], **labels)  # fmt: skip
    log.add("treatments", contract=actions.rows, channel=actions.channel, day=np.full(len(actions.rows), day),
            at=actions.decided_us, propensity=actions.propensity, is_randomised=actions.is_randomised,
            among=np.full(len(actions.rows), _UNKNOWN) if actions.among is None else actions.among)  # fmt: skip
