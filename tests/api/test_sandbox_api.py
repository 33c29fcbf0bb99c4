"""A sandbox: time passes when it is told to, customers do what their kind says, and nothing of it is real."""

from datetime import UTC, datetime, timedelta
from time import process_time

import orjson
import pytest

from regua import decision_log
from regua.client import Client, Problem
from regua.clock import SetClock
from regua.errors import SettingsError
from regua.settings import Settings
from serving.access.roles import Role
from serving.api import create_app
from serving.deciding.profiles import TableProfiles
from serving.sandbox.parts import Part
from serving.service import Service
from serving.store import PermitState
from tests.api import described
from tests.api.callers import headers_of

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)  # a Wednesday in São Paulo
OPERATIONS = (
    ("POST", "/v1/test-clocks", {"at": "2026-03-04T15:00:00Z"}),
    ("GET", "/v1/test-clocks/clk_" + "0" * 26, None),
    ("POST", f"/v1/test-clocks/clk_{'0' * 26}/advance", {"hours": 1}),
    ("POST", "/v1/test-customers", {"kind": "paid"}),
    ("GET", "/v1/test-customers/test_a", None),
)


@pytest.fixture
def opened(world, tmp_path):
    """Give services of one home in the environment test, beside the home's own customers."""
    services = []

    def open_one(environment="test", **more):
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        settings = Settings(home=home, environment=environment, threads=1, memory_mb=512, **more)
        profiles = TableProfiles(world.columns, datetime(2026, 3, 4, 3, 0, tzinfo=UTC))
        services.append(Service(settings, SetClock(NOON - timedelta(days=30)), profiles, world.book))
        return services[-1]

    yield open_one
    for one in services:
        one.close()


@pytest.fixture
def sandbox(opened):
    """A sandbox whose clock has not been set."""
    return opened()


def client(service, *roles):
    app = create_app(service.settings, service=service)
    key = headers_of(service, *(roles or (Role.CRM,)))["Authorization"].split()[1]
    return Client("http://regua", key, transport=described.Held(app))


def cast(regua, kind, **details):
    """Make a customer by the name of its part: chance goes by the name, and one in a hundred is explored by silence."""
    return regua.sandbox.customer(kind, customer_id=f"test_{kind}", **details)


def decided(regua, customer_id):
    return regua.decide([customer_id])[0]["decision"]


def contact(regua, customer_id):
    """Decide until there is a contact, and let time pass until it may be made; return its decision."""
    for _ in range(5 * 24):
        decision = decided(regua, customer_id)
        if permit := decision["permit"]:
            due, now = (datetime.fromisoformat(at) for at in (permit["not_before"], decision["decided_at"]))
            if due > now:
                regua.sandbox.advance(to=due)
            return decision
        regua.sandbox.advance(hours=1)
    raise AssertionError(f"{customer_id} is not contacted: {decision['reasons']}")


def test_where_customers_are_contacted_there_is_no_sandbox(crm, service):
    for method, path, body in OPERATIONS:
        answer = crm.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "sandbox_only"), path
    assert (service.sandbox, service.store.sandbox.clock(), service.store.sandbox.actors()) == (None, None, [])


def test_the_clock_stands_until_it_is_moved_in_every_process(opened, sandbox):
    other = opened()
    with client(sandbox) as regua:
        assert sandbox.clock.now() == NOON - timedelta(days=30)
        assert regua.sandbox.set_clock(NOON) == NOON
        assert other.clock.now() == sandbox.clock.now() == NOON
        assert regua.sandbox.advance(hours=25) == NOON + timedelta(hours=25)
        assert other.clock.now() == NOON + timedelta(hours=25)
        who = cast(regua, "overdue")["customer_id"]
        decision = decided(regua, who)
        assert datetime.fromisoformat(decision["decided_at"]) == NOON + timedelta(hours=25)


def test_time_only_goes_forward(sandbox):
    with client(sandbox) as regua:
        regua.sandbox.set_clock(NOON)
        first = sandbox.store.sandbox.clock()
        for wrong in (
            {"to": (NOON - timedelta(hours=1)).isoformat()},
            {"to": NOON.isoformat()},
            {"to": "2031-01-01T00:00:00Z"},
            {"to": "0001-01-01T00:00:00+14:00"},
            {"hours": 1, "to": "2026-03-05T00:00:00Z"},
            {},
        ):
            with pytest.raises(Problem) as told:
                regua.request("POST", f"/v1/test-clocks/{first.clock_id}/advance", wrong)
            assert told.value.status == 422, wrong
        with pytest.raises(Problem, match="time goes forward"):
            regua.sandbox.set_clock(NOON - timedelta(seconds=1))
        with pytest.raises(Problem, match="2000 to 2100"):
            regua.sandbox.set_clock(NOON.replace(year=2150))
        regua.sandbox.set_clock(NOON + timedelta(days=1))
        with pytest.raises(Problem) as told:
            regua.request("POST", f"/v1/test-clocks/{first.clock_id}/advance", {"hours": 48})
        assert told.value.status == 409
        assert regua.request("GET", f"/v1/test-clocks/{first.clock_id}")["is_in_force"] is False
    assert sandbox.clock.now() == NOON + timedelta(days=1)


