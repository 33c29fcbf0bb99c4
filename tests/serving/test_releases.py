"""A new champion: checked beside the requests, tried in a process of its own, refused with words when it is bad."""

import shutil
from datetime import UTC, datetime

import pytest

from models import booster_text, bundle
from models.signature import SIGNATURE
from regua.errors import BundleError
from regua.settings import Settings
from serving.scoring import releases as at_work
from serving.scoring import trying
from serving.scoring.proven import FOLDER
from serving.scoring.releases import Releases, scorer_of
from tests.oracle.mutants import MUTANT_WAYS, mutant, signed_mutant, small_release, swollen
from training.releasing.promotion import promote

AT = datetime(2026, 7, 1, tzinfo=UTC)
TWO = {"by": "ana", "approved_by": "bia", "reason": "a test", "at": AT}
MUTANTS = 104


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """A home with two releases, the first one promoted."""
    home = Settings(home=tmp_path_factory.mktemp("sealed"), threads=1)
    first, second = small_release(home), small_release(home, trees=5)
    promote(home, first, **TWO)
    scorer_of(home, first)
    return home, first, second


@pytest.fixture
def home(sealed, tmp_path):
    """The home again, to be damaged."""
    shutil.copytree(sealed[0].home, tmp_path, dirs_exist_ok=True)
    return Settings(home=tmp_path, threads=1)


@pytest.fixture
def first(sealed):
    return sealed[1]


@pytest.fixture
def second(sealed):
    return sealed[2]


def test_a_new_champion_is_tried_in_a_process_of_its_own_and_then_taken_up(home, first, second):
    releases = Releases(home)
    promote(home, second, **TWO)
    assert releases.current().release_id == first
    assert releases.settle().release_id == second
    assert releases.problem is None


def test_requests_are_answered_by_the_last_good_one_while_the_next_is_tried(home, first, second, monkeypatch):
    import threading

    asked, go_on = threading.Event(), threading.Event()
    attempt = trying.attempt

    def slowly(*given, **named):
        asked.set()
        assert go_on.wait(60)
        return attempt(*given, **named)

    monkeypatch.setattr(trying, "attempt", slowly)
    releases = Releases(home)
    promote(home, second, **TWO)
    assert releases.current().release_id == first
    assert asked.wait(60)
    assert releases.is_taking_up
    assert {releases.current().release_id for _ in range(100)} == {first}
    go_on.set()
    assert releases.settle().release_id == second


def test_no_mutant_made_without_the_key_is_served(home, first, tmp_path_factory):
    whole = tmp_path_factory.mktemp("whole") / first
    shutil.copytree(home.releases / first, whole)
    for number in range(MUTANTS):
        shutil.rmtree(home.releases / first)
        shutil.copytree(whole, home.releases / first)
        way = mutant(home, first, number)
        with pytest.raises(BundleError) as caught:
            scorer_of(home, first)
        assert caught.value.expected, way


@pytest.mark.parametrize(
    ("way", "message"),
    [
        ("cut short", r"not as signed|cannot be read|is not of its manifest|not as it was written"),
        ("signed by a stranger", "a stranger here"),
        ("signed in another's name", "the signature of release .* is not of its manifest"),
    ],
)
def test_a_bundle_cut_short_or_signed_by_a_stranger_is_refused_with_words(home, first, way, message):
    number = next(number for number in range(MUTANTS) if MUTANT_WAYS[number % len(MUTANT_WAYS)] == way)
    assert mutant(home, first, number) == way
    with pytest.raises(BundleError, match=message):
        scorer_of(home, first)


@pytest.mark.parametrize("number", [1, 2, 6])
def test_a_bad_file_that_was_signed_all_the_same_harms_a_child_and_nobody_else(home, first, number):
    releases = Releases(home)
    bad, way = signed_mutant(home, first, number)
    bundle.mark(home.releases, bundle.CHAMPION, bad)
    assert releases.settle().release_id == first, way
    told = releases.problem.found
    assert bad in told or "golden rows" in told or "is not whole" in told
    with pytest.raises(BundleError) as caught:
        Releases(home)
    assert caught.value.remedy


def test_a_child_that_takes_too_long_is_a_refusal(home, first):
    with pytest.raises(BundleError, match=r"not loaded within 0\.01 seconds"):
        trying.attempt(home.releases / first, home.trusted_keys, "c" * 64, trying.Limits(seconds=0.01))


