"""The same small world the parity tests live in."""

import importlib.util
import os
import socket
import sys
import threading
from pathlib import Path

import httpx
import pytest
import uvicorn

from serving.access.roles import Role
from serving.api import create_app
from serving.store import Store
from tests.api.callers import headers_of
from tests.postgres import PostgresServer, binaries
from tests.redis_server import RedisServer
from tests.redis_server import binary as redis_binary

_SPEC = importlib.util.spec_from_file_location(
    "regua_small_world", Path(__file__).parents[1] / "parity" / "conftest.py"
)
assert _SPEC
assert _SPEC.loader
_SHARED = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = _SHARED
_SPEC.loader.exec_module(_SHARED)

world = _SHARED.world
service = _SHARED.service


class Server:
    """The real server on a free port, in a thread of its own."""

    def __init__(self, service) -> None:
        self.service = service
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        app = create_app(service.settings, service=service)
        # Whether a machine that is busy refuses callers is tried elsewhere.
        app.state.desk._load.longest_wait_s = 60.0
        self._uvicorn = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))
        self._thread = threading.Thread(target=self._uvicorn.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self):
        self._thread.start()
        # Whatever one caller may do, besides giving out keys.
        self.headers = headers_of(self.service, *(frozenset(Role) - {Role.ADMIN}))
        transport = httpx.HTTPTransport(retries=20)
        self.client = httpx.Client(base_url=self.url, timeout=60, transport=transport, headers=self.headers)
        self.client.get("/healthz")
        return self

    def __exit__(self, *_) -> None:
        self.client.close()
        self._uvicorn.should_exit = True
        self._thread.join()
        self._socket.close()


@pytest.fixture
def server(service):
    """A running server on the small world, with an empty log."""
    with Server(service) as running:
        yield running


@pytest.fixture
def client(server):
    """A client of the running server."""
    return server.client


@pytest.fixture(scope="session")
def postgres():
    """A private PostgreSQL server; where there is none the tests that need it are skipped, but never in CI."""
    found = binaries()
    if found is None or importlib.util.find_spec("psycopg") is None:
        missing = "no PostgreSQL server or no psycopg here; both come with requirements/dev.lock"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    server = PostgresServer(found)
    yield server
    server.close()


@pytest.fixture(scope="session")
def redis():
    """A private Redis server; where there is none the tests that need it are skipped, but never in CI."""
    program = redis_binary()
    if program is None or importlib.util.find_spec("redis") is None:
        missing = "no redis-server or no redis client here; both come with requirements/dev.lock"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    server = RedisServer(program)
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgres"])
def where(request, tmp_path):
    """An empty place for a store, on either database."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres").database()
    return tmp_path / "decisions.db"


@pytest.fixture
def store(where):
    """An empty store, on either database."""
    with Store(where) as opened:
        yield opened
