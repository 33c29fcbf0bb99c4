"""The road-fines log becomes a book; a small log always, the real one where REGUA_ROAD_FINES says it lies."""

import os
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from features.adapters import ingest_road_fines
from features.sources import open_tables
from regua.errors import DataError

HEADER = (
    "case:concept:name,event_index,amount,org:resource,dismissal,concept:name,vehicleClass,totalPaymentAmount,"
    "article,points,expense,notificationType,lastSent,paymentAmount,matricola,local_date"
)

LOG = """
A1,0,35.0,561,NIL,Create Fine,A,0.0,157,0.0,,,,,,2006-07-24
A1,1,,,,Send Fine,,,,,11.0,,,,,2006-12-05
A1,2,,,,Insert Fine Notification,,,,,,P,P,,,2007-01-15
A1,3,71.5,,,Add penalty,,,,,,,,,,2007-03-16
A1,4,,,,Payment,,35.0,,,,,,35.0,,2007-04-02
A1,5,,,,Payment,,82.5,,,,,,47.5,,2007-04-02
A1,6,,,,Send for Credit Collection,,,,,,,,,,2008-03-01
B1,0,36.0,537,NIL,Create Fine,A,0.0,157,0.0,,,,,,2007-03-19
B1,1,,,,Payment,,36.0,,,,,,36.0,,2007-03-21
C1,0,20.0,537,NIL,Create Fine,A,0.0,157,0.0,,,,,,2007-03-19
C1,1,,,,Send Fine,,,,,10.0,,,,,2007-05-02
C1,2,,,,Insert Fine Notification,,,,,,P,P,,,2007-05-20
C1,3,,,,Insert Date Appeal to Prefecture,,,,,,,,,,2007-06-02
C1,4,,,#,Send Appeal to Prefecture,,,,,,,,,,2007-07-03
D1,0,20.0,537,NIL,Create Fine,A,0.0,157,0.0,,,,,,2007-02-30
D1,1,,,,Payment,,20.0,,,,,,20.0,,2007-03-21
"""


@pytest.fixture
def as_of():
    return datetime(2009, 1, 1, tzinfo=UTC)


@pytest.fixture
def fines(tmp_path, settings, as_of):
    log = tmp_path / "log.csv"
    log.write_text(HEADER + LOG)
    return ingest_road_fines(log, settings, as_of)


def ask(settings, query):
    return open_tables(settings).execute(query).fetchall()


def test_every_case_is_counted_and_a_bad_date_costs_its_case_only(fines, settings):
    assert (fines.cases_in, fines.cases_kept, fines.cases_quarantined) == (4, 3, 1)
    events = fines.ingest.tables["road_fine_events"]
    assert (events.rows_in, events.kept, dict(events.by_rule)) == (16, 15, {"not_a_date": 1})
    orphan = pl.read_parquet(settings.quarantine / "payments.parquet").row(0, named=True)
    # The row is the log's, not that of a file nobody has seen.
    assert (Path(orphan["file"]).name, orphan["row"], orphan["rule"]) == ("log.csv", 16, "orphan")
    assert not (settings.tables / "road_fine_events").exists()


def test_a_fine_is_billed_when_notified_with_the_cost_of_sending(fines, settings):
    bills = ask(settings, "SELECT * EXCLUDE (happened_at, known_at) FROM invoices WHERE contract_id = 'A1' ORDER BY 1")
    assert [(bill[0], str(bill[3]), str(bill[4]), bill[5]) for bill in bills] == [
        ("A1-fine", "2007-01-15", "2007-03-16", 4_600),
        ("A1-penalty", "2007-03-16", "2007-03-16", 3_650),
    ]
    lines = ask(
        settings, "SELECT description_code, amount_cents FROM invoice_items WHERE invoice_id LIKE 'A1%' ORDER BY 1"
    )
    assert lines == [("fine", 3_500), ("penalty", 3_650), ("sending_expense", 1_100)]


