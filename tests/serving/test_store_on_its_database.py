"""What each database must promise before the store starts, and how writers stand beside each other on it."""

import multiprocessing
import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest

from regua.errors import SettingsError, UnavailableError
from regua.settings import Settings
from serving.store import Logged, Permit, Store, audit, events, log, permits
from serving.store.postgres import MOST_LOCKS
from serving.store.sqlite import SQLiteDatabase
from serving.store.statements import Statement

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WRITERS, ROUNDS, CUSTOMERS = 3, 15, 5


def row(name: str, customer_id: str, at: datetime = NOON) -> Logged:
    return Logged(name, customer_id, at, "sms/x", "sms", at + HOUR, "j", "r", "b", "s", b"{}", name.encode(), b"")


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_server_that_would_lose_what_it_acknowledged_is_refused(postgres, setting):
    import psycopg

    where = postgres.database()
    if setting == "synchronous_commit":
        with psycopg.connect(where, autocommit=True) as connection:
            (name,) = connection.execute("SELECT current_database()").fetchone()
            connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        with pytest.raises(UnavailableError, match="synchronous_commit is off"):
            Store(where)
        return
    postgres.set(setting, "off")
    try:
        with pytest.raises(UnavailableError, match=f"{setting} is off"):
            Store(where)
    finally:
        postgres.set(setting, "on")


def test_a_file_whose_commits_may_be_lost_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(SQLiteDatabase, "_pragma", lambda self, name: {"synchronous": 1, "journal_mode": "wal"}[name])
    with pytest.raises(UnavailableError, match="synchronous=1"):
        Store(tmp_path / "decisions.db")


def test_the_settings_name_the_store_and_no_error_tells_its_password(tmp_path, monkeypatch):
    with Store.open(Settings(home=tmp_path)) as store:
        assert store.count("decisions") == 0
    assert (tmp_path / "decisions.db").exists()
    monkeypatch.setenv("REGUA_STORE_URL", f"sqlite:///{tmp_path}/elsewhere.db")
    with Store.open(Settings(home=tmp_path)):
        assert (tmp_path / "elsewhere.db").exists()
    monkeypatch.setenv("REGUA_STORE_URL", "mysql://regua:secret@db/regua")
    with pytest.raises(SettingsError, match="begins with 'mysql'") as told:
        Store.open(Settings(home=tmp_path))
    assert "secret" not in f"{told.value} {Settings(home=tmp_path)!r}"


def test_a_server_that_is_not_there_is_told_without_its_password(tmp_path, postgres):
    with pytest.raises(UnavailableError) as told:
        Store(f"postgresql://regua:secret@/regua?host={tmp_path}")
    assert "secret" not in str(told.value)


def test_what_is_asked_of_a_server_waits_for_no_answer_until_it_is_called_for(postgres):
    where = postgres.database()
    first, second = Store(where), Store(where)
    count = Statement("", "SELECT count(*) FROM audit WHERE portfolio = %s")
    wait = Statement("", "SELECT 1 FROM (SELECT pg_advisory_xact_lock_shared(%s)) AS waited")
    with first, second, first._database.reading() as asking:
        with second._database.writing() as holding:
            holding.rows(Statement("", "SELECT 1 FROM (SELECT pg_advisory_xact_lock(%s)) AS held"), 7)
            # Who waited here would wait for a lock that is given back below.
            waited, counted = asking.ask(wait, 7), asking.ask(count, "main")
        assert (waited(), counted()) == ([(1,)], [(0,)])


def test_a_statement_that_failed_leaves_nothing_behind_for_the_next_transaction(postgres):
    import psycopg

    fails, often = Statement("", "SELECT 1 / %s::int"), Statement("", "SELECT %s::text")

    def fail(store):
        with store._database.writing() as transaction:
            # The second is asked so often that the driver prepares it, behind the one that fails.
            asked = [transaction.ask(statement, "0") for statement in (fails, *[often] * 12)]
            asked[0]()

    with Store(postgres.database()) as store:
        for _ in range(3):
            with pytest.raises(psycopg.errors.DivisionByZero):
                fail(store)
            with store._database.writing() as transaction:
                assert transaction.rows(often, "ana") == [("ana",)]


