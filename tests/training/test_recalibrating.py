"""A champion whose level is off gets another level and slope, and nothing else; paper, log and signature follow."""

import shutil
import sqlite3
from datetime import timedelta
from hashlib import sha256

import orjson
import pytest

from features import catalog
from journeys import book as strategy
from models import SPECS, bundle, calibrate
from models.encode import Encoder
from regua.dice import draw, identity
from regua.errors import DataError
from regua.settings import Settings
from training.cases import datasets
from training.judging import card
from training.learn import learn
from training.plan import Plan
from training.recalibrating import recalibrate
from training.releasing import bundle as sealing
from training.releasing import promotion, register
from training.teaching import fit
from training.teaching.tune import untuned

TWO = {"by": "ana", "approved_by": "bia", "reason": "a test"}
OFF = "self_cure"


@pytest.fixture(scope="module")
def plan():
    models = {"self_cure": {"observed_days_past_due": (1, 180)}, "roll_risk": {}}
    moments = {"every_days": 15, "back_days": 150}
    return Plan.model_validate({"name": "short", "models": models, "moments": moments, "trees_maximum": 20})


@pytest.fixture(scope="module")
def trained(as_of):
    return as_of - timedelta(days=60)


@pytest.fixture(scope="module")
def home(book, plan, trained, tmp_path_factory):
    """A home whose champion, trained two months ago, says far too much of one model's people."""
    folder = tmp_path_factory.mktemp("off")
    shutil.copytree(book.tables, folder / "tables")
    settings = Settings(home=folder, threads=1, memory_mb=512)
    before = learn(settings, trained, plan=plan, minutes=0.02, by="ana", mlruns=folder / "mlruns").release_id
    held = bundle.load(settings.releases / before)
    cases = datasets.build(settings, plan, trained, seed=7)
    mine = {name: _booster(name, cases[name].examples) for name in (OFF, "roll_risk")}
    mine[OFF] = fit.with_calibration(mine[OFF], calibrate.moved(mine[OFF].calibration, 1.5, 1.0))
    artifacts = [mine.get(name, one) for name, one in held.models.items()]
    told = {key: held.manifest[key] for key in ("catalog_digest", "cards")}
    release = sealing.write(settings, artifacts, trained_as_of=trained, metrics={}, **told)
    shutil.copytree(settings.cards / before, settings.cards / release)
    promotion.promote(settings, release, at=trained, **TWO)
    return settings


def _booster(name, data):
    """Learn without gates, which a book this small may not pass."""
    half = draw(identity(data.customer), "half", 0) < 0.5
    encoder = Encoder.learn(SPECS[name].features, data.columns)
    params = untuned(seed=7, threads=1, trees=15).params
    return fit.booster(SPECS[name], "", encoder, data.take(half), data.take(~half), params)


@pytest.fixture(scope="module")
def renewed(home, plan, as_of):
    return recalibrate(home, as_of, plan=plan, by="eva", mlruns=home.home / "mlruns")


def _of(folder, suffix):
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.glob(f"*{suffix}")}


def test_only_what_is_off_is_renewed_and_every_booster_keeps_its_bytes(home, renewed):
    champion, challenger = bundle.champion(home.releases), bundle.challenger(home.releases)
    assert [one.artifact.name for one in renewed.models] == [OFF]
    assert challenger.name == renewed.release_id != champion.name
    assert _of(challenger, ".lgb") == _of(champion, ".lgb")
    before, after = _of(champion, ".json"), _of(challenger, ".json")
    assert {name for name in before if before[name] != after[name]} == {f"{OFF}.json", "manifest.json"}


def test_the_challenger_is_signed_and_its_figures_come_from_customers_it_had_not_seen(home, renewed):
    held = bundle.load(
        bundle.challenger(home.releases), catalog_digest=catalog.catalog_digest(), trusted=home.trusted_keys
    )
    told = held.models[OFF].body["metrics"]
    assert told["recalibrated"]["level"] < -0.5
    assert told["recalibrated"]["gain"] > 0
    assert told["by_bucket"]["pooled"]["rows"] == told["rows"]["test"] > 100
    assert {gate["gate"] for gate in held.manifest["gates"] if gate["model"] == OFF} >= {"calibration", "agreement"}
    flips = {gate["gate"]: gate for gate in held.manifest["gates"] if gate["model"] == "release"}
    assert set(flips) == {"decisions", f"decisions/{OFF}"}
    assert flips["decisions"]["found"] == flips[f"decisions/{OFF}"]["found"]


def test_its_cards_are_whole_and_say_who_and_of_which_book(home, renewed):
    folder = home.cards / renewed.release_id
    assert card.lint(folder, ["self_cure", "roll_risk"]) == ()
    about = {name: orjson.loads((folder / f"{name}.json").read_bytes())["about"] for name in ("self_cure", "roll_risk")}
    assert (about["self_cure"]["by"], about["roll_risk"]["by"]) == ("eva", "ana")
    assert {one["digests"]["book"] for one in about.values()} == {strategy.load().digest}


def test_what_is_not_off_gains_nothing(home, plan, as_of, renewed):
    with pytest.raises(DataError, match=r"nothing was gained beyond chance|recent cases of roll_risk"):
        recalibrate(home, as_of, models=["roll_risk"], plan=plan)
    with pytest.raises(DataError, match="nothing to recalibrate under rol_risk"):
        recalibrate(home, as_of, models=["rol_risk"], plan=plan)


def test_nothing_matured_is_a_refusal(home, plan, trained, renewed):
    with pytest.raises(DataError, match="no outcome matured"):
        recalibrate(home, trained + timedelta(minutes=1), plan=plan)


def test_the_log_points_at_who_works_after_a_promotion_and_after_a_rollback(home, renewed, as_of, tmp_path):
    shutil.copytree(home.home, tmp_path / "copy")
    home = Settings(home=tmp_path / "copy", threads=1, memory_mb=512)
    mlruns = home.home / "mlruns"

    def champion():
        with sqlite3.connect(f"file:{mlruns}/mlflow.db?mode=ro", uri=True) as log:
            query = "SELECT alias, version FROM registered_model_aliases"
            return dict(log.execute(query).fetchall())

    assert champion() == {"challenger": 2}
    change = promotion.promote(home, "challenger", at=as_of, **TWO)
    assert register.follow(mlruns, change.taken).endswith("shows it as champion")
    assert champion() == {"champion": 2}
    assert "was not moved" in register.follow(tmp_path / "no log", change.taken)
    back = promotion.rollback(home, at=as_of, **TWO)
    assert "knows no release" in register.follow(mlruns, back.taken), "it was sealed by hand"
    assert champion() == {"champion": 2}