def test_a_fine_paid_before_notification_has_a_payment_and_no_bill(fines, settings):
    assert ask(settings, "SELECT count(*) FROM invoices WHERE contract_id = 'B1'") == [(0,)]
    assert ask(settings, "SELECT amount_cents, invoice_id FROM payments WHERE contract_id = 'B1'") == [(3_600, None)]


def test_two_payments_of_one_day_are_two_and_the_running_total_is_not_read(fines, settings):
    paid = ask(settings, "SELECT payment_id, amount_cents FROM payments WHERE contract_id = 'A1' ORDER BY 1")
    assert paid == [("A1-4", 3_500), ("A1-5", 4_750)]


def test_days_of_italy_begin_in_italy(fines, settings):
    assert (
        str(ask(settings, "SELECT happened_at FROM payments WHERE payment_id = 'A1-4'")[0][0]) == "2007-04-01 22:00:00"
    )
    assert str(ask(settings, "SELECT placed_at FROM contracts WHERE contract_id = 'A1'")[0][0]) == "2008-02-29 23:00:00"


def test_a_letter_is_sent_and_arrives(fines, settings):
    letter = ask(
        settings, "SELECT channel, cost_cents, delivered_at::DATE::VARCHAR FROM contacts WHERE contact_id = 'A1-1'"
    )
    assert letter == [("letter", 1_100, "2007-01-14")]


def test_a_letter_shows_an_address_and_its_notification_verifies_it(fines, settings):
    points = ask(
        settings,
        "SELECT contact_point_id, channel, status, happened_at::DATE::VARCHAR, status_at::DATE::VARCHAR "
        "FROM contact_points ORDER BY 1",
    )
    assert points == [
        ("A1-address", "letter", "verified", "2006-12-04", "2007-01-14"),
        ("C1-address", "letter", "verified", "2007-05-01", "2007-05-19"),
    ]


def test_an_address_is_known_from_the_day_of_the_letter_and_verified_later(fines, settings):
    from features import profile, snapshots

    before, sent, arrived = (datetime(*day, 12, tzinfo=UTC) for day in ((2006, 11, 1), (2006, 12, 20), (2007, 1, 20)))
    snapshots.build(settings, [before, sent, arrived])
    seen = []
    for moment in (before, sent, arrived):
        row = profile.at(settings, moment, ["A1"])
        seen.append((row["has_point_letter"][0], row["days_since_point_confirmed"][0]))
    assert [has for has, _ in seen] == [0, 1, 1]
    assert [days == days for _, days in seen] == [False, False, True]


def test_a_fine_dismissed_by_the_prefecture_is_no_longer_owed(fines, settings):
    assert ask(settings, "SELECT dispute_id, resolution, resolved_at IS NOT NULL FROM disputes") == [
        ("C1-3", "upheld", True)
    ]
    ended = ask(
        settings,
        "SELECT closed_at = cancelled_at FROM contracts JOIN invoices USING (contract_id) WHERE contract_id = 'C1'",
    )
    assert ended == [(True,)]


def test_a_missing_log_says_where_to_get_it(tmp_path, settings, as_of):
    with pytest.raises(DataError, match=r"(?s)doi:10\.4121.*REGUA_ROAD_FINES"):
        ingest_road_fines(tmp_path / "none.csv.gz", settings, as_of)


@pytest.mark.slow
def test_the_real_log_comes_in_whole(settings, as_of):
    log = Path(os.environ.get("REGUA_ROAD_FINES", "road_fines_events_to_2008.csv.gz"))
    if not log.is_file():
        pytest.skip(f"no road-fines log at {log}: set REGUA_ROAD_FINES to the file from doi:10.4121/uuid:270fd440")
    report = ingest_road_fines(log, settings, as_of)
    assert (report.cases_in, report.cases_kept) == (113_487, 113_487)
    assert report.ingest.tables["road_fine_events"].rows_in == 409_320
    assert dict(report.ingest.tables["payments"].by_rule) == {"zero_amount": 3}
