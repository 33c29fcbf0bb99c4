"""Who sealed this release? An Ed25519 signature over its manifest, checked against keys that somebody chose to trust.

The digests in a manifest say that no file was altered; they do not say by whom the manifest was written. The signature
does: ``manifest.sig`` beside it names a key and holds 64 bytes only that key's owner can make (RFC 8032).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from regua.errors import BundleError
from regua.records import canonical, digest

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNATURE = "manifest.sig"
_ALGORITHM = "ed25519"
_LONGEST_BYTES = 4_096
_REMEDY = "take the release from its source again, or lay the signer's public key in keys/trusted if you know it"


def key_id(key: "Ed25519PublicKey") -> str:
    """Name a public key by the first 16 hex digits of its SHA-256."""
    return digest(key.public_bytes_raw())[:16]


def sign(manifest: bytes, key: "Ed25519PrivateKey") -> bytes:
    """Return the content of ``manifest.sig``; the same manifest and key give the same bytes."""
    return _written(key_id(key.public_key()), key.sign(manifest))


def trusted_keys(folder: Path) -> dict[str, "Ed25519PublicKey"]:
    """Read the public keys whose releases may serve, by key identifier.

    Parameters
    ----------
    folder
        ``home/keys/trusted``: one ``<name>.pub`` (PEM) a signer; taking a file away withdraws the trust.

    Raises
    ------
    BundleError
        A file there is no Ed25519 public key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    keys = {}
    for path in sorted(folder.glob("*.pub")):
        try:
            key: Any = load_pem_public_key(path.read_bytes())
        except (ValueError, OSError) as problem:
            raise BundleError(f"{path} cannot be read: {problem}", expected="an Ed25519 public key in PEM") from problem
        if not isinstance(key, Ed25519PublicKey):
            raise BundleError(f"{path} is a {type(key).__name__}", expected="an Ed25519 public key in PEM")
        keys[key_id(key)] = key
    return keys


def verify(folder: Path, manifest: bytes, trusted: Path) -> str:
    """Return the identifier of the trusted key that signed a release's manifest.

    Parameters
    ----------
    folder
        The release.
    manifest
        The bytes of its manifest, as they will be used.
    trusted
        Folder of the trusted public keys.

    Raises
    ------
    BundleError
        There is no signature, it cannot be read, it is a stranger's, or it is not of this manifest.
    """
    from cryptography.exceptions import InvalidSignature

    name, signature = _read(folder / SIGNATURE)
    keys = trusted_keys(trusted)
    if name not in keys:
        raise BundleError(
            f"release {folder.name} was signed by key {name}, a stranger here",
            expected=f"one of the keys in {trusted}: {', '.join(keys) or 'there is none'}",
            remedy=_REMEDY,
        )
    try:
        keys[name].verify(signature, manifest)
    except InvalidSignature as problem:
        raise BundleError(
            f"the signature of release {folder.name} is not of its manifest",
            expected=f"the manifest that key {name} signed",
            remedy=_REMEDY,
        ) from problem
    return name


def _written(key: str, signature: bytes) -> bytes:
    return canonical({"algorithm": _ALGORITHM, "key": key, "signature": signature.hex()}) + b"\n"


def _read(path: Path) -> tuple[str, bytes]:
    """Read who signed, and the signature."""
    if not path.is_file():
        raise BundleError(f"release {path.parent.name} is not signed", expected=f"{SIGNATURE} in it", remedy=_REMEDY)
    with path.open("rb") as file:
        content = file.read(_LONGEST_BYTES)
    try:
        body = orjson.loads(content)
        name, signature, algorithm = body["key"], bytes.fromhex(body["signature"]), body["algorithm"]
    except (ValueError, TypeError, KeyError) as problem:
        raise BundleError(
            f"{path} cannot be read: {problem}", expected="a whole signature", remedy=_REMEDY
        ) from problem
    if content != _written(name, signature) and algorithm == _ALGORITHM:
        # One signature has one spelling: another case of its digits or a lacking line end is an altered file too.
        raise BundleError(f"{path} is not as it was written", expected="a whole signature", remedy=_REMEDY)
    if algorithm != _ALGORITHM or not isinstance(name, str):
        raise BundleError(f"{path} is of {algorithm!r}", expected=_ALGORITHM, remedy=_REMEDY)
    return name, signature
