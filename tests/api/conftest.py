"""A real service on a small home, without a socket: every operation is called as its callers call it."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from journeys import book as books
from regua.clock import SetClock
from regua.settings import Settings
from serving.access.roles import Role
from serving.api import create_app
from serving.service import Service
from tests.api import described
from tests.api.callers import headers_of

_SPEC = importlib.util.spec_from_file_location(
    "regua_small_world_of_the_api", Path(__file__).parents[1] / "parity" / "conftest.py"
)
assert _SPEC
assert _SPEC.loader
_SHARED = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = _SHARED
_SPEC.loader.exec_module(_SHARED)

CUSTOMERS = 300


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory):
    """Some customers and the shipped book, with no release: documented priors speak, and nothing has to be trained."""
    return _SHARED.World(_SHARED.customers(CUSTOMERS), tmp_path_factory.mktemp("world") / "none", books.load())


@pytest.fixture
def service(world, tmp_path: Path) -> Iterator[Service]:
    """A service on customers ``c0000001`` to ``c0000300``, with an empty log and a clock that stands still."""
    home = tmp_path / "home"
    home.mkdir()
    settings = Settings(home=home, threads=1, memory_mb=512)
    profiles = _SHARED.TableProfiles(world.columns, _SHARED.PROFILE_AT)
    opened = Service(settings, SetClock(_SHARED.MOMENT), profiles, world.book)
    yield opened
    opened.close()


@pytest.fixture
def app(service: Service) -> FastAPI:
    """The application on a home of its own, with an empty log."""
    return create_app(service.settings, service=service)


@pytest.fixture
def client_of(app: FastAPI, service: Service) -> Iterator[Callable[..., httpx.Client]]:
    """Give a client that calls with a key of one role, or of several: ``client_of(Role.CRM)``; without one, no key."""
    opened: list[httpx.Client] = []

    def client(*roles: Role) -> httpx.Client:
        made = described.client(app, headers_of(service, *roles))
        opened.append(made)
        return made

    yield client
    for one in opened:
        one.close()


@pytest.fixture
def crm(client_of: Callable[..., httpx.Client]) -> httpx.Client:
    """A client with a key of a CRM system."""
    return client_of(Role.CRM)
