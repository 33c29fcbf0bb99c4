"""The guide for strategists does what it says."""

import re

import pytest

from journeys.book import HOME
from journeys.proofs.check import check


@pytest.fixture
def guide(request):
    return (request.config.rootpath / "docs" / "write-a-journey.md").read_text("utf-8")


def test_the_journey_of_the_guide_is_sound_beside_the_shipped_ones(guide, tmp_path):
    written = re.search(r"```yaml\n(.*?)```", guide, re.DOTALL)[1]
    target = tmp_path / "catalog" / "early" / "early_letters.yaml"
    target.parent.mkdir(parents=True)
    target.write_text(written, "utf-8")
    for path in (HOME / "catalog").rglob("*.yaml"):
        (tmp_path / path.relative_to(HOME)).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path.relative_to(HOME)).write_bytes(path.read_bytes())
    report = check(tmp_path, update_lock=True)
    assert report.is_sound
    assert report.journeys == 1 + len(list((HOME / "catalog").rglob("*.yaml")))


def test_the_guide_speaks_only_of_commands_and_words_that_exist(guide, book):
    for word in re.findall(r"blocked_\w+|step_\w+", guide):
        assert word in set(book.reasons.words)
    for key in re.findall(r"^- `(\w+)`", guide, re.MULTILINE):
        assert key in (HOME / "schema" / "journey.schema.json").read_text()
