"""Will an invoice that falls due within the week still be unpaid five days after?

Asked before anything is overdue, of whoever leads the customer's contracts: a reminder is worth its cost only to those
who would otherwise be late, and customers who always pay need none.
"""

from types import MappingProxyType

from models.base import STOPPED_CLOCK, Gates, ModelSpec, Prior
from models.families import FAMILIES, features_of

FIRST_DAYS, LAST_DAYS = 1, 7
"""Days before the due date at which it is asked."""

LATE_DAYS = 5
"""Days after the due date at which an unpaid invoice counts as late."""

SPEC = ModelSpec(
    name="pre_due_delay",
    unit="contract",
    target="the invoice that falls due is still unpaid five days after it was due",
    observation="every contract with an open invoice due in one to seven days and nothing overdue",
    gap_days=LAST_DAYS,
    performance_days=LATE_DAYS,
    features=features_of(FAMILIES),
    monotone=MappingProxyType(
        {
            "on_time_share_12m": -1,
            "pay_to_due_ratio_6m": -1,
            "auto_debit_share_12m": -1,
            "invoices_late_30d_12m": 1,
            "promises_broken_365d": 1,
        }
    ),
    gates=Gates(),
    prior=MappingProxyType({"": Prior(0.12, 200, "a bill in eight paid late, a guess until there is data", "assumed")}),
    excluded_holds=STOPPED_CLOCK,
    score="p_delay",
    asked_of="before_due",
    used_by="pre_due_band of the segments: who is reminded before the due date",
)
