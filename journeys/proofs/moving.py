"""Which columns move, and how: with time alone, with what somebody reports, or with new scores."""

import re

from journeys.book import Book
from regua.predicates import FieldKind

_TIME = re.compile(
    r"days_past_due|days_past_promise|journey_day|days_since_\w+|hours_since_\w+|days_to_\w+|months_since_\w+|decided_on"
)
_CALENDAR = re.compile(r"day_of_month|day_of_week|is_thirteenth_salary_month|pay_day_of_month|days_to_pay_day")
_EVENT = re.compile(
    r"last_\w+|return_\w+|step_\w+|contact_points_valid|hold_bits|replies_\w+|connects_\w+|promises_\w+|disputes_\w+"
    r"|read_\w+|delivered_\w+|unanswered_\w+|open_promise_cents|contracts_open|journey|suspect_invoices"
    r"|open_disputes|open_paid_claims"
)
STABLE = frozenset({"product", "kind", "is_secured"})
"""What a customer is from the entry to the end of a journey."""


def is_time(column: str) -> bool:
    """Say whether a column moves as days pass."""
    return _TIME.fullmatch(column) is not None and not is_calendar(column)


def is_calendar(column: str) -> bool:
    """Say whether a column comes round with the calendar."""
    return _CALENDAR.fullmatch(column) is not None


def events(book: Book) -> frozenset[str]:
    """Name the columns that change when somebody pays nothing but something is reported: flags, holds, answers."""
    made = set(book.segments.columns)
    flags = {field.column for field in book.fields.values() if field.kind is FieldKind.FLAG} - made - STABLE
    reported = {field.column for field in book.fields.values() if _EVENT.fullmatch(field.column)}
    return frozenset((flags | reported) - {"has_profile", "is_first_invoice_unpaid"})
