"""Read the world file: every parameter of the simulated book, each with its source or marked as assumed."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from regua.columns import Numbers
from regua.errors import DataError, Place
from regua.records import canonical, digest
from regua.vocabulary import Channel
from training.portfolio.channels import CHANNELS

DEFAULT_WORLD = Path(__file__).with_name("world.yaml")
PRODUCTS: tuple[str, ...] = ("card", "personal_loan", "telecom", "utility", "retail_credit")


def _unwrap(given: Any) -> Any:
    """Take the value out of ``{value, source | assumed}``, and insist on exactly one origin with words in it."""
    if not isinstance(given, dict) or "value" not in given:
        raise ValueError("each parameter is {value: ..., source: ...} or {value: ..., assumed: ...}")
    origins = [name for name in ("source", "assumed") if str(given.get(name, "")).strip()]
    unknown = sorted(set(given) - {"value", "source", "assumed"})
    if unknown or len(origins) != 1:
        raise ValueError(f"expected a value and either a source or assumed, found {sorted(given)}")
    return given["value"]


_given = BeforeValidator(_unwrap)
Finite = Annotated[float, Field(allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1)]
Number = Annotated[Finite, _given]
Positive = Annotated[Annotated[float, Field(gt=0, allow_inf_nan=False)], _given]
Share = Annotated[Probability, _given]
Whole = Annotated[Annotated[int, Field(ge=1)], _given]
ByChannel = Annotated[dict[Channel, Finite], _given]
SharesByChannel = Annotated[dict[Channel, Probability], _given]
ByName = Annotated[dict[str, Finite], _given]
SharesByName = Annotated[dict[str, Probability], _given]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Regions(_Section):
    """Where people live, and the monthly weather of each state's economy."""

    population_millions: ByName
    unemployment_percent: ByName
    unemployment_swing_percent: Number
    unemployment_drift_percent: Number
    selic_percent: ByName
    disasters: Annotated[dict[str, str], _given]
    publication_lag_days: Whole


class People(_Section):
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
    pay_day_share: Annotated[dict[int, Probability], _given]
    shock_monthly: Share
    shock_depth: Number
    shock_months: Whole
    disaster_depth: Number
    thirteenth_lift: Number


class ContractTerms(_Section):
    """What was sold, for how much, and when billing stops."""

    holding_share: SharesByName
    amount_cents: ByName
    amount_spread: ByName
    monthly_spread: ByName
    auto_debit_share: SharesByName
    lateness: ByName
    opened_in_window_share: Share
    closing_monthly: Share
    instalments: Annotated[dict[str, int], _given]
    issue_days_before_due: Whole
    suspend_after_days: Whole
    place_after_days: Whole
    forget_after_days: Whole

    @field_validator("holding_share", "amount_cents", "amount_spread", "monthly_spread", "auto_debit_share", "lateness")
    @classmethod
    def _all_products(cls, given: dict[str, float]) -> dict[str, float]:
        return _exactly(given, PRODUCTS)


class Arrears(_Section):
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


class Channels(_Section):
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

    @field_validator("*")
    @classmethod
    def _all_channels(cls, given: Any) -> Any:
        return _exactly(given, CHANNELS) if isinstance(given, dict) else given


class Claims(_Section):
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


class BillingErrors(_Section):
    """Shares of bills on which each of the five billing errors is planted."""

    undue_charge: Share
    quantity_mismatch: Share
    wrong_arithmetic: Share
    missing_information: Share
    duplicate_invoice: Share


class Ladder(_Section):
    """The old static ladder, and the small share of choices it left to chance."""

    steps: Annotated[dict[int, Channel], _given]
    randomised_share: Share
    probe_share: Share
    first_hour: Annotated[Annotated[int, Field(ge=0, le=23)], _given]
    last_hour: Annotated[Annotated[int, Field(ge=1, le=24)], _given]


class World(_Section):
    """All parameters of the simulated book; see ``world.yaml`` for their meaning and origin."""

    regions: Regions
    people: People
    contracts: ContractTerms
    arrears: Arrears
    channels: Channels
    claims: Claims
    billing_errors: BillingErrors
    ladder: Ladder

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


def _exactly(given: dict[Any, Any], names: tuple[Any, ...]) -> dict[Any, Any]:
    if set(given) != set(names):
        raise ValueError(f"expected {', '.join(names)}; found {', '.join(map(str, given))}")
    return given


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
