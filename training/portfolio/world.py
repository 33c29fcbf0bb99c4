"""Read the world file: every parameter of the simulated book, each with its source or marked as assumed."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from regua.columns import Numbers
from regua.errors import DataError, Place
from regua.records import canonical, digest
from regua.vocabulary import Channel
from training.portfolio.channels import CHANNELS
from training.portfolio.offer_terms import Offers
from training.portfolio.parameters import (
    GIVEN,
    ByChannel,
    ByName,
    Number,
    Positive,
    Probability,
    Section,
    Share,
    SharesByChannel,
    SharesByName,
    Whole,
    exactly,
)

DEFAULT_WORLD = Path(__file__).with_name("world.yaml")
PRODUCTS: tuple[str, ...] = ("card", "personal_loan", "telecom", "utility", "retail_credit")


class Regions(Section):
    """Where people live, and the monthly weather of each state's economy."""

    population_millions: ByName
    unemployment_percent: ByName
    unemployment_swing_percent: Number
    unemployment_drift_percent: Number
    selic_percent: ByName
    disasters: Annotated[dict[str, str], GIVEN]
    publication_lag_days: Whole


class People(Section):
    """The latent traits customers are drawn from."""

    company_share: Share
    income_band_share: SharesByName
    band_missing_share: Share
    ability_by_band: ByName
    ability_by_age: Number
    ability_willingness_correlation: Share
    forgetful_share: Share
    forgets_often: Share
    forgets_rarely: Share
    sleeping_dog_share: Share
    pay_day_share: Annotated[dict[int, Probability], GIVEN]
    shock_monthly: Share
    shock_depth: Number
    shock_months: Whole
    disaster_depth: Number
    thirteenth_lift: Number
    peak_share: Annotated[dict[int, Probability], GIVEN]
    peak_strength: Number


class ContractTerms(Section):
    """What was sold, for how much, and when billing stops."""

    holding_share: SharesByName
    amount_cents: ByName
    amount_spread: ByName
    monthly_spread: ByName
    auto_debit_share: SharesByName
    lateness: ByName
    opened_in_window_share: Share
    closing_monthly: Share
    instalments: Annotated[dict[str, int], GIVEN]
    issue_days_before_due: Whole
    suspend_after_days: Whole
    place_after_days: Whole
    forget_after_days: Whole

    @field_validator("holding_share", "amount_cents", "amount_spread", "monthly_spread", "auto_debit_share", "lateness")
    @classmethod
    def _all_products(cls, given: dict[str, float]) -> dict[str, float]:
        return exactly(given, PRODUCTS)


class Arrears(Section):
    """How bills become late and how arrears are paid."""

    late_log_odds: Number
    late_by_ability: Number
    late_by_willingness: Number
    late_when_billed_wrongly: Share
    late_auto_debit_factor: Share
    daily_rate: Positive
    rate_by_ability: Number
    rate_by_willingness: Number
    rate_by_cycles: Number
    age_scale_days: Positive
    age_power: Number
    forgotten_factor: Share
    recall_daily: Share
    pay_day_factor: Positive
    other_day_factor: Positive
    placed_factor: Share
    partial_share: Share
    pay_all_log_odds: Number
    method_share: SharesByName
    slow_clearing_share: Share


class Channels(Section):
    """What each channel costs, whom it reaches and what it does to them."""

    cost_cents: ByChannel
    has_point: SharesByChannel
    consent: SharesByChannel
    wrong_party: SharesByChannel
    invalid: SharesByChannel
    delivered: SharesByChannel
    read: SharesByChannel
    reach_spread: Number
    preferred_lift: Number
    reply: SharesByChannel
    read_after_hours: ByChannel
    persuasion: ByChannel
    taste_spread: Number
    sleeping_dog_effect: Number
    decay_days: Positive
    fatigue: ByChannel
    fatigue_decay_days: Positive
    fatigue_on_reading: Number
    fatigue_on_persuasion: Number
    fatigue_on_paying: Number
    opt_out: SharesByChannel
    opt_out_by_fatigue: Number
    hour_on_reading: Number
    hour_on_answering: Number
    hour_on_delay: Number
    complaint: SharesByChannel
    complaint_by_fatigue: Number
    complaint_of_dogs: Positive

    @field_validator("*")
    @classmethod
    def _all_channels(cls, given: Any) -> Any:
        return exactly(given, CHANNELS) if isinstance(given, dict) else given


