"""Cases of the profile worked by hand: arrangements, offers, complaints and hours. Today is Tuesday, 2026-03-10."""

# ruff: noqa: DTZ001 - the tables hold UTC instants without a zone

from datetime import date, datetime, timedelta

from regua.vocabulary import HOLD_BIT, HoldKind

NOW = datetime(2026, 3, 10, 12)  # 09:00 in São Paulo, whose day began at 03:00 UTC
LATER = NOW + timedelta(hours=1)


def ago(days: float = 0, **more) -> dict:
    instant = NOW - timedelta(days=days)
    return {"happened_at": instant, "known_at": instant} | more


def sent(days: float, channel: str = "sms", **more) -> dict:
    return ago(days, channel=channel, **more)


def promised(days: float, due: str, resolution: str | None = None, resolved_at: datetime | None = None) -> dict:
    end = {"resolution": resolution, "resolved_at": resolved_at}
    return ago(days, amount_cents=5_000, promised_for=date.fromisoformat(due), **end)


def arranged(name: str, days: float, **more) -> dict:
    terms = {"offer": "plan_3", "kind": "instalments", "total_cents": 900, "instalments": 3}
    return ago(days, arrangement_id=name, contract_id="k1", first_due_on=date(2026, 3, 1)) | terms | more


def instalment(arrangement: str, due: str, **more) -> dict:
    return ago(20, arrangement_id=arrangement, due_on=date.fromisoformat(due), amount_cents=300) | more


YESTERDAY = NOW - timedelta(days=1)
BITS = {kind: float(bit) for kind, bit in HOLD_BIT.items()}

ARRANGED: dict[str, tuple[dict[str, list[dict]], dict]] = {
    "an arrangement in force": (
        {
            "arrangements": [
                arranged("now", 20),
                arranged("later", 0, known_at=LATER),
                arranged("broken", 100, resolution="broken", resolved_at=ago(40)["happened_at"]),
                arranged("long ago", 500, resolution="broken", resolved_at=ago(400)["happened_at"]),
                arranged("to be broken", 15, resolution="broken", resolved_at=LATER),
            ],
            "arrangement_instalments": [
                instalment("now", "2026-03-01", paid_at=ago(8)["happened_at"]),
                instalment("now", "2026-03-04"),
                instalment("now", "2026-03-05", paid_at=LATER),
                instalment("to be broken", "2026-04-05"),
                instalment("later", "2026-03-01"),
                instalment("broken", "2026-02-01"),
            ],
        },
        {"has_arrangement": 1, "arrangement_instalments_left": 3, "arrangement_instalments_missed": 1}
        | {"days_to_instalment": -6, "arrangements_broken_365d": 1}
        | {"hold_bits": BITS[HoldKind.ARRANGEMENT_CURRENT], "hold_bits_repeated": BITS[HoldKind.ARRANGEMENT_CURRENT]},
    ),
    "no arrangement any more": (
        {
            "arrangements": [arranged("kept", 50, resolution="completed", resolved_at=YESTERDAY)],
            "arrangement_instalments": [instalment("kept", "2026-03-01", paid_at=YESTERDAY)],
        },
        {"has_arrangement": 0, "arrangement_instalments_left": 0, "arrangement_instalments_missed": 0}
        | {"days_to_instalment": None, "arrangements_broken_365d": 0, "hold_bits": 0},
    ),
    "a hold and its arrangement are one": (
        {
            "arrangements": [arranged("now", 20)],
            "holds": [ago(20, kind="arrangement_current")],
        },
        {"hold_bits": BITS[HoldKind.ARRANGEMENT_CURRENT], "hold_bits_repeated": 0, "has_arrangement": 1},
    ),
    "by the hour of sending": (
        {
            "contacts": [
                sent(0.05, read_at=NOW - timedelta(minutes=1)),  # 10:48 UTC, 07:48 in São Paulo: before the first slot
                sent(1, read_at=YESTERDAY + timedelta(hours=2)),  # 09:00
                sent(2, read_at=NOW - timedelta(days=1.9)),  # 09:00, read after 2 h 24
                sent(3 - 5 / 24, "call", outcome="promised", outcome_at=NOW - timedelta(days=2)),  # 14:00
                sent(4 - 6.99 / 24, "call", outcome="connected", outcome_at=NOW - timedelta(days=2)),  # 15:59
                sent(5 - 10.99 / 24, "voice_bot", outcome="right_party", outcome_at=LATER),  # 19:59, not known yet
                sent(6 - 11 / 24, read_at=NOW - timedelta(days=5)),  # 20:00: after the last slot
                sent(7, "letter"),
                sent(181, read_at=NOW - timedelta(days=181)),
            ]
        },
        {"tries_180d_08": 2, "reached_180d_08": 1, "tries_180d_10": 0, "tries_180d_14": 2, "reached_180d_14": 1}
        | {"tries_180d_18": 1, "reached_180d_18": 0, "reached_180d_10": 0},
    ),
    "offers and complaints": (
        {
            "contacts": [
                sent(1, offer="plan_3", outcome="complained", outcome_at=YESTERDAY),
                sent(2, outcome="complained", outcome_at=LATER),
                sent(80, "whatsapp", offer="plan_6"),
                sent(91, offer="plan_6"),
                sent(364, outcome="complained", outcome_at=NOW - timedelta(days=364)),
                sent(370, outcome="complained", outcome_at=NOW - timedelta(days=366)),
            ]
        },
        {"offers_made_90d": 2, "complaints_365d": 2},
    ),
}