def test_no_statement_about_named_customers_reads_a_whole_table(tmp_path):
    Store(tmp_path / "decisions.db").close()
    sqlite = sqlite3.connect(tmp_path / "decisions.db")
    tried = 0
    for module in (audit, events, log, permits):
        for name, statement in vars(module).items():
            if isinstance(statement, Statement) and "json_each" in statement.sqlite:
                tried += 1
                values = ("[]",) * statement.sqlite.count("?")
                plan = [step[3] for step in sqlite.execute(f"EXPLAIN QUERY PLAN {statement.sqlite}", values)]
                assert not [step for step in plan if step.startswith("SCAN") and "json_each" not in step], (name, plan)
                assert any(step.startswith("SEARCH") and "portfolio=?" in step for step in plan), (name, plan)
    sqlite.close()
    assert tried >= 5


def decide_again_and_again(where, writer, gate, told):
    """Ask for a contact of the same customers as all the others do, as a fresh decision each time."""
    with Store(where) as store:
        gate.wait(60)
        for number in range(ROUNDS):
            customer, at = f"c{number % CUSTOMERS}", NOON + timedelta(seconds=number, milliseconds=writer)
            name = f"w{writer}_{number}"
            while True:
                seen = store.live([customer], NOON, at)
                planned = bool(seen.plans)
                issued = Permit(f"p_{name}", name, customer, "k", "sms", "today", at, at + HOUR, at)
                made = row(name, customer, at) if not planned else row(name, customer, at + timedelta(days=9))
                done = store.commit([made], seen.watermark, [] if planned else [issued])
                assert not done.taken
                if not done.moved:
                    break
        told.put(writer)


def test_writers_in_several_processes_let_one_contact_through_and_one_chain_grow(where):
    forked = multiprocessing.get_context("fork")
    gate, told = forked.Barrier(WRITERS), forked.Queue()
    running = [
        forked.Process(target=decide_again_and_again, args=(where, writer, gate, told)) for writer in range(WRITERS)
    ]
    for one in running:
        one.start()
    assert sorted(told.get(timeout=120) for _ in running) == list(range(WRITERS))
    for one in running:
        one.join(60)
    with Store(where) as store:
        held = store.permits.of([f"c{number}" for number in range(CUSTOMERS)])
        assert sorted(one.customer_id for one in held) == [f"c{number}" for number in range(CUSTOMERS)]
        assert store.count("decisions") == WRITERS * ROUNDS
        assert store.chain_end().seq == WRITERS * ROUNDS + CUSTOMERS
        assert store.verify() is None


def test_a_great_many_customers_at_once_and_one_of_them_at_the_same_time_do_not_wait_for_ever(postgres):
    where = postgres.database()
    names = [f"c{number}" for number in range(3 * MOST_LOCKS)]
    with Store(where) as store:
        seen = store.live(["c1"], NOON, NOON).watermark

        def many():
            store.commit([row(f"m_{name}", name) for name in names], seen)

        def one():
            for number in range(20):
                store.commit([row(f"o_{number}", "other")], store.live(["other"], NOON, NOON).watermark)

        threads = [threading.Thread(target=work) for work in (many, one)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert store.count("decisions") == len(names) + 20
        assert store.verify() is None


def test_a_server_that_crashes_keeps_what_was_acknowledged_and_is_used_again_when_it_is_back(postgres):
    where = postgres.database()
    acknowledged, refused = [], 0
    with Store(where) as store:
        for round_ in range(2):
            for number in range(20):
                name = f"d{round_}_{number}"
                if number == 10:
                    postgres.kill()
                    with pytest.raises(UnavailableError, match="cannot be used"):
                        store.live(["ana"], NOON, NOON)
                    refused += 1
                    postgres.start()
                store.commit([row(name, f"c{number}")], store.live(["ana"], NOON, NOON).watermark)
                acknowledged.append(name)
        assert [one.decision_id for one in store.whole_log()] == acknowledged
        assert store.verify() is None
    assert refused == 2


def test_a_server_that_only_stands_by_for_another_is_as_good_as_away_until_it_takes_over(postgres):
    import psycopg

    where = postgres.database()

    def stand_by(word):
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            (name,) = connection.execute("SELECT current_database()").fetchone()
            connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {word}")
            others = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND pid <> %s"
            connection.execute(others, (name, connection.info.backend_pid))

    with Store(where) as store:
        stand_by("on")
        assert store.count("decisions") == 0
        with pytest.raises(UnavailableError, match="read-only"):
            store.commit([row("d1", "ana")], store.live(["ana"], NOON, NOON).watermark)
        assert "read-only" in store.trouble()
        stand_by("off")
        store.commit([row("d1", "ana")], store.live(["ana"], NOON, NOON).watermark)
        assert store.trouble() is None
        assert store.count("decisions") == 1
