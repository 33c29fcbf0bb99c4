"""What stops contacts stops them in a sandbox too, by the sandbox's own time."""

from datetime import UTC, datetime, timedelta

import pytest

from regua.client import Client
from regua.clock import SystemClock
from regua.settings import Settings
from serving.access.roles import Role
from serving.api import create_app
from serving.deciding.profiles import TableProfiles
from serving.service import Service
from tests.api import described
from tests.api.callers import headers_of

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


class Machine(SystemClock):
    """The machine's clock, set wrong."""

    wrong_by = timedelta(0)

    def now(self):
        return super().now() + self.wrong_by


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def sandbox(world, tmp_path, machine):
    """A sandbox whose clock has not been set: it shows the machine's time."""
    settings = Settings(home=tmp_path, environment="test", threads=1)
    profiles = TableProfiles(world.columns, datetime(2026, 3, 4, 3, 0, tzinfo=UTC))
    opened = Service(settings, machine, profiles, world.book)
    yield opened
    opened.close()


@pytest.fixture
def regua(sandbox):
    app = create_app(sandbox.settings, service=sandbox)
    key = headers_of(sandbox, Role.CRM, Role.EVENT_SOURCE)["Authorization"].split()[1]
    with Client("http://regua", key, transport=described.Held(app)) as opened:
        yield opened


def test_a_feed_that_falls_silent_stops_contacts_until_it_is_heard_however_the_clock_was_set(sandbox, regua):
    regua.request("PUT", "/v1/feeds/payments", {"as_of": sandbox.clock.now().isoformat()})
    regua.sandbox.set_clock(NOON)
    assert sandbox.standing.late(sandbox.clock.now()) == {}
    regua.sandbox.advance(hours=1)
    who = regua.sandbox.customer("paid", customer_id="test_paid")["customer_id"]
    told = regua.decide([who])[0]
    assert "payments_stale" in told["decision"]["degraded"]
    assert told["decision"]["permit"] is None
    assert told["retry_at"]
    regua.request("PUT", "/v1/feeds/payments", {"as_of": sandbox.clock.now().isoformat()})
    assert "payments_stale" not in regua.decide([who])[0]["decision"]["degraded"]


def test_the_machines_hour_is_no_matter_where_the_clock_was_set(sandbox, regua, machine):
    regua.sandbox.set_clock(NOON)
    machine.wrong_by = timedelta(hours=3)
    assert sandbox.pipeline.stops(sandbox.clock.now()) == ()
