"""A service whose parts can be broken one at a time, and the ways in which each breaks and is mended again."""

import re
import socket
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter, sleep
from typing import Any
from unittest.mock import patch

import httpx
import numpy as np

from features import catalog
from journeys.book import HOME, compile_book, load, sources
from models import reasons
from regua.clock import SystemClock, local_date
from regua.errors import UnavailableError
from regua.settings import Settings
from serving.access.roles import Role
from serving.api.app import create_app
from serving.deciding.profiles import Profiles, _fresh
from serving.degrading.profiles import SteadyProfiles
from serving.scoring.scorer import Scorer
from serving.service import Service
from serving.webhooks.addresses import Guard
from serving.webhooks.delivering import Deliverer
from serving.webhooks.registering import Registry
from serving.webhooks.sealing import Seal
from serving.webhooks.sending import Sender
from tests.api import in_process
from tests.api.callers import headers_of
from tests.trust.world import small_world

SLOW_S, BUDGET_S = 4.0, 0.2
CUSTOMERS = 2_000


class Hour(SystemClock):
    """A clock that claims to be right: it runs on from a moment, and can be set wrong."""

    def __init__(self, start: datetime) -> None:
        self._start, self._began_s, self.wrong_by = start, perf_counter(), timedelta(0)

    def now(self) -> datetime:
        return self._start + timedelta(seconds=perf_counter() - self._began_s) + self.wrong_by

    def move(self, step: timedelta) -> None:
        """Let time pass, for the service's own sense of it as well."""
        self._start += step


class Breakable:
    """Profiles that do whatever they are told to, on the way out."""

    def __init__(self, profiles: Profiles) -> None:
        self._profiles = profiles
        self.fault: Callable[[dict[str, Any], datetime], dict[str, Any]] | None = None

    def read(self, customer_ids: Sequence[str], at: datetime) -> dict[str, Any]:
        rows = self._profiles.read(customer_ids, at)
        return self.fault(rows, at) if self.fault else rows


@dataclass
class World:
    """The service, its parts and a caller."""

    service: Service
    clock: Hour
    online: Breakable
    last: Breakable
    crm: httpx.Client
    kept: dict[str, Any] = field(default_factory=dict)

    def ask(self, number: int) -> httpx.Response:
        """Ask about one customer; each number is another."""
        return self.crm.post("/v1/decisions", json={"customer_ids": [f"c{number % CUSTOMERS + 1:07d}"]})


