"""Whoever comes while the service is busy is heard as soon as those who came before."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from regua.errors import SettingsError
from serving.api import listening

COMING = 3 * listening.AT_ONCE
BUSY = """
import socket, sys, time
from serving.api import listening

async def app(scope, receive, send):
    if scope["type"] == "http":
        time.sleep(0.02)  # a busy round
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

listening.run(app, socket.socket(fileno=int(sys.argv[1])), lifespan="off", log_level="error", loop="uvloop")
"""
REQUEST = b"GET / HTTP/1.1\r\nHost: regua\r\n\r\n"


@pytest.fixture
def door():
    """A listening socket behind which a service with one slow loop answers."""
    with listening.listen("127.0.0.1", 0) as door:
        program = [sys.executable, "-c", BUSY, str(door.fileno())]
        with subprocess.Popen(program, pass_fds=[door.fileno()], cwd=Path(__file__).parents[2]) as service:
            answered(come(door))  # it is up
            yield door
            service.terminate()


def come(door):
    one = socket.create_connection(door.getsockname(), timeout=30)
    one.sendall(REQUEST)
    return one


def answered(one):
    with one:
        assert one.recv(1_000).startswith(b"HTTP/1.1 204")
    return time.perf_counter()


def test_many_who_come_at_once_are_let_in_in_a_few_rounds_and_not_one_a_round(door):
    steady = come(door)
    answers, rounds = [], 0
    crowd = [come(door) for _ in range(COMING)]
    for one in crowd:
        one.settimeout(0)
    while len(answers) < COMING:
        # Who is connected already asks on and on; so many rounds of the loop pass as it is answered.
        assert steady.recv(1_000).startswith(b"HTTP/1.1 204")
        steady.sendall(REQUEST)
        rounds += 1
        for one in [one for one in crowd if one not in answers]:
            try:
                if one.recv(1_000):
                    answers.append(one)
            except BlockingIOError:
                continue
    for one in (steady, *crowd):
        one.close()
    assert rounds <= COMING / 4


def test_an_address_that_is_taken_is_said_to_be():
    with (
        listening.listen("127.0.0.1", 0) as taken,
        pytest.raises(SettingsError, match="nobody can be heard on"),
    ):
        listening.listen(*taken.getsockname())
