"""The checker that shares no code with the guardrails finds every kind of breach that is planted."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.oracle.contacts import RULES, breaches, summary

TUESDAY = datetime.fromisoformat("2026-03-03T13:00")  # 10:00 in São Paulo
LONG_AGO = datetime.fromisoformat("2026-01-05T12:00")


def row(table: str, **given: Any) -> dict[str, Any]:
    """One row of a table, with what the checker reads and no more."""
    plain: dict[str, dict[str, Any]] = {
        "customers": {"customer_id": "C1", "region": "SP"},
        "contracts": {"contract_id": "K1", "placed_at": None},
        "invoices": {"invoice_id": "I1", "contract_id": "K1", "due_on": date(2026, 2, 20), "amount_cents": 10_000,
                     "cancelled_at": None},
        "payments": {"invoice_id": "I1", "contract_id": "K1", "amount_cents": 10_000},
        "consents": {"channel": "whatsapp", "is_granted": True},
        "contact_points": {"channel": "whatsapp", "status": "verified", "status_at": None},
        "holds": {"contract_id": None, "invoice_id": None, "kind": "cease_all", "ends_at": None, "lifted_at": None},
        "disputes": {"resolved_at": None},
        "promises": {"promised_for": date(2026, 3, 6), "resolved_at": None},
        "contacts": {"contact_id": "A1", "contract_id": "K1", "decision_id": "dec_1", "channel": "whatsapp",
                     "template": "pay_link", "journey": "early_digital"},
    }  # fmt: skip
    at = TUESDAY if table == "contacts" else LONG_AGO
    return {"customer_id": "C1", "happened_at": at, "known_at": at} | plain[table] | given


def audit(folder: Path, *rows: tuple[str, dict[str, Any]]) -> dict[str, int]:
    """Write a clean case and what is added to it, and audit it."""
    clean = [(name, row(name)) for name in ("customers", "contracts", "invoices", "consents", "contact_points")]
    given = clean + list(rows)
    if not any(name == "contacts" for name, _ in rows):
        given.append(("contacts", row("contacts")))
    for name in {name for name, _ in given}:
        (folder / "tables" / name).mkdir(parents=True, exist_ok=True)
        pl.DataFrame([one for table, one in given if table == name], infer_schema_length=None).write_parquet(
            folder / "tables" / name / "part.parquet"
        )
    messages = folder / "messages"
    messages.mkdir()
    (messages / "pay_link.yaml").write_text("purpose: collection\n")
    (messages / "claim_received.yaml").write_text("purpose: service\n")
    return dict(summary(breaches(folder, messages)[1]))


def test_a_clean_contact_breaks_nothing(tmp_path: Path) -> None:
    assert audit(tmp_path) == {}


PLANTED: dict[str, tuple[str, tuple[tuple[str, dict[str, Any]], ...]]] = {
    "at night": ("hours", (("contacts", row("contacts", happened_at=datetime.fromisoformat("2026-03-03T23:30"))),)),
    "on a Sunday": ("hours", (("contacts", row("contacts", happened_at=datetime.fromisoformat("2026-03-08T15:00"))),)),
    "on a holiday": ("hours", (("contacts", row("contacts", happened_at=datetime.fromisoformat("2026-04-21T15:00"))),)),
    "twice a day": ("frequency", (("contacts", row("contacts")),
                                  ("contacts", row("contacts", contact_id="A2", decision_id=None,
                                                   happened_at=TUESDAY - timedelta(minutes=30))))),
    "four times a week": ("frequency", (("contacts", row("contacts")),
                                        *(("contacts", row("contacts", contact_id=f"A{day}", decision_id=None,
                                                           happened_at=TUESDAY - timedelta(days=day)))
                                          for day in (2, 3, 4)))),
    "after a no": ("consent", (("consents", row("consents", is_granted=False,
                                                happened_at=LONG_AGO + timedelta(days=3))),)),
    "to a stranger": ("contact_point", (("contacts", row("contacts", channel="sms")),)),
    "while ceased": ("holds", (("holds", row("holds")),)),
    "while vulnerable": ("holds", (("holds", row("holds", kind="vulnerable")),)),
    "while disputed": ("contested", (("disputes", row("disputes")),)),
    "while promised": ("promised", (("promises", row("promises")),)),
    "after payment": ("paid_up", (("payments", row("payments")),)),
    "while placed": ("placed", (("contracts", row("contracts", placed_at=LONG_AGO)),)),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "rows"), PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_breach_is_found(tmp_path: Path, rule: str, rows: tuple[tuple[str, dict[str, Any]], ...]) -> None:
    found = audit(tmp_path, *rows)
    assert rule in found, found


def test_every_rule_of_the_checker_has_a_planted_breach() -> None:
    assert {rule for rule, _ in PLANTED.values()} == set(RULES)


def test_what_is_owed_to_the_customer_may_pass_while_a_claim_is_open(tmp_path: Path) -> None:
    owed = ("contacts", row("contacts", template="claim_received"))
    assert audit(tmp_path, owed, ("disputes", row("disputes"))) == {}


def test_what_became_known_too_late_is_no_breach(tmp_path: Path) -> None:
    late = TUESDAY + timedelta(hours=1)
    assert audit(tmp_path, ("payments", row("payments", known_at=late))) == {}
