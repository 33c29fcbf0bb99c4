"""A training that was killed goes on where it stopped; a week later only what changed is computed again."""

import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import polars as pl
import pytest

from regua.errors import UnavailableError
from regua.settings import Settings
from training import checkpoints
from training.cases import fingerprint
from training.cases.profiles import Profiles
from training.learn import learn, unfinished
from training.plan import Moments, Plan
from training.portfolio.generate import generate
from training.portfolio.world import load_world

# The real thing: a process of its own that learns, and kills itself in the middle of a stage.
_LEARN = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from regua.settings import Settings
from training import saving
from training.learn import learn
from training.plan import Plan
home, plan, as_of, dies_in = sys.argv[1:]
plain = saving.write_learned
def dying(folder, learned):
    if learned[0].spec.name == dies_in:
        os.kill(os.getpid(), signal.SIGKILL)
    plain(folder, learned)
saving.write_learned = dying
learn(Settings(home=Path(home), threads=1, memory_mb=512), datetime.fromisoformat(as_of),
      plan=Plan.model_validate_json(plan))
"""


@pytest.fixture(scope="module")
def quick_plan():
    models = {"roll_risk": {}, "self_cure": {"observed_days_past_due": (1, 180)}}
    return Plan.model_validate(
        {
            "name": "quick",
            "models": models,
            "moments": {"every_days": 15, "back_days": 90},
            "trials": 1,
            "trees_maximum": 8,
        }
    )


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A simulated book of 250 customers and seven months."""
    home = tmp_path_factory.mktemp("small")
    generate(load_world(), 250, home / "tables", until=date(2026, 6, 30), months=7, seed=7)
    return Settings(home=home, threads=1, memory_mb=512)


@pytest.fixture
def home(small, tmp_path):
    shutil.copytree(small.tables, tmp_path / "tables")
    if small.keys.exists():
        shutil.copytree(small.keys, tmp_path / "keys")
    return Settings(home=tmp_path, threads=1, memory_mb=512)


def _killed(home, plan, as_of, dies_in):
    command = [sys.executable, "-c", _LEARN, str(home.home), plan.model_dump_json(), as_of.isoformat(), dies_in]
    return subprocess.run(command, capture_output=True, text=True)


def _digests(folder):
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


def test_a_killed_training_goes_on_where_it_stopped_and_gives_the_same_bytes(small, tmp_path, quick_plan, as_of):
    whole = learn(small, as_of, plan=quick_plan)
    home = Settings(home=tmp_path, threads=1, memory_mb=512)
    shutil.copytree(small.tables, home.tables)
    shutil.copytree(small.keys, home.keys)  # a signature is its key's
    killed = _killed(home, quick_plan, as_of, "self_cure")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not home.releases.exists()
    later = as_of + timedelta(hours=3)
    assert unfinished(home, later, quick_plan, seed=7, trials=None) == as_of
    assert unfinished(home, later, quick_plan, seed=8, trials=None) is None
    assert unfinished(home, as_of + timedelta(days=2), quick_plan, seed=7, trials=None) is None
    resumed = learn(home, as_of, plan=quick_plan)
    assert [stage.name for stage in resumed.stages if stage.is_resumed] == ["cases", "teach roll_risk"]
    assert resumed.release_id == whole.release_id
    assert _digests(home.releases / whole.release_id) == _digests(small.releases / whole.release_id)
    assert unfinished(home, later, quick_plan, seed=7, trials=None) is None


def test_a_week_later_only_new_moments_are_computed(small, quick_plan, as_of):
    plan = quick_plan.model_copy(
        update={"models": {"roll_risk": quick_plan.models["roll_risk"]}, "moments": Moments(every_days=7, back_days=60)}
    )
    earlier = learn(small, as_of - timedelta(days=7), plan=plan)
    again = learn(small, as_of, plan=plan)
    assert set(again.moments) - set(earlier.moments)
    assert again.profiles["moments_computed"] == len(set(again.moments) - set(earlier.moments))
    assert again.profiles["reused"] > again.profiles["computed"] > 0


def test_another_training_in_the_same_home_is_refused(home, quick_plan, as_of):
    with checkpoints.alone(home.learning), pytest.raises(UnavailableError, match="another training is at work"):
        learn(home, as_of, plan=quick_plan)


def _asked(home):
    customers = pl.read_parquet(home.tables / "customers")["customer_id"].to_list()[:20]
    moments = [pl.datetime(2026, month, 1, 8, time_zone="UTC") for month in (3, 4, 5)]
    frame = pl.concat([pl.select(pl.Series("customer_id", customers), event_timestamp=moment) for moment in moments])
    return frame.to_arrow()


def _profiles(home):
    return Profiles(home, home.learning / "profiles", "one", fingerprint.of(home))


def test_kept_profiles_are_those_that_would_be_computed(home):
    from features import pairs

    first, second = _profiles(home), _profiles(home)
    asked = _asked(home)
    assert first.at(asked).equals(pairs.at(home, asked))
    assert (first.computed, first.reused) == (60, 0)
    assert second.at(asked).equals(pairs.at(home, asked))
    assert (second.computed, second.reused) == (0, 60)


def _late_payment(home, known_at):
    rows = pl.read_parquet(home.tables / "payments")
    late = rows.head(1).with_columns(
        pl.lit("late").alias(rows.columns[0]),
        happened_at=pl.lit(known_at).cast(rows["happened_at"].dtype),
        known_at=pl.lit(known_at).cast(rows["known_at"].dtype),
    )
    late.write_parquet(home.tables / "payments" / "late.parquet")


def test_a_row_that_arrives_late_changes_what_was_known_from_its_day_on(home):
    asked = _asked(home)
    _profiles(home).at(asked)
    _late_payment(home, date(2026, 4, 15))
    after = _profiles(home)
    after.at(asked)
    assert (after.reused, after.computed, after.moments_computed) == (40, 20, 1)


def test_a_state_entered_later_changes_nothing_before_it(home):
    folder = home.tables / "contacts"
    rows = pl.read_parquet(folder)
    before = fingerprint.of(home)
    unread = rows.with_row_index().filter(
        pl.col("read_at").is_null() & (pl.col("known_at").dt.date() < date(2026, 3, 1))
    )
    place = int(unread["index"][0])
    entered = pl.lit(datetime(2026, 5, 10, 12, tzinfo=UTC)).cast(rows["read_at"].dtype)
    changed = rows.with_row_index().with_columns(
        read_at=pl.when(pl.col("index") == place).then(entered).otherwise(pl.col("read_at"))
    )
    shutil.rmtree(folder)
    folder.mkdir()
    changed.drop("index").write_parquet(folder / "0.parquet")
    after = fingerprint.of(home)
    moments = pl.Series([date(2026, 5, 9), date(2026, 5, 10)]).to_numpy().astype("datetime64[us]")
    same = [one == other for one, other in zip(before.up_to(moments), after.up_to(moments), strict=True)]
    assert same == [True, False]


def test_what_is_laid_out_by_halves_is_not_finished(tmp_path):
    run = checkpoints.Run(tmp_path, "abc")

    def die(folder):
        (folder / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.keep("stage", "key", die)
    assert not run.done("stage", "key")
    made = run.keep("stage", "key", lambda folder: (folder / "whole").touch())
    assert [file.name for file in made.iterdir()] == ["whole"]
    assert run.keep("stage", "key", die) == made


def test_only_the_last_trainings_are_kept(tmp_path):
    for number in range(4):
        run = checkpoints.Run(tmp_path, f"{number:x}")
        os.utime(run.folder / "used", (number, number))
    run.forget_older()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2", "3"]
