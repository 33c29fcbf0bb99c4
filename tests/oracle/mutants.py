"""Damage a release in every way that was thought of: by accident, by a stranger, and by its own signer."""

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from features import catalog
from models import SPECS, bundle
from models.encode import Encoder
from models.packing import pack
from models.signature import SIGNATURE, sign
from regua.dice import draw, identity
from regua.records import canonical, digest
from regua.settings import Settings
from training.examples import Examples
from training.releasing.bundle import write
from training.releasing.keys import signing_key
from training.teaching import fit
from training.teaching.tune import untuned

Way = Callable[[Path, np.random.Generator], None]
AS_OF = datetime(2026, 6, 30, 9, tzinfo=UTC)


def small_release(settings: Settings, rows: int = 600, trees: int = 12) -> str:
    """Seal a release of two boosters and a prior through the product's own path."""
    artifacts = []
    for name in ("roll_risk", "self_cure"):
        spec = SPECS[name]
        train = examples(spec.features, rows, name)
        encoder = Encoder.learn(spec.features, train.columns)
        params = untuned(seed=7, threads=1, trees=trees).params
        artifacts.append(fit.booster(spec, "", encoder, train, train.take(slice(0, 0)), params))
    spec = SPECS["channel_response"]
    nobody = examples(spec.features, 30, "letter").take(slice(0, 0))
    artifacts.append(fit.prior(spec, "letter", nobody, "0 rows"))
    return write(settings, artifacts, trained_as_of=AS_OF, catalog_digest=catalog.catalog_digest(), metrics={})


def examples(features: tuple[str, ...], rows: int, key: str) -> Examples:
    """Make cases whose answers some of the facts tell."""
    who = identity([f"{key} {number}" for number in range(rows)])
    texts = {one.name for one in catalog.FEATURES if one.kind == "text"}
    columns = {
        name: np.full(rows, "card", object) if name in texts else np.floor(draw(who, name, 0) * 60) for name in features
    }
    chance = 1 / (1 + np.exp((30 - columns["days_past_due"]) / 12))
    label = (draw(who, "label", 0) < chance).astype(np.float64)
    customer = np.array([f"{key} {number}" for number in range(rows)], object)
    moment = np.datetime64("2026-01-01", "us") + np.arange(rows) * np.timedelta64(1, "h")
    return Examples(columns, label, np.ones(rows), moment, customer)


def mutant(settings: Settings, release: str, number: int) -> str:
    """Damage the release where it lies, in a way the number decides; return the name of the way.

    Whoever does this has no trusted key. The release keeps its folder, so that it is the one a champion's mark names.
    """
    dice = np.random.default_rng(number)
    folder = settings.releases / release
    way = tuple(_WAYS)[number % len(_WAYS)]
    before = _content(folder)
    while _content(folder) == before:  # a flip back, a swap of two equal digits
        _WAYS[way](folder, dice)
    return way


def signed_mutant(settings: Settings, release: str, number: int) -> tuple[str, str]:
    """Damage a booster or its JSON, and sign the result with the trusted key; return the new release and the way."""
    dice = np.random.default_rng(number)
    folder = settings.releases / release
    ways = {**_BOOSTER_WAYS, **_BODY_WAYS}
    way = tuple(ways)[number % len(ways)]
    draft = settings.releases / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(folder, draft)
    victim = sorted(draft.glob("*.lgb"))[int(dice.integers(2))].with_suffix(".json" if way in _BODY_WAYS else ".lgb")
    before = victim.read_bytes()
    while victim.read_bytes() == before:
        ways[way](victim, dice)
    name = _seal(draft, signing_key(settings.keys))
    shutil.rmtree(settings.releases / name, ignore_errors=True)
    draft.rename(settings.releases / name)
    return name, way


def swollen(settings: Settings, release: str, megabytes: int) -> str:
    """Give a booster golden rows that unpack to many megabytes, sign the result with the trusted key, and name it."""
    draft = settings.releases / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(settings.releases / release, draft)
    victim = draft / "roll_risk.json"
    body = json.loads(victim.read_bytes())
    shape = [megabytes * 1_024 * 128 // len(body["features"]), len(body["features"])]
    body["golden"]["rows"] = pack(np.zeros(shape))
    victim.write_bytes(canonical(body))
    name = _seal(draft, signing_key(settings.keys))
    draft.rename(settings.releases / name)
    return name


def _content(folder: Path) -> list[tuple[str, bytes]]:
    return [(file.name, file.read_bytes()) for file in sorted(folder.iterdir())]


def _any_file(folder: Path, dice: np.random.Generator) -> Path:
    files = sorted(folder.iterdir())
    return files[int(dice.integers(len(files)))]


def _flip(path: Path, dice: np.random.Generator) -> None:
    content = bytearray(path.read_bytes())
    content[int(dice.integers(len(content)))] ^= 1 << int(dice.integers(8))
    path.write_bytes(bytes(content))


def _cut(path: Path, dice: np.random.Generator) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(dice.integers(len(content)))])


def _swap_digits(path: Path, dice: np.random.Generator) -> None:
    content = bytearray(path.read_bytes())
    digits = [place for place, octet in enumerate(content) if 48 <= octet < 58]
    one, other = (digits[int(dice.integers(len(digits)))] for _ in range(2))
    content[one], content[other] = content[other], content[one]
    path.write_bytes(bytes(content))


