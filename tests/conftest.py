"""What several rooms' tests share: a small home, golden files, and properties that are the same on every run."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from regua.settings import Settings

# Many workers on few cores are no fault of a release.
os.environ.setdefault("REGUA_TRIAL_CPU_SECONDS", "120")
os.environ.setdefault("REGUA_TRIAL_SECONDS", "600")
collect_ignore = ["bench"]  # measured by make bench, not tested
GOLDEN = Path(__file__).parent / "golden"

_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}
hypothesis_settings.register_profile("steady", derandomize=True, max_examples=50, database=None, **_COMMON)
hypothesis_settings.register_profile("search", max_examples=2_000, **_COMMON)
# "search" looks for new counterexamples by hand: REGUA_HYPOTHESIS=search pytest tests/regua
hypothesis_settings.load_profile(os.environ.get("REGUA_HYPOTHESIS", "steady"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden from what the code says now")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str | bytes], None]:
    """Compare a text with ``tests/golden/<name>``; with ``--update-golden`` rewrite the file instead."""

    def compare(name: str, found: str | bytes) -> None:
        path = GOLDEN / name
        content = found.encode() if isinstance(found, str) else found
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            return
        assert path.exists(), f"no golden file {name}: look at the text, then run pytest --update-golden"
        # Decoded, so that pytest shows a readable difference.
        assert content.decode() == path.read_bytes().decode(), f"{name} changed: if it is meant, pytest --update-golden"

    return compare


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A book's home of its own, small enough for a laptop that is running other tests."""
    return Settings(home=tmp_path / "home", threads=1, memory_mb=512)
