"""The application behind a real server and a real socket, for a while."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from fastapi import FastAPI

from serving.api import listening


@contextmanager
def serving(app: FastAPI, **settings: int) -> Iterator[str]:
    """Serve an application over the loopback address, in a thread of its own; give its address."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        server = listening.server_of(app, app.state.gate, log_level="error", **settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        with httpx.Client(transport=httpx.HTTPTransport(retries=20)) as client:
            client.get(f"{url}/healthz", timeout=60)
        yield url
        server.should_exit = True
        thread.join()
