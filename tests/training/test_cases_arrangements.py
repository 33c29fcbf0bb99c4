"""Offers and arrangements of a few customers, and what became of them: told by looking at the rows."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

AS_OF = datetime(2026, 6, 30, 9, tzinfo=UTC)
AGREED = "2026-01-05T13:00"


@pytest.fixture
def sent(put):
    """Send a contact that carries an offer."""

    def write(name, offer="plan_6", at="2026-03-10T13:00", **more):
        row = {
            "contact_id": name,
            "customer_id": f"c{name}",
            "contract_id": f"k{name}",
            "channel": "sms",
            "offer": offer,
        }
        put("contacts", row | {"happened_at": datetime.fromisoformat(at)} | more)

    return write


@pytest.fixture
def agreed(put):
    """Agree on an arrangement; instants are given as text."""

    def write(name, at=AGREED, offer="plan_6", kind="instalments", **more):
        moments = {key: datetime.fromisoformat(value) if key.endswith("_at") else value for key, value in more.items()}
        row = {"arrangement_id": f"a{name}", "customer_id": f"c{name}", "contract_id": f"k{name}", "offer": offer}
        row |= {"kind": kind, "total_cents": 60_000, "instalments": 6, "first_due_on": date(2026, 2, 1)}
        put("arrangements", row | {"happened_at": datetime.fromisoformat(at)} | moments)

    return write


@pytest.fixture
def due(put):
    """Write an instalment of an arrangement."""

    def write(name, due_on, paid_at=None, known_at=AGREED):
        put(
            "arrangement_instalments",
            {
                "instalment_id": f"{name} {due_on}",
                "arrangement_id": f"a{name}",
                "customer_id": f"c{name}",
                "contract_id": f"k{name}",
                "due_on": date.fromisoformat(due_on),
                "amount_cents": 10_000,
                "paid_at": paid_at and datetime.fromisoformat(paid_at),
                "happened_at": datetime.fromisoformat(AGREED),
                "known_at": datetime.fromisoformat(known_at),
            },
        )

    return write


def _labels(cases):
    return dict(zip(cases.customer.tolist(), cases.label.tolist(), strict=True))


def test_an_offer_is_taken_by_an_arrangement_made_from_it_within_a_fortnight(sent, agreed, found):
    for name in ("taken", "other contact", "late", "told late", "unnamed", "other kind", "before", "no"):
        sent(name)
    agreed("taken", "2026-03-12T10:00", contact_id="taken")
    agreed("other contact", "2026-03-12T10:00", contact_id="another")
    agreed("late", "2026-03-24T13:01", contact_id="late")
    agreed("told late", "2026-03-12T10:00", contact_id="told late", known_at="2026-03-24T13:01")
    agreed("unnamed", "2026-03-12T10:00")
    agreed("other kind", "2026-03-12T10:00", kind="discount")
    agreed("before", "2026-03-09T10:00")
    labels = _labels(found("offer_response"))
    assert {name for name, label in labels.items() if label} == {"ctaken", "cunnamed"}
    assert len(labels) == 8


def test_an_offer_goes_to_the_arm_of_its_kind_and_an_unknown_one_is_counted(sent, agreed, found):
    for offer in ("plan_6", "discount_25", "pause_30", "due_date_change", "house_special", "nobody_knows"):
        sent(offer, offer=offer)
    agreed("house_special", "2026-03-12T10:00", offer="house_special", kind="pause", contact_id="house_special")
    cases = found("offer_response")
    assert dict(zip(cases.customer.tolist(), cases.arm.tolist(), strict=True)) == {
        "cplan_6": "instalments",
        "cdiscount_25": "discount",
        "cpause_30": "pause",
        "cdue_date_change": "due_date",
        "chouse_special": "pause",
    }
    assert cases.counts == {"unknown_offer": 1}


def test_contacts_without_an_offer_are_no_observations(sent, found):
    sent("plain", offer=None)
    sent("open", at="2026-06-28T13:00")
    cases = found("offer_response")
    assert len(cases) == 0
    assert cases.counts == {"window_open": 1}


def _breaks(found, **more):
    """Return what was said of each arrangement at the one moment of the grid, 2026-02-05."""
    # Twelve moments a year lie too far apart for more than one to fall in this stretch.
    cases = found("arrangement_break", moments={"every_days": 4, "back_days": 146}, **more)
    day = cases.moment.astype("datetime64[D]") == np.datetime64("2026-02-05")
    return dict(zip(cases.customer[day].tolist(), cases.label[day].tolist(), strict=True)), cases


def test_an_arrangement_fails_by_an_instalment_unpaid_for_more_than_five_days(agreed, due, found):
    for name in ("kept", "graced", "missed", "never", "far", "paid before"):
        agreed(name)
    due("kept", "2026-03-01", paid_at="2026-03-01T12:00")
    due("graced", "2026-03-01", paid_at="2026-03-07T02:59")  # the last minute of the fifth day after, where people live
    due("missed", "2026-03-01", paid_at="2026-03-07T03:00")
    due("never", "2026-03-01")
    due("far", "2026-04-07")  # the sixty-first day
    due("paid before", "2026-03-01", paid_at="2026-02-01T12:00")
    labels, cases = _breaks(found)
    assert labels == {"ckept": 0, "cgraced": 0, "cmissed": 1, "cnever": 1}
    assert cases.counts["nothing_due"] >= 2


def test_what_broke_the_whole_breaks_it_and_what_ended_it_otherwise_does_not(agreed, due, found):
    for name, how, at in (
        ("broken", "broken", "2026-03-10T12:00"),
        ("broken later", "broken", "2026-04-30T12:00"),
        ("completed", "completed", "2026-02-20T12:00"),
        ("cancelled", "cancelled", "2026-02-20T12:00"),
        ("cancelled after a miss", "cancelled", "2026-03-20T12:00"),
        ("over", "completed", "2026-02-04T12:00"),
    ):
        agreed(name, resolution=how, resolved_at=at)
        due(name, "2026-03-01", paid_at="2026-03-01T12:00" if name.startswith("broken") else None)
    labels, cases = _breaks(found)
    assert labels == {"cbroken": 1, "cbroken later": 0, "ccompleted": 0, "ccancelled after a miss": 1}
    assert cases.counts["cancelled"] >= 1


def test_arrangements_and_instalments_not_yet_known_are_not_asked_about(agreed, due, found):
    agreed("told late", known_at="2026-02-06T12:00")
    due("told late", "2026-03-01")
    agreed("instalment told late")
    due("instalment told late", "2026-03-01", known_at="2026-02-06T12:00")
    labels, _ = _breaks(found)
    assert labels == {}


def test_an_arrangement_still_running_is_counted_as_open(agreed, due, found):
    agreed("young", "2026-06-01T10:00")
    due("young", "2026-07-01")
    cases = found("arrangement_break", moments={"every_days": 4, "back_days": 80})
    assert len(cases) == 0


def test_a_book_without_offers_or_arrangements_has_no_cases(found):
    assert len(found("offer_response")) == 0
    assert len(found("arrangement_break")) == 0