def test_a_clock_is_not_set_behind_what_was_decided(sandbox):
    with client(sandbox) as regua:
        decided(regua, "c0000001")
        with pytest.raises(Problem, match="time goes forward"):
            regua.sandbox.set_clock(NOON - timedelta(days=31))
        assert regua.sandbox.set_clock(NOON) == NOON


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("paid", "payment"),
        ("paid_claimed", "payment_claimed"),
        ("promise_kept", "promise_made"),
        ("opted_out", "opted_out"),
        ("disputed", "dispute_opened"),
        ("hardship", "hold_placed"),
        ("deceased", "hold_placed"),
        ("wrong_party", "wrong_party"),
    ],
)
def test_a_permit_taken_before_falls_when_the_customer_does_what_its_kind_says(sandbox, kind, reason):
    with client(sandbox) as regua:
        regua.sandbox.set_clock(NOON)
        who = cast(regua, kind)
        permit = contact(regua, who["customer_id"])["permit"]["id"]
        assert sandbox.clock.now() < datetime.fromisoformat(who["script"][0]["at"]), "contacted before it acts"
        regua.sandbox.advance(hours=2)
        assert regua.claim(permit) is None
        assert (regua.permit(permit)["state"], regua.permit(permit)["reason"]) == ("revoked", reason)
        # What was claimed or contested is acknowledged; nothing is asked for.
        after = decided(regua, who["customer_id"])["permit"]
        assert after is None or after["slot"].endswith(".service")


def test_every_kind_can_be_made_and_decided_about_for_a_month(sandbox):
    with client(sandbox) as regua:
        regua.sandbox.set_clock(NOON)
        made = {kind: cast(regua, kind)["customer_id"] for kind in Part}
        for _ in range(5):
            told = {one["customer_id"]: one["decision"] for one in regua.decide([*made.values(), "c0000001"])}
            assert len(told) == len(made) + 1
            regua.sandbox.advance(hours=7 * 24)
        assert {reason["code"] for reason in told[made["not_found"]]["reasons"]} & {"no_profile", "NO_PROFILE"}
    assert sandbox.store.verify() is None
    assert not sandbox.store.refused()


def test_a_profile_grows_old_with_the_clock_and_knows_what_was_reported(sandbox):
    with client(sandbox) as regua:
        regua.sandbox.set_clock(NOON)
        names = [cast(regua, kind)["customer_id"] for kind in ("overdue", "paid", "promise_broken")]
        regua.sandbox.advance(hours=30 * 24)
        profile = sandbox.pipeline.profiles.read(names, sandbox.clock.now())
        assert profile["days_past_due"].tolist() == [35, 0, 35]
        assert profile["customer_balance_overdue_cents"].tolist() == [18_990, 0, 18_990]
        assert profile["promises_broken_365d"].tolist() == [0, 0, 1]
        assert profile["days_since_last_payment"].tolist() == [65, 30, 65]
        assert not any(profile.get("stale", ()))
        midnight = sandbox.clock.now().replace(hour=3, minute=0)
        assert {stamp.item().replace(tzinfo=UTC) for stamp in profile["profile_at"]} == {midnight}


def test_a_send_nobody_can_tell_of_is_settled_by_the_providers_late_report(sandbox):
    with client(sandbox) as regua:
        regua.sandbox.set_clock(NOON)
        who = cast(regua, "provider_timeout")["customer_id"]
        permit = contact(regua, who)["permit"]["id"]
        assert regua.claim(permit)
        assert regua.release(permit, "unknown")["state"] == "unknown"
        assert regua.sandbox.advance(hours=1)
        assert regua.permit(permit)["state"] == "sent"
        assert not sandbox.store.permits.of([who], (PermitState.UNKNOWN,))


