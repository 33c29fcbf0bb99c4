"""Whose content is this, and may it still be read? Each person's content is sealed under a key of their own.

A sealed value is ``RGS1``, eight bytes that name its key, twelve of a nonce, and AES-256-GCM's ciphertext with its tag
(NIST SP 800-38D). The person's key is random, and kept only wrapped under the home's own key; destroying it makes all
that was sealed under it unreadable for ever, wherever copies of it lie, while every digest over it still holds.
"""

import hashlib
import hmac
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from regua.errors import SettingsError, UnavailableError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"RGS1"
FILE = "subjects.key"
_NAME, _NONCE, _KEY = 8, 12, 32
_HEAD = len(MAGIC) + _NAME
_TAG = 16
WITNESS_BYTES = _NAME + _NONCE + _TAG


def is_sealed(content: bytes) -> bool:
    """Say whether a value is sealed; what older versions kept is not."""
    return content[: len(MAGIC)] == MAGIC


def key_of(content: bytes) -> str:
    """Name the key a value is sealed under, in hexadecimal."""
    return content[len(MAGIC) : _HEAD].hex()


class SubjectKey:
    """The key of one person; whatever it seals, it alone opens.

    Examples
    --------
    >>> key = SubjectKey(bytes(8), bytes(32))
    >>> key.open(key.seal(b"paid this morning"))
    b'paid this morning'
    """

    __slots__ = ("_aes", "_head", "_key")

    def __init__(self, name: bytes, key: bytes) -> None:
        self._head, self._key, self._aes = MAGIC + name, key, _aes(key)

    @property
    def name(self) -> str:
        """The key's name, in hexadecimal."""
        return self._head[len(MAGIC) :].hex()

    def seal(self, content: bytes) -> bytes:
        """Seal a value."""
        nonce = os.urandom(_NONCE)
        return self._head + nonce + self._aes.encrypt(nonce, content, self._head)

    def open(self, content: bytes) -> bytes | None:
        """Open a value; None where it is sealed under another key.

        Raises
        ------
        UnavailableError
            It was altered.
        """
        if content[:_HEAD] != self._head:
            return None
        return _opened(self._aes, content[_HEAD:], self._head, "what was sealed")

    def fingerprint(self, content: bytes) -> str:
        """Digest a value so that equal ones are known again, and nobody without the key can guess it (HMAC)."""
        return hmac.digest(self._key, b"fingerprint" + content, "sha256").hex()


class Vault:
    """The home's own key, under which every person's key is wrapped.

    Parameters
    ----------
    folder
        ``home/keys``: ``subjects.key`` holds 64 hexadecimal digits a line, the newest last, for its owner alone. It is
        made when it is first needed. Keep a copy apart from the store's: without it nothing sealed can be read.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._wrapping: dict[bytes, AESGCM] = {}
        self._newest = b""

    def made(self, owner: str) -> tuple[SubjectKey, bytes]:
        """Make a key for somebody; return it, and wrapped.

        Raises
        ------
        SettingsError
            The home's own key may be read by others, or cannot be used.
        """
        name, key = os.urandom(_NAME), os.urandom(_KEY)
        return SubjectKey(name, key), self._wrap(name + key, owner)

    def unwrapped(self, wrapped: bytes, owner: str) -> SubjectKey:
        """Return somebody's key.

        Raises
        ------
        UnavailableError
            It was wrapped under a key that is not here, or was altered.
        """
        content = self._unwrap(wrapped, owner)
        return SubjectKey(content[:_NAME], content[_NAME:])

    def wrapped_anew(self, wrapped: bytes, owner: str) -> bytes | None:
        """Wrap somebody's key under the newest of the home's own; None where it is already."""
        self._read()
        return None if wrapped[:_NAME] == self._newest else self._wrap(self._unwrap(wrapped, owner), owner)

    def witness(self, said: str) -> bytes:
        """Bear witness that this home said something: nobody without its key can make these bytes (GMAC)."""
        return self._wrap(b"", said)

    def has_witnessed(self, witness: bytes, said: str) -> bool:
        """Say whether a witness is this home's, under any of its keys, and of these words."""
        try:
            return self._unwrap(witness, said) == b""
        except UnavailableError:
            return False

    def renew(self) -> None:
        """Add a new key of the home's own, under which keys are wrapped from now on."""
        self._wrapping.clear()
        lines = self._read()
        draft = self.path.with_suffix(f".{os.getpid()}.draft")
        _write(draft, "".join(f"{line}\n" for line in (*lines, os.urandom(_KEY).hex())))
        draft.replace(self.path)
        self._wrapping.clear()

    def _wrap(self, content: bytes, owner: str) -> bytes:
        self._read()
        nonce = os.urandom(_NONCE)
        return self._newest + nonce + self._wrapping[self._newest].encrypt(nonce, content, owner.encode())

    def _unwrap(self, wrapped: bytes, owner: str) -> bytes:
        name = wrapped[:_NAME]
        if name not in self._wrapping:
            self._wrapping.clear()  # another process may have renewed it
            self._read()
        if name not in self._wrapping:
            raise UnavailableError(
                f"a person's key is wrapped under {name.hex()}, which is not in {self.path}",
                expected="the key of the home that wrote this store",
                remedy=f"bring {self.path} back from its copy; nothing sealed can be read without it",
            )
        return _opened(self._wrapping[name], wrapped[_NAME:], owner.encode(), "a person's key")

    def _read(self) -> Sequence[str]:
        if self._wrapping:
            return ()
        if not self.path.exists():
            _make(self.path)
        if self.path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SettingsError(
                f"{self.path} may be read by others",
                expected="mode 0600: whoever reads it can read what was erased from a copy",
                remedy=f"chmod 600 {self.path}",
            )
        lines = self.path.read_text(encoding="ascii").split()
        try:
            keys = [bytes.fromhex(line) for line in lines]
            if not keys or any(len(key) != _KEY for key in keys):
                raise ValueError("not 64 digits a line")
        except ValueError as problem:
            raise SettingsError(
                f"{self.path} cannot be read: {problem}", expected="64 hexadecimal digits a line"
            ) from None
        names = [hashlib.sha256(b"regua vault" + key).digest()[:_NAME] for key in keys]
        self._newest = names[-1]
        self._wrapping.update({name: _aes(key) for name, key in zip(names, keys, strict=True)})
        return lines


def owner_of(portfolio: str, customer_id: str) -> str:
    """Say whose a wrapped key is, so that it opens for nobody else."""
    return f"{portfolio}\n{customer_id}"


def _aes(key: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _opened(aes: "AESGCM", content: bytes, context: bytes, what: str) -> bytes:
    from cryptography.exceptions import InvalidTag

    try:
        return aes.decrypt(content[:_NONCE], content[_NONCE:], context)
    except (InvalidTag, ValueError) as problem:
        raise UnavailableError(
            f"{what} was altered: it does not open under its own key", remedy="regua audit verify"
        ) from problem


def _make(path: Path) -> None:
    """Make the home's own key; of several processes that try at once, one wins and the others read what it made."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.draft")
    _write(draft, os.urandom(_KEY).hex() + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _write(draft: Path, text: str) -> None:
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
