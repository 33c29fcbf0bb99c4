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
# One process for all commands: each would import the same libraries for seconds.
DOOR = """
import io, json, sys
from contextlib import redirect_stdout
from regua.cli import main
printed = []
for words in json.load(sys.stdin):
    sys.argv, said = words, io.StringIO()
    try:
        with redirect_stdout(said):
            main()
    except SystemExit as end:
        if end.code:
            sys.exit(f"{words}: {end.code}\\n{said.getvalue()}")
    printed.append(said.getvalue())
print(json.dumps(printed))
"""


@pytest.mark.slow
def test_a_release_is_learned_promoted_and_rolled_back_by_the_guide(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "REGUA_HOME": str(tmp_path / "home"), "REGUA_THREADS": "1"}
    blocks = BLOCK.findall((ROOT / "docs" / "retrain-and-promote.md").read_text("utf-8"))
    for text in (text for kind, text in blocks if kind == "yaml"):
        target = tmp_path / text.splitlines()[0].removeprefix("# ")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    lines = [shlex.split(line) for kind, text in blocks if kind == "console" for line in text.strip().splitlines()]
    assert len(lines) == 9
    assert {words[0] for words in lines} == {"regua"}
    command = [sys.executable, "-c", DOOR]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, input=json.dumps(lines), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(json.loads(done.stdout.splitlines()[-1])[-1])
    first, second, back = told["history"]
    assert (first["from"], back["action"], back["to"]) == (None, "rollback", first["to"])
    assert told["champion"] == first["to"] != second["to"]
    assert (back["by"], back["approved_by"]) == ("Carla", "Bia")
