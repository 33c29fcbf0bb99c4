"""The benchmark of models on public data is too slow for every run, and its data are nobody's to ship.

What can rot without them is run here: that an absent set is said and left out, and that the tables are drawn from what
the parts hand back, with the places in which we are not better than the simpler model named.
"""

import json
import os
import subprocess
import sys


def test_absent_sets_are_said_and_skipped(root, tmp_path):
    answer = tmp_path / "models.json"
    sets = ("road_fines", "credit_card", "bank_marketing", "email_test", "open_bandit")
    command = [sys.executable, "-m", "tests.bench_models", "--only", *sets, "--json", str(answer)]
    environment = os.environ | {"REGUA_REAL_DATA": str(tmp_path)}
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in sets:
        assert f"{name}: left out" in done.stdout
    assert json.loads(answer.read_text()) == {"parts": {}}


def test_a_damaged_set_fails_the_run_and_says_why(root, tmp_path):
    (tmp_path / "bank-additional.zip").write_bytes(b"no zip at all")
    answer = tmp_path / "models.json"
    command = [sys.executable, "-m", "tests.bench_models", "--only", "bank_marketing", "--json", str(answer)]
    environment = os.environ | {"REGUA_REAL_DATA": str(tmp_path)}
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert "damaged" in json.dumps(json.loads(answer.read_text())["parts"]["bank_marketing"])
