"""Keys: shown once, kept as a hash, counted until they end, and every change to them in the audit chain."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from regua.clock import SetClock
from regua.errors import ConflictError, ForbiddenError, NotFoundError, RequestError, UnauthenticatedError
from regua.settings import Settings
from serving.access import keys
from serving.access.access import Access
from serving.access.roles import Caller, Role
from serving.store import Store

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
NUMBERS = count(1)


def told(access, text):
    return asyncio.run(access.caller([f"Bearer {text}"]))


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def kept(request, tmp_path_factory):
    """One store for all of these tests; each has a portfolio of its own in it."""
    by_server = request.param == "postgres"
    where = request.getfixturevalue("postgres").database() if by_server else tmp_path_factory.mktemp("keys") / "log.db"
    with Store(where) as opened:
        yield opened


@pytest.fixture
def store(kept):
    return kept.of(f"p{next(NUMBERS)}")


@pytest.fixture
def access(store):
    return Access(Settings(portfolio=store.portfolio), store, SetClock(NOON))


def test_a_key_opens_the_door_for_its_name_and_roles(access):
    shown = access.give("crm-recife", {Role.CRM}, "ana")
    caller = told(access, shown.text)
    assert caller == Caller(shown.key.caller_id, "crm-recife", frozenset({Role.CRM}), access.settings.portfolio)
    assert shown.text.startswith("rg_live_")
    assert len(shown.text) == len("rg_live_") + 64


def test_a_key_is_kept_only_as_its_hash(tmp_path):
    settings = Settings(home=tmp_path)
    with Store.open(settings) as store:
        access = Access(settings, store, SetClock(NOON))
        shown = access.give("crm-recife", {Role.CRM}, "ana")
        told(access, shown.text)
        secret = shown.text.removeprefix("rg_live_")
        assert all(secret.encode() not in path.read_bytes() for path in tmp_path.iterdir())
    assert secret not in repr(shown.key)


@pytest.mark.parametrize(
    "shown",
    [
        [],
        [""],
        ["Bearer"],
        ["Bearer "],
        ["Basic YTpi"],
        ["Bearer rg_live_" + "0" * 64],
        ["Bearer rg_live_" + "0" * 63],
        ["Bearer rg_test_" + "0" * 64],
        ["Bearer rg_live_" + "é" * 64],
        ["Bearer a.b.c"],
        ["Bearer " + "a" * 9_000],
    ],
)
def test_what_is_no_key_opens_nothing_and_is_not_repeated(access, shown):
    with pytest.raises(UnauthenticatedError) as problem:
        asyncio.run(access.caller(shown))
    assert not any(len(one) > 10 and one[7:] in str(problem.value) for one in shown)


def test_two_authorisations_in_one_request_open_nothing(access):
    text = access.give("crm", {Role.CRM}, "ana").text
    with pytest.raises(UnauthenticatedError):
        asyncio.run(access.caller([f"Bearer {text}", f"Bearer {text}"]))


def test_a_key_of_a_sandbox_opens_nothing_live_and_the_other_way_round(store):
    live, sandbox = (
        Access(Settings(portfolio=store.portfolio, environment=one), store, SetClock(NOON)) for one in ("live", "test")
    )
    real, trial = live.give("crm", {Role.CRM}, "ana").text, sandbox.give("crm", {Role.CRM}, "ana").text
    assert told(sandbox, trial).is_sandbox
    assert not told(live, real).is_sandbox
    for door, key in ((live, trial), (sandbox, real)):
        with pytest.raises(UnauthenticatedError):
            told(door, key)


def test_a_key_of_another_portfolio_opens_nothing(access, store):
    other = Access(Settings(portfolio="other"), store.of("other"), SetClock(NOON))
    text = other.give("crm", {Role.CRM}, "ana").text
    assert told(other, text).portfolio == "other"
    with pytest.raises(UnauthenticatedError):
        told(access, text)


def test_a_key_ends_when_its_time_has_come_also_where_it_was_just_used(access):
    text = access.give("crm", {Role.CRM}, "ana", lives_for=timedelta(days=1)).text
    told(access, text)
    access.clock.move(timedelta(days=1))
    with pytest.raises(UnauthenticatedError):
        told(access, text)


def test_a_revoked_key_opens_nothing_from_then_on(access):
    shown = access.give("crm", {Role.CRM}, "ana")
    told(access, shown.text)
    access.revoke(shown.key.key_id, "bia")
    access.revoke(shown.key.key_id, "caio")
    with pytest.raises(UnauthenticatedError):
        told(access, shown.text)
    kept = access.store.callers.one(shown.key.key_id)
    assert (kept.revoked_at, kept.revoked_by) == (NOON, "bia")


def test_a_key_revoked_by_another_process_opens_nothing_once_it_is_looked_up_again(access, store, monkeypatch):
    elsewhere = Access(access.settings, store, access.clock)
    shown = access.give("crm", {Role.CRM}, "ana")
    told(access, shown.text)
    elsewhere.revoke(shown.key.key_id, "bia")
    monkeypatch.setattr("serving.access.access.BELIEVED_FOR_S", 0.0)
    with pytest.raises(UnauthenticatedError):
        told(access, shown.text)


def test_a_replaced_key_counts_on_for_a_while_and_both_are_the_same_caller(access):
    old = access.give("crm", {Role.CRM}, "ana", requests_per_minute=7)
    access.clock.move(timedelta(days=300))
    new = access.rotate(old.key.key_id, "bia", timedelta(days=2))
    assert told(access, old.text) == told(access, new.text)
    assert new.key.expires_at == access.clock.now() + keys.LIVES_FOR
    access.clock.move(timedelta(days=2))
    assert told(access, new.text).name == "crm"
    with pytest.raises(UnauthenticatedError):
        told(access, old.text)
    with pytest.raises(ConflictError):
        access.rotate(old.key.key_id, "bia")


def test_the_last_key_of_an_admin_cannot_be_revoked_but_replaced(access):
    first = access.give("ana", {Role.ADMIN}, "first-run")
    with pytest.raises(ConflictError, match="last"):
        access.revoke(first.key.key_id, "ana")
    access.rotate(first.key.key_id, "ana", timedelta(0))
    with pytest.raises(UnauthenticatedError):
        told(access, first.text)


def test_unknown_keys_are_told_as_not_found(access):
    for ask in (access.store.callers.one, lambda name: access.revoke(name, "x"), lambda name: access.rotate(name, "x")):
        with pytest.raises(NotFoundError):
            ask("key_" + "0" * 20)


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("", {Role.CRM}),
        ("Ana", {Role.CRM}),
        ("ana@example.com", {Role.CRM}),
        ("a" * 65, {Role.CRM}),
        ("ana", set()),
        ("ana", {Role.ADMIN, Role.CRM}),
    ],
)
def test_a_key_without_a_name_or_role_or_for_an_admin_who_also_works_is_refused(access, name, roles):
    with pytest.raises(RequestError):
        access.give(name, roles, "ana")
    assert access.store.callers.all() == []


def test_the_first_run_makes_an_admin_and_a_crm_key_and_no_other_run_does(access):
    first = access.give_first()
    assert {next(iter(one.key.roles)) for one in first} == {Role.ADMIN, Role.CRM}
    assert all(told(access, one.text) for one in first)
    assert access.give_first() == []
    assert len(access.store.callers.all()) == 2


def test_every_change_to_keys_is_in_the_audit_chain(access, store):
    _, two = access.give_first()
    access.rotate(two.key.key_id, "ana")
    access.revoke(two.key.key_id, "ana")
    assert store.count("audit") == 2 + 2 + 1
    assert store.verify() is None


def test_when_a_key_was_used_is_remembered_now_and_then(access):
    shown = access.give("crm", {Role.CRM}, "ana")
    assert access.store.callers.one(shown.key.key_id).last_used_at is None
    told(access, shown.text)
    assert access.store.callers.one(shown.key.key_id).last_used_at == NOON


def test_a_caller_does_what_its_roles_allow_and_nothing_else(access):
    caller = told(access, access.give("crm", {Role.CRM}, "ana").text)
    usage = asyncio.run(access.admit(caller, {Role.CRM, Role.AUDITOR}, "GET /v1/x"))
    assert usage.limit == access.settings.requests_per_minute
    for roles in ({Role.ADMIN}, set()):
        with pytest.raises(ForbiddenError):
            asyncio.run(access.admit(caller, roles, "GET /v1/x"))


def test_keys_outlive_the_service_that_made_them(tmp_path):
    settings = Settings(home=tmp_path)
    with Store.open(settings) as store:
        text = Access(settings, store, SetClock(NOON)).give("crm", {Role.CRM}, "ana").text
    with Store.open(settings) as store:
        assert told(Access(settings, store, SetClock(NOON)), text).name == "crm"
