"""Two people, a reason, a signature and passed gates stand between a challenger and work."""

import json
import shutil
import stat
from datetime import UTC, datetime, timedelta

import pytest

from models import bundle, history
from models.signature import SIGNATURE, key_id, trusted_keys, verify
from regua.errors import BundleError, RequestError, SettingsError
from regua.settings import Settings
from tests.oracle.mutants import small_release
from training.releasing.bundle import write
from training.releasing.keys import PRIVATE, signing_key
from training.releasing.promotion import promote, rollback

AT = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
TWO = {"by": "Ana", "approved_by": "Bia", "reason": "better in every bucket", "at": AT}


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """A home with three releases."""
    home = Settings(home=tmp_path_factory.mktemp("sealed"), threads=1)
    return home, [small_release(home, rows=320, trees=trees) for trees in (1, 2, 3)]


@pytest.fixture
def releases(settings, sealed):
    """Three releases, none promoted."""
    shutil.copytree(sealed[0].home, settings.home)
    return list(sealed[1])


def test_a_promotion_is_on_record_with_who_why_and_when(settings, releases):
    promote(settings, releases[0], **TWO)
    promote(settings, "challenger", **{**TWO, "at": AT + timedelta(days=1)})
    told = [change.to_json() for change in history.read(settings.releases)]
    assert told[0] == {
        "action": "promote",
        "at": "2026-07-01T09:30:00+00:00",
        "by": "Ana",
        "approved_by": "Bia",
        "reason": "better in every bucket",
        "from": None,
        "to": releases[0],
    }
    assert (told[1]["from"], told[1]["to"]) == (releases[0], releases[2])
    assert bundle.champion(settings.releases).name == releases[2]
    with pytest.raises(BundleError, match="no challenger"):
        bundle.challenger(settings.releases)


@pytest.mark.parametrize("other", ["Ana", " ana ", "ANA", "A\u200bna", "\uff21na", "ana\t"])
def test_whoever_asks_cannot_approve(settings, releases, other):
    with pytest.raises(RequestError, match="asks and"):
        promote(settings, releases[0], **{**TWO, "approved_by": other})
    assert not (settings.releases / bundle.CHAMPION).exists()


@pytest.mark.parametrize("lacking", ["by", "approved_by", "reason"])
@pytest.mark.parametrize("value", ["", "  ", "\u200b"])
def test_nobody_and_no_reason_are_refused(settings, releases, lacking, value):
    with pytest.raises(RequestError, match=r"nobody is named|no reason"):
        promote(settings, releases[0], **{**TWO, lacking: value})


def test_rolling_back_goes_further_back_each_time_and_ends_with_words(settings, releases):
    for name in releases:
        promote(settings, name, **TWO)
    for name in reversed(releases[:-1]):
        assert rollback(settings, **TWO).taken == name
        assert bundle.champion(settings.releases).name == name
    with pytest.raises(BundleError, match="no champion worked before"):
        rollback(settings, **TWO)
    promote(settings, releases[2], **TWO)
    assert rollback(settings, **TWO).taken == releases[0]
    assert len(history.read(settings.releases)) == 7


def test_a_rollback_to_a_damaged_release_leaves_the_champion(settings, releases):
    for name in releases[:2]:
        promote(settings, name, **TWO)
    (settings.releases / releases[0] / "roll_risk.lgb").write_bytes(b"tree")
    with pytest.raises(BundleError, match="not as signed"):
        rollback(settings, **TWO)
    assert bundle.champion(settings.releases).name == releases[1]


def _gated(settings, releases, **changes):
    gate = {
        "model": "roll_risk",
        "gate": "calibration",
        "passed": False,
        "found": 0.09,
        "allowed": 0.05,
        "severity": "refuses",
        "words": {"en": "Says 0.09 too much.", "pt-BR": "Diz 0,09 a mais."},
    }
    held = bundle.load(settings.releases / releases[0])
    told = {"trained_as_of": AT, "catalog_digest": held.manifest["catalog_digest"], "metrics": {}}
    return write(settings, list(held.models.values()), gates=[gate | changes], **told)


