"""How often a caller may ask: counted here, or in Redis for every process; a Redis that fails stops nobody."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest
from pydantic import SecretStr

from regua.errors import LimitedError
from regua.settings import Settings
from serving.access.quota import Quota


def spent(quota, caller="cal_1", limit=5):
    """Ask until it is refused; return how often it was not."""
    for number in range(2 * limit):
        try:
            quota.take(caller, limit)
        except LimitedError:
            return number
    return 2 * limit


@pytest.fixture
def redis(tmp_path):
    """A private Redis on a socket of its own."""
    binary = Path(sys.executable).with_name("redis-server")
    found = str(binary) if binary.exists() else shutil.which("redis-server")
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "no redis-server here; it comes with requirements/dev.lock"
        )
    place = tmp_path / "r.sock"
    command = [found, "--port", "0", "--unixsocket", str(place), "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    until = monotonic() + 20
    while not answers(place):
        assert monotonic() < until, "redis-server does not answer"
    yield server, Settings(redis_url=SecretStr(f"redis+unix://{place}"))
    server.terminate()
    server.wait()


def answers(place):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(place)) == 0


def test_a_caller_has_its_minute_and_takes_nothing_from_another():
    quota = Quota(Settings())
    assert spent(quota, "cal_1") == 5
    assert spent(quota, "cal_2") == 5


def test_what_is_never_refused_is_counted_all_the_same():
    quota = Quota(Settings())
    for _ in range(9):
        quota.take("cal_1", 5, is_limited=False)
    assert spent(quota) == 0


def test_whoever_is_refused_is_told_when_to_come_again():
    quota = Quota(Settings(requests_per_minute=1))
    assert quota.take("cal_1").remaining == 0
    with pytest.raises(LimitedError) as problem:
        quota.take("cal_1")
    assert 1 <= int(problem.value.headers["Retry-After"]) <= 60
    assert problem.value.headers["RateLimit"].startswith('"minute";r=0;t=')


def test_two_processes_share_one_minute_in_redis(redis):
    _, settings = redis
    one, two = Quota(settings), Quota(settings)
    for _ in range(3):
        one.take("cal_1", 5)
    assert spent(two) == 2


def test_where_redis_cannot_be_asked_each_process_counts_for_itself(redis):
    server, settings = redis
    quota = Quota(settings)
    assert spent(quota, limit=2) == 2
    server.kill()
    server.wait()
    began = monotonic()
    assert spent(quota, limit=3) == 3
    assert monotonic() - began < 30