def _numbers_of(path: Path, dice: np.random.Generator, line: str, least: int, most: int) -> None:
    """Put another number into a line of LightGBM's text."""
    text = path.read_text()
    lines = [found for found in re.finditer(rf"^{line}=(.*)$", text, re.M) if found[1].strip()]
    if not lines:
        _flip(path, dice)
        return
    found = lines[int(dice.integers(len(lines)))]
    numbers = found[1].split(" ")
    numbers[int(dice.integers(len(numbers)))] = str(int(dice.integers(least, most)))
    path.write_text(text[: found.start(1)] + " ".join(numbers) + text[found.end(1) :])


def _indices(path: Path, dice: np.random.Generator) -> None:
    line = ("split_feature", "left_child", "right_child")[int(dice.integers(3))]
    _numbers_of(path, dice, line, -9, 9_999)


def _tree_sizes(path: Path, dice: np.random.Generator) -> None:
    _numbers_of(path, dice, "tree_sizes", 0, 100_000)


def _leaves(path: Path, dice: np.random.Generator) -> None:
    _numbers_of(path, dice, "num_leaves", -5, 100_000_000)


def _fewer_features(path: Path, dice: np.random.Generator) -> None:
    body = json.loads(path.read_bytes())
    del body["features"][int(dice.integers(len(body["features"])))]
    path.write_bytes(canonical(body) + b"\n")


def _booster_of(folder: Path, dice: np.random.Generator) -> Path:
    return sorted(folder.glob("*.lgb"))[int(dice.integers(2))]


def _swap_files(folder: Path, _: np.random.Generator) -> None:
    one, other = sorted(folder.glob("*.lgb"))[:2]
    left, right = one.read_bytes(), other.read_bytes()
    one.write_bytes(right)
    other.write_bytes(left)


def _edit_manifest(folder: Path, dice: np.random.Generator) -> None:
    path = folder / bundle.MANIFEST
    body = json.loads(path.read_bytes())
    body["gates"] = [{"gate": f"passed all {int(dice.integers(1_000))}"}]
    path.write_bytes(canonical(body | {"release_id": bundle.release_id(body)}) + b"\n")


def _hash_again(folder: Path, dice: np.random.Generator) -> None:
    """Damage a booster and write a manifest that agrees with it; only the signature is the old one."""
    _flip(_booster_of(folder, dice), dice)
    kept = (folder / SIGNATURE).read_bytes()
    _seal(folder, Ed25519PrivateKey.generate())
    (folder / SIGNATURE).write_bytes(kept)


def _sign_as_a_stranger(folder: Path, dice: np.random.Generator) -> None:
    _flip(_booster_of(folder, dice), dice)
    _seal(folder, Ed25519PrivateKey.generate())


def _claim_the_trusted_key(folder: Path, dice: np.random.Generator) -> None:
    """Sign as a stranger under the name of the trusted key."""
    name = json.loads((folder / SIGNATURE).read_bytes())["key"]
    _sign_as_a_stranger(folder, dice)
    body = json.loads((folder / SIGNATURE).read_bytes())
    (folder / SIGNATURE).write_bytes(canonical(body | {"key": name}) + b"\n")


def _unsign(folder: Path, _: np.random.Generator) -> None:
    (folder / SIGNATURE).unlink()


def _remove(folder: Path, dice: np.random.Generator) -> None:
    _any_file(folder, dice).unlink()


def _seal(folder: Path, key: Ed25519PrivateKey) -> str:
    """Write the manifest anew for the files as they are, and sign it."""
    path = folder / bundle.MANIFEST
    body = json.loads(path.read_bytes())
    body["models"] = {
        name: {file: digest((folder / file).read_bytes()) for file in files} for name, files in body["models"].items()
    }
    body["release_id"] = bundle.release_id(body)
    sealed = canonical(body) + b"\n"
    path.write_bytes(sealed)
    (folder / SIGNATURE).write_bytes(sign(sealed, key))
    return str(body["release_id"])


_BOOSTER_WAYS = {
    "bit flip": _flip,
    "cut short": _cut,
    "digits swapped": _swap_digits,
    "index changed": _indices,
    "tree_sizes changed": _tree_sizes,
    "leaves changed": _leaves,
}

_BODY_WAYS = {
    "feature left out": _fewer_features,
}


def _of_any_file(way: Way) -> Way:
    return lambda folder, dice: way(_any_file(folder, dice), dice)


def _of_a_booster(way: Way) -> Way:
    return lambda folder, dice: way(_booster_of(folder, dice), dice)


_WAYS: dict[str, Way] = {
    "bit flip": _of_any_file(_flip),
    "cut short": _of_any_file(_cut),
    "digits swapped": _of_any_file(_swap_digits),
    "index changed": _of_a_booster(_indices),
    "tree_sizes changed": _of_a_booster(_tree_sizes),
    "leaves changed": _of_a_booster(_leaves),
    "files swapped": _swap_files,
    "manifest edited": _edit_manifest,
    "hashed again": _hash_again,
    "signed by a stranger": _sign_as_a_stranger,
    "signed in another's name": _claim_the_trusted_key,
    "not signed": _unsign,
    "file missing": _remove,
}
MUTANT_WAYS = tuple(_WAYS)
"""The ways of :func:`mutant`, in the order its numbers take them."""
