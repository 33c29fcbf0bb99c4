"""Seal trained artifacts as one release that serving can load with nothing but its files."""

import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from models.artifact import FORMAT, Artifact
from models.bundle import CHAMPION, MANIFEST, load, release_id
from regua.clock import utc
from regua.records import canonical, digest
from regua.settings import Settings


def write(
    settings: Settings,
    artifacts: Sequence[Artifact],
    *,
    trained_as_of: datetime,
    catalog_digest: str,
    metrics: Mapping[str, Any],
) -> str:
    """Write ``home/releases/<release_id>/`` and return the release's name.

    The name is a digest of the content: the same artifacts, moment and measures give the same release. It is laid
    out beside its place, read back as serving would, and only then moved there whole.

    Parameters
    ----------
    trained_as_of
        The moment up to which history was known; no clock is read.
    catalog_digest
        Digest of the profile catalogue the features were taken from.
    metrics
        Measures out of time, by artifact name.

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
    }
    name = release_id(manifest)
    draft = settings.releases / f".{name}.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for parts in files.values():
        for file, content in parts.items():
            (draft / file).write_bytes(content)
    (draft / MANIFEST).write_bytes(canonical({**manifest, "release_id": name}) + b"\n")
    load(draft)
    shutil.rmtree(settings.releases / name, ignore_errors=True)
    draft.rename(settings.releases / name)
    return name


def promote(settings: Settings, release: str) -> None:
    """Make a release the champion; it is read whole first, and the mark changes in one step.

    Raises
    ------
    BundleError
        The release is missing or not as signed; the champion stays who it was.
    """
    load(settings.releases / release)
    draft = settings.releases / f".{CHAMPION}.draft"
    draft.write_text(release + "\n", encoding="utf-8")
    draft.replace(settings.releases / CHAMPION)
