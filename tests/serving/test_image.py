"""The image of the service: what it installs is enough, and how it is run has no open door."""

import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from features.packed_rows import open_rows
from regua.settings import Settings
from tests.serving.test_online_profiles import NAMES, STAMP, put

ROOT = Path(__file__).parents[2]
NOT_THERE = {
    "feast",
    "mlflow",
    "shap",
    "scikit-learn",
    "pandas",
    "optuna",
    "matplotlib",
    "duckdb",
    "polars",
    "notebook",
}
DECIDES = """
import json, sys
absent, home, moment, names = json.loads(sys.argv[1])

class NotInTheImage:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in absent:
            raise ModuleNotFoundError(f"{name} is not in the image", name=name)

sys.meta_path.insert(0, NotInTheImage())
from datetime import datetime
from pathlib import Path
from regua.clock import SetClock
from regua.settings import Settings
from serving.api import create_app
from serving.service import Service

with_models = Service.open(Settings(home=Path(home), threads=1), SetClock(datetime.fromisoformat(moment)))
create_app(with_models.settings, service=with_models)
answers = with_models.decide(names)
print(json.dumps([with_models.pipeline.scorer.release_id, sorted(answers)]))
"""


def locked(name):
    lines = (ROOT / "requirements" / f"{name}.lock").read_text().splitlines()
    return {re.split(r"[=\[ ]", line)[0].lower() for line in lines if re.match(r"\w", line)}


def test_the_image_has_nothing_that_learns():
    assert not locked("serving") & NOT_THERE
    assert locked("serving") < locked("all")


def test_what_the_image_installs_is_enough_to_decide(world, tmp_path):
    settings = Settings(home=tmp_path)
    shutil.copytree(world.releases, settings.releases)
    shutil.copytree(world.releases.parent / "keys", settings.keys)
    rows = open_rows(settings.feast / "online.db", None, "main")
    with rows.writing():
        put(rows, 1)
    rows.close()
    kept = locked("serving")
    absent = [
        name
        for name, holders in packages_distributions().items()
        if not any(holder.lower().replace("_", "-") in kept for holder in holders)
        and name not in ("regua", "_distutils_hack", "pkg_resources", "setuptools")
    ]
    told = json.dumps([[name for name in absent if name != "regua"], str(tmp_path), STAMP.isoformat(), NAMES])
    done = subprocess.run([sys.executable, "-c", DECIDES, told], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    release, decided = json.loads(done.stdout.splitlines()[-1])
    assert release == (settings.releases / "champion").read_text().strip()
    assert decided == NAMES


def test_the_containerfile_passes_its_linter():
    linter = shutil.which("hadolint") or Path(sys.executable).with_name("hadolint")
    if not Path(linter).exists():
        pytest.skip("no hadolint here; it comes with requirements/dev.lock")
    done = subprocess.run([linter, str(ROOT / "Containerfile")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_container_runs_as_nobody_in_particular():
    last = (ROOT / "Containerfile").read_text().rsplit("\nFROM ", 1)[1]
    assert re.search(r"^USER \d{4,}$", last, re.M)
    assert "HEALTHCHECK" in last
    assert "/readyz" in last


def test_the_composition_has_no_default_password_and_no_open_door():
    told = yaml.safe_load((ROOT / "compose.yaml").read_text())
    text = (ROOT / "compose.yaml").read_text()
    assert re.findall(r"\$\{(\w*PASSWORD)([^}]*)\}", text)
    assert all(rest.startswith(":?") for _, rest in re.findall(r"\$\{(\w*PASSWORD)([^}]*)\}", text))
    assert (ROOT / ".env.example").read_text().count("PASSWORD=\n") == 2
    assert set(told["services"]) == {"api", "worker", "postgres", "redis"}
    for name in ("api", "worker"):
        one = told["services"][name]
        assert one["read_only"], name
        assert one["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in one["security_opt"]
    for name, one in told["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in one.get("ports", ())), name
        assert set(one.get("depends_on", {})) <= set(told["services"])
    assert "fsync=on" in told["services"]["postgres"]["command"]
    volumes = [volume.split(":")[0] for one in told["services"].values() for volume in one.get("volumes", ())]
    assert set(volumes) == set(told["volumes"])
