"""Seal trained artifacts as one release that serving can load with nothing but its files, and read it back."""

import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from features import catalog
from models import bundle as bundles
from models.artifact import FORMAT, Artifact
from models.bundle import CHALLENGER, MANIFEST, Bundle, load, mark, release_id
from models.signature import SIGNATURE, sign
from regua.clock import utc
from regua.records import canonical, digest
from regua.settings import Settings
from training.releasing.keys import signing_key


def champion(settings: Settings) -> Bundle:
    """Read the release at work, as serving would.

    Raises
    ------
    BundleError
        There is none, or it is not as signed, or was made for another catalogue.
    """
    return read(settings, bundles.champion(settings.releases))


def read(settings: Settings, folder: Path) -> Bundle:
    """Read a release whole: its digests, its signer, and the catalogue it was made for.

    Raises
    ------
    BundleError
        One of them is not as it should be.
    """
    return bundles.load(folder, catalog_digest=catalog.catalog_digest(), trusted=settings.trusted_keys)


def write(
    settings: Settings,
    artifacts: Sequence[Artifact],
    *,
    trained_as_of: datetime,
    catalog_digest: str,
    metrics: Mapping[str, Any],
    gates: Sequence[Mapping[str, Any]] = (),
    cards: Sequence[str] = (),
) -> str:
    """Write ``home/releases/<release_id>/`` as challenger and return the release's name.

    The name is a digest of the content: the same artifacts, moment and measures give the same release. It is laid
    out beside its place, signed, read back as serving would, and only then moved there whole.

    Parameters
    ----------
    trained_as_of
        The moment up to which history was known; no clock is read.
    catalog_digest
        Digest of the profile catalogue the features were taken from.
    metrics
        Measures out of time, by artifact name.
    gates
        What each gate found; one that ``refuses`` and was not passed keeps the release from promotion.
    cards
        Models whose card must be whole before the release is promoted.

    Raises
    ------
    BundleError
        What was written cannot be read back.
    """
    files = {artifact.name: artifact.files() for artifact in artifacts}
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "trained_as_of": utc(trained_as_of).isoformat(),
        "catalog_digest": catalog_digest,
        "models": {name: {file: digest(content) for file, content in parts.items()} for name, parts in files.items()},
        "metrics": dict(metrics),
        "gates": [dict(gate) for gate in gates],
        "cards": list(cards),
    }
    name = release_id(manifest)
    draft = settings.releases / f".{name}.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for parts in files.values():
        for file, content in parts.items():
            (draft / file).write_bytes(content)
    sealed = canonical({**manifest, "release_id": name}) + b"\n"
    (draft / MANIFEST).write_bytes(sealed)
    (draft / SIGNATURE).write_bytes(sign(sealed, signing_key(settings.keys)))
    load(draft, trusted=settings.trusted_keys)
    shutil.rmtree(settings.releases / name, ignore_errors=True)
    draft.rename(settings.releases / name)
    mark(settings.releases, CHALLENGER, name)
    return name
