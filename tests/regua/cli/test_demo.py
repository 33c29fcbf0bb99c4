"""``regua demo`` end to end, as a person runs it: one home, the whole path, and the commands it names next."""

import json
import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from serving.store import Store

Answer = subprocess.CompletedProcess[str]
SMALL = ("--customers", "150", "--days", "2", "--months", "9", "--mlruns", "mlruns")
ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.slow


START = "import sys; from regua.cli import main; sys.argv[0] = 'regua'; main()"


def variables(where: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "REGUA_HOME": str(where / "home"), "COLUMNS": "80"}


def regua(where: Path, *words: str, **environment: str) -> Answer:
    """Run the command line in a process of its own, as its users do."""
    command = [sys.executable, "-c", START, *words]
    environment = variables(where) | environment
    return subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """A demonstration that was run once: where, and what it told machines."""
    where = tmp_path_factory.mktemp("demo")
    answer = regua(where, "demo", *SMALL, "--json")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.count("\n") == 1
    # Read before any test asks the server, which logs one decision more.
    return where, json.loads(answer.stdout) | {"decided": _decided(where / "home/demo")}


def test_one_json_object_tells_the_whole_path(demo) -> None:
    _, told = demo
    assert (told["customers"], told["days"]) == (150, 2)
    assert told["rows_settled"] > 0
    assert set(told["quarantined"].values()) == {0}
    assert told["gain_cents"]["low"] <= told["gain_cents"]["point"] <= told["gain_cents"]["high"]
    assert len(told["releases"]) == 1
    assert {model["name"] for model in told["models"]["models"]} >= {"roll_risk", "self_cure", "recovery_curve"}
    assert (told["watch"] is None) == (told["refused"] is not None)
    assert sum(sum(row.values()) for row in told["first_day"].values()) > 0


def test_the_commands_it_names_next_work(demo) -> None:
    where, told = demo
    explain, replay, serve, key, ask, *_ = map(shlex.split, told["next"])
    for words in (explain, replay):
        home = words[0].removeprefix("REGUA_HOME=")
        answer = regua(where, *words[2:], REGUA_HOME=home)
        assert answer.returncode == 0, answer.stderr
        assert "Traceback" not in answer.stderr
    assert serve[2:4] == ["serve", "--at"]
    assert key[0].startswith("REGUA_KEY=$(")
    assert key[1:4] == ["regua", "keys", "create"]
    assert json.loads(ask[-1])["customer_ids"]


def test_the_server_it_names_answers_the_question_it_names(demo) -> None:
    where, told = demo
    _, _, serve, key, ask, *_ = map(shlex.split, told["next"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-c", START, *serve[2:], "--port", str(port)]
    home = serve[0].removeprefix("REGUA_HOME=")
    made = regua(where, *key[2 : key.index("|")], REGUA_HOME=home)
    assert made.returncode == 0, made.stderr
    headers = {"Authorization": f"Bearer {json.loads(made.stdout)['key']}"}
    with subprocess.Popen(words, cwd=where, env=variables(where) | {"REGUA_HOME": home}) as server:
        try:
            transport = httpx.HTTPTransport(retries=10)  # each waits longer than the one before: a minute in all
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=60) as client:
                answer = client.post(ask[2].partition("8000")[2], json=json.loads(ask[-1]), headers=headers)
        finally:
            server.terminate()
    assert answer.status_code == 200, answer.text
    (result,) = answer.json()["results"]
    assert result["status"] == "decided"
    assert "no_profile" not in [reason["code"] for reason in result["decision"]["reasons"]]


def test_the_same_seed_tells_the_same_story_byte_for_byte(demo, tmp_path) -> None:
    _, told = demo
    again = regua(tmp_path, "demo", *SMALL, "--json")
    assert again.returncode == 0, again.stderr
    second = json.loads(again.stdout)
    for name in ("releases", "explained", "first_day", "all_days", "gain_cents", "regua", "static_ladder"):
        assert second[name] == told[name]
    decided = _decided(tmp_path / "home/demo")
    assert decided
    # Told apart one by one: a difference of two whole logs is more than a person reads.
    assert next((pair for pair in zip(decided, told["decided"], strict=True) if pair[0] != pair[1]), None) is None


def _decided(home: Path) -> list[tuple[bytes, ...]]:
    with Store(home / "decisions.db") as log:
        return [(row.body, row.inputs) for row in log.whole_log()]
