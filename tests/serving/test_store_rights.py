"""The service's own role on a real PostgreSQL: one portfolio's rows, and no change of a log."""

from datetime import UTC, datetime

import pytest

from regua.errors import SettingsError, UnavailableError
from regua.records import Event
from regua.vocabulary import EventKind
from serving.store import Logged, Receipt, Store, rights

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


def decided(number):
    planned = ("sms", NOON, "early_digital")
    return Logged(f"d{number}", f"c{number}", NOON, "some", *planned, "r", "b", "s", b"{}", b"{}", b"\x00\xff")


def written(store, number):
    seen = store.live([f"c{number}"], NOON, NOON).watermark
    store.commit([decided(number)], seen)
    paid = Event(f"e{number}", EventKind.PAYMENT, f"c{number}", NOON, NOON, amount_cents=100)
    return store.record([paid])


@pytest.fixture(scope="module")
def owned(postgres):
    """A database with rows of two portfolios, and a role that owns nothing; the addresses of both."""
    import psycopg

    owner = postgres.database()
    with Store(owner, "mine") as mine:
        written(mine, 1)
        written(mine.of("theirs"), 2)
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("CREATE ROLE regua_app LOGIN")
    rights.give(owner, "regua_app")
    return owner, owner.replace("regua@", "regua_app@")


def test_the_role_does_all_the_service_does_for_its_own_portfolio(owned):
    with Store(owned[1], "mine") as store:
        assert written(store, 3) == [Receipt.ACCEPTED]
        assert store.verify() is None
        assert store.count("decisions") == 2


def test_the_role_sees_no_row_of_another_portfolio_whatever_it_asks(owned):
    import psycopg

    with Store(owned[1], "mine") as store:
        assert store.of("theirs").count("decisions") == 0
    with psycopg.connect(owned[1]) as connection:
        connection.execute("SELECT set_config('regua.portfolio', 'mine', false)")
        for table in ("decisions", "events", "audit", "positions"):
            found = connection.execute(f"SELECT DISTINCT portfolio FROM {table}").fetchall()
            assert found == [("mine",)], table
    with psycopg.connect(owned[1]) as connection:
        assert connection.execute("SELECT count(*) FROM decisions").fetchone() == (0,)


def test_the_role_writes_nothing_into_another_portfolio(owned):
    import psycopg

    with Store(owned[1], "mine") as store, pytest.raises((UnavailableError, psycopg.Error)):
        written(store.of("theirs"), 4)


@pytest.mark.parametrize("table", sorted(rights.APPENDED))
@pytest.mark.parametrize(
    "verb", ["UPDATE {} SET portfolio = portfolio", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"]
)
def test_the_role_changes_no_row_of_a_log(owned, table, verb):
    import psycopg

    with psycopg.connect(owned[1]) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(verb.format(table))


def test_rights_are_given_again_after_a_migration_and_to_no_role_above_them(owned):
    assert "api_keys" in rights.give(owned[0], "regua_app")
    for role in ("regua", "nobody_here", 'x"; DROP TABLE decisions; --'):
        with pytest.raises(SettingsError):
            rights.give(owned[0], role)
    with pytest.raises(SettingsError):
        rights.give("sqlite:////home.db", "regua_app")
