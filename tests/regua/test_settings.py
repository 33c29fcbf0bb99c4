"""Infrastructure comes from the environment, and a bad value is named."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from regua.errors import SettingsError, UnavailableError
from regua.settings import Settings, load
from training.outcomes.settling import settle_log


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"REGUA_{name.upper()}", raising=False)


def test_every_place_follows_from_the_home(monkeypatch):
    monkeypatch.setenv("REGUA_HOME", "/books/one")
    settings = load()
    places = (
        settings.tables,
        settings.quarantine,
        settings.profiles,
        settings.feast,
        settings.releases,
        settings.decisions,
    )
    assert all(place.is_relative_to("/books/one") for place in places)
    assert settings.tables == Path("/books/one/tables")


def test_without_an_environment_there_are_defaults():
    settings = load()
    assert (settings.home, settings.zone, settings.language) == (Path(".regua"), "America/Sao_Paulo", "pt-BR")


@pytest.mark.parametrize(
    ("name", "value"),
    [("REGUA_THREADS", "many"), ("REGUA_THREADS", "0"), ("REGUA_LANGUAGE", "fr"), ("REGUA_MEMORY_MB", "-1")],
)
def test_a_bad_value_is_named_with_what_belongs_there(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load()
    said = str(caught.value)
    assert said.startswith(f"{name} is '{value}'\n  expected: ")
    assert f"unset {name} or correct it" in said
    assert caught.value.exit_code == 2


def test_settings_do_not_change_underway():
    with pytest.raises(ValueError, match="frozen"):
        load().threads = 3


def test_a_copy_for_another_home_leads_to_its_own_folders(tmp_path):
    first = Settings(home=tmp_path / "first")
    assert first.tables == tmp_path / "first" / "tables"
    assert first.trusted_keys.is_relative_to(tmp_path / "first")
    copy = first.model_copy(update={"home": tmp_path / "second"})
    assert copy.tables == tmp_path / "second" / "tables"
    assert copy.trusted_keys.is_relative_to(tmp_path / "second")


def test_learning_says_which_store_it_cannot_read(tmp_path):
    moment = datetime(2026, 7, 1, tzinfo=UTC)
    with pytest.raises(SettingsError, match="names no store"):
        settle_log(Settings(home=tmp_path, store_url="mysql://there/regua"), moment)
    with pytest.raises(UnavailableError, match="cannot be read") as told:
        settle_log(Settings(home=tmp_path, store_url=f"postgresql://me:secret@/regua?host={tmp_path}"), moment)
    assert "secret" not in str(told.value)
