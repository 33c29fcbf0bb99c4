"""How a witness is told: as an ordinary customer as far as the proof allows, in words and figures."""

from collections.abc import Mapping, Sequence

from journeys.proofs.finding import Figures
from regua import money
from regua.predicates import Field, FieldKind

_PREFERRED: Mapping[str, Sequence[float | str | None]] = {
    "has_profile": (1,),
    "days_past_due": (5, 20, 45, 75, 120, 200, -3, 0),
    "balance_overdue_cents": (30_000, 0),
    "customer_balance_overdue_cents": (30_000, 0),
    "balance_open_cents": (30_000, 90_000),
    "p_roll": (0.3, 0.7, 0.1),
    "p_self_cure": (0.3, 0.7, 0.1),
    "product": ("card",),
    "region": ("SP",),
    "kind": ("person",),
    "contact_points_valid": (3,),
    "hold_bits": (0,),
    "contracts_in_arrears": (1, 0),
    "contracts_open": (1, 2),
    "max_days_past_due_3m": (5, 20, 45, 75, 120, 200),
}


def preferred(column: str) -> Sequence[float | str | None]:
    """Return the values a witness had best have of a column, the first that is possible."""
    if column in _PREFERRED:
        return _PREFERRED[column]
    if column.startswith(("has_point_", "consent_")):
        return (1, 0)
    if column.startswith(("hold_", "is_", "has_")):
        return (0,)
    if column.startswith(("days_since_", "days_to_", "last_", "return_")) or column.endswith("_before"):
        return (None,)
    if column.startswith(("attempts_", "promises_", "replies_", "journey_day")):
        return (0, 1, 3)
    return (0.5,) if column.endswith("_share_90d") or "_share_" in column else ()


def words_of(figures: Figures, fields: Mapping[str, Field]) -> str:
    """Say who a customer is, in English, with every figure the proof depends on.

    Examples
    --------
    >>> fields = {name: Field(name, FieldKind.NUMBER) for name in ("days_past_due", "p_roll")}
    >>> words_of({"days_past_due": 12, "p_roll": None}, fields)
    'days past due 12; unknown: p roll'
    """
    told = [_told(fields[column], value) for column, value in figures.items() if value is not None and column in fields]
    unknown = [fields[column].name.replace("_", " ") for column, value in figures.items()
               if value is None and column in fields]  # fmt: skip
    if unknown:
        told.append(f"unknown: {', '.join(unknown)}")
    return "; ".join(told) or "any customer"


def _told(field: Field, value: float | int | str) -> str:
    words = field.name.replace("_", " ")
    if isinstance(value, str):
        return f"{words} {value}"
    if field.kind is FieldKind.MONEY:
        return f"{words} {money.in_words(int(value), 'en')}"
    if field.kind is FieldKind.FLAG:
        return words if value else f"not {words}"
    return f"{words} {value:,.6g}"
