"""Nothing that serves ever unpickles: who can write a pickle can run code."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import models
import serving

FORBIDDEN = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
FILES = sorted(file for room in (serving, models) for file in Path(room.__file__).parent.rglob("*.py"))

_SERVE = """
import sys
unpickled = []
sys.addaudithook(lambda event, given: unpickled.append(given) if event == "pickle.find_class" else None)
from pathlib import Path
import numpy as np
from regua.settings import Settings
from serving.scoring.releases import Releases
from tests.oracle.mutants import examples
scorer = Releases(Settings(home=Path(sys.argv[1]), threads=1)).current()
for name, model in scorer.bundle.models.items():
    model.scores(examples(model.features or ("days_past_due",), 5, "asked").columns)
print(len(scorer.bundle.models), len(unpickled))
"""


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_no_file_that_serves_imports_a_pickler(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not FORBIDDEN & {name.split(".")[0] for name in names}, f"{file}:{node.lineno}"
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert isinstance(node.value, ast.Constant)
            assert node.value.value is False, f"{file}:{node.value.lineno}"


def test_loading_and_scoring_a_release_unpickles_nothing(tmp_path):
    from datetime import UTC, datetime

    from regua.settings import Settings
    from tests.oracle.mutants import small_release
    from training.releasing.promotion import promote

    home = Settings(home=tmp_path, threads=1)
    at = datetime(2026, 7, 1, tzinfo=UTC)
    promote(home, small_release(home, trees=3), by="ana", approved_by="bia", reason="a test", at=at)
    done = subprocess.run([sys.executable, "-c", _SERVE, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["3", "0"]
