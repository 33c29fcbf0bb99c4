"""What may be written in the file of offers, and the limits no offer may pass."""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from journeys.book.channels import Money, Share
from journeys.language.strict import Name, Sentence, Strict

MOST_INSTALMENTS = 60
"""Five years: the longest plan of repayment (Lei 14.181/2021, CDC art. 104-A)."""
LONGEST_PAUSE_DAYS = 60
LONGEST_VALIDITY_DAYS = 30
EXISTENTIAL_MINIMUM = 600_00
"""What must be left to a person each month, in cents (Decreto 11.150/2022 as changed by Decreto 11.567/2023)."""

GRADES = ("low", "medium", "high")

Kind = Literal["discount", "instalments", "due_date", "pause"]
KINDS: tuple[Kind, ...] = ("discount", "instalments", "due_date", "pause")


def _days(value: Any) -> Any:
    match = re.fullmatch(r"(\d{1,3})d", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a number of days such as 7d")
    return int(match[1])


Days = Annotated[int, BeforeValidator(_days), Field(ge=1, json_schema_extra={"type": "string", "pattern": r"^\d+d$"})]
Rate = Annotated[Decimal, Field(ge=0, lt=1)]


class Limits(Strict):
    """What the house allows at most; the law's own limits stand above these."""

    largest_discount: Share
    most_instalments: int = Field(ge=1, le=MOST_INSTALMENTS)
    largest_interest_per_month: Rate
    longest_pause: Annotated[Days, Field(le=LONGEST_PAUSE_DAYS)]
    longest_due_date_change: Annotated[Days, Field(le=LONGEST_PAUSE_DAYS)]
    longest_validity: Annotated[Days, Field(le=LONGEST_VALIDITY_DAYS)]
    smallest_instalment: Money = Field(ge=1)
    income_floor: Money = Field(ge=EXISTENTIAL_MINIMUM, description="What a month's payment leaves a person at least.")
    largest_income_share: Share = Field(description="The share of a month's income a payment may take at most.")


class Graded(Strict):
    """A figure by grade, and the one where the grade is not known."""

    low: Share
    medium: Share
    high: Share
    unknown: Share


class Incomes(Strict):
    """What a month is taken to bring, by income band, until the customer declares it."""

    low: Money = Field(ge=0)
    medium: Money = Field(ge=0)
    high: Money = Field(ge=0)
    unknown: Money = Field(ge=0)


class Rule(Strict):
    """A condition every offer of some kinds must meet, beside its own; but for the offers it excepts by name."""

    kinds: list[Kind] = Field(min_length=1)
    excepted: list[Name] = Field(default_factory=list, alias="except")
    where: str = Field(min_length=1)
    why: Sentence


class Offer(Strict):
    """One way out, with its terms; which terms it may have depends on its kind."""

    kind: Kind
    title: Sentence
    where: str | None = Field(None, min_length=1)
    valid: Days
    taken_by: Graded = Field(
        description="The share of those offered it that take it, by ability band; beside a prediction, its proportions."
    )
    break_rate_per_month: Rate = Field(
        description="The share of agreements in force that break in a month, where no model speaks."
    )
    discount: Annotated[Share, Field(gt=0)] | None = None
    entry_share: Annotated[Share, Field(lt=1)] | None = None
    count: int | None = Field(None, ge=1)
    interest_per_month: Rate | None = None
    days: Days | None = None


class OffersFile(Strict):
    """Every offer of the house, the limits of all and the rules of some."""

    discount_rate_per_month: Rate = Field(description="What money costs the house in a month.")
    limits: Limits
    assumed_income: Incomes
    rules: dict[Name, Rule] = Field(default_factory=dict)
    offers: dict[Name, Offer]


TERMS: dict[Kind, tuple[frozenset[str], frozenset[str]]] = {
    "discount": (frozenset({"discount"}), frozenset()),
    "instalments": (frozenset({"count"}), frozenset({"entry_share", "interest_per_month", "discount"})),
    "due_date": (frozenset({"days"}), frozenset()),
    "pause": (frozenset({"days"}), frozenset()),
}
"""The terms a kind must have, and those it may have."""
