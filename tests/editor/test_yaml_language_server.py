"""The JSON Schema serves an editor: the real YAML language server completes a journey and marks what is wrong in it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from journeys.book import HOME
from journeys.book.schema import KINDS
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


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_marked_in_any_shipped_file(server: LanguageServer, kind: str) -> None:
    paths = [path for path in HOME.glob(KINDS[kind][1]) if path.name != "zones.yaml"]
    marked = {path.name: server.check(path, path.read_text("utf-8")) for path in paths}
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


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("messages/pay_link.yaml", "purpose: collection", "purpose: colection", "not accepted"),
        ("messages/pay_link.yaml", "topic:", "topics:", "topics is not allowed"),
        ("channels/sms.yaml", "medium: message", "medium: pigeon", "not accepted"),
        ("channels/sms.yaml", "longest_chars: ", "longest_chars: many", 'Expected "integer"'),
        ("channels/whatsapp.yaml", "watch: 7d", "watch: a week", "pattern"),
        ("policies/brazil.yaml", "monday-friday:", "monday-freitag:", "monday-freitag is not allowed"),
        ("policies/brazil.yaml", '"08:00-20:00"', '"8 to 20"', "pattern"),
        ("policies/brazil.yaml", "at_most: 1", "at_most: one", 'Expected "integer"'),
        ("policies/brazil.yaml", "income_floor: 600.00", "income_floor: R$ 600", "pattern"),
        ("policies/brazil.yaml", "status: verified", "status: sure", "not accepted"),
        ("policies/brazil.yaml", "from: 1991-03-11", "from: long ago", "date"),
        ("offers.yaml", "largest_discount: 0.60", "largest_discount: most", 'Expected "number"'),
        ("offers.yaml", "discount: 0.10", "discount: 1.10", "maximum of 1"),
        ("offers.yaml", "kind: pause", "kind: rest", "not accepted"),
        ("segments.yaml", "bands:\n", "band:\n", "band is not allowed"),
        ("tasks.yaml", "desk: ", "desk: moon", "not accepted"),
    ],
)
def test_a_mistake_in_any_other_file_is_marked_too(
    server: LanguageServer, name: str, old: str, new: str, told: str
) -> None:
    text = (HOME / name).read_text("utf-8")
    assert old in text
    found = server.check(HOME / name, text.replace(old, new, 1))
    assert any(told in message for message in found), found


def test_keys_are_offered_where_they_belong(server: LanguageServer) -> None:
    text = EARLY.read_text("utf-8").rstrip("\n") + "\n"
    assert {"interrupts", "catch_up"} <= server.complete(EARLY, text, text.count("\n"), 0)
    assert "steps" not in server.complete(EARLY, text, text.count("\n"), 0)


def test_the_lock_of_the_server_names_no_address() -> None:
    lock = Path(__file__).with_name("package-lock.json").read_text("utf-8")
    assert "integrity" in lock
    assert "http" not in lock
