"""Which facts of the profile a model may learn from, grouped by what they tell a person.

A family is the unit of explanation: contributions are added up by family before anybody reads them, so that a
reason keeps its code when a feature is added, split or renamed. Names are those of the profile catalogue; training
refuses a name the catalogue lacks or keeps from models.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from regua.vocabulary import CHANNELS

TEXT_FEATURES: frozenset[str] = frozenset({"product", "kind", "region", "income_band"})
"""Features that are words; an artifact keeps the list of the words it has seen."""

PROTECTED: frozenset[str] = frozenset(
    {"sex", "gender", "birth_year", "age", "race", "ethnicity", "colour", "religion", "health", "disability"}
    | {"marital_status", "marriage", "nationality", "sexual_orientation", "political_opinion", "union_membership"}
)
"""Attributes that never predict; the fairness report alone reads those that exist."""

FAMILIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "arrears_depth": ("days_past_due", "cycles_past_due", "invoices_overdue", "share_overdue"),
        "arrears_amount": (
            "balance_overdue_cents",
            "balance_open_cents",
            "oldest_overdue_amount_cents",
            "invoice_amount_last_cents",
            "invoice_amount_mean_6m_cents",
            "invoice_amount_trend_6m",
            "customer_balance_overdue_cents",
        ),
        "arrears_history": (
            "max_days_past_due_3m",
            "max_days_past_due_6m",
            "max_days_past_due_12m",
            "invoices_late_30d_12m",
            "months_since_last_arrears",
            "is_first_invoice_unpaid",
            "cures_12m",
        ),
        "payment_recency": (
            "payments_30d",
            "payments_90d",
            "payments_365d",
            "paid_30d_cents",
            "paid_90d_cents",
            "days_since_last_payment",
            "last_payment_cents",
        ),
        "payment_habit": (
            "pay_to_due_ratio_6m",
            "days_to_pay_mean_12m",
            "days_to_pay_std_12m",
            "on_time_share_12m",
            "partial_payments_12m",
            "auto_debit_share_12m",
            "pix_share_12m",
        ),
        "pay_day": ("pay_day_of_month", "days_to_pay_day", "is_thirteenth_salary_month", "day_of_month", "day_of_week"),
        "promises": (
            "promises_365d",
            "promises_kept_365d",
            "promises_broken_365d",
            "promise_kept_share_365d",
            "days_since_last_broken_promise",
            "has_open_promise",
            "open_promise_cents",
            "days_to_promise",
        ),
        "arrangements": (
            "has_arrangement",
            "arrangement_instalments_left",
            "arrangement_instalments_missed",
            "days_to_instalment",
            "arrangements_broken_365d",
            "offers_made_90d",
        ),
        "disputes": (
            "disputes_365d",
            "has_open_dispute",
            "has_paid_claim",
            "days_since_paid_claim",
            "suspect_invoices",
        ),
        "contact_pressure": (
            "attempts_7d",
            "attempts_30d",
            "attempts_90d",
            *(f"attempts_30d_{channel}" for channel in CHANNELS),
            "days_since_last_contact",
            "complaints_365d",
        ),
        "engagement": (
            "read_share_90d",
            *(f"read_90d_{channel}" for channel in CHANNELS),
            "delivered_share_90d",
            "replies_90d",
            "connects_90d",
            "days_since_last_read",
            "days_since_last_reply",
        ),
        "reachability": (
            "contact_points_valid",
            *(f"has_point_{channel}" for channel in CHANNELS),
            "days_since_point_confirmed",
        ),
        "product": ("product", "contract_age_days", "limit_use", "credit_limit_cents", "is_secured"),
        "relationship": (
            "kind",
            "income_band",
            "customer_tenure_days",
            "contracts_open",
            "products_open",
            "contracts_in_arrears",
        ),
        "economy": ("region", "unemployment_rate", "unemployment_change_6m", "selic_rate", "is_disaster"),
    }
)

FAMILY_OF: Mapping[str, str] = MappingProxyType(
    {feature: family for family, features in FAMILIES.items() for feature in features}
)


def features_of(families: Iterable[str]) -> tuple[str, ...]:
    """List the features of some families, in the order of the table above.

    Examples
    --------
    >>> features_of(["arrears_depth"])
    ('days_past_due', 'cycles_past_due', 'invoices_overdue', 'share_overdue')
    """
    wanted = set(families)
    return tuple(feature for family, features in FAMILIES.items() if family in wanted for feature in features)
