"""What was found out about a release once and need not be found out again, believed only where this home wrote it.

Whoever may write into the folder of releases could else say of any release that it survived its trial. Each file is
bound, under the home's own key, to what it says, to the release it is of and to the libraries it was found out with.
"""

import hashlib
import os
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from regua.errors import ReguaError
from regua.records import canonical, digest
from regua.sealing import WITNESS_BYTES, Vault
from regua.settings import Settings

FOLDER = ".proven"
_ASKED = 2
"""Raised when a trial asks more of a release than before: what survived an earlier one is tried again."""


class Proven:
    """What is known of one release.

    Parameters
    ----------
    settings
        Whose home it is.
    manifest_sha256
        The digest of its manifest, which holds the digests of all its files.
    """

    def __init__(self, settings: Settings, manifest_sha256: str) -> None:
        libraries = [version("lightgbm"), version("numpy")]
        self._name = digest(canonical([_ASKED, manifest_sha256, *libraries]))[:32]
        self._folder = settings.releases / FOLDER
        self._vault = Vault(settings.keys)

    def read(self, what: str) -> bytes | None:
        """Return what was kept; None where there is nothing, or another than this home wrote it."""
        with suppress(OSError, ReguaError):
            content = self._path(what).read_bytes()
            witness, kept = content[:WITNESS_BYTES], content[WITNESS_BYTES:]
            if self._vault.has_witnessed(witness, self._said(what, kept)):
                return kept
        return None

    def keep(self, what: str, content: bytes = b"") -> None:
        """Keep something; in a home that cannot be written to nothing is kept, and each start finds it out anew."""
        with suppress(OSError, ReguaError):
            path = self._path(what)
            path.parent.mkdir(exist_ok=True)
            draft = path.with_suffix(f"{path.suffix}.{os.getpid()}.draft")
            draft.write_bytes(self._vault.witness(self._said(what, content)) + content)
            draft.replace(path)

    def _path(self, what: str) -> Path:
        return self._folder / f"{self._name}.{what}"

    def _said(self, what: str, content: bytes) -> str:
        return f"proven release\n{self._name}\n{what}\n{hashlib.sha256(content).hexdigest()}"