def test_a_permit_nobody_claims_runs_out_as_the_clock_passes_its_end(sandbox):
    with client(sandbox) as regua:
        regua.sandbox.set_clock(NOON)
        who = cast(regua, "overdue")["customer_id"]
        permit = contact(regua, who)["permit"]
        regua.sandbox.advance(to=datetime.fromisoformat(permit["expires_at"]))
        assert regua.permit(permit["id"])["state"] == "expired"


def test_whoever_is_erased_in_a_sandbox_does_not_come_back_with_the_next_midnight(sandbox):
    with client(sandbox) as regua, client(sandbox, Role.PRIVACY_OFFICER) as officer:
        regua.sandbox.set_clock(NOON)
        who = cast(regua, "overdue")["customer_id"]
        decided(regua, who)
        officer.request("POST", f"/v1/customers/{who}/erasure-requests", key="erase-1")
        for hours in (1, 72):
            regua.sandbox.advance(hours=hours)
            assert sandbox.pipeline.profiles.read([who], sandbox.clock.now())["has_profile"].tolist() == [0]


def test_asked_again_under_one_key_nobody_is_made_twice(sandbox):
    with client(sandbox) as regua:
        one, again = (regua.request("POST", "/v1/test-customers", {"kind": "paid"}, key="k1") for _ in range(2))
        assert one == again
        named = {"kind": "paid", "customer_id": "test_ana"}
        assert regua.request("POST", "/v1/test-customers", named)["customer_id"] == "test_ana"
        with pytest.raises(Problem, match="test customer already"):
            regua.request("POST", "/v1/test-customers", named)
        for wrong in ({"kind": "nobody"}, {"kind": "paid", "customer_id": "ana"}, {"kind": "paid", "region": "XX"}):
            with pytest.raises(Problem) as told:
                regua.request("POST", "/v1/test-customers", wrong)
            assert told.value.status == 422
        assert regua.request("GET", "/v1/test-customers/test_ana")["script"]
    assert len(sandbox.store.sandbox.actors()) == 2


def test_a_key_of_real_traffic_opens_no_sandbox_and_the_other_way_round(opened, sandbox):
    real = opened("live")
    for one, other in ((real, sandbox), (sandbox, real)):
        shown = headers_of(one, Role.CRM)["Authorization"].split()[1]
        app = create_app(other.settings, service=other)
        with Client("http://regua", shown, transport=described.Held(app)) as regua:
            with pytest.raises(Problem) as told:
                regua.decide(["c0000001"])
            assert told.value.status == 401


def test_what_a_sandbox_keeps_is_apart_from_what_is_real(opened, sandbox, tmp_path):
    real = opened("live")
    with client(sandbox) as regua:
        regua.decide(["c0000001", "c0000002"])
    assert real.store.count("decisions") == 0
    assert sandbox.settings.decisions != real.settings.decisions
    with pytest.raises(SettingsError, match="nothing is to be learned"), decision_log.opened(sandbox.settings):
        pass
    address = f"sqlite:///{tmp_path / 'shared.db'}"
    opened("live", store_url=address)
    with pytest.raises(SettingsError, match="real traffic"):
        opened("test", store_url=address)
    opened("test", store_url=address, portfolio="main-sandbox")
    with pytest.raises(SettingsError, match="a sandbox"):
        opened("live", store_url=address, portfolio="main-sandbox")


def test_ninety_days_of_a_customer_take_less_than_ten_seconds(sandbox):
    began, claimed, days = process_time(), 0, 90
    with client(sandbox) as regua:
        regua.sandbox.set_clock(NOON)
        who = cast(regua, "promise_broken", days_past_due=-3)["customer_id"]
        for day in range(1, days + 1):
            permit = decided(regua, who)["permit"]
            is_due = permit and datetime.fromisoformat(permit["not_before"]) <= sandbox.clock.now()
            if is_due and regua.claim(permit["id"]):
                claimed += 1
                regua.release(permit["id"], "sent")
            regua.sandbox.advance(to=NOON + timedelta(days=day))
        made = list(regua.decisions(limit="40"))
    took = process_time() - began
    assert len(made) == days
    assert claimed >= 5
    assert len({one["journey"] for one in made}) >= 3, "it does not come through the book"
    assert sandbox.store.verify() is None
    assert took < 10, f"{took:.1f} s of a processor"


def test_the_home_of_a_sandbox_is_not_changed_by_it(sandbox):
    from features.forgetting import forget
    from serving.changes.promoting import put_to_work

    assert forget(sandbox.settings, {"c0000001": NOON}).files == 0
    with pytest.raises(Exception, match="puts no release to work"):
        put_to_work(sandbox.settings, None, "ana", NOON)
    assert orjson.loads(orjson.dumps(sandbox.readiness()["is_ready"]))
