"""What the page for integrators says to copy and paste does what it says, against a real service."""

import os
import re
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import httpx
import pytest
import uvicorn

from serving.access.roles import Role
from tests.api.callers import headers_of

PAGE = Path(__file__).parents[2] / "docs" / "integrate.md"


@pytest.fixture
def address(app):
    """Serve the application over the loopback address, in a thread of its own."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        with httpx.Client(transport=httpx.HTTPTransport(retries=20)) as client:
            client.get(f"{url}/healthz", timeout=60)
        yield url
        server.should_exit = True
        thread.join()


def test_every_block_of_the_page_runs(address, service, tmp_path):
    if shutil.which("curl") is None:
        pytest.skip("no curl here: the page cannot be run as it is read")
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    assert len(blocks) == 7
    key = headers_of(service, Role.CRM)["Authorization"].split()[1]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        cwd=tmp_path,
        env={**os.environ, "REGUA_URL": address, "REGUA_KEY": key},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-1_500:]}\n{done.stderr[-1_500:]}"
    assert '"state":"claimed"' in done.stdout
    assert '"state":"sent"' in done.stdout
    assert '"accepted":2' in done.stdout
    assert "permit_sent" in done.stdout
