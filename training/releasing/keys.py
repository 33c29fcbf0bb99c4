"""The key that seals releases: made once, kept from everybody but its owner."""

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regua.errors import SettingsError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PRIVATE = "release.key"
TRUSTED = "trusted"
_OWN = "local.pub"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def signing_key(keys: Path) -> "Ed25519PrivateKey":
    """Read the key releases are signed with; the first time, make one and trust it.

    Parameters
    ----------
    keys
        ``home/keys``: ``release.key`` (PEM, for its owner alone) and ``trusted/``. A public key that somebody took out
        of ``trusted/`` is not put back.

    Raises
    ------
    SettingsError
        Others may read the key, or it is no Ed25519 key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = keys / PRIVATE
    if not path.exists():
        _make(path)
    if path.stat().st_mode & _OTHERS:
        raise SettingsError(
            f"{path} may be read by others (mode {stat.S_IMODE(path.stat().st_mode):04o})",
            expected="mode 0600: whoever reads it can sign releases",
            remedy=f"chmod 600 {path}; if others did read it, remove it and its public key in {TRUSTED}/",
        )
    try:
        key: Any = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as problem:
        raise SettingsError(f"{path} cannot be read: {problem}", expected="an Ed25519 key in PEM") from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"{path} is a {type(key).__name__}", expected="an Ed25519 key in PEM")
    return key


def _make(path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as pem
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
    public = key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
    trusted = path.parent / TRUSTED
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    trusted.mkdir(exist_ok=True)
    # Trusted first: a key that is there without its public half would sign what nobody may load.
    (trusted / _OWN).write_bytes(public)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private)
    draft.replace(path)