def test_a_release_that_takes_too_much_memory_is_refused_and_the_service_lives_on(home, first):
    small = home.model_copy(update={"trial_memory_mb": 96})
    releases = Releases(small)
    greedy = swollen(home, first, megabytes=60)
    bundle.mark(home.releases, bundle.CHAMPION, greedy)
    assert releases.settle().release_id == first
    assert releases.problem.found == f"{greedy} needs too much memory"
    assert releases.problem.expected == "96 MB at most"
    assert releases.current().release_id == first


def test_a_release_may_take_as_much_of_the_processor_as_the_settings_say(home, first, monkeypatch):
    seen = []

    def attempt(folder, trusted, catalog_digest, limits):
        seen.append(limits)
        raise BundleError("enough was seen")

    monkeypatch.setattr(at_work.trying, "attempt", attempt)
    shutil.rmtree(home.releases / ".proven")
    patient = home.model_copy(update={"trial_cpu_seconds": 77, "trial_seconds": 300.0, "trial_memory_mb": 2_048})
    with pytest.raises(BundleError, match="enough"):
        Releases(patient)
    assert seen == [trying.Limits(77, 300.0, 2_048)]


@pytest.mark.parametrize("respelled", [str.upper, str.rstrip, lambda text: text + " "])
def test_a_signature_has_one_spelling(home, first, respelled):
    path = home.releases / first / SIGNATURE
    text = path.read_text()
    head, signature = text.split('"signature":')
    path.write_text(f'{head}"signature":{respelled(signature)}')
    with pytest.raises(BundleError, match="not as it was written"):
        Releases(home)


@pytest.mark.parametrize("file", ["lacking", "empty", "a list", "another algorithm"])
def test_a_signature_that_is_none_is_refused_with_words(home, first, file):
    path = home.releases / first / SIGNATURE
    content = {"empty": b"", "a list": b"[]", "another algorithm": path.read_bytes().replace(b"ed25519", b"rsa")}
    path.unlink() if file == "lacking" else path.write_bytes(content[file])
    with pytest.raises(BundleError, match=r"not signed|cannot be read|is of 'rsa'"):
        Releases(home)


def test_a_signer_who_is_no_longer_trusted_is_a_stranger(home):
    for key in home.trusted_keys.iterdir():
        key.unlink()
    with pytest.raises(BundleError, match="a stranger here"):
        Releases(home)


def test_a_release_in_the_folder_of_another_is_refused(home, first, second):
    shutil.rmtree(home.releases / first)
    shutil.copytree(home.releases / second, home.releases / first)
    with pytest.raises(BundleError, match=f"the folder of release {first} holds {second}"):
        Releases(home)


def test_what_survived_its_trial_is_not_tried_again(home, first, monkeypatch):
    def never(*_, **__):
        raise AssertionError("tried again")

    monkeypatch.setattr(at_work.trying, "attempt", never)
    monkeypatch.setattr(booster_text, "check", never)
    assert Releases(home).current().release_id == first


@pytest.mark.parametrize("forged", ["empty", "another home's", "of another release"])
def test_only_what_this_home_wrote_says_that_a_release_was_tried(home, first, second, monkeypatch, forged):
    def attempt(*_):
        raise BundleError("it is tried")

    (kept,) = (home.releases / FOLDER).iterdir()
    if forged == "empty":
        kept.write_bytes(b"")
    elif forged == "another home's":
        (home.keys / "subjects.key").unlink()
    else:
        scorer_of(home, second)
        (other,) = set(kept.parent.iterdir()) - {kept}
        kept.write_bytes(other.read_bytes())
    monkeypatch.setattr(at_work.trying, "attempt", attempt)
    with pytest.raises(BundleError, match="it is tried"):
        scorer_of(home, first)


def test_a_service_that_must_answer_starts_on_priors_where_its_champion_cannot_be_used_and_takes_up_the_next(
    home, first
):
    bundle.mark(home.releases, bundle.CHAMPION, "0" * len(first))
    with pytest.raises(BundleError):
        Releases(home)
    releases = Releases(home, goes_on=True)
    assert (releases.current().release_id, releases.current().stands_in) == ("none", True)
    assert releases.problem is not None
    bundle.mark(home.releases, bundle.CHAMPION, first)
    assert releases.settle().release_id == first
    assert (releases.current().stands_in, releases.problem) == (False, None)


def test_a_champion_whose_files_come_back_is_taken_up_by_itself(home, first):
    (home.releases / first).rename(home.releases / "away")
    releases = Releases(home, goes_on=True)
    (home.releases / "away").rename(home.releases / first)
    assert releases.current().stands_in, "not before its time"
    assert not releases.is_taking_up
    releases._again = 0.0
    assert releases.settle().release_id == first
    assert releases.problem is None
