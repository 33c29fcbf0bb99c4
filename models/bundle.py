"""A release: every model that goes to work together, sealed by one manifest. Reading needs no MLflow."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from models import signature
from models.artifact import FORMAT, Artifact
from models.encode import Encoder
from models.told import signed
from regua.columns import Columns, Numbers
from regua.errors import BundleError
from regua.records import canonical, digest

MANIFEST = "manifest.json"
CHAMPION = "champion"
CHALLENGER = "challenger"
_MODEL_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_RELEASE = re.compile(r"[0-9a-f]{16}")
_REMEDY = "take the bundle from its source again, or train a new one: regua learn"


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A release ready to score: its identifier, its models by artifact name, and its manifest."""

    release_id: str
    models: Mapping[str, Artifact]
    manifest: Mapping[str, Any]

    def scores(self, columns: Columns, *, threads: int = 1) -> dict[str, Numbers]:
        """Answer by score column with every model, laying the matrix out once for all that read the same one.

        Returns
        -------
        ``(n,)`` by score column (``p_roll``, ``p_response_sms``, ``recovery_12m`` …), NaN where a model is silent.
        """
        matrices: dict[Encoder, Numbers] = {}
        scores: dict[str, Numbers] = {}
        for artifact in self.models.values():
            if artifact.booster is None:
                scores |= artifact.scores(columns)
                continue
            if artifact.encoder not in matrices:
                matrices[artifact.encoder] = artifact.encoder.encode(columns)
            scores |= artifact.scores_encoded(matrices[artifact.encoder], threads=threads)
        return scores

    def predict(self, columns: Columns, *, threads: int = 1) -> dict[str, Numbers]:
        """Score rows with every model, laying the matrix out once for all that read the same one.

        Returns
        -------
        ``(n,)`` calibrated probabilities by artifact name (``roll_risk``, ``channel_response_sms`` …).
        """
        matrices: dict[Encoder, Numbers] = {}
        scores: dict[str, Numbers] = {}
        for name, artifact in self.models.items():
            if artifact.booster is None:
                scores[name] = artifact.predict(columns)
                continue
            if artifact.encoder not in matrices:
                matrices[artifact.encoder] = artifact.encoder.encode(columns)
            scores[name] = artifact.predict_encoded(matrices[artifact.encoder], threads=threads)
        return scores


def release_id(manifest: Mapping[str, Any]) -> str:
    """Name a release by its manifest: the first 16 hex digits of the SHA-256 of all of it but the name."""
    unnamed = {key: value for key, value in manifest.items() if key != "release_id"}
    return digest(canonical(unnamed))[:16]


def load(
    folder: Path, *, catalog_digest: str | None = None, trusted: Path | None = None, was_tried: bool = False
) -> Bundle:
    """Read a release bundle, verifying every byte before it is used.

    Parameters
    ----------
    folder
        ``home/releases/<release_id>``.
    catalog_digest
        Digest of the profile catalogue in force; a bundle made for another one is refused.
    trusted
        Folder of public keys, one of which must have signed the manifest; None asks for no signature, which is for
        looking at a release and never for putting it to work.
    was_tried
        Whether the very manifest that is read now survived a trial: LightGBM reads each booster when it is first asked.

    Raises
    ------
    BundleError
        No bundle there; a file missing, altered or cut short; the manifest edited; another format; a name that
        leaves the folder; another profile catalogue than the one it was trained on; or no trusted signature.
    """
    manifest = verified_manifest(folder, catalog_digest=catalog_digest, trusted=trusted)
    models = {name: Artifact.load(folder, name, files, was_tried=was_tried) for name, files in _named(manifest)}
    return Bundle(manifest["release_id"], models, manifest)


