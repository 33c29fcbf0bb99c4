from datetime import UTC, datetime
from hashlib import sha256

import orjson
import pytest

from features import catalog
from models import SPECS, bundle
from models.encode import Encoder
from regua.errors import BundleError
from training.releasing.bundle import write
from training.releasing.promotion import promote
from training.teaching import fit
from training.teaching.tune import untuned

AS_OF = datetime(2026, 6, 30, 9, tzinfo=UTC)
CATALOGUE = catalog.catalog_digest()
TWO = {"by": "ana", "approved_by": "bia", "reason": "a test", "at": AS_OF}


@pytest.fixture(scope="module")
def artifacts(cases):
    spec, train = SPECS["roll_risk"], cases(rows=600)
    encoder = Encoder.learn(spec.features, train.columns)
    params = untuned(seed=7, threads=1, trees=10).params
    nobody = train.take(slice(0, 0))
    letter = fit.prior(SPECS["channel_response"], "letter", nobody, "0 rows")
    return [fit.booster(spec, "", encoder, train, nobody, params), letter]


@pytest.fixture
def release(settings, artifacts):
    name = write(settings, artifacts, trained_as_of=AS_OF, catalog_digest=CATALOGUE, metrics={})
    return settings.releases / name


def test_a_release_comes_back_whole(release, cases):
    held = bundle.load(release)
    assert held.release_id == release.name
    assert held.manifest["trained_as_of"] == "2026-06-30T09:00:00+00:00"
    scores = held.predict(cases(rows=30).columns)
    assert set(scores) == {"roll_risk", "channel_response_letter"}
    assert scores["roll_risk"].tolist() == held.models["roll_risk"].predict(cases(rows=30).columns).tolist()


def test_the_same_artifacts_make_the_same_release(release, settings, artifacts):
    before = {file.name: sha256(file.read_bytes()).hexdigest() for file in release.iterdir()}
    again = write(settings, artifacts, trained_as_of=AS_OF, catalog_digest=CATALOGUE, metrics={})
    assert again == release.name
    assert {file.name: sha256(file.read_bytes()).hexdigest() for file in release.iterdir()} == before
    assert write(settings, artifacts, trained_as_of=AS_OF, catalog_digest="d" * 64, metrics={}) != again


def test_what_was_written_is_a_challenger(release, settings):
    assert bundle.challenger(settings.releases) == release


def test_promoting_names_the_champion(release, settings):
    with pytest.raises(BundleError, match="no champion"):
        bundle.champion(settings.releases)
    promote(settings, release.name, **TWO)
    assert bundle.champion(settings.releases) == release


def test_a_damaged_release_does_not_become_champion(release, settings):
    promote(settings, release.name, **TWO)
    with pytest.raises(BundleError, match="no release bundle"):
        promote(settings, "0" * 16, **TWO)
    assert bundle.champion(settings.releases) == release


def test_a_champion_outside_the_releases_is_refused(release, settings):
    (settings.releases / "champion").write_text("../../etc")
    with pytest.raises(BundleError, match="16 hex"):
        bundle.champion(settings.releases)


@pytest.mark.parametrize("file", ["roll_risk.lgb", "roll_risk.json", "channel_response_letter.json"])
def test_a_byte_altered_cut_off_or_missing_is_found(release, file):
    whole = (release / file).read_bytes()
    for damaged in (whole[:-1], whole[:100] + bytes([whole[100] ^ 1]) + whole[101:], b""):
        (release / file).write_bytes(damaged)
        with pytest.raises(BundleError, match="not as signed"):
            bundle.load(release)
    (release / file).unlink()
    with pytest.raises(BundleError, match="missing"):
        bundle.load(release)


def _edit(release, **changes):
    path = release / bundle.MANIFEST
    manifest = orjson.loads(path.read_bytes()) | changes
    path.write_bytes(orjson.dumps(manifest))
    return manifest


def test_an_edited_manifest_betrays_itself(release):
    _edit(release, trained_as_of="2020-01-01T00:00:00+00:00")
    with pytest.raises(BundleError, match="edited"):
        bundle.load(release)


def test_half_a_manifest_is_no_manifest(release):
    path = release / bundle.MANIFEST
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(BundleError, match="cannot be read"):
        bundle.load(release)


@pytest.mark.parametrize("found", [0, 1, None])
def test_a_bundle_of_another_format_is_refused(release, found):
    _edit(release, format=found)
    with pytest.raises(BundleError, match="format"):
        bundle.load(release)


@pytest.mark.parametrize(
    "models",
    [{"../evil": {"../evil.json": "0" * 64}}, {"roll_risk": {"/etc/passwd": "0" * 64}}, {"a/b": {"a/b.json": "0"}}],
)
def test_a_name_that_leaves_the_folder_is_refused(release, models):
    manifest = _edit(release, models=models)
    _edit(release, release_id=bundle.release_id(manifest))
    with pytest.raises(BundleError, match="the manifest names"):
        bundle.load(release)


def test_a_release_for_another_profile_catalogue_is_refused(release):
    bundle.load(release, catalog_digest=CATALOGUE)
    with pytest.raises(BundleError, match="trained on profile catalogue"):
        bundle.load(release, catalog_digest="d" * 64)


def test_there_is_no_bundle_where_there_is_none(tmp_path):
    with pytest.raises(BundleError, match="no release bundle"):
        bundle.load(tmp_path)
