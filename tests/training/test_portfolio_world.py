"""The world file is read strictly: every number says where it comes from, and a typo is refused."""

from pathlib import Path

import pytest

from regua.errors import DataError
from training.portfolio.world import DEFAULT_WORLD, World, load_world


def _changed(tmp_path: Path, old: str, new: str) -> Path:
    text = DEFAULT_WORLD.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file = tmp_path / "world.yaml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


def test_the_shipped_world_has_all_states_products_and_channels() -> None:
    world = load_world()
    assert len(world.regions.population_millions) == 27
    assert set(world.regions.population_millions) == set(world.regions.unemployment_percent)
    assert world.ladder.randomised_share == 0.10


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  daily_rate:", "  dayly_rate:", "dayly_rate|daily_rate"),
        ("company_share: {value: 0.06, assumed: a retail book}", "company_share: 0.06", "value"),
        ("company_share: {value: 0.06, assumed: a retail book}", "company_share: {value: 0.06}", "source or assumed"),
        (
            "company_share: {value: 0.06, assumed: a retail book}",
            "company_share: {value: 6, assumed: x}",
            "company_share",
        ),
        (
            "company_share: {value: 0.06, assumed: a retail book}",
            "company_share: {value: nan, assumed: x}",
            "company_share",
        ),
        ("consent: {value: {push: 0.93, ", "consent: {value: {", "push"),
        ("consent: {value: {push: 0.93, ", "consent: {value: {push: 0.93, fax: 0.5, ", "fax"),
        ("contracts:\n", "contracts:\n  surprise: {value: 1, assumed: x}\n", "surprise"),
    ],
)
def test_a_wrong_key_value_or_missing_origin_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(DataError, match=said) as refused:
        load_world(_changed(tmp_path, old, new))
    assert "world.yaml" in str(refused.value)


def test_a_key_that_stands_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    file = _changed(tmp_path, "people:\n", "people:\n  company_share: {value: 0.5, assumed: x}\n")
    with pytest.raises(DataError, match="stands twice") as refused:
        load_world(file)
    assert refused.value.place is not None
    assert refused.value.place.line is not None


def test_a_file_that_is_not_yaml_or_not_there_is_refused(tmp_path: Path) -> None:
    torn = tmp_path / "torn.yaml"
    torn.write_text("people: {", encoding="utf-8")
    for file in (torn, tmp_path / "absent.yaml", tmp_path):
        with pytest.raises(DataError):
            load_world(file)


def test_the_selic_rate_before_the_first_known_month_is_the_first() -> None:
    from datetime import date

    world: World = load_world()
    assert world.selic_percent(date(2020, 1, 1)) == 12.25
    assert world.selic_percent(date(2025, 3, 1)) == 13.25
    assert world.selic_percent(date(2026, 12, 1)) == 14.50
