"""The five billing errors customers complain of are found; what merely resembles them is not."""

from datetime import datetime

import polars as pl
import pytest

from features.checks import RULES, check_billing
from features.ingest import append, upsert
from features.sources import open_tables

at = datetime.fromisoformat


def suspicions(settings):
    return open_tables(settings).execute("SELECT invoice_id, rule FROM suspicions ORDER BY ALL").fetchall()


def item(invoice, number=1, **values):
    happened = invoice["happened_at"]
    return {
        "item_id": f"{invoice['invoice_id']}-{number}",
        "invoice_id": invoice["invoice_id"],
        "description_code": "plan",
        "billed_quantity": 1.0,
        "consumed_quantity": None,
        "unit_price_cents": float(invoice["amount_cents"]),
        "amount_cents": invoice["amount_cents"],
        "happened_at": happened,
        "known_at": happened,
    } | values


def test_a_sound_book_raises_no_doubt(small_book, bring_in, settings):
    small_book["invoice_items"] = [item(invoice, consumed_quantity=1.0) for invoice in small_book["invoices"]]
    assert set(bring_in(small_book).suspicions.values()) == {0}
    assert suspicions(settings) == []


def test_every_rule_speaks_both_languages():
    assert len({rule.name for rule in RULES}) == 5
    for rule in RULES:
        assert set(rule.sentence) == {"pt-BR", "en"}


@pytest.mark.parametrize(("month", "found"), [("2025-12", []), ("2026-01", [("i5", "undue_charge")]), ("2025-11", [])])
def test_a_bill_for_a_month_after_closing_is_undue_and_the_final_bill_is_not(
    month, found, small_book, bring_in, new_invoice, settings
):
    small_book["contracts"][0] |= {"closed_at": at("2025-12-02T12:00")}
    small_book["invoices"].append(new_invoice(5, "k1", "c1", month, 9_000))
    bring_in(small_book)
    assert suspicions(settings) == found


def test_charging_again_what_was_paid_is_undue(small_book, bring_in, new_invoice, settings):
    again = new_invoice(5, "k1", "c1", "2025-10", 10_000) | {
        "issued_on": at("2025-11-05").date(),
        "happened_at": at("2025-11-05"),
        "known_at": at("2025-11-05"),
    }
    small_book["invoices"].append(again)
    bring_in(small_book)
    assert suspicions(settings) == [("i5", "undue_charge")]


def test_the_same_bill_twice_is_a_duplicate_until_the_first_is_cancelled(small_book, bring_in, new_invoice, settings):
    small_book["invoices"][1] |= {"cancelled_at": at("2025-11-20")}
    small_book["invoices"].append(new_invoice(5, "k1", "c1", "2025-11", 12_000))
    bring_in(small_book)
    assert suspicions(settings) == [("i5", "duplicate_invoice")]
    hold = open_tables(settings).execute("SELECT kind, invoice_id, happened_at, lifted_at FROM holds").fetchall()
    assert hold == [("suspect_invoice", "i5", at("2025-11-05T12:00"), at("2025-11-20"))]


def test_a_new_issue_of_a_cancelled_bill_is_in_order(small_book, bring_in, new_invoice, settings):
    small_book["invoices"][1] |= {"cancelled_at": at("2025-11-04"), "issued_on": at("2025-11-03").date()}
    small_book["invoices"][1] |= {"happened_at": at("2025-11-03"), "known_at": at("2025-11-03")}
    small_book["invoices"].append(new_invoice(5, "k1", "c1", "2025-11", 12_000))
    bring_in(small_book)
    assert suspicions(settings) == []


def test_another_amount_or_month_is_another_bill(small_book, bring_in, new_invoice, settings):
    small_book["invoices"].append(new_invoice(5, "k1", "c1", "2025-11", 12_001))
    small_book["invoices"].append(new_invoice(6, "k1", "c1", "2025-12", 12_000))
    bring_in(small_book)
    assert suspicions(settings) == []


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"consumed_quantity": 0.5}, ["billed_not_consumed"]),
        ({"consumed_quantity": 0.9995}, []),
        ({"consumed_quantity": None}, []),
        ({"unit_price_cents": 11_990.0}, ["wrong_arithmetic"]),
        ({"unit_price_cents": 11_999.4}, []),
        ({"amount_cents": 11_999}, ["wrong_arithmetic"]),
    ],
)
def test_items_must_be_used_and_add_up(values, found, small_book, bring_in, settings):
    small_book["invoice_items"] = [item(small_book["invoices"][1], **values)]
    bring_in(small_book)
    assert suspicions(settings) == [("i2", rule) for rule in found]