def test_a_failed_gate_refuses_and_says_what_and_how_much(settings, releases):
    with pytest.raises(
        BundleError, match=r"roll_risk, calibration: Says 0\.09 too much\. \(found 0\.09, allowed 0\.05\)"
    ):
        promote(settings, _gated(settings, releases), **TWO)
    assert not (settings.releases / bundle.CHAMPION).exists()


@pytest.mark.parametrize(
    "changes", [{"passed": True}, {"severity": "warns"}, {"severity": "stands_in"}, {"stood_in": True}]
)
def test_a_gate_that_does_not_refuse_lets_the_release_pass(settings, releases, changes):
    assert promote(settings, _gated(settings, releases, **changes), **TWO).taken


def _carded(settings, releases, *names):
    held = bundle.load(settings.releases / releases[0])
    told = {"trained_as_of": AT, "catalog_digest": held.manifest["catalog_digest"], "metrics": {}}
    return write(settings, list(held.models.values()), cards=names, **told)


def test_a_model_without_a_card_keeps_the_release_from_work_and_is_named(settings, releases):
    with pytest.raises(BundleError, match=r"roll_risk has no card: roll_risk\.json is missing"):
        promote(settings, _carded(settings, releases, "roll_risk"), **TWO)
    assert not (settings.releases / bundle.CHAMPION).exists()
    assert not history.read(settings.releases)


def test_an_empty_card_keeps_the_release_from_work_and_says_what_it_lacks(settings, releases):
    release = _carded(settings, releases, "roll_risk")
    folder = settings.cards / release
    folder.mkdir(parents=True)
    (folder / "roll_risk.json").write_text("{}")
    for language in ("pt-BR", "en"):
        (folder / f"roll_risk.{language}.html").write_text("</html>")
        (folder / f"roll_risk.{language}.md").write_text("nothing")
    with pytest.raises(BundleError, match=r"gaps in its cards: the card of roll_risk leaves spec\.target empty"):
        promote(settings, release, **TWO)
    assert not (settings.releases / bundle.CHAMPION).exists()


def test_history_is_only_added_to_and_a_damaged_line_is_told(settings, releases):
    promote(settings, releases[0], **TWO)
    path = settings.releases / history.HISTORY
    before = path.read_bytes()
    promote(settings, releases[1], **TWO)
    assert path.read_bytes().startswith(before)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BundleError) as caught:
        rollback(settings, **TWO)
    assert caught.value.place.line == 2


def test_the_key_is_its_owners_alone(settings, releases):
    key = settings.keys / PRIVATE
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.chmod(0o640)
    with pytest.raises(SettingsError, match="read by others"):
        signing_key(settings.keys)


def test_a_key_that_is_none_is_refused(settings, releases):
    edges = [f"-----{word} PRIVATE KEY-----" for word in ("BEGIN", "END")]
    (settings.keys / PRIVATE).write_text("\nnone\n".join(edges) + "\n")
    with pytest.raises(SettingsError, match="cannot be read"):
        signing_key(settings.keys)
    next(settings.trusted_keys.iterdir()).write_bytes(b"none")
    with pytest.raises(BundleError, match="cannot be read"):
        trusted_keys(settings.trusted_keys)


def test_a_signature_names_its_key_and_is_of_its_manifest_alone(settings, releases):
    folder = settings.releases / releases[0]
    content = (folder / bundle.MANIFEST).read_bytes()
    mine = signing_key(settings.keys).public_key()
    assert verify(folder, content, settings.trusted_keys) == key_id(mine)
    assert json.loads((folder / SIGNATURE).read_bytes())["algorithm"] == "ed25519"
    with pytest.raises(BundleError, match="not of its manifest"):
        verify(folder, content + b" ", settings.trusted_keys)


def test_what_a_distrusted_key_signs_is_not_even_written(settings, releases):
    for key in settings.trusted_keys.iterdir():
        key.unlink()
    with pytest.raises(BundleError, match="a stranger here"):
        small_release(settings, rows=320, trees=4)
    assert not list(settings.trusted_keys.iterdir())


def test_the_mark_is_moved_into_its_place(settings, releases):
    promote(settings, releases[0], **TWO)
    before = (settings.releases / bundle.CHAMPION).stat().st_ino
    promote(settings, releases[1], **TWO)
    assert (settings.releases / bundle.CHAMPION).stat().st_ino != before
