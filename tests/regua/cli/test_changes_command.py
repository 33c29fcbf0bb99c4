"""Changes and stops at the command line: the person is the one behind the key, and the rules are those of the API."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from journeys import book as books
from regua.cli import build
from regua.clock import SystemClock
from regua.errors import (
    ConflictError,
    ForbiddenError,
    RequestError,
    SettingsError,
    UnauthenticatedError,
    UnavailableError,
)
from regua.settings import Settings
from serving.access.access import Access
from serving.access.roles import Role
from serving.changes import trying
from serving.changes.change import Change
from serving.changes.drafting import files_of, written_in
from serving.store import Store
from serving.store.instants import instant

EARLY = "catalog/early/early_digital.yaml"
ROOT = Path(__file__).resolve().parents[3]
SAID = ("--title", "Fewer days", "--reason", "A trial of less")
PEOPLE = {"ana": Role.STRATEGIST, "bia": Role.APPROVER, "crm-1": Role.CRM, "root": Role.ADMIN}


@pytest.fixture(scope="module")
def book():
    return books.load()


@pytest.fixture
def regua(tmp_path, monkeypatch):
    """Call a command as somebody; returns what it prints as JSON."""
    monkeypatch.setenv("REGUA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("REGUA_KEY", raising=False)
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir()
    with Store.open(settings) as store:
        access = Access(settings, store)
        keys = {who: access.give(who, {role}, "tests").text for who, role in PEOPLE.items()}

    def call(who, *arguments, code=0, is_json=True):
        environment = {"REGUA_KEY": keys.get(who, who)} if who else {}
        result = CliRunner().invoke(build(), [*arguments, *["--json"] * is_json], env=environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return orjson.loads(result.stdout) if is_json else result.stdout

    call.keys = keys
    return call


@pytest.fixture
def store(regua, tmp_path):
    with Store.open(Settings(home=tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path, book):
    """A folder in which one journey says something else, and one file says what the book does."""
    files = files_of(book.text)
    text = files[EARLY].replace("version: 2", "version: 3", 1).replace("BETWEEN 1 AND 15", "BETWEEN 1 AND 14", 1)
    for name, content in {EARLY: text, "segments.yaml": files["segments.yaml"], "notes.yaml": "a: 1"}.items():
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path / "mine"


def tried(store, told):
    """Put a sound verdict on a request without the seconds that a real one takes."""
    found = {"version": told["version"], "base": told["base"], "at": instant(SystemClock().now()), "by": "ana"}
    verdict = {**found, "is_sound": True, "findings": [], "differences": [], "touched": None, "journeys": {}}
    store.changes.act(told["change_id"], lambda kept, acts: replace(Change.of(kept), verdict=verdict).asked())


def test_a_change_goes_live_and_back_by_two_people_with_their_keys(regua, store, folder):
    told = regua("ana", "change", "submit", str(folder), *SAID, "--no-try")
    one, version = told["change_id"], told["version"]
    assert (told["author"], list(told["files"])) == ("ana", [EARLY])
    with pytest.raises(ConflictError, match="not tried"):
        regua("bia", "change", "approve", one, "--version", version)
    tried(store, told)
    with pytest.raises(RequestError, match="version"):
        regua("bia", "change", "approve", one, "--version", version[:8])
    assert regua("bia", "change", "approve", one, "--version", version[:12])["state"] == "approved"
    shown = regua("", "change", "show", one, is_json=False)
    assert f"regua change apply {one}" in shown
    assert "Fewer days" in shown
    assert "approved by bia" in shown
    assert regua("bia", "change", "apply", one)["state"] == "applied"
    assert store.changes.live("book").target == version
    assert regua("bia", "change", "rollback", one, "--note", "Too few")["state"] == "rolled_back"
    assert store.changes.live("book").target == told["base"]
    listed = regua("", "change", "list")["change_requests"]
    assert [(row["change_id"], row["state"]) for row in listed] == [(one, "rolled_back")]
    assert store.verify() is None


def test_nobody_acts_without_a_key_that_may(regua, folder):
    with pytest.raises(SettingsError, match="REGUA_KEY"):
        regua("", "stop", "portfolio", "--reason", "x")
    with pytest.raises(UnauthenticatedError):
        regua("rg_live_" + "0" * 64, "stop", "portfolio", "--reason", "x")
    with pytest.raises(ForbiddenError, match="crm"):
        regua("crm-1", "change", "submit", str(folder), *SAID)
    with pytest.raises(ForbiddenError, match="strategist"):
        regua("ana", "change", "approve", "chg_" + "0" * 26, "--version", "0" * 64)


def test_a_trial_that_cannot_be_made_leaves_the_request_with_its_name(regua, folder, monkeypatch):
    def fails(*_):
        raise UnavailableError("no profiles here", remedy="regua profile build")

    monkeypatch.setattr(trying, "verdict", fails)
    told = regua("ana", "change", "submit", str(folder), *SAID, code=3)
    assert (told["state"], told["verdict"]) == ("submitted", None)


def test_a_fixed_moment_is_not_for_real_traffic(regua, folder):
    with pytest.raises(SettingsError, match="real traffic"):
        regua("bia", "change", "apply", "chg_" + "0" * 26, "--at", "2026-03-04T13:00")


def test_a_stop_waits_for_no_library_it_does_not_need(regua):
    """In an emergency every second is one in which messages go out."""
    slow = (
        "alembic",
        "fastapi",
        "starlette",
        "lightgbm",
        "numba",
        "numpy",
        "pyarrow",
        "journeys",
        "models",
        "features",
    )
    program = (
        "import sys; sys.argv = ['regua', 'stop', 'portfolio', '--reason', 'x', '--json']\n"
        "from regua.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        f"print('slow:', *sorted(set(sys.modules) & set({slow!r})), file=sys.stderr)"
    )
    environment = os.environ | {"REGUA_KEY": regua.keys["ana"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.split()) == (0, ["slow:"]), done.stderr
    assert orjson.loads(done.stdout)["state"] == "stopped"


def test_one_person_stops_and_two_let_it_go_on_at_the_command_line(regua, store):
    told = regua("root", "stop", "channel", "whatsapp", "--reason", "Wrong link")
    assert (told["stopped_by"], told["state"]) == ("root", "stopped")
    assert store.switches.stops(channel="whatsapp") == "channel_stopped"
    one = told["switch_id"]
    with pytest.raises(ForbiddenError):
        regua("root", "resume", one)
    assert regua("ana", "resume", one)["state"] == "resuming"
    with pytest.raises(ConflictError, match="asked already"):
        regua("ana", "resume", one)
    assert one in regua("", "switches", is_json=False)
    assert regua("bia", "resume", one)["state"] == "lifted"
    assert regua("", "switches")["switches"] == []
    assert [row["state"] for row in regua("", "switches", "--past")["switches"]] == ["lifted"]
    for wrong in (("channel", "pigeon"), ("portfolio", "x"), ("journey",)):
        with pytest.raises(RequestError):
            regua("ana", "stop", *wrong, "--reason", "x")


def test_where_somebody_can_agree_no_release_goes_to_work_without_being_asked_for(regua):
    for command in (("promote", "challenger"), ("rollback",)):
        with pytest.raises(ConflictError, match="change request alone"):
            regua("", *command, "--by", "Ana", "--approved-by", "Bia", "--reason", "x")


def test_a_folder_asks_for_what_it_says_otherwise_and_for_nothing_else(book, folder):
    assert list(written_in(folder, book.text)) == [EARLY]
