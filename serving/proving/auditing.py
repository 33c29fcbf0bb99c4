"""Is the log still what was written? Checkpoints are signed, kept outside the store, and the chain is held to them."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from serving.proving.signing import Signer
from serving.store import Store
from serving.store.chain import Head
from serving.store.checkpoints import Checkpoint
from serving.store.instants import instant, moment_of

FOLDER = "checkpoints"


@dataclass(frozen=True, slots=True)
class Verification:
    """What following the chain came to: ``first_bad`` is the first record that is not as it was written."""

    records: int
    checkpoints: int
    first_bad: int | None
    found: str | None

    @property
    def is_whole(self) -> bool:
        """Whether every record, every row it tells of and every checkpoint agree."""
        return self.first_bad is None


def sign(store: Store, signer: Signer, folder: Path, at: datetime) -> Checkpoint:
    """Sign the end of the chain, and keep it in a file outside the store as well as beside the chain.

    Parameters
    ----------
    folder
        ``home/checkpoints``, best on another disk or machine, where nobody who can write the store can write.
    """
    head = store.chain_end()
    content = {"portfolio": store.portfolio, "seq": head.seq, "hash": head.hash.hex(), "signed_at": instant(at)}
    path = place(folder, store.portfolio, head.seq)
    told = orjson.loads(path.read_bytes()) if path.exists() else signer.write(path, content)
    checkpoint = _checkpoint(told)
    store.trail.keep(checkpoint)
    return checkpoint


def place(folder: Path, portfolio: str, seq: int) -> Path:
    """Return where the checkpoint of a record lies."""
    return folder / portfolio / f"{seq:012d}.json"


def read(portfolio: str, signer: Signer, folder: Path) -> list[Checkpoint]:
    """Read the checkpoints that lie outside the store, oldest first.

    Raises
    ------
    DataError
        One was not signed by a key of this service, or was changed since.
    """
    paths = sorted((folder / portfolio).glob("*.json"))
    return [_checkpoint(signer.read(path, portfolio)) for path in paths]


def verify(store: Store, signer: Signer, folder: Path) -> Verification:
    """Follow the chain from its first record, compare it with its rows, and hold it to every checkpoint.

    Raises
    ------
    DataError
        A checkpoint is not as it was signed.
    """
    kept = read(store.portfolio, signer, folder)
    last = kept[-1].head if kept else None
    flaw = store.verify(until=last)
    if flaw is not None:
        return Verification(store.chain_end().seq, len(kept), flaw.seq, flaw.found)
    for one in kept:
        # An empty chain has no record to pass through.
        if one.seq and not store.trail.passes_through(Head(one.seq, one.hash)):
            found = "the chain was written anew: it does not pass through a checkpoint"
            return Verification(store.chain_end().seq, len(kept), one.seq, found)
    return Verification(store.chain_end().seq, len(kept), None, None)


def _checkpoint(told: dict[str, str]) -> Checkpoint:
    own, signature = bytes.fromhex(told["hash"]), bytes.fromhex(told["signature"])
    return Checkpoint(int(told["seq"]), own, moment_of(told["signed_at"]), told["key"], signature)
