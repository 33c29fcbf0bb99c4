"""Salesforce's ``CollectionPlan`` in our words and back: every field has one name here, and every name one field.

Source: the object reference of Collections and Recovery, API versions 63.0 to 67.0 (Industries Common Resources).
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from regua.errors import RequestError
from regua.money import LARGEST_CENTS
from regua.written_time import Day, Instant
from serving.happenings.reported import Identifier
from serving.strict_json import validate


def _cents(value: object) -> object:
    """Read an amount as whole cents, through its decimal digits and not through its binary fraction."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    cents = Decimal(repr(value)) * 100
    if cents != cents.to_integral_value():
        raise ValueError("an amount has at most two decimals")
    return int(cents)


Cents = Annotated[int, BeforeValidator(_cents), Field(ge=0, le=LARGEST_CENTS)]
Text = Annotated[str, Field(max_length=255)]
Count = Annotated[int, Field(ge=0)]
EXAMPLE: dict[str, Any] = {
    "Id": "a0X5e000001AbCdEAK",
    "AccountId": "c0000001",
    "FinancialAccountId": "k0000001",
    "CurrentDueAmount": 189.9,
    "DaysPastDue": 12,
    "DueDate": "2026-02-20",
    "CollectionPlanSegment": "HNI-DPD-0-15",
}


class CollectionPlan(BaseModel):
    """One plan, its fields under our names and written under Salesforce's."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [EXAMPLE]})

    plan_id: Identifier = Field(alias="Id")
    customer_id: Identifier = Field(alias="AccountId")
    contract_id: Identifier | None = Field(None, alias="FinancialAccountId")
    person_id: Identifier | None = Field(None, alias="ContactId")
    agency_id: Identifier | None = Field(None, alias="CollectionAgencyAccountId")
    plan_name: Text | None = Field(None, alias="Name")
    segment: Text | None = Field(None, alias="CollectionPlanSegment")
    status: Text | None = Field(None, alias="Status")
    usage: Text | None = Field(None, alias="UsageType")
    risk: Text | None = Field(None, alias="OverdueRiskIndicator")
    reason_id: Identifier | None = Field(None, alias="CollectionPlanReasonId")
    balance_overdue_cents: Cents | None = Field(None, alias="CurrentDueAmount")
    balance_at_entry_cents: Cents | None = Field(None, alias="InitialDueAmount")
    balance_invoiced_cents: Cents | None = Field(None, alias="TotalInvoiceBalance")
    fees_cents: Cents | None = Field(None, alias="TotalFeesAmount")
    interest_cents: Cents | None = Field(None, alias="TotalInterestAmount")
    tax_cents: Cents | None = Field(None, alias="TotalTaxAmount")
    days_past_due: int | None = Field(None, alias="DaysPastDue")
    due_on: Day | None = Field(None, alias="DueDate")
    closed_on: Day | None = Field(None, alias="ClosedDate")
    is_closed: bool | None = Field(None, alias="IsClosed")
    promises: Count | None = Field(None, alias="PromiseToPayCount")
    auto_debits: Count | None = Field(None, alias="AutoDebitRequestCount")
    first_called_at: Instant | None = Field(None, alias="FirstCallDateTime")
    first_mailed_at: Instant | None = Field(None, alias="FirstEmailDateTime")
    first_texted_at: Instant | None = Field(None, alias="FirstSmsDateTime")


_ANSWER: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "ReguaDecisionId__c": lambda decision: decision["decision_id"],
    "ReguaContractId__c": lambda decision: decision["contract_id"],
    "ReguaAction__c": lambda decision: decision["action"],
    "ReguaChannel__c": lambda decision: decision["channel"],
    "ReguaTemplate__c": lambda decision: decision["template"],
    "ReguaSendAt__c": lambda decision: decision["send_at"],
    "ReguaJourney__c": lambda decision: (decision["journey"] or {}).get("name"),
    "ReguaStep__c": lambda decision: (decision["journey"] or {}).get("step"),
    "ReguaReasons__c": lambda decision: ";".join(reason["code"] for reason in decision["reasons"]),
    "ReguaDegraded__c": lambda decision: ";".join(decision["degraded"]),
    "ReguaPermitId__c": lambda decision: (decision.get("permit") or {}).get("id"),
    "ReguaPermitNotBefore__c": lambda decision: (decision.get("permit") or {}).get("not_before"),
    "ReguaPermitExpiresAt__c": lambda decision: (decision.get("permit") or {}).get("expires_at"),
}
"""Custom fields of the object for what it has no field for; several codes are a multi-select picklist's."""


def read(value: Any) -> CollectionPlan:
    """Read a plan whose customer is to be decided about; a field of Salesforce's that has no name here is left alone.

    Raises
    ------
    RequestError
        A field does not fit, or there is nothing to collect: the plan is closed, or nothing is due. Who has paid by the
        CRM's own word is not contacted because our profile has yet to learn it.
    """
    plan = validate(CollectionPlan, value)
    if plan.closed_on is not None:
        raise _nothing_to_collect("/ClosedDate", "a closed plan")
    if plan.is_closed:
        raise _nothing_to_collect("/IsClosed", "a closed plan")
    if plan.balance_overdue_cents == 0:
        raise _nothing_to_collect("/CurrentDueAmount", "a plan of which nothing is due")
    return plan


def written(plan: CollectionPlan, decision: Mapping[str, Any]) -> dict[str, Any]:
    """Write a decision as an update of the plan it was asked for."""
    told = {"Id": plan.plan_id, "AccountId": plan.customer_id, "FinancialAccountId": plan.contract_id}
    return told | {name: of(decision) for name, of in _ANSWER.items()}


def _nothing_to_collect(param: str, found: str) -> RequestError:
    return RequestError(
        found,
        expected="an open plan with something due",
        remedy="leave it out; tell the payment as an event, so that the profile knows",
        param=param,
    )