def verified_manifest(
    folder: Path, *, catalog_digest: str | None = None, trusted: Path | None = None
) -> dict[str, Any]:
    """Read a release's manifest, checking who signed it, that it was not edited, and which catalogue it was made for.

    Parameters and errors are those of :func:`load`; the files it names are not read.
    """
    manifest = _manifest(folder, trusted)
    if catalog_digest is not None and manifest["catalog_digest"] != catalog_digest:
        raise BundleError(
            f"release {manifest['release_id']} was trained on profile catalogue {str(manifest['catalog_digest'])[:16]}",
            expected=f"catalogue {catalog_digest[:16]}, the one in force",
            remedy="train a release for the present catalogue: regua learn",
        )
    return manifest


def check_files(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Compare every file of a release with its digest, without reading anything into it.

    Raises
    ------
    BundleError
        The manifest names what no release may hold, or a file is missing or not as signed.
    """
    for _, files in _named(manifest):
        for file, sha256 in files.items():
            signed(folder / file, sha256)


def _named(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """List the models a manifest names, each with its own files and no others."""
    for name, files in manifest["models"].items():
        if not _MODEL_NAME.fullmatch(name) or not set(files) <= {f"{name}.json", f"{name}.lgb"}:
            raise BundleError(
                f"the manifest names {name!r} with files {sorted(files)}",
                expected="a model name and its own <name>.json and <name>.lgb",
                remedy=_REMEDY,
            )
        yield name, files


def champion(releases: Path) -> Path:
    """Return the folder of the champion.

    Raises
    ------
    BundleError
        No release is champion yet, or the file that names it holds something else.
    """
    return _marked(releases, CHAMPION, "promote one: regua promote challenger")


def challenger(releases: Path) -> Path:
    """Return the folder of the release that was learned last and waits for its promotion.

    Raises
    ------
    BundleError
        There is none, or the file that names it holds something else.
    """
    return _marked(releases, CHALLENGER, "learn one: regua learn")


def folder_of(releases: Path, release: str) -> Path:
    """Return where a release lies.

    Raises
    ------
    BundleError
        It is no identifier of a release.
    """
    if not _RELEASE.fullmatch(release):
        raise BundleError(
            f"{release[:40]!r} names no release",
            expected=f"a release id of 16 hex digits, or {CHALLENGER}",
            remedy="regua models lists them",
        )
    return releases / release


def mark(releases: Path, name: str, release: str) -> None:
    """Name a release champion or challenger; the mark changes in one step."""
    draft = releases / f".{name}.draft"
    draft.write_text(release + "\n", encoding="utf-8")
    draft.replace(releases / name)


def _marked(releases: Path, name: str, remedy: str) -> Path:
    path = releases / name
    if not path.is_file():
        raise BundleError(f"no {name} in {releases}", expected="a trained release", remedy=remedy)
    release = path.read_text(encoding="utf-8", errors="replace").strip()
    if not _RELEASE.fullmatch(release):
        raise BundleError(f"{path} holds {release[:40]!r}", expected="a release id of 16 hex digits", remedy=_REMEDY)
    return releases / release


def _manifest(folder: Path, trusted: Path | None) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise BundleError(f"no release bundle in {folder}", expected=f"a {MANIFEST} there", remedy=_REMEDY)
    content = path.read_bytes()
    if trusted is not None:
        signature.verify(folder, content, trusted)
    try:
        manifest = orjson.loads(content)
    except orjson.JSONDecodeError as problem:
        raise BundleError(f"{path} cannot be read: {problem}", expected="whole JSON", remedy=_REMEDY) from problem
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else type(manifest).__name__
        raise BundleError(f"{path} is of format {found!r}", expected=f"format {FORMAT}", remedy=_REMEDY)
    if manifest.get("release_id") != release_id(manifest):
        raise BundleError(
            f"{path} was edited: it calls itself {manifest.get('release_id')!r}",
            expected=f"{release_id(manifest)!r}, the digest of what it holds",
            remedy=_REMEDY,
        )
    if missing := {"trained_as_of", "catalog_digest", "models", "metrics"} - set(manifest):
        raise BundleError(f"{path} lacks {sorted(missing)}", expected="a whole manifest", remedy=_REMEDY)
    return manifest
