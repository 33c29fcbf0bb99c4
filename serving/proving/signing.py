"""The key a service signs what it tells with: receipts of decisions, and checkpoints of the audit log (Ed25519)."""

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from models.signature import key_id
from regua.errors import DataError, SettingsError
from regua.records import canonical

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PRIVATE, PUBLIC = "service.key", "service"
ALGORITHM = "ed25519"
SIGNATURE = ("algorithm", "key", "signature")


class Signer:
    """Signs with the service's own key, and checks what was signed with any key of the service, old ones too.

    Parameters
    ----------
    folder
        ``home/keys``: ``service.key`` (PEM, for its owner alone) is made when it is first needed, with its public half
        in ``service/<key>.pub``. Whoever is to check what the service signed keeps a copy of that.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key: Ed25519PrivateKey | None = None

    def signed(self, content: dict[str, Any]) -> dict[str, Any]:
        """Return some content with the signature over its canonical JSON beside it.

        Raises
        ------
        SettingsError
            The key may be read by others, or is none.
        """
        key = self._own()
        told = {**content, "algorithm": ALGORITHM, "key": key_id(key.public_key())}
        return {**told, "signature": key.sign(canonical(told)).hex()}

    def is_signed(self, content: dict[str, Any]) -> bool:
        """Say whether a key of this service signed some content, and nobody touched it since."""
        from cryptography.exceptions import InvalidSignature

        told = {name: value for name, value in content.items() if name != "signature"}
        try:
            self.public_keys()[str(content["key"])].verify(bytes.fromhex(content["signature"]), canonical(told))
        except (KeyError, ValueError, TypeError, InvalidSignature):
            return False
        return content.get("algorithm") == ALGORITHM

    def write(self, path: Path, content: dict[str, Any]) -> dict[str, Any]:
        """Write some content signed to a file, whole or not at all, and return it as it was signed."""
        told = self.signed(content)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        with draft.open("wb") as file:
            file.write(canonical(told) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        return told

    def read(self, path: Path, portfolio: str) -> dict[str, Any]:
        """Read what was written so about a portfolio.

        Raises
        ------
        DataError
            No key of this service signed it, or it was changed since, or it is about another portfolio.
        """
        try:
            told: dict[str, Any] = orjson.loads(path.read_bytes())
            is_ours = self.is_signed(told) and told["portfolio"] == portfolio
        except (ValueError, TypeError, KeyError):
            is_ours = False
        if not is_ours:
            raise DataError(
                f"{path.name} in {path.parent} is not as this service signed it",
                expected="the public half of the key that signed it in keys/service, and the file as it was",
                remedy="take the file from its copy; where none is as it was, somebody wrote who must not",
            )
        return told

    def public_keys(self) -> dict[str, "Ed25519PublicKey"]:
        """Read the public halves of the service's keys by their names."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        found = {}
        for path in sorted((self._folder / PUBLIC).glob("*.pub")):
            key = load_pem_public_key(path.read_bytes())
            if isinstance(key, Ed25519PublicKey):
                found[key_id(key)] = key
        return found

    def _own(self) -> "Ed25519PrivateKey":
        if self._key is None:
            path = self._folder / PRIVATE
            if not path.exists():
                _make(path)
            self._key = _read(path)
        return self._key


def _read(path: Path) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(f"{path} may be read by others", expected="mode 0600", remedy=f"chmod 600 {path}")
    try:
        key: Any = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as problem:
        raise SettingsError(f"{path} cannot be read: {problem}", expected="an Ed25519 key in PEM") from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"{path} is a {type(key).__name__}", expected="an Ed25519 key in PEM")
    return key


def _make(path: Path) -> None:
    """Make the key; of several processes that try at once, one wins and the others read what it made."""
    from cryptography.hazmat.primitives import serialization as pem
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
    public = key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
    (path.parent / PUBLIC).mkdir(mode=0o700, parents=True, exist_ok=True)
    # The public half first: a signature that nobody can check is none.
    half = path.parent / PUBLIC / f"{key_id(key.public_key())}.pub"
    half.write_bytes(public)
    draft = path.with_suffix(f".{os.getpid()}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private)
    try:
        os.link(draft, path)
    except FileExistsError:
        half.unlink()
    finally:
        draft.unlink()
