"""The JSON Schema serves an editor: the real YAML language server completes a journey and marks what is wrong in it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from journeys.book import HOME
from tests.editor.language_server import SERVER, LanguageServer, node

EARLY = HOME / "catalog" / "early" / "early_digital.yaml"


@pytest.fixture(scope="module")
def server() -> Iterator[LanguageServer]:
    """The server, as the project's own files install it."""
    if node() is None or not SERVER.exists():
        missing = "the YAML language server is not installed: make .venv/dev.stamp"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with LanguageServer() as running:
        yield running


def test_nothing_is_marked_in_any_shipped_journey(server: LanguageServer) -> None:
    marked = {path.name: server.check(path, path.read_text("utf-8")) for path in (HOME / "catalog").rglob("*.yaml")}
    assert {name: found for name, found in marked.items() if found} == {}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("priority:", "prioritty:", "prioritty is not allowed"),
        ("- day: 3\n", "- day: three\n", 'Expected "integer"'),
        ("unless_read_within: 48h", "unless_read_within: soon", "pattern"),
        ("count_from: due_date", "count_from: christmas", "not accepted"),
        ("purpose:", "# purpose:\n#", 'Missing property "purpose"'),
    ],
)
def test_a_mistake_is_marked_while_it_is_written(server: LanguageServer, old: str, new: str, told: str) -> None:
    text = EARLY.read_text("utf-8")
    assert old in text
    lines = text.replace(old, new, 1).split("\n")
    if new.startswith("#"):
        lines = [line for line in lines if not line.startswith(("  pt-BR:", "  en:"))]
    found = server.check(EARLY, "\n".join(lines))
    assert any(told in message for message in found), found


def test_keys_are_offered_where_they_belong(server: LanguageServer) -> None:
    text = EARLY.read_text("utf-8").rstrip("\n") + "\n"
    assert {"interrupts", "code"} <= server.complete(EARLY, text, text.count("\n"), 0)
    assert "steps" not in server.complete(EARLY, text, text.count("\n"), 0)


def test_the_lock_of_the_server_names_no_address() -> None:
    lock = Path(__file__).with_name("package-lock.json").read_text("utf-8")
    assert "integrity" in lock
    assert "http" not in lock