@contextmanager
def world(folder: Path, *, has_models: bool) -> Iterator[World]:
    """Open a service on invented customers and a store of its own, with a small release or with priors alone."""
    small = small_world()
    settings = Settings(home=folder / "home", threads=1, memory_mb=512)
    columns = small.customers(CUSTOMERS)
    settings.home.mkdir(parents=True)
    if has_models:
        small.small_release(settings, columns)
    clock = Hour(small.MOMENT)
    online, last = (Breakable(small.TableProfiles(columns, small.PROFILE_AT)) for _ in range(2))
    profiles = SteadyProfiles(online, last, BUDGET_S)
    service = Service(settings, clock, profiles, load(), goes_on=True)
    app = create_app(settings, service=service)
    crm = in_process.client(app, headers_of(service, Role.CRM, Role.EVENT_SOURCE))
    yield World(service, clock, online, last, crm)
    crm.close()
    service.close()


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail: how it comes and goes, with which code it is told, and what it forbids.

    ``may_refuse``: answers 503 are right; ``forbids``: no permit may be given and none claimed.
    """

    name: str
    broken: Callable[[World], Any]
    code: str | None = None
    may_refuse: bool = False
    forbids: bool = False


@contextmanager
def _rows(of: Breakable, fault: Callable[[dict[str, Any], datetime], dict[str, Any]]) -> Iterator[None]:
    of.fault = fault
    yield
    of.fault = None


def _gone(rows: dict[str, Any], at: datetime) -> dict[str, Any]:
    raise UnavailableError("the online rows are gone")


def _slow(rows: dict[str, Any], at: datetime) -> dict[str, Any]:
    sleep(SLOW_S)
    return rows


def _old(rows: dict[str, Any], at: datetime) -> dict[str, Any]:
    stamp = np.datetime64((at - timedelta(days=400)).replace(tzinfo=None), "us")
    return _fresh(rows | {"profile_at": np.full(len(rows["customer_id"]), stamp)}, at)


@contextmanager
def _blind(world: World) -> Iterator[None]:
    with _rows(world.online, _gone), _rows(world.last, _gone):
        yield


@contextmanager
def _aged(world: World) -> Iterator[None]:
    with _rows(world.online, _old), _rows(world.last, _old):
        yield


@contextmanager
def _half(world: World) -> Iterator[None]:
    policies = world.service.book.policies
    critical = policies.on(local_date(world.clock.now(), policies.zone)).critical
    names = tuple(name for name in catalog.predictors() if name not in critical)

    def without(rows: dict[str, Any], at: datetime) -> dict[str, Any]:
        count = len(rows["customer_id"])
        texts = set(catalog.TEXTS)
        gone = {name: np.full(count, None if name in texts else np.nan, rows[name].dtype) for name in names}
        stale = np.empty(count, dtype=object)
        stale[:] = [names] * count
        return rows | gone | {"stale": stale}

    with _rows(world.online, without), _rows(world.last, without):
        yield


@contextmanager
def _cut_off(world: World) -> Iterator[None]:
    def refuse(*_: Any) -> None:
        raise OSError("the network is cut")

    with patch.object(socket.socket, "connect", refuse):
        yield


class _Broken(Scorer):
    def score(self, columns: Mapping[str, Any]) -> Any:
        raise RuntimeError("LightGBM: a tree points nowhere")


@contextmanager
def _no_model(world: World) -> Iterator[None]:
    releases = world.service.releases
    sound = releases._scorer
    releases._scorer = _Broken(sound.bundle)
    yield
    releases._scorer = sound


@contextmanager
def _slow_reasons(world: World) -> Iterator[None]:
    def wait(*_: Any, **__: Any) -> None:
        sleep(60)

    with patch.object(reasons, "explain_batch", wait):
        yield


class _Failing:
    """A connection whose disk answers nothing any more."""

    in_transaction = False

    def execute(self, *_: Any) -> None:
        raise sqlite3.OperationalError("disk I/O error")


@contextmanager
def _no_database(world: World) -> Iterator[None]:
    database = world.service.store._database
    sound, database._connection = database._connection, _Failing()
    yield
    database._connection = sound


@contextmanager
def _disk_full(world: World) -> Iterator[None]:
    connection = world.service.store._database._connection
    (limit,) = connection.execute("PRAGMA max_page_count").fetchone()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    yield
    connection.execute(f"PRAGMA max_page_count = {limit}")


@contextmanager
def _no_policy(world: World) -> Iterator[None]:
    texts = {
        name: re.sub(r"(?m)^(\s+)from: \d.*$", r"\1from: 2028-10-31", text) if "policies/" in name else text
        for name, text in sources(HOME).items()
    }
    live = world.service.live_book
    sound, live._book = live._book, compile_book(texts)
    yield
    live._book = sound


@contextmanager
def _wrong_hour(world: World) -> Iterator[None]:
    world.clock.wrong_by = timedelta(seconds=5)
    yield
    world.clock.wrong_by = timedelta(0)


@contextmanager
def _late_payments(world: World) -> Iterator[None]:
    as_of = world.clock.now() - timedelta(minutes=31)
    assert world.crm.put("/v1/feeds/payments", json={"as_of": as_of.isoformat()}).status_code == 200
    yield
    assert world.crm.put("/v1/feeds/payments", json={"as_of": world.clock.now().isoformat()}).status_code == 200


@contextmanager
def _no_receiver(world: World) -> Iterator[None]:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    store, seal, guard = world.service.store, Seal(bytes(32)), Guard(["127.0.0.1/32"])
    made = Registry(store, guard, seal).make(f"https://localhost:{port}/", [], "", world.clock.now(), "ana")
    deliverer = Deliverer(store, world.clock, seal, Sender(guard))
    deliverer.fan_out()
    deliverer.deliver()
    yield
    deliverer.close()
    store.webhooks.remove(made.endpoint_id, world.clock.now(), "ana")


FAULTS = (
    Fault("online rows away", lambda world: _rows(world.online, _gone), "last_snapshot"),
    Fault("online rows slow", lambda world: _rows(world.online, _slow), "last_snapshot"),
    Fault("online rows and snapshot away", _blind, "features_unavailable", forbids=True),
    Fault("features past their age", _aged, "stale_", forbids=True),
    Fault("more than 30 % of features missing", _half, "features_missing"),
    Fault("registry and network cut off", _cut_off),
    Fault("no model can be asked", _no_model, "model_unavailable"),
    Fault("reasons slow", _slow_reasons),
    Fault("database down", _no_database, may_refuse=True, forbids=True),
    Fault("disk full", _disk_full, may_refuse=True),
    Fault("policy missing", _no_policy, "policy_unavailable", forbids=True),
    Fault("clock five seconds off", _wrong_hour, "clock_untrusted", forbids=True),
    Fault("payments late", _late_payments, "payments_stale", forbids=True),
    Fault("receiver of webhooks down", _no_receiver),
)
