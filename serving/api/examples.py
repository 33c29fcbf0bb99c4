"""Examples that the documentation shows in several places."""

from typing import Any

DECISION: dict[str, Any] = {
    "decision_id": "dec_fcb23c27b22d442f8c97b7203c",
    "customer_id": "c0000001",
    "contract_id": "k0000001",
    "decided_at": "2026-03-04T13:00:00Z",
    "action": "whatsapp/pay_link",
    "channel": "whatsapp",
    "template": "pay_link",
    "send_at": "2026-03-04T13:00:00Z",
    "journey": {"name": "early_digital", "version": 1, "day": 2, "step": 1},
    "value_cents": 412,
    "propensity": 0.985,
    "explored": False,
    "scores": {"p_roll": 0.31, "p_self_cure": 0.44, "p_response_whatsapp": 0.27, "p_response_nothing": 0.22},
    "reasons": [
        {"code": "step_due", "text": {"pt-BR": "O passo 2 de 5 está na vez.", "en": "Step 2 of 5 is due."}},
    ],
    "alternatives": [
        {
            "action": "sms/pay_link",
            "value_cents": 180,
            "blocked_by": ["consent"],
            "earliest_permitted_at": None,
            "propensity": 0.0,
        },
        {"action": "nothing", "value_cents": 0, "blocked_by": [], "earliest_permitted_at": None, "propensity": 0.015},
    ],
    "degraded": ["prior_channel_response_letter"],
    "digests": {"book": "ad9b3923…", "bundle": "d4a8604e426b1258", "profile": "09a8feeb…"},
    "task": None,
    "offer": None,
    "context": {"last_channel": "sms", "last_topic": "payment", "last_offer": None},
    "earliest_permitted_at": None,
    "permit": {
        "id": "per_fcb23c27b22d442f8c97b7203c",
        "slot": "2026-03-04.collection",
        "not_before": "2026-03-04T13:00:00Z",
        "expires_at": "2026-03-04T23:00:00Z",
    },
}
