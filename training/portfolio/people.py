"""Make customers: latent ability, willingness, memory and reach, and the traces of them a lender may see."""

import numpy as np
import pyarrow as pa

from regua import dice
from regua.columns import Array, Numbers
from training.portfolio import hours, naming
from training.portfolio.channels import CHANNELS
from training.portfolio.days import DAY_US, HOUR_US, NEVER, midnight_us
from training.portfolio.luck import Keys, Luck, Whole, chance, log_odds
from training.portfolio.state import People
from training.portfolio.world import World, by_channel

BANDS = ("low", "medium", "high")
UNKNOWN_BAND = 3


def make_people(world: World, luck: Luck, numbers: Whole, opened_first: Whole) -> People:
    """Draw the customers with these numbers, each from its own identity alone.

    Parameters
    ----------
    numbers
        ``(n,)`` customer numbers.
    opened_first
        ``(n,)`` day on which each opened the first contract; the customer is as old.
    """
    who = dice.identity(naming.customer_ids(numbers).to_pylist())
    given = world.people
    is_company = luck.uniform(who, "company") < given.company_share
    band = luck.pick(who, "band", [given.income_band_share[name] for name in BANDS])
    birth_year = luck.whole(who, "birth", 1946, 2005)
    lift = np.array([given.ability_by_band[name] for name in BANDS])[band]
    ability = lift + given.ability_by_age * (1981 - birth_year) + 0.75 * luck.normal(who, "ability")
    mix = given.ability_willingness_correlation
    willingness = mix * ability + np.sqrt(1 - mix**2) * luck.normal(who, "willingness")
    forgets = luck.uniform(who, "forgetful") < given.forgetful_share
    is_hidden = luck.uniform(who, "band_missing") < given.band_missing_share
    preferred = np.where(luck.uniform(who, "prefers") < 0.4, luck.pick(who, "preferred", [1, 2, 2, 4, 0.2, 1, 0.3]), -1)
    points = _points(world, luck, who)
    peak_hour, peak_strength = hours.draw(world, luck, who, is_company)
    return People(
        number=numbers,
        who=who,
        is_company=is_company,
        region=luck.pick(who, "region", list(world.regions.population_millions.values())),
        since=opened_first,
        band=np.where(is_hidden | is_company, UNKNOWN_BAND, band),
        preferred=preferred,
        is_male=luck.uniform(who, "sex") < 0.48,
        birth_year=birth_year,
        ability=ability,
        willingness=willingness,
        forgets=np.where(forgets, given.forgets_often, given.forgets_rarely),
        is_dog=(luck.uniform(who, "dog") < given.sleeping_dog_share * (1 + 0.5 * (ability > 0))),
        pay_day=np.array(list(given.pay_day_share))[luck.pick(who, "pay_day", list(given.pay_day_share.values()))],
        reach=_reach(world, luck, who, preferred, birth_year),
        taste=np.stack([world.channels.taste_spread * luck.normal(who, f"taste/{c}") for c in CHANNELS], axis=1),
        fatigue=np.zeros(len(who)),
        shock_until=np.full(len(who), -1, dtype=np.int64),
        peak_hour=peak_hour,
        peak_strength=peak_strength,
        **points,
    )


def _reach(world: World, luck: Luck, who: Keys, preferred: Whole, birth_year: Whole) -> Numbers:
    """Draw how likely each customer reads each channel, ``(n, channels)``; the young answer calls less."""
    spread, columns = world.channels.reach_spread, []
    middle = log_odds(by_channel(world.channels.read))
    common = luck.normal(who, "reach")
    for position, channel in enumerate(CHANNELS):
        own = luck.normal(who, f"reach/{channel}")
        odds = middle[position] + spread * (0.5 * common + 0.87 * own)
        odds = odds + world.channels.preferred_lift * (preferred == position)
        if channel in ("call", "letter"):
            odds = odds + 0.01 * (1981 - birth_year)
        columns.append(chance(odds))
    return np.stack(columns, axis=1)


def _points(world: World, luck: Luck, who: Keys) -> dict[str, Array]:
    """Draw addresses, which of them are wrong or dead, and what the customer permits."""
    given = world.channels
    columns: dict[str, list[Array]] = {name: [] for name in ("has_point", "is_wrong", "is_invalid", "consents")}
    phone, hand = luck.uniform(who, "phone"), luck.uniform(who, "hands")
    for channel in CHANNELS:
        is_phone = channel not in ("push", "email", "letter")
        has = (phone if is_phone else luck.uniform(who, f"point/{channel}")) < given.has_point[channel]
        passed = hand if is_phone else luck.uniform(who, f"hands/{channel}")
        columns["has_point"].append(has)
        columns["is_wrong"].append(has & (passed < given.wrong_party[channel]))
        columns["is_invalid"].append(has & (luck.uniform(who, f"dead/{channel}") < given.invalid[channel]))
        columns["consents"].append(has & (luck.uniform(who, f"consent/{channel}") < given.consent[channel]))
    flags = {name: np.stack(parts, axis=1) for name, parts in columns.items()}
    consents = flags.pop("consents")
    return {
        **flags,
        "point_until": np.where(flags["has_point"], NEVER, -1).astype(np.int64),
        "consent_until": np.where(consents, NEVER, -1).astype(np.int64),
    }


def known_since_us(since: Whole) -> Whole:
    """Return noon of the day a customer or contract began, in microseconds."""
    days, place = np.unique(since, return_inverse=True)
    return (np.array([midnight_us(int(day)) for day in days], dtype=np.int64) + DAY_US // 2 - HOUR_US)[place]


def customers_table(world: World, people: People) -> pa.Table:
    """Show the customers as a lender's register shows them: no latent trait, no name, no document."""
    began = known_since_us(people.since)
    states = pa.array(list(world.regions.population_millions))
    channels = pa.array([channel.value for channel in CHANNELS])
    unknown = people.preferred < 0
    return pa.table(
        {
            "customer_id": naming.customer_ids(people.number),
            "kind": pa.array(["person", "company"]).take(pa.array(people.is_company.astype(np.int8))),
            "region": states.take(pa.array(people.region)),
            "customer_since": pa.array(people.since.astype(np.int32), pa.date32()),
            "income_band": pa.array([*BANDS, None]).take(pa.array(people.band)),
            "preferred_channel": channels.take(pa.array(people.preferred, mask=unknown)),
            "sex": pa.array(["female", "male", None]).take(pa.array(np.where(people.is_company, 2, people.is_male))),
            "birth_year": pa.array(people.birth_year, mask=people.is_company),
            "happened_at": pa.array(began).cast(pa.timestamp("us", "UTC")),
            "known_at": pa.array(began).cast(pa.timestamp("us", "UTC")),
        }
    )