@pytest.mark.parametrize("field", ["due_on", "reference_month", "has_payment_code"])
def test_a_bill_that_lacks_what_others_carry_is_doubted(field, small_book, bring_in, settings):
    small_book["invoices"][3][field] = None
    bring_in(small_book)
    assert suspicions(settings) == [("i4", "missing_information")]


def test_what_no_bill_of_a_product_carries_is_not_missing(small_book, bring_in, settings):
    for invoice in small_book["invoices"]:
        invoice |= {"reference_month": None, "has_payment_code": None}
    bring_in(small_book)
    assert suspicions(settings) == []


def test_a_doubt_is_known_when_its_facts_are_and_holds_until_the_bill_is_paid(small_book, bring_in, settings, as_of):
    late = {"consumed_quantity": 0.5, "known_at": at("2025-11-09")}
    small_book["invoice_items"] = [item(small_book["invoices"][1], **late)]
    bring_in(small_book)
    holds = "SELECT hold_id, happened_at, known_at, lifted_at FROM holds"
    before = open_tables(settings).execute(holds).fetchall()
    assert before[0][1:] == (at("2025-11-09"), at("2025-11-09"), None)
    paid = small_book["payments"][0] | {"payment_id": "p9", "invoice_id": "i2", "amount_cents": 12_000}
    paid |= {"happened_at": at("2025-11-30"), "known_at": at("2025-12-01")}
    append("payments", pl.DataFrame([paid]), settings, as_of)
    assert check_billing(settings)["billed_not_consumed"] == 1
    after = open_tables(settings).execute(holds).fetchall()
    assert after == [(*before[0][:3], at("2025-12-01"))]


def test_running_the_check_again_changes_nothing(small_book, bring_in, settings):
    small_book["invoices"][3]["due_on"] = None
    bring_in(small_book)
    first = open_tables(settings).execute("SELECT * FROM holds").fetchall()
    check_billing(settings)
    assert open_tables(settings).execute("SELECT * FROM holds").fetchall() == first != []


def test_a_thousand_equal_bills_do_not_cost_a_million_pairs(small_book, bring_in, new_invoice):
    small_book["invoices"] += [new_invoice(n, "k1", "c1", "2025-12", 500) for n in range(100, 3_100)]
    assert bring_in(small_book).suspicions["duplicate_invoice"] == 2_999


def test_checking_only_the_contracts_with_news_finds_what_a_whole_run_finds(
    small_book, bring_in, new_invoice, settings, as_of
):
    small_book["invoices"][3]["due_on"] = None
    small_book["invoice_items"] = [item(small_book["invoices"][1], consumed_quantity=0.5)]
    bring_in(small_book)
    paid = small_book["payments"][0] | {"payment_id": "p9", "invoice_id": "i2", "amount_cents": 12_000}
    upsert("invoices", pl.DataFrame([new_invoice(5, "k1", "c1", "2025-12", 7_000)]), settings, as_of)
    upsert("invoices", pl.DataFrame([new_invoice(6, "k1", "c1", "2025-12", 7_000)]), settings, as_of)
    upsert("payments", pl.DataFrame([paid]), settings, as_of)

    def found():
        return [open_tables(settings).execute(f"SELECT * FROM {t} ORDER BY ALL").fetchall() for t in _FOUND]

    counted = check_billing(settings, contracts=["k1"])
    partly = found()
    assert dict(check_billing(settings)) == dict(counted)
    assert found() == partly
    assert {row[0] for row in partly[0]} == {"i2", "i4", "i6"}


def test_where_the_last_doubt_goes_so_does_its_hold(small_book, bring_in, settings, as_of):
    small_book["invoices"][3]["due_on"] = None
    bring_in(small_book)
    mended = small_book["invoices"][3] | {"due_on": at("2025-11-20").date()}
    upsert("invoices", pl.DataFrame([mended]), settings, as_of)
    assert set(check_billing(settings, contracts=["k2"]).values()) == {0}
    assert open_tables(settings).execute("SELECT count(*) FROM holds").fetchall() == [(0,)]


_FOUND = ("suspicions", "holds")
