"""Benchmarks that nobody runs stop running.

Every figure of speed in the documents comes from ``make bench``. It is too slow for every test run, so here the parts
that are cheap at a small size are run whole, each in its own process as always, and must give every figure.
"""

import json
import os
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_the_cheap_benchmarks_still_give_their_figures(root, tmp_path):
    answer = tmp_path / "bench.json"
    command = [sys.executable, "-m", "tests.bench", "--only", "house", "kernel", "windows", "--customers", "400"]
    done = subprocess.run([*command, "--json", str(answer)], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    parts = json.loads(answer.read_text())["parts"]
    assert all(figure["value"] >= 0 for part in parts.values() for figure in part["figures"])
    assert {name: len(part["figures"]) for name, part in parts.items()} == {"house": 8, "kernel": 3, "windows": 4}
    assert all(part["peak_memory_mb"] > 0 for part in parts.values())


def test_a_benchmark_that_fails_says_so_and_fails_the_run(root, tmp_path):
    (tmp_path / "duckdb.py").write_text("raise ImportError('no duckdb today')\n")
    answer = tmp_path / "bench.json"
    command = [sys.executable, "-m", "tests.bench", "--only", "windows", "--customers", "10", "--json", str(answer)]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert "no duckdb today" in json.loads(answer.read_text())["parts"]["windows"]["log"]
