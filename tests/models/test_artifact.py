from dataclasses import replace

import numpy as np
import pytest

from models import calibrate
from models.artifact import Artifact
from regua.columns import take
from regua.errors import BundleError, DataError
from regua.records import digest


def _write(artifact, folder):
    for name, content in artifact.files().items():
        (folder / name).write_bytes(content)
    return {name: digest(content) for name, content in artifact.files().items()}


def test_scores_are_probabilities(artifact, profile):
    scores = artifact.predict(profile)
    assert scores.shape == (600,)
    assert np.all((scores > 0) & (scores < 1))


def test_an_artifact_comes_back_from_disk_bit_for_bit(artifact, profile, tmp_path):
    loaded = Artifact.load(tmp_path, "roll_risk", _write(artifact, tmp_path))
    assert loaded.predict(profile).tolist() == artifact.predict(profile).tolist()
    assert loaded.files() == artifact.files()


def test_a_row_scores_the_same_alone_as_in_a_batch_and_on_any_number_of_threads(artifact, profile):
    batch = artifact.predict(profile, threads=2)
    alone = [artifact.predict(take(profile, slice(row, row + 1)))[0] for row in range(20)]
    assert batch[:20].tolist() == alone


def test_contributions_sum_to_the_score(artifact, profile):
    raw = artifact.raw(artifact.encoder.encode(profile))
    assert np.allclose(artifact.contributions(profile).sum(axis=1), raw, atol=1e-9)


def test_nobody_gives_no_scores(artifact, prior, profile):
    nobody = take(profile, slice(0, 0))
    assert artifact.predict(nobody).shape == (0,)
    assert artifact.contributions(nobody).shape == (0, len(artifact.features) + 1)
    assert prior.predict(nobody).shape == (0,)


def test_a_customer_of_whom_nothing_is_known_still_has_a_score(artifact):
    score = artifact.predict({"customer_id": np.array(["ana"], object)})
    assert 0 < score[0] < 1


def test_a_prior_says_that_it_is_one(artifact, prior, profile):
    assert set(prior.predict(profile)) == {0.16}
    assert prior.source_code == "prior_channel_response_letter"
    assert artifact.source_code is None
    assert np.allclose(prior.contributions(profile), np.log(0.16 / 0.84))


def test_an_infinity_is_refused_with_the_name_of_its_column(artifact, profile):
    with pytest.raises(DataError, match="balance_overdue_cents is inf"):
        artifact.predict({**profile, "balance_overdue_cents": np.full(600, np.inf)})


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b.replace(b"0.1", b"0.2", 1), lambda _: b""])
def test_no_damaged_byte_reaches_the_loader(artifact, tmp_path, damage):
    expected = _write(artifact, tmp_path)
    booster = tmp_path / "roll_risk.lgb"
    booster.write_bytes(damage(booster.read_bytes()))
    with pytest.raises(BundleError, match="not as signed"):
        Artifact.load(tmp_path, "roll_risk", expected)


def test_a_missing_file_is_named(artifact, tmp_path):
    expected = _write(artifact, tmp_path)
    (tmp_path / "roll_risk.json").unlink()
    with pytest.raises(BundleError, match=r"roll_risk\.json is missing"):
        Artifact.load(tmp_path, "roll_risk", expected)


def test_a_booster_that_scores_otherwise_than_in_training_is_refused(artifact):
    body = {**artifact.body, "golden": {**artifact.body["golden"], "raw": [0.0, 0.0, 0.0]}}
    other = Artifact("roll_risk", body, artifact.encoder, artifact.calibration, None, artifact.booster_text)
    with pytest.raises(BundleError, match="golden"):
        Artifact.from_files("roll_risk", other.files())


def test_a_booster_whose_calibration_was_changed_is_refused(artifact):
    moved = calibrate.shifted(artifact.calibration, 0.1)
    other = replace(artifact, calibration=moved, body={**artifact.body, "calibration": moved.to_json()})
    with pytest.raises(BundleError, match="golden"):
        Artifact.from_files("roll_risk", other.files())
    assert Artifact.from_files("roll_risk", other.answering().files())


def test_an_artifact_under_another_name_is_refused(artifact):
    content = artifact.files()["roll_risk.json"]
    with pytest.raises(BundleError, match="'roll_risk' of format 2"):
        Artifact.from_files("self_cure", {"self_cure.json": content})


def test_a_booster_without_its_text_is_refused(artifact):
    with pytest.raises(BundleError, match=r"no roll_risk\.lgb"):
        Artifact.from_files("roll_risk", {"roll_risk.json": artifact.files()["roll_risk.json"]})
