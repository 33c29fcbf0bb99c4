"""Invented profiles of any number of customers in arrears, quickly: for timing, never for figures about people."""

from collections.abc import Mapping

import numpy as np

from regua.columns import Array
from regua.dice import draw, identity
from regua.vocabulary import CHANNELS, HOLD_BIT, NOTHING, SignalKind

RANGES: Mapping[str, tuple[float, float]] = {
    "days_past_due": (-10, 150),
    "balance_overdue_cents": (2_000, 300_000),
    "customer_balance_overdue_cents": (2_000, 400_000),
    "p_roll": (0, 1),
    "p_self_cure": (0, 1),
    "p_response_nothing": (0, 0.4),
    **{f"p_response_{channel}": (0, 0.6) for channel in CHANNELS},
    **{f"p_reach_{channel}": (0, 0.9) for channel in CHANNELS},
    **dict.fromkeys(("p_ability", "p_willing"), (0, 1)),
    **{f"p_offer_{kind}": (0, 0.4) for kind in ("due_date", "pause", "instalments", "discount")},
    "recovery_3m": (0, 0.1),
    "recovery_12m": (0.1, 0.3),
    "p_complaint": (0, 0.03),
    **{f"uplift_{family}": (-0.005, 0.05) for family in ("message", "voice", "letter")},
    "best_hour_message": (8, 19),
    "has_profile": (1, 1),
    "journey_day": (0, 14),
    "step_last": (-1, 3),
}
SPARSE = ("hold_bits", "has_open_dispute", "has_paid_claim", "has_open_promise", "suspect_invoices", "is_placed")
COUNTERS = ("attempts_1d", "attempts_24h", "attempts_7d", "contract_calls_7d", "unanswered_in_a_row")
"""What caps count; mostly nothing, or nobody would ever be contacted."""
SIGNALS = tuple(f"days_since_{kind}" for kind in SignalKind)
"""Rare, as they are in a book: whoever has one is in a journey of its own."""
WORDS: Mapping[str, tuple[str, ...]] = {"kind": ("person", "company"), "region": ("SP", "RJ", "BA", "PR")}


def invented(customers: int) -> dict[str, Array]:
    """Return every column the kernel reads, ``(customers,)`` each."""
    from features.catalog import FEATURES

    ids = np.array([f"c{number:08d}" for number in range(customers)], dtype=object)
    who = identity(ids)
    columns: dict[str, Array] = {"customer_id": ids, "contract_id": ids}
    for feature in FEATURES:
        luck = draw(who, feature.name, 1)
        if feature.kind == "text":
            words = np.array(feature.values[:4] or WORDS.get(feature.name, ("x",)), dtype=object)
            columns[feature.name] = words[(luck * len(words)).astype(np.intp)]
        elif feature.name in SPARSE:
            columns[feature.name] = (luck < 0.03).astype(np.float64)
        elif feature.name in SIGNALS:
            columns[feature.name] = np.where(luck < 0.005, np.floor(luck * 4_000), np.nan)
        elif feature.name.startswith(COUNTERS):
            columns[feature.name] = (luck > 0.95).astype(np.float64)
        elif feature.kind == "flag":
            columns[feature.name] = (luck < 0.8).astype(np.float64)
        elif feature.name not in RANGES:
            columns[feature.name] = np.where(luck < 0.9, np.floor(luck * 10), np.nan)
    kinds = np.array([float(bit) for bit in HOLD_BIT.values()])
    columns["hold_bits"] *= kinds[(draw(who, "which hold", 1) * len(kinds)).astype(np.intp)]
    for name, (low, high) in RANGES.items():
        values = low + draw(who, name, 2) * (high - low)
        columns[name] = values if name.startswith(("p_", "recovery_", "uplift_")) else np.floor(values)
    for name in ("journey", "last_journey_exit"):
        columns[name] = np.full(customers, None, dtype=object)
    columns["score_sources"] = np.array([()] * customers + [None], dtype=object)[:-1]
    assert f"p_response_{NOTHING}" in columns
    return columns
