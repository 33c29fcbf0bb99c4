"""The guide to retraining does what it says: its plan is written and its commands are run, in order."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```(yaml|console)\n(.*?)```", re.DOTALL)
DOOR = "import sys; from regua.cli import main; sys.argv[0] = 'regua'; main()"


@pytest.mark.slow
def test_a_release_is_learned_promoted_and_rolled_back_by_the_guide(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "REGUA_HOME": str(tmp_path / "home"), "REGUA_THREADS": "1"}
    printed = []
    for kind, text in BLOCK.findall((ROOT / "docs" / "retrain-and-promote.md").read_text("utf-8")):
        if kind == "yaml":
            target = tmp_path / text.splitlines()[0].removeprefix("# ")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
            continue
        for line in text.strip().splitlines():
            words = shlex.split(line)
            assert words[0] == "regua"
            command = [sys.executable, "-c", DOOR, *words[1:]]
            done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
            printed.append(done.stdout)
    told = json.loads(printed[-1])
    first, second, back = told["history"]
    assert (first["from"], back["action"], back["to"]) == (None, "rollback", first["to"])
    assert told["champion"] == first["to"] != second["to"]
    assert (back["by"], back["approved_by"]) == ("Carla", "Bia")
