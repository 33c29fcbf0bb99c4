"""The guide for strategists does what it says."""

import re

import pytest

from journeys.book import HOME


@pytest.fixture
def guide(request):
    return (request.config.rootpath / "docs" / "write-a-journey.md").read_text("utf-8")


def test_the_guide_speaks_only_of_commands_and_words_that_exist(guide, book):
    for word in re.findall(r"blocked_\w+|step_\w+", guide):
        assert word in set(book.reasons.words)
    for key in re.findall(r"^- `(\w+)`", guide, re.MULTILINE):
        assert key in (HOME / "schema" / "journey.schema.json").read_text()
