"""What the page for integrators says to copy and paste does what it says, against a real service."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from regua.clock import SystemClock
from regua.settings import Settings
from serving.access.roles import Role
from serving.api import create_app
from serving.deciding.profiles import OnlineStore
from serving.service import Service
from tests.api.callers import headers_of
from tests.api.listened import serving

PAGE = Path(__file__).parents[2] / "docs" / "integrate.md"


IN_A_SANDBOX = "# in a sandbox"


@pytest.fixture
def address(app):
    """Serve a service of real customers."""
    with serving(app) as url:
        yield url


@pytest.fixture
def sandbox(world, tmp_path):
    """Open a sandbox in a home that has no customers."""
    settings = Settings(home=tmp_path / "home", environment="test", threads=1, memory_mb=512)
    opened = Service(settings, SystemClock(), OnlineStore(settings), world.book)
    yield opened
    opened.close()


def python_blocks(address, service, *, in_a_sandbox):
    """Give the blocks in Python, with the address and a key in their places."""
    key = headers_of(service, Role.CRM)["Authorization"].split()[1]
    for block in re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S):
        if ("rg_test_" in block) is in_a_sandbox:
            yield re.sub(r"rg_(live|test)_\.\.\.", key, block).replace("http://127.0.0.1:8000", address)


def run(blocks, address, service, folder):
    if shutil.which("curl") is None:
        pytest.skip("no curl here: the page cannot be run as it is read")
    key = headers_of(service, Role.CRM)["Authorization"].split()[1]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        cwd=folder,
        env={**os.environ, "REGUA_URL": address, "REGUA_KEY": key},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-1_500:]}\n{done.stderr[-1_500:]}"
    return done.stdout


def blocks_of_the_page(*, in_a_sandbox):
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    return [one for one in blocks if one.startswith(IN_A_SANDBOX) is in_a_sandbox]


def test_every_block_of_the_page_runs(address, service, tmp_path):
    blocks = blocks_of_the_page(in_a_sandbox=False)
    assert len(blocks) == 12
    said = run(blocks, address, service, tmp_path)
    assert '"state":"claimed"' in said
    assert '"state":"sent"' in said
    assert '"accepted":2' in said
    assert "permit_sent" in said
    assert '"is_late":false' in said
    assert '"language":"pt-BR"' in said
    assert '"lines":2' in said


def test_every_block_in_python_runs(address, service):
    told = {}
    for block in python_blocks(address, service, in_a_sandbox=False):
        exec(block, told)
    assert told["permit"] is None or told["permit"]["id"].startswith("per_")
    assert told["heard"]({}, b"{}") == 400


def test_every_block_of_the_sandbox_runs_in_a_home_without_data(sandbox, tmp_path):
    blocks = blocks_of_the_page(in_a_sandbox=True)
    assert len(blocks) == 2
    with serving(create_app(sandbox.settings, service=sandbox)) as url:
        said = run(blocks, url, sandbox, tmp_path)
    assert "'kind': 'payment'" in said
    assert "is not claimed: permit_revoked" in said
    assert '"language":"en"' in said
    assert '"has_more":false' in said


def test_days_pass_in_a_sandbox_by_the_client(sandbox):
    with serving(create_app(sandbox.settings, service=sandbox)) as url:
        (block,) = python_blocks(url, sandbox, in_a_sandbox=True)
        told = {}
        exec(block.replace("range(90)", "range(3)"), told)
    assert told["told"]["decision"]["customer_id"] == told["bia"]
