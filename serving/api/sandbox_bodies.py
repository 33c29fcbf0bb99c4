"""What goes over the wire about test clocks and test customers."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from regua.money import LARGEST_CENTS
from regua.written_time import Instant
from serving.happenings.reported import pseudonym
from serving.sandbox.parts import Part

_CLOCK: dict[str, Any] = {
    "clock_id": "clk_" + "0" * 26,
    "begins_at": "2026-03-04T13:00:00Z",
    "at": "2026-03-05T13:00:00Z",
    "is_in_force": True,
    "made_by": "crm-recife",
}
_CUSTOMER: dict[str, Any] = {
    "customer_id": "test_paid_" + "0" * 26,
    "kind": "paid",
    "contract_id": "contract-test_paid_" + "0" * 26,
    "begins_at": "2026-03-04T13:00:00Z",
    "days_past_due": 5,
    "balance_cents": 18990,
    "region": "SP",
    "script": [{"at": "2026-03-04T14:00:00Z", "kind": "payment"}],
}


def _such(example: dict[str, Any], extra: Literal["forbid", "ignore"] = "ignore") -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]}, extra=extra)


class ClockIn(BaseModel):
    """Which instant it is to be."""

    model_config = _such({"at": "2026-03-04T13:00:00Z"}, extra="forbid")

    at: Instant = Field(description="Not before what the sandbox has come to, and between 2000 and 2100.")


class AdvanceIn(BaseModel):
    """Until when a clock is moved: to an instant, or on by some hours."""

    model_config = _such({"hours": 24}, extra="forbid")

    to: Instant | None = Field(None, description="A later instant, at most 366 days on.")
    hours: int | None = Field(None, ge=1, le=8_784, description="On by so many hours.")

    @model_validator(mode="after")
    def _one_of_both(self) -> "AdvanceIn":
        if (self.to is None) == (self.hours is None):
            raise ValueError("either to or hours, and not both")
        return self


class ClockOut(BaseModel):
    """A test clock, and where it stands."""

    model_config = _such(_CLOCK)

    clock_id: str
    begins_at: Instant
    at: Instant = Field(description="What time it is in the sandbox, if this clock is in force.")
    is_in_force: bool = Field(description="It is the clock that was set last.")
    made_by: str


class TestCustomerIn(BaseModel):
    """Who is to be made: what happens with it, and what it owes."""

    __test__ = False
    model_config = _such({"kind": "paid", "days_past_due": 5, "balance_cents": 18990}, extra="forbid")

    kind: Part = Field(
        strict=False,
        description="What happens with it, from an hour after it was made: `overdue` does nothing, `not_found` has no "
        "profile, the provider of `provider_timeout` reports an hour after its permit was said to be unknown.",
    )
    customer_id: (
        Annotated[str, StringConstraints(pattern="^test_[A-Za-z0-9._-]{1,90}$"), AfterValidator(pseudonym)] | None
    ) = Field(None, description="A name that begins with `test_`; made here when left out.")
    days_past_due: int = Field(5, ge=-60, le=720, description="On the day it is made; negative before it is due.")
    balance_cents: int = Field(18_990, ge=1, le=LARGEST_CENTS, description="What it owes.")
    region: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")] = Field(
        "SP", description="The state it lives in, whose hours and holidays count."
    )


class Happening(BaseModel):
    """Something that will happen, or has, when the clock passes its instant."""

    at: Instant
    kind: str


class TestCustomerOut(BaseModel):
    """A test customer, and what happens with it."""

    __test__ = False
    model_config = _such(_CUSTOMER)

    customer_id: str
    kind: Part
    contract_id: str
    begins_at: Instant
    days_past_due: int
    balance_cents: int
    region: str
    script: list[Happening]