class Claims(Section):
    """Promises, claims of payment and disputes."""

    promise: SharesByChannel
    promise_log_odds: Number
    kept_log_odds: Number
    kept_by_ability: Number
    kept_by_willingness: Number
    partly_kept_share: Share
    promise_days: Whole
    grace_days: Whole
    waiting_factor: Share
    paid_claim_true: Share
    paid_claim_false: Share
    dispute_wrong_bill: Share
    dispute_right_bill: Share
    dispute_days: Whole


class BillingErrors(Section):
    """Shares of bills on which each of the five billing errors is planted."""

    undue_charge: Share
    quantity_mismatch: Share
    wrong_arithmetic: Share
    missing_information: Share
    duplicate_invoice: Share


class Ladder(Section):
    """The old static ladder, and the small share of choices it left to chance."""

    steps: Annotated[dict[int, Channel], GIVEN]
    randomised_share: Share
    probe_share: Share
    first_hour: Annotated[Annotated[int, Field(ge=0, le=23)], GIVEN]
    last_hour: Annotated[Annotated[int, Field(ge=1, le=24)], GIVEN]
    offers: Annotated[dict[int, str], GIVEN]
    offer_randomised_share: Share


class World(Section):
    """All parameters of the simulated book; see ``world.yaml`` for their meaning and origin."""

    regions: Regions
    people: People
    contracts: ContractTerms
    arrears: Arrears
    channels: Channels
    offers: Offers
    claims: Claims
    billing_errors: BillingErrors
    ladder: Ladder

    @model_validator(mode="after")
    def _the_ladder_offers_what_there_is(self) -> "World":
        unknown = sorted(set(self.ladder.offers.values()) - set(self.offers.terms))
        if unknown:
            raise ValueError(f"the ladder offers {', '.join(unknown)}; offers.terms has {', '.join(self.offers.terms)}")
        return self

    @property
    def digest(self) -> str:
        """Name these parameters: another value anywhere is another world; where a value comes from does not count."""
        return digest(canonical(self.model_dump(mode="json")))

    def selic_percent(self, month: date) -> float:
        """Return the SELIC rate in force in a month; before the first known month, the first."""
        known = sorted(self.regions.selic_percent.items())
        past = [rate for start, rate in known if start <= f"{month:%Y-%m}"]
        return past[-1] if past else known[0][1]


def by_channel(given: dict[Channel, float]) -> Numbers:
    """Lay a parameter out in the order of the channels, ``(channels,)``."""
    return np.array([given[channel] for channel in CHANNELS], dtype=np.float64)


def by_product(given: dict[str, float]) -> Numbers:
    """Lay a parameter out in the order of the products, ``(products,)``."""
    return np.array([given[product] for product in PRODUCTS], dtype=np.float64)


def load_world(path: Path | None = None) -> World:
    """Read a world file strictly; the shipped one when no path is given.

    Raises
    ------
    DataError
        The file cannot be read, repeats or misspells a key, lacks one, or gives a value without an origin.
    """
    file = path or DEFAULT_WORLD
    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506 a BaseLoader makes text only
    except (OSError, UnicodeDecodeError) as problem:
        raise DataError(f"cannot read the world file: {problem}", remedy="check the path given to --world") from problem
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        place = Place(file, line=mark.line + 1, column=mark.column + 1) if mark else Place(file)
        raise DataError(problem.problem or "not YAML", expected="a YAML mapping", place=place) from problem
    try:
        return World.model_validate(raw)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"{where}: {first['msg']} ({problem.error_count()} problems in all)",
            expected="the keys of the shipped world.yaml",
            remedy=f"compare with {DEFAULT_WORLD.name}",
            place=Place(file),
        ) from problem


class _StrictLoader(yaml.BaseLoader):
    """Every scalar is text, and a key may stand once only."""


def _mapping(loader: _StrictLoader, node: yaml.MappingNode, deep: bool = True) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str) or key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"key {key!r} stands twice", key_node.start_mark)
        seen[key] = loader.construct_object(value_node, deep=deep)
    return seen


_StrictLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
